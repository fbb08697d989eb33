"""Which message state may follow which: only forward (D13)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import update

from app import impp
from app.access.scope import EVERYTHING, fetch
from app.clock import now
from app.db import db
from app.models import Message
from app.services.messaging.messages import as_event
from app.vocabulary import MessageState as S

# To reach the key, a message must be in one of these. Back to `queued` leads only from a request that
# never left; a person's Retry is a rule of its own.
BEFORE: dict[S, frozenset[S]] = {
    S.QUEUED: frozenset({S.CLAIMED, S.SENDING}),
    S.CLAIMED: frozenset({S.QUEUED}),
    S.SENDING: frozenset({S.CLAIMED}),
    S.SENT: frozenset({S.SENDING, S.UNCERTAIN}),
    S.UNCERTAIN: frozenset({S.SENDING}),
    S.DELIVERED: frozenset({S.QUEUED, S.CLAIMED, S.SENDING, S.SENT, S.UNCERTAIN}),  # of an earlier attempt
    S.FAILED: frozenset({S.QUEUED, S.CLAIMED, S.SENDING, S.SENT, S.UNCERTAIN}),
}
SETTLED = frozenset({S.DELIVERED, S.FAILED})
FIRST_SEARCH = dt.timedelta(minutes=2)  # after which the carrier's own records are looked at
_ANY: dict[str, Any] = {"scope": EVERYTHING, "synchronize_session": False}


def advance(message_id: int, to: S, *, claim: str | None = None, **values: Any) -> bool:
    """Move a message forward, inside the caller's transaction, and tell the user's clients.

    `claim` demands that the caller still holds the row. Returns whether it moved.
    """
    if not advance_all([message_id], to, claim=claim, **values):
        return False
    if to not in {S.CLAIMED, S.QUEUED}:
        message = fetch(Message, message_id, EVERYTHING)
        db.session.refresh(message)
        impp.publish(message.user_id, "message.updated", as_event(message))
    return True


def advance_all(message_ids: list[int], to: S, *, claim: str | None = None, **values: Any) -> set[int]:
    """Move several in one statement, and tell nobody: that is the caller's. Returns those that moved."""
    statement = update(Message).where(Message.id.in_(message_ids), Message.state.in_(BEFORE[to]))
    if claim is not None:
        statement = statement.where(Message.claim == claim)
    given: dict[str, Any] = {"state": to, "search_due_at": None}
    if to is S.UNCERTAIN:
        given |= {"search_due_at": now() + FIRST_SEARCH, "search_tries": 0}
    given |= values
    if to in SETTLED:
        given["settled_at"] = now()
    moved = db.session.scalars(statement.values(**given).returning(Message.id), execution_options=_ANY)
    return set(moved)
