"""The Branding tab: what a place sets, where the rest comes from, and how it looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, flash, render_template, request, url_for
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
    return _page(scope, BrandForm(branding.own(scope)))


@tab.post("/", needs=Permission.SETTINGS_CHANGE)
def save(scope: Scope) -> Response:
    form = BrandForm(branding.own(scope))
    if form.validate_on_submit():
        with refusals_on(form):
            branding.change(actor(), scope, form.wish(), form.revision.data)
            flash(_("The branding was saved."), "success")
            return go(url_for(".index", scope=scope))
    return _page(scope, form)


@tab.get("/preview", needs=Permission.SETTINGS_SEE)
def preview(scope: Scope) -> str:
    """How what is typed would look; nothing is saved."""
    typed = Brand(name=request.args.get("name", "").strip(), accent=request.args.get("accent", ""))
    shown, words = _as_typed(scope, typed, branding.own(scope))
    return render_template("branding/_preview.html", shown=shown, words=words)


def _page(scope: Scope, form: BrandForm) -> Response:
    own, above = branding.own(scope), branding.brand_above(scope)
    typed = Brand(name=form.name.data or "", accent=form.accent.data or "")
    shown, words = _as_typed(scope, typed, own, above)
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


def _as_typed(scope: Scope, typed: Brand, own: Any, above: Brand | None = None) -> tuple[Brand, str]:
    """What would count, and what is wrong with the colour, if anything."""
    above = branding.brand_above(scope) if above is None else above
    words, accent = "", above.accent
    if typed.accent.strip():
        try:
            accent = tones.read(typed.accent)
        except Invalid as refusal:
            words = sentence(refusal.message)
    shown = replace(
        above,
        name=typed.name or above.name,
        accent=accent,
        logo=(own.logo_digest if own else "") or above.logo,
    )
    return shown, words
