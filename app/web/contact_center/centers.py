"""Contact centers: added, renamed, closed; and adding a queue to one."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.contact_center import centers, closing
from app.vocabulary import Level
from app.web.closing_words import lost_with, typed_for
from app.web.confirming import ConfirmForm, confirm
from app.web.contact_center.forms import NameForm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "contact_centers",
    __name__,
    title="",
    levels={Level.GROUP},
    needs=Permission.CONTACT_CENTERS_SEE,
    under="contact_center",
)
_CHANGE = Permission.CONTACT_CENTERS_CHANGE


@tab.route("/new", needs=_CHANGE, methods=["GET", "POST"])
def add(scope: Scope) -> Response:
    form = NameForm()
    if form.validate_on_submit():
        with refusals_on(form):
            center = centers.create(actor(), scope, form.name.data)
            flash(_("%(name)s was added.", name=center.name), "success")
            return go(_back(scope))
    return _page(scope, form, title=_("Add contact center"), verb=_("Add contact center"))


@tab.route("/<int:center_id>", needs=_CHANGE, methods=["GET", "POST"])
def edit(scope: Scope, center_id: int) -> Response:
    center = centers.one(scope, center_id)
    form = NameForm(obj=center)
    if form.validate_on_submit():
        with refusals_on(form):
            centers.rename(actor(), scope, center_id, form.name.data, seen=form.revision.data)
            flash(_("%(name)s was updated.", name=form.name.data), "success")
            return go(_back(scope))
    return _page(scope, form, title=_("Rename contact center"), verb=_("Update"))


@tab.route("/<int:center_id>/queues/new", needs=_CHANGE, methods=["GET", "POST"])
def add_queue(scope: Scope, center_id: int) -> Response:
    center, form = centers.one(scope, center_id), NameForm()
    if form.validate_on_submit():
        with refusals_on(form):
            queue = centers.create_queue(actor(), scope, center_id, form.name.data)
            flash(_("%(name)s was added. Choose who answers it.", name=queue.name), "success")
            return go(url_for("queues.show", scope=scope, queue_id=queue.id))
    return _page(scope, form, title=_("Add a queue to %(name)s", name=center.name), verb=_("Add queue"))


@tab.route("/<int:center_id>/close", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def close(scope: Scope, center_id: int) -> Response:
    center, loss = centers.one(scope, center_id), closing.loss_of_center(scope, center_id)
    form = ConfirmForm(typed_for(loss, center.name))
    if form.validate_on_submit():
        with refusals_on(form):
            closing.close_center(actor(), scope, center_id)
            flash(_("%(name)s was closed.", name=center.name), "success")
            return go(_back(scope))
    return confirm(
        form,
        title=_("Close %(name)s?", name=center.name),
        lost=lost_with(loss),
        loss=_("This cannot be undone."),
        verb=_("Close contact center"),
        cancel_url=_back(scope),
    )


def _page(scope: Scope, form: NameForm, **words: Any) -> Response:
    return render(
        "contact_center/name.html",
        fragment="form",
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        form=form,
        back=_back(scope),
        **words,
    )


def _back(scope: Scope) -> str:
    return url_for("contact_center.index", scope=scope)
