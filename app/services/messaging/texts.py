"""What staff see of texts: who, when, state and reason; never words or pictures (D29).

Erased texts keep no remote number and are not listed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import defer

from app.access.scope import Scope, missing, visible
from app.db import db
from app.models import Assignment, Attempt, Conversation, Message, Receipt, Suppression
from app.services.keyset import Page, page
from app.vocabulary import Direction, Level, MessageState, SuppressionReason

# Words never leave the database on these pages.
_WITHOUT_WORDS = tuple(defer(column, raiseload=True) for column in (Message.text, Message.sent_text))
_SAME = {MessageState.QUEUED: [MessageState.QUEUED, MessageState.CLAIMED]}  # a lease is nobody's business


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; "" and None ask for all. Numbers are as stored; `until` is the first
    moment that is not.
    """

    number: str = ""
    remote: str = ""
    state: MessageState | None = None
    direction: Direction | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def __bool__(self) -> bool:
        return self != Wanted()


def texts_page(
    scope: Scope, wanted: Wanted, *, after: str | None = None, before: str | None = None
) -> Page[Message]:
    """The texts of this place and below, newest first."""
    query = visible(Message, scope).where(Message.erased_at.is_(None))
    if scope.level in {Level.USER, Level.STREAM}:
        query = query.where(Message.assignment_id.in_(_numbers(scope)))
    if wanted.number:
        query = query.where(Message.assignment_id.in_(_numbers(scope, wanted.number)))
    if wanted.remote:
        query = query.where(Message.conversation_id.in_(_conversations(scope, wanted.remote)))
    narrows = wanted.state or wanted.direction or wanted.since or wanted.until
    return page(
        query,
        order=(Message.id,),
        newest_first=True,
        after=after,
        before=before,
        fits=(lambda model: _fits(model, wanted)) if narrows else None,
        options=_WITHOUT_WORDS,
    )


def one(scope: Scope, message_id: int) -> Message:
    """Without its words. Raises NotFound."""
    query = visible(Message, scope).where(Message.id == message_id).options(*_WITHOUT_WORDS)
    message = db.session.scalar(query)
    if message is None:
        raise missing(Message, message_id)
    return message


def attempts_of(message: Message) -> list[Attempt]:
    """Every request to the carrier, the first one first."""
    query = select(Attempt).where(Attempt.message_id == message.id).order_by(Attempt.ordinal)
    return list(db.session.scalars(query))


def receipts_of(message: Message) -> list[Receipt]:
    """What the carrier reported, in the order in which it came."""
    query = select(Receipt).where(Receipt.message_id == message.id).order_by(Receipt.id)
    return list(db.session.scalars(query))


def suppressed(scope: Scope, number: str = "") -> dict[SuppressionReason, int]:
    """How many texts were not handed over, and why: nothing else is kept of them (D9)."""
    query = visible(Suppression, scope).where(Suppression.assignment_id.in_(_numbers(scope, number)))
    counts = query.with_only_columns(Suppression.reason, func.count()).group_by(Suppression.reason)
    return {row[0]: row[1] for row in db.session.execute(counts)}


def _numbers(scope: Scope, number: str = "") -> list[int]:
    """Assignments, ended ones too: the same number may have been held several times."""
    query = visible(Assignment, scope).with_only_columns(Assignment.id)
    if number:
        query = query.where(Assignment.number == number)
    return list(db.session.scalars(query))


def _conversations(scope: Scope, remote: str) -> Any:
    query = visible(Conversation, scope).where(Conversation.remote == remote)
    return query.with_only_columns(Conversation.id)


def _fits(model: Any, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(model.state.in_(_SAME.get(wanted.state, [wanted.state])))
    if wanted.direction is not None:
        conditions.append(model.direction == wanted.direction)
    if wanted.since is not None:
        conditions.append(model.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(model.created_at < wanted.until)
    return conditions
