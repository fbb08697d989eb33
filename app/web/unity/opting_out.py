"""A user records that a person opted out in their own words; only the person undoes it, by START (D11)."""

from __future__ import annotations

from flask import Response, request, url_for

from app.access.policy import Permission
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import opt_outs
from app.web.htmx import go
from app.web.unity.client import CLIENT


@CLIENT.post("/messages/<int:message_id>/opt-out", needs=Permission.CLIENT)
def record_opt_out(client: ClientIdentity, message_id: int) -> Response:
    address = request.remote_addr or ""
    message = opt_outs.record_opt_out(client.actor, client.actor.scope, message_id, address=address)
    return go(url_for("unity.conversation", conversation_id=message.conversation_id))
