"""Which texts leave first: an answer before ordinary ones, and those before bulk (D14).

Inside a conversation the order is kept whatever their priorities are.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.db import db
from app.models import Message
from app.vocabulary import Direction, MessageState, Priority

_ANSWERS_WITHIN = dt.timedelta(hours=24)


def of_text(conversation_id: int, *, is_bulk: bool = False) -> Priority:
    """An answer is a text to somebody who wrote to us in this conversation within the last 24 hours, so an
    automatic reply is one as well. What its sender calls bulk is bulk: nobody waits for it.
    """
    if is_bulk:
        return Priority.BULK
    heard = visible(Message, EVERYTHING).where(
        Message.conversation_id == conversation_id,
        Message.direction == Direction.INBOUND,
        Message.created_at > now() - _ANSWERS_WITHIN,
    )
    is_answer = db.session.scalar(heard.with_only_columns(Message.id).limit(1)) is not None
    return Priority.ANSWER if is_answer else Priority.ORDINARY


def carry_along(conversation_id: int, priority: Priority) -> None:
    """What waits in front of an urgent text of the same conversation is as urgent as that one."""
    waiting = (
        Message.conversation_id == conversation_id,
        Message.state == MessageState.QUEUED,
        Message.priority > int(priority),
    )
    db.session.execute(
        update(Message).where(*waiting).values(priority=int(priority)),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )
