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


def of_number(scope: Scope, assignment_id: int) -> Traffic:
    """Three queries, and one more where there are texts."""
    mine = visible(Message, scope).where(Message.assignment_id == assignment_id)
    kept = func.count().filter(Message.erased_at.is_(None))
    counted = mine.with_only_columns(kept, func.max(Message.id)).group_by(Message.direction)
    counts = db.session.execute(counted).all()
    last = _last(scope, [newest for _kept, newest in counts])
    return Traffic(
        saved=sum(kept for kept, _newest in counts),
        received=last.get(Direction.INBOUND),
        sent=last.get(Direction.OUTBOUND),
        suppressed=dict.fromkeys(SuppressionReason, 0) | _suppressed(scope, assignment_id),
        waiting=_waiting(scope, assignment_id),
    )


def _last(scope: Scope, ids: list[int]) -> dict[Direction, Last]:
    if not ids:
        return {}
    columns = (Message.direction, Message.created_at, Message.state)
    rows = db.session.execute(visible(Message, scope).where(Message.id.in_(ids)).with_only_columns(*columns))
    return {direction: Last(at, state) for direction, at, state in rows}


def _suppressed(scope: Scope, assignment_id: int) -> dict[SuppressionReason, int]:
    """Counted from the rows (D9)."""
    query = visible(Suppression, scope).where(Suppression.assignment_id == assignment_id)
    counted = query.with_only_columns(Suppression.reason, func.count()).group_by(Suppression.reason)
    return {row[0]: row[1] for row in db.session.execute(counted)}


def _waiting(scope: Scope, assignment_id: int) -> int:
    query = visible(Conversation, scope).where(
        Conversation.assignment_id == assignment_id, Conversation.state == ConversationState.WAITING
    )
    return db.session.scalar(query.with_only_columns(func.count())) or 0
