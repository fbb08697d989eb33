"""The page of a queue: its name, who answers and supervises it, and its media streams."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.contact_center import centers, closing, lists, members
from app.vocabulary import Level
from app.web.closing_words import lost_with, typed_for
from app.web.confirming import ConfirmForm, confirm
from app.web.contact_center.forms import NameForm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "queues",
    __name__,
    title="",
    levels={Level.GROUP},
    needs=Permission.CONTACT_CENTERS_SEE,
    under="contact_center",
)
_SEE, _CHANGE = Permission.CONTACT_CENTERS_SEE, Permission.CONTACT_CENTERS_CHANGE


@tab.get("/<int:queue_id>", needs=_SEE)
def show(scope: Scope, queue_id: int) -> Response:
    """With a search in the address: who could become a member."""
    return _page(scope, queue_id, None, "candidates")


@tab.post("/<int:queue_id>", needs=_CHANGE)
def rename(scope: Scope, queue_id: int) -> Response:
    form = NameForm(obj=centers.one_queue(scope, queue_id)[0])
    if form.validate_on_submit():
        with refusals_on(form):
            centers.rename_queue(actor(), scope, queue_id, form.name.data, seen=form.revision.data)
            return _done(scope, queue_id, _("%(name)s was updated.", name=form.name.data))
    return _page(scope, queue_id, form, "form")


@tab.post("/<int:queue_id>/members/<int:user_id>", needs=_CHANGE)
def put_member(scope: Scope, queue_id: int, user_id: int) -> Response:
    is_supervisor = request.form.get("role") == "supervisor"
    user = members.put(actor(), scope, queue_id, user_id, is_supervisor=is_supervisor)
    words = (
        _("%(name)s supervises this queue.", name=user.name)
        if is_supervisor
        else _("%(name)s answers this queue.", name=user.name)
    )
    return _done(scope, queue_id, words)


@tab.post("/<int:queue_id>/members/<int:user_id>/remove", needs=_CHANGE)
def remove_member(scope: Scope, queue_id: int, user_id: int) -> Response:
    user = members.remove(actor(), scope, queue_id, user_id)
    return _done(scope, queue_id, _("%(name)s no longer belongs to this queue.", name=user.name))


@tab.route("/<int:queue_id>/close", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def close(scope: Scope, queue_id: int) -> Response:
    queue, loss = centers.one_queue(scope, queue_id)[0], closing.loss_of_queue(scope, queue_id)
    form = ConfirmForm(typed_for(loss, queue.name))
    if form.validate_on_submit():
        with refusals_on(form):
            closing.close_queue(actor(), scope, queue_id)
            flash(_("%(name)s was closed.", name=queue.name), "success")
            return go(url_for("contact_center.index", scope=scope))
    return confirm(
        form,
        title=_("Close %(name)s?", name=queue.name),
        lost=lost_with(loss),
        loss=_("This cannot be undone."),
        verb=_("Close queue"),
        cancel_url=url_for(".show", scope=scope, queue_id=queue_id),
    )


def _page(scope: Scope, queue_id: int, typed: NameForm | None, fragment: str) -> Response:
    queue, center = centers.one_queue(scope, queue_id)
    form = typed or NameForm(obj=queue)
    search, closed = request.args.get("q", ""), bool(request.args.get("closed"))
    streams = lists.streams_of_queue(scope, queue_id)
    return render(
        "contact_center/queue.html",
        fragment=fragment,
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        queue=queue,
        center=center,
        form=form,
        search=search,
        candidates=members.candidates(scope, queue_id, search) if search.strip() else [],
        members=members.of_queue(scope, queue_id),
        streams=[line for line in streams if closed or not line.stream.closed_at],
        has_closed=any(line.stream.closed_at for line in streams),
        closed=closed,
        has_platform=lists.has_platform(queue),
        back=url_for("contact_center.index", scope=scope),
    )


def _done(scope: Scope, queue_id: int, words: str) -> Response:
    flash(words, "success")
    return go(url_for(".show", scope=scope, queue_id=queue_id))
