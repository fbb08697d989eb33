"""In Office Profiles: weekly hours and holidays, whose rows come and go in place."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.contact_center import profiles
from app.vocabulary import Level
from app.web.confirming import ConfirmForm, confirm
from app.web.contact_center.forms import ProfileForm, profile_form
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "in_office_profiles",
    __name__,
    title="",
    levels={Level.GROUP},
    needs=Permission.CONTACT_CENTERS_SEE,
    under="contact_center",
)
_SEE, _CHANGE = Permission.CONTACT_CENTERS_SEE, Permission.CONTACT_CENTERS_CHANGE


@tab.route("/new", needs=_CHANGE, methods=["GET", "POST"])
def add(scope: Scope) -> Response:
    form = profile_form()
    if not form.press(request.form.get("press", "")) and form.validate_on_submit():
        with refusals_on(form):
            profile = profiles.create(actor(), scope, form.wish())
            return _done(scope, _("%(name)s was added.", name=profile.name))
    return _page(scope, form, None)


@tab.get("/<int:profile_id>", needs=_SEE)
def show(scope: Scope, profile_id: int) -> Response:
    profile = profiles.one(scope, profile_id)
    return _page(scope, profile_form(profile), profile)


@tab.post("/<int:profile_id>", needs=_CHANGE)
def change(scope: Scope, profile_id: int) -> Response:
    form = profile_form(profiles.one(scope, profile_id))
    if not form.press(request.form.get("press", "")) and form.validate_on_submit():
        with refusals_on(form):
            profiles.change(actor(), scope, profile_id, form.wish(), seen=form.revision.data)
            return _done(scope, _("%(name)s was updated.", name=form.name.data))
    return _page(scope, form, profiles.one(scope, profile_id))


@tab.route("/<int:profile_id>/delete", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def delete(scope: Scope, profile_id: int) -> Response:
    form, name = ConfirmForm(), profiles.one(scope, profile_id).name
    with refusals_on(form):
        profiles.require_unused(scope, profile_id)
        if form.validate_on_submit():
            profiles.delete(actor(), scope, profile_id)
            return _done(scope, _("%(name)s was deleted.", name=name))
    return confirm(
        form,
        title=_("Delete %(name)s?", name=name),
        refused=_("%(name)s cannot be deleted now", name=name),
        loss=_("Deletes its weekly hours and holidays. This cannot be undone."),
        verb=_("Delete In Office Profile"),
        cancel_url=url_for(".show", scope=scope, profile_id=profile_id),
    )


def _page(scope: Scope, form: ProfileForm, profile: Any) -> Response:
    return render(
        "contact_center/profile.html",
        fragment="form",
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        form=form,
        profile=profile,
        office=profiles.office_now(profile) if profile else None,
        back=url_for("contact_center.index", scope=scope),
    )


def _done(scope: Scope, words: str) -> Response:
    flash(words, "success")
    return go(url_for("contact_center.index", scope=scope))
