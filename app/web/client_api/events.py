"""The live stream of a client: Server-Sent Events, from where it stopped (D24)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Response, request, stream_with_context

from app import impp
from app.access.policy import Permission
from app.services.accounts import client_tokens
from app.services.accounts.client_tokens import ClientIdentity
from app.web.client_api.api import API

_RETRY_MILLISECONDS = 2000


@API.get("/events", needs=Permission.CLIENT)
def events(client: ClientIdentity) -> Response:
    """Ends when the session ends. Nothing of the database is held while it waits."""
    last_seen = request.headers.get("Last-Event-ID", "")[:100]
    response = Response(stream_with_context(_lines(client, last_seen)), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _lines(client: ClientIdentity, last_seen: str) -> Iterator[str]:
    yield f"retry: {_RETRY_MILLISECONDS}\n\n"
    for event in impp.stream(client.user_id, last_seen, lambda: client_tokens.is_alive(client.session_id)):
        if event.kind == "beat":
            yield ": beat\n\n"
        else:
            yield f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"
