"""Conversations of one user: what was said last, what is unread, and what was read."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, jsonify

from app.access.policy import Permission
from app.errors import NotFound
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import inbox, messages
from app.services.messaging.inbox import InboxRow
from app.web.client_api import shapes
from app.web.client_api.api import API
from app.web.client_api.description import Call


@API.get(
    "/conversations",
    needs=Permission.CLIENT,
    call=Call(
        "Conversations, newest first",
        {200: shapes.ConversationsShape},
        query=shapes.ConversationsQuery,
        problems=(404,),
    ),
)
def conversations(client: ClientIdentity, wish: shapes.ConversationsQuery) -> Response:
    """The newest first; `search` is part of a remote number or of a text."""
    page = inbox.conversations(
        client.actor.scope, wish.number_id, search=wish.search, after=wish.after, limit=wish.limit
    )
    return jsonify(shapes.listed(_conversations(page.items), page.after))


@API.put(
    "/conversations/<int:conversation_id>/read",
    needs=Permission.CLIENT,
    call=Call("Everything up to a message was read", {200: shapes.ConversationShape}, body=shapes.ReadUpTo),
)
def read(client: ClientIdentity, conversation_id: int, wish: shapes.ReadUpTo) -> Response:
    """Everything up to this message was read; the user's other clients are told."""
    row = inbox.mark_read(client.actor.scope, conversation_id, wish.up_to)
    if row is None:
        raise NotFound
    return jsonify(_conversations([row])[0].model_dump(mode="json"))


def _conversations(rows: Sequence[InboxRow]) -> list[shapes.ConversationShape]:
    last = messages.as_events([row.last for row in rows])
    return [
        shapes.ConversationShape(
            id=row.id,
            number_id=row.number_id,
            remote=row.remote,
            unread=row.unread,
            is_blocked=row.is_blocked,
            is_stopped=row.is_stopped,
            last=shapes.MessageShape(**event),
        )
        for row, event in zip(rows, last, strict=True)
    ]
