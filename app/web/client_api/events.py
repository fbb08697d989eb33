"""The live stream of a client: Server-Sent Events, from where it stopped (D24)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from threading import Lock

from flask import Response, request, stream_with_context

from app import impp
from app.access.policy import Permission
from app.services.accounts import presence
from app.services.accounts.client_tokens import ClientIdentity
from app.web.client_api.api import API
from app.web.client_api.description import Call
from app.web.client_api.problems import problem

_RETRY_MILLISECONDS = 2000
# A stream holds a thread of this process: one user's must not take them all.
_MOST_STREAMS = 8
_SECONDS_UNTIL_NOTICED = 10  # a client that went away is noticed at the next beat
_live: Counter[int] = Counter()
_counting = Lock()


@API.get(
    "/events", needs=Permission.CLIENT, call=Call("The live stream", {200: None}, media="text/event-stream")
)
def events(client: ClientIdentity) -> Response:
    """Ends when the session ends; 429 for too many. Nothing of the database is held while it waits."""
    if not _enter(client.user_id):
        refused = problem(429, f"A user has {_MOST_STREAMS} event streams at most. Close one first.")
        refused.headers["Retry-After"] = str(_SECONDS_UNTIL_NOTICED)
        return refused
    last_seen = request.headers.get("Last-Event-ID", "")[:100]
    response = Response(stream_with_context(_lines(client, last_seen)), content_type="text/event-stream")
    response.call_on_close(lambda: _leave(client.user_id))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _lines(client: ClientIdentity, last_seen: str) -> Iterator[str]:
    yield f"retry: {_RETRY_MILLISECONDS}\n\n"
    with presence.listening(client.session_id) as session:
        events = impp.stream(
            client.user_id, last_seen, lambda: session.is_alive, lambda: presence.recheck(session)
        )
        for event in events:
            if event.kind == "beat":
                yield ": beat\n\n"
            else:
                yield f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"


def _enter(user_id: int) -> bool:
    with _counting:
        if _live[user_id] >= _MOST_STREAMS:
            return False
        _live[user_id] += 1
        return True


def _leave(user_id: int) -> None:
    with _counting:
        _live[user_id] -= 1
        if not _live[user_id]:
            del _live[user_id]
