"""The live stream of the web client: small signals, after which the page asks for what changed (D24)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Response, request
from werkzeug.exceptions import TooManyRequests

from app import impp
from app.access.policy import Permission
from app.services.accounts import presence
from app.services.accounts.client_tokens import ClientIdentity
from app.web.streams import RETRY_MILLISECONDS, Streams
from app.web.unity.client import CLIENT

# No id of ours, so that the stream begins with `resync`: from there on nothing is missed, and the page
# asks for what came between its making and that moment.
_FROM_NOW = "from-0-0"
# A page that was left counts until the next beat, so somebody who reloads a lot has several.
STREAMS = Streams(24)


@CLIENT.get("/events", needs=Permission.CLIENT)
def events(client: ClientIdentity) -> Response:
    """Goes on after `Last-Event-ID`, or after `last` where a page opened the stream anew."""
    if not STREAMS.enter(client.user_id):
        raise TooManyRequests
    last_seen = (request.headers.get("Last-Event-ID") or request.args.get("last") or _FROM_NOW)[:100]
    return STREAMS.answer(_lines(client, last_seen), client.user_id)


def _lines(client: ClientIdentity, last_seen: str) -> Iterator[str]:
    """A beat is an event here: a page that hears none for long knows that the line is dead."""
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    yield "event: beat\ndata: {}\n\n"
    with presence.listening(client.session_id) as session:
        live = impp.stream(
            client.user_id, last_seen, lambda: session.is_alive, lambda: presence.recheck(session)
        )
        for event in live:
            head = f"id: {event.id}\n" if event.id else ""
            yield f"{head}event: {event.kind}\ndata: {json.dumps(event.data)}\n\n"
