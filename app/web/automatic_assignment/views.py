"""The Automatic Assignment tab."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.accounts import automatic_assignment
from app.vocabulary import Level, Product
from app.web.automatic_assignment.forms import FollowsForm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "automatic_assignment",
    __name__,
    title=_l("Automatic Assignment"),
    levels={Level.PROVIDER, Level.RESELLER, Level.GROUP},
    needs=Permission.SETTINGS_SEE,
)


@tab.get("/", needs=Permission.SETTINGS_SEE)
def index(scope: Scope) -> Response:
    return _page(scope, _form(scope))


@tab.post("/", needs=Permission.SETTINGS_CHANGE)
def save(scope: Scope) -> Response:
    form = _form(scope)
    if form.validate_on_submit():
        with refusals_on(form):
            automatic_assignment.change(actor(), scope, form.wish(), form.revision.data)
            flash(_("Automatic assignment was saved."), "success")
            return go(url_for(".index", scope=scope))
    return _page(scope, form)


def _form(scope: Scope) -> FollowsForm:
    return FollowsForm(automatic_assignment.settings_at(scope), automatic_assignment.inherited(scope))


def _page(scope: Scope, form: FollowsForm) -> Response:
    return render(
        "automatic_assignment/index.html",
        fragment="form",
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        form=form,
        trials=list(Product),
    )
