"""A user blocks a person, after being asked, and takes it back (S23, D9)."""

from __future__ import annotations

from flask import Response, url_for

from app.access.policy import Permission
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import blocking, thread
from app.web.confirming import ConfirmForm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.unity import frame
from app.web.unity.client import CLIENT


@CLIENT.route("/conversations/<int:conversation_id>/block", needs=Permission.CLIENT, methods=["GET", "POST"])
def block(client: ClientIdentity, conversation_id: int) -> Response:
    of, form = thread.opened(client.actor.scope, conversation_id), ConfirmForm()
    if form.validate_on_submit():
        with refusals_on(form):
            blocking.block(client.actor, client.actor.scope, of.number_id, of.remote)
            return go(url_for("unity.conversation", conversation_id=of.id))
    status = 422 if form.errors or form.form_errors else 200
    fill = {"of": of, "form": form, **frame.frame(client)}
    return render("unity/block.html", fragment="confirmation", status=status, **fill)


@CLIENT.post("/conversations/<int:conversation_id>/unblock", needs=Permission.CLIENT)
def unblock(client: ClientIdentity, conversation_id: int) -> Response:
    """Also where blocking was switched off since."""
    of = thread.opened(client.actor.scope, conversation_id)
    blocking.unblock(client.actor, client.actor.scope, of.number_id, of.remote)
    return go(url_for("unity.conversation", conversation_id=of.id))
