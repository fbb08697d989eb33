"""The Branding tab: what a place sets, where the rest comes from, and how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.errors import Invalid
from app.services.accounts import branding, tones
from app.services.accounts.branding import Brand
from app.vocabulary import Level
from app.web.branding.forms import BrandForm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.languages import sentence
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "branding",
    __name__,
    title=_l("Branding"),
    levels={Level.PROVIDER, Level.RESELLER, Level.GROUP, Level.USER},
    needs=Permission.SETTINGS_SEE,
)


@tab.get("/", needs=Permission.SETTINGS_SEE)
def index(scope: Scope) -> Response:
    """With `?name=...&accent=...` the preview shows these; nothing is saved."""
    own = branding.own(scope)
    return _page(scope, BrandForm(own), own, request.args.to_dict())


@tab.post("/", needs=Permission.SETTINGS_CHANGE)
def save(scope: Scope) -> Response:
    form = BrandForm(branding.own(scope))
    if form.validate_on_submit():
        with refusals_on(form):
            branding.change(actor(), scope, form.wish(), form.revision.data)
            flash(_("The branding was saved."), "success")
            return go(url_for(".index", scope=scope))
    return _page(scope, form, branding.own(scope))


def _page(scope: Scope, form: BrandForm, own: Any, typing: Mapping[str, str] | None = None) -> Response:
    above = branding.brand_above(scope)
    typed = {name: form[name].data or "" for name in ("name", "accent")} | dict(typing or {})
    shown, words = _as_typed(typed, own, above)
    return render(
        "branding/index.html",
        fragment="form",
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        form=form,
        own=own,
        above=above,
        shown=shown,
        words=words,
    )


def _as_typed(typed: Mapping[str, str], own: Any, above: Brand) -> tuple[Brand, str]:
    """What would count, and what is wrong with the colour, if anything."""
    words, accent = "", above.accent
    if typed["accent"].strip():
        try:
            accent = tones.read(typed["accent"])
        except Invalid as refusal:
            words = sentence(refusal.message)
    logo = (own.logo_digest if own else "") or above.logo
    return Brand(typed["name"].strip()[: branding.LONGEST_NAME] or above.name, accent, logo), words
