"""Which texts are due, and who has them: a text has one claimer, a conversation one sender (D13, D14).

Answers are claimed before ordinary texts and those before bulk; inside a conversation the order is kept.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, update
from sqlalchemy.orm import aliased

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.db import db, end_read, transactional
from app.models import Conversation, Message
from app.services.messaging import attempts
from app.vocabulary import MessageState, Priority

CLAIM_LEASE = dt.timedelta(seconds=60)
_SOON = dt.timedelta(seconds=2)  # a text due by then is waited for: the next sweep would be too late for it
_NO_SYNC = {"scope": EVERYTHING, "synchronize_session": False}


@transactional
def claim(claimer: str, most: int, *, lowest_first: bool = False) -> list[list[int]]:
    """Due texts of `most` conversations that nobody is sending in, as lists of ids in order.

    The conversation rows are locked first; the second statement then sees what another claimer committed in
    between, so two workers never send in one conversation at the same time. `lowest_first` is for every now
    and then, so that bulk moves however many answers there are.
    """
    wanted = _due_conversations(most, lowest_first=lowest_first)
    if not wanted:
        return []
    locked = (
        visible(Conversation, EVERYTHING)
        .where(Conversation.id.in_(wanted))
        .with_only_columns(Conversation.id)
        .order_by(Conversation.id)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.session.scalars(locked))
    if not ids:
        return []
    claimed = db.session.execute(
        update(Message)
        .where(Message.conversation_id.in_(ids), *_ready())
        .values(state=MessageState.CLAIMED, claim=claimer, claimed_until=now() + CLAIM_LEASE)
        .returning(Message.conversation_id, Message.id),
        execution_options=_NO_SYNC,
    )
    batches: dict[int, list[int]] = {}
    for conversation_id, message_id in sorted((row.conversation_id or 0, row.id) for row in claimed):
        batches.setdefault(conversation_id, []).append(message_id)
    return [batches[one] for one in wanted if one in batches]


@transactional
def recover() -> bool:
    """What a killed worker left behind: *claimed* is due again, *sending* may have left.

    Returns whether texts are due.
    """
    gone = Message.claimed_until < now()
    db.session.execute(
        update(Message)
        .where(_is(MessageState.CLAIMED), gone)
        .values(state=MessageState.QUEUED, claim=None, claimed_until=None),
        execution_options=_NO_SYNC,
    )
    lost = visible(Message, EVERYTHING).where(_is(MessageState.SENDING), gone)
    for message_id in list(db.session.scalars(lost.with_only_columns(Message.id))):
        attempts.lost(message_id)
    return bool(_due_conversations(1))


def is_any_ready_soon() -> bool:
    """Whether a claim found nothing only because somebody else held a conversation's row for a moment, or
    because the next text has its turn in a moment (D14).
    """
    soon = visible(Message, EVERYTHING).where(
        _is(MessageState.QUEUED),
        Message.priority.in_(list(Priority)),
        Message.due_at > now(),
        Message.due_at <= now() + _SOON,
    )
    found = bool(_due_conversations(1)) or db.session.scalar(soon.with_only_columns(Message.id).limit(1))
    end_read()
    return bool(found)


def _due_conversations(most: int, *, lowest_first: bool = False) -> list[int]:
    """Conversations whose first text is due, in the order in which they have their turn.

    One look for each priority: each is one range of the outbox's index, however much waits behind it.
    """
    found: list[int] = []
    for priority in sorted(Priority, reverse=lowest_first):
        if len(found) < most:
            found += db.session.scalars(_heads(priority).limit(most - len(found)))
    return found


def _heads(priority: Priority) -> Select[Any]:
    other = aliased(Message)
    is_behind = exists().where(
        other.conversation_id == Message.conversation_id,
        _is_under_way(other),
        or_(other.state != MessageState.QUEUED, other.id < Message.id),
    )
    return (
        visible(Message, EVERYTHING)
        .where(
            _is(MessageState.QUEUED),
            Message.priority == int(priority),
            Message.due_at <= now(),
            Message.conversation_id.is_not(None),
            ~is_behind,
        )
        .with_only_columns(Message.conversation_id)
        .order_by(Message.due_at, Message.id)
    )


def _ready() -> tuple[ColumnElement[bool], ...]:
    """A text that may be claimed: due, nobody sends in its conversation, no earlier one there waits."""
    other = aliased(Message)
    is_held_up = exists().where(
        other.conversation_id == Message.conversation_id,
        _is_under_way(other),
        or_(
            other.state != MessageState.QUEUED,
            (other.id < Message.id) & (other.due_at > now()),
        ),
    )
    return (_is(MessageState.QUEUED), Message.due_at <= now(), ~is_held_up)


def _is(state: MessageState) -> ColumnElement[bool]:
    """Written out, so that a planner sees that the outbox's own index holds all of them."""
    return Message.state == bindparam(None, state, literal_execute=True)


def _is_under_way(message: type[Message]) -> ColumnElement[bool]:
    """Waits, or somebody has it; in the words of the index on them."""
    states = [MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING]
    return message.state.in_(bindparam(None, states, expanding=True, literal_execute=True))
