"""The User Templates tab."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope, place_of
from app.services.accounts import user_templates
from app.vocabulary import Level
from app.web.confirming import ConfirmForm, confirm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.session import actor
from app.web.tab import Tab
from app.web.user_templates.forms import TemplateForm

tab = Tab(
    "user_templates",
    __name__,
    title=_l("User Templates"),
    levels={Level.PROVIDER, Level.RESELLER, Level.GROUP},
    needs=Permission.SETTINGS_SEE,
)
_SEE, _CHANGE = Permission.SETTINGS_SEE, Permission.SETTINGS_CHANGE


@tab.get("/", needs=_SEE)
def index(scope: Scope) -> Response:
    usable = user_templates.usable(scope)
    return render(
        "user_templates/index.html",
        fragment="content",
        scope=scope,
        templates=[one for one in usable if place_of(one) == scope],
        above=[(one, place_of(one).level) for one in usable if place_of(one) != scope],
    )


@tab.route("/new", needs=_CHANGE, methods=["GET", "POST"])
def add(scope: Scope) -> Response:
    form = TemplateForm()
    if form.validate_on_submit():
        with refusals_on(form):
            row = user_templates.create(actor(), scope, form.wish())
            flash(_("%(name)s was added.", name=row.name), "success")
            return go(_back(scope))
    return _page(scope, form, _("Add user template"))


@tab.route("/<int:template_id>", needs=_CHANGE, methods=["GET", "POST"])
def edit(scope: Scope, template_id: int) -> Response:
    row = user_templates.one(scope, template_id)
    form, title = TemplateForm(row), _("Update %(name)s", name=row.name)
    if form.validate_on_submit():
        with refusals_on(form):
            row = user_templates.change(actor(), scope, template_id, form.wish(), seen=form.revision.data)
            flash(_("%(name)s was updated.", name=row.name), "success")
            return go(_back(scope))
    return _page(scope, form, title, template_id)


@tab.route("/<int:template_id>/delete", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def delete(scope: Scope, template_id: int) -> Response:
    form, name = ConfirmForm(), user_templates.one(scope, template_id).name
    if form.validate_on_submit():
        with refusals_on(form):
            user_templates.delete(actor(), scope, template_id)
            flash(_("%(name)s was deleted.", name=name), "success")
            return go(_back(scope))
    return confirm(
        form,
        title=_("Delete %(name)s?", name=name),
        loss=_("It is no longer offered for new users. Users who were made from it stay as they are."),
        verb=_("Delete user template"),
        cancel_url=_back(scope),
    )


def _back(scope: Scope) -> str:
    return url_for("user_templates.index", scope=scope)


def _page(scope: Scope, form: TemplateForm, title: str, template_id: int | None = None) -> Response:
    return render(
        "user_templates/form.html",
        fragment="form",
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        form=form,
        title=title,
        template_id=template_id,
        back=_back(scope),
    )
