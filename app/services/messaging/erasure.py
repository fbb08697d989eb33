"""Words and pictures leave the database; what is needed to know a retry stays (S17, D4, D9)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, func, or_, select, update

from app import impp
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.models import (
    Assignment,
    Block,
    Conversation,
    Message,
    QuarantinedMessage,
    Receipt,
)
from app.services.audit.record import Action, record
from app.services.messaging.status import advance
from app.services.provisioning import assignment as assignments
from app.vocabulary import Direction, MessageState

QUARANTINE_KEPT = dt.timedelta(days=7)
HELD_KEPT = dt.timedelta(days=30)
_NO_SYNC = {"scope": EVERYTHING, "synchronize_session": False}


def saved(scope: Scope, assignment_id: int) -> int:
    """How many messages of a number are kept."""
    query = visible(Message, scope).where(Message.assignment_id == assignment_id, Message.erased_at.is_(None))
    return db.session.scalar(query.with_only_columns(func.count())) or 0


@transactional
def delete_saved(actor: Actor, scope: Scope, assignment_id: int) -> int:
    """Erase the saved messages of a number and return how many (S17). Texts on their way out stay.

    Raises NotFound, WrongState.
    """
    assignment = assignments.running(scope, assignment_id)
    count = _erase(
        Message.assignment_id == assignment.id,
        or_(
            Message.direction == Direction.INBOUND,
            Message.state.in_([MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED]),
        ),
    )
    record(actor, Action.MESSAGES_DELETED, assignment, messages=count)
    impp.forget(assignment.user_id)
    return count


@transactional
def erase_released(assignment_id: int) -> None:
    """After a number was deleted: texts that wait fail, all messages and blocks are erased (D4)."""
    assignment = fetch(Assignment, assignment_id, EVERYTHING)
    if assignment.release_requested_at is None:
        return
    waiting = visible(Message, EVERYTHING).where(
        Message.assignment_id == assignment_id,
        Message.state.in_([MessageState.QUEUED, MessageState.CLAIMED]),
    )
    for message in list(db.session.scalars(waiting)):
        advance(message.id, MessageState.FAILED, reason="The number was removed.")
    _erase(Message.assignment_id == assignment_id)
    db.session.execute(delete(Block).where(Block.assignment_id == assignment_id), execution_options=_NO_SYNC)
    impp.forget(assignment.user_id)


def unerased() -> list[int]:
    """Deleted numbers that still have messages: a lost wake-up."""
    query = (
        visible(Assignment, EVERYTHING)
        .where(Assignment.release_requested_at.is_not(None))
        .where(
            select(Message.id)
            .where(Message.assignment_id == Assignment.id, Message.erased_at.is_(None))
            .exists()
        )
        .limit(100)
    )
    return [row.id for row in db.session.scalars(query)]


@transactional
def forget_old() -> None:
    """Quarantined messages go after 7 days, held ones after 30 (D12, D28)."""
    db.session.execute(
        delete(QuarantinedMessage).where(QuarantinedMessage.received_at < now() - QUARANTINE_KEPT)
    )
    _erase(
        Message.direction == Direction.INBOUND,
        Message.handed_over_at.is_(None),
        Message.created_at < now() - HELD_KEPT,
    )


def _erase(*which: object) -> int:
    """Take words, pictures and the remote number out of messages, with their receipts and conversations."""
    chosen = visible(Message, EVERYTHING).where(*which, Message.erased_at.is_(None))  # type: ignore[arg-type]
    ids = list(db.session.scalars(chosen.with_only_columns(Message.id)))
    for start in range(0, len(ids), 500):
        batch = ids[start : start + 500]
        db.session.execute(delete(Receipt).where(Receipt.message_id.in_(batch)))
        db.session.execute(
            update(Message)
            .where(Message.id.in_(batch))
            .values(
                text=None,
                remote=None,
                media_urls=[],
                other_recipients=[],
                conversation_id=None,
                erased_at=now(),
            ),
            execution_options=_NO_SYNC,
        )
    empty = delete(Conversation).where(
        ~select(Message.id).where(Message.conversation_id == Conversation.id).exists()
    )
    db.session.execute(empty, execution_options=_NO_SYNC)
    return len(ids)
