"""Which texts are due, and who has them: a text has one claimer, a conversation one sender (D13, D14).

Answers are claimed before ordinary texts and those before bulk; inside a conversation the order is kept.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    any_,
    bindparam,
    exists,
    literal_column,
    or_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.db import db, end_read, transactional
from app.models import Conversation, Message
from app.services.messaging.outbound.attempts import mark_lost_attempt_uncertain
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
    lock, take = _claiming()
    ids = list(db.session.scalars(lock, {"ids": wanted}))
    if not ids:
        return []
    at = now()
    given = {"ids": ids, "now": at, "claimer": claimer, "until": at + CLAIM_LEASE}
    claimed = db.session.execute(take, given, execution_options=_NO_SYNC)
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
        mark_lost_attempt_uncertain(message_id)
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
    at = now()
    for priority in sorted(Priority, reverse=lowest_first):
        if len(found) < most:
            given = {"priority": int(priority), "now": at, "most": most - len(found)}
            found += db.session.scalars(_HEADS, given)
    return found


def _is(state: MessageState) -> ColumnElement[bool]:
    """Written out, so that a planner sees that the outbox's own index holds all of them."""
    return Message.state == literal_column(f"'{state}'")


def _is_under_way(message: type[Message]) -> ColumnElement[bool]:
    """Waits, or somebody has it; in the words of the index on them."""
    states = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING)
    return message.state.in_([literal_column(f"'{state}'") for state in states])


_NOW = bindparam("now", type_=Message.due_at.type)
_OTHER = aliased(Message)
_IS_QUEUED = _OTHER.state == literal_column(f"'{MessageState.QUEUED}'")
_IS_IN_ITS_CONVERSATION = (_OTHER.conversation_id == Message.conversation_id) & _is_under_way(_OTHER)
# Statements are made once: making one costs more than asking it.
_HEADS = (
    visible(Message, EVERYTHING)
    .where(
        _is(MessageState.QUEUED),
        Message.priority == bindparam("priority"),
        Message.due_at <= _NOW,
        Message.conversation_id.is_not(None),
        ~exists().where(_IS_IN_ITS_CONVERSATION, or_(~_IS_QUEUED, _OTHER.id < Message.id)),
    )
    .with_only_columns(Message.conversation_id)
    .order_by(Message.due_at)  # as the index has them
    .limit(bindparam("most"))
)


@cache
def _claiming() -> tuple[Any, Any]:
    """Conversations are locked; then their texts are taken. The ids are one array: so the statement stays the
    same, and stays prepared, however many they are.
    """
    array = any_(bindparam("ids", type_=ARRAY(BigInteger)))
    lock = (
        visible(Conversation, EVERYTHING)
        .where(Conversation.id == array)
        .with_only_columns(Conversation.id)
        .order_by(Conversation.id)
        .with_for_update(skip_locked=True)
    )
    # A text may be claimed that is due, in whose conversation nobody sends, and no earlier one waits.
    take = (
        update(Message)
        .where(
            Message.conversation_id == array,
            _is(MessageState.QUEUED),
            Message.due_at <= _NOW,
            ~exists().where(
                _IS_IN_ITS_CONVERSATION,
                or_(~_IS_QUEUED, (_OTHER.id < Message.id) & (_OTHER.due_at > _NOW)),
            ),
        )
        .values(state=MessageState.CLAIMED, claim=bindparam("claimer"), claimed_until=bindparam("until"))
        .returning(Message.conversation_id, Message.id)
    )
    return lock, take
