"""The live stream of a client: Server-Sent Events, from where it stopped (D24)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Response, request

from app import impp
from app.access.policy import Permission
from app.services.accounts import presence
from app.services.accounts.client_tokens import ClientIdentity
from app.web.client_api.api import API
from app.web.client_api.description import Call
from app.web.client_api.problems import problem
from app.web.streams import RETRY_MILLISECONDS, SECONDS_UNTIL_NOTICED, Streams

STREAMS = Streams(8)


@API.get(
    "/events", needs=Permission.CLIENT, call=Call("The live stream", {200: None}, media="text/event-stream")
)
def events(client: ClientIdentity) -> Response:
    """Ends when the session ends; 429 for too many. Nothing of the database is held while it waits."""
    if not STREAMS.enter(client.user_id):
        refused = problem(429, f"A user has {STREAMS.most} event streams at most. Close one first.")
        refused.headers["Retry-After"] = str(SECONDS_UNTIL_NOTICED)
        return refused
    last_seen = request.headers.get("Last-Event-ID", "")[:100]
    return STREAMS.answer(_lines(client, last_seen), client.user_id)


def _lines(client: ClientIdentity, last_seen: str) -> Iterator[str]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    with presence.listening(client.session_id) as session:
        events = impp.stream(
            client.user_id, last_seen, lambda: session.is_alive, lambda: presence.recheck(session)
        )
        for event in events:
            if event.kind == "beat":
                yield ": beat\n\n"
            else:
                yield f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"
