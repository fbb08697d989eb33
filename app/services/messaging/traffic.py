"""What went over a number, in counts and times: never words (D29)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func

from app.access.scope import Scope, visible
from app.db import db
from app.models import Conversation, Message, Suppression
from app.vocabulary import ConversationState, Direction, MessageState, SuppressionReason


@dataclass(frozen=True)
class Last:
    """When the last text came or went, and what became of it."""

    at: dt.datetime
    state: MessageState


@dataclass(frozen=True)
class Traffic:
    """`saved` texts are kept with their words; `waiting` conversations are those of a media stream."""

    saved: int
    received: Last | None
    sent: Last | None
    suppressed: dict[SuppressionReason, int]
    waiting: int


def of_number(scope: Scope, assignment_id: int, *, of_stream: bool) -> Traffic:
    """Two queries, and one more for a media stream's number."""
    saved, last = _texts(scope, assignment_id)
    return Traffic(
        saved=saved,
        received=last.get(Direction.INBOUND),
        sent=last.get(Direction.OUTBOUND),
        suppressed=suppressed(scope, assignment_id),
        waiting=_waiting(scope, assignment_id) if of_stream else 0,
    )


def _texts(scope: Scope, assignment_id: int) -> tuple[int, dict[Direction, Last]]:
    """How many are saved, and the last of each direction."""
    counts = (
        visible(Message, scope)
        .where(Message.assignment_id == assignment_id)
        .with_only_columns(
            func.count().filter(Message.erased_at.is_(None)).label("saved"),
            func.max(Message.id).label("newest"),
        )
        .group_by(Message.direction)
        .subquery()
    )
    query = visible(Message, scope).join(counts, counts.c.newest == Message.id)
    columns = (Message.direction, Message.created_at, Message.state, counts.c.saved)
    rows = db.session.execute(query.with_only_columns(*columns)).all()
    return sum(row.saved for row in rows), {row.direction: Last(row.created_at, row.state) for row in rows}


def suppressed(scope: Scope, assignment_id: int) -> dict[SuppressionReason, int]:
    """How many texts were not handed over, and why: counted from the rows (D9)."""
    query = visible(Suppression, scope).where(Suppression.assignment_id == assignment_id)
    counted = query.with_only_columns(Suppression.reason, func.count()).group_by(Suppression.reason)
    found: dict[SuppressionReason, int] = {row[0]: row[1] for row in db.session.execute(counted)}
    return dict.fromkeys(SuppressionReason, 0) | found


def _waiting(scope: Scope, assignment_id: int) -> int:
    query = visible(Conversation, scope).where(
        Conversation.assignment_id == assignment_id, Conversation.state == ConversationState.WAITING
    )
    return db.session.scalar(query.with_only_columns(func.count())) or 0
