"""What is known about a text that arrives, read by one statement at one moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    String,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    literal_column,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.db import PreparedStatement
from app.models import Assignment, Conversation, Message, Platform, Provider, Suppression
from app.services.accounts import licences
from app.services.messaging import blocking
from app.vocabulary import Direction, OptIn

LONGEST_NUMBER = 16  # E.164: a plus and 15 digits. Nobody holds a longer one


@dataclass(frozen=True)
class NumberFacts:
    """Of one number of ours and the sender. `version` is that of the assignment's row."""

    assignment_id: int
    version: str
    user_id: int | None
    stream_id: int | None
    number: str
    opt_in: OptIn
    has_license: bool
    is_blocked: bool
    is_duplicate: bool
    is_new_conversation: bool
    opt_out_words: frozenset[str]


@dataclass(frozen=True)
class Facts:
    """`platform_version` is that of the platform's row; `numbers` are those that are held, as asked for."""

    platform_version: str
    numbers: list[NumberFacts]


def read(platform_id: int, numbers: Collection[str], sender: str, carrier_reference: str) -> Facts | None:
    """What decides about a text to these numbers, E.164 each; None: the platform was deleted.

    Deleting a number stops receiving at once (D4). Inside a transaction it is a part of that, else of none.
    Raises StatementFailed.
    """
    asked = [number for number in dict.fromkeys(numbers) if len(number) <= LONGEST_NUMBER]
    rows = _statement().all(
        {
            "platform_id": platform_id,
            "numbers": asked,
            "remote": sender,
            "carrier_reference": carrier_reference,
            "now": now(),
        }
    )
    if not rows:
        return None
    held = [_number(row[1:]) for row in rows if row[1] is not None]
    return Facts(rows[0][0], sorted(held, key=lambda one: asked.index(one.number)))


def _number(row: tuple[Any, ...]) -> NumberFacts:
    assignment_id, version, user_id, stream_id, number, opt_in, *flags, words = row
    has_license, is_blocked, is_duplicate, is_new_conversation = flags
    return NumberFacts(
        assignment_id,
        version,
        user_id,
        stream_id,
        number,
        OptIn(opt_in),
        has_license,
        is_blocked,
        is_duplicate,
        is_new_conversation,
        frozenset(words or ()),
    )


def version_of(model: Any) -> ColumnElement[str]:
    """Which version of a row this is: another one after each change, whatever was changed."""
    name = model.__tablename__
    return cast(literal_column(f"{name}.xmin"), Text) + cast(literal_column(f"{name}.ctid"), Text)


def is_duplicate(platform_id: Any, carrier_reference: Any, number: Any) -> ColumnElement[bool]:
    """Whether this text came before: by the carrier's reference and our number, never by its words."""
    key = {"platform_id": platform_id, "carrier_reference": carrier_reference, "number": number}
    # Written out: a planner takes the partial index only when it sees that the direction is this one.
    seen = _any(Message).where(Message.direction == literal_column(f"'{Direction.INBOUND}'"))
    return or_(seen.filter_by(**key).exists(), _any(Suppression).filter_by(**key).exists())


@cache
def _statement() -> PreparedStatement:
    remote = bindparam("remote", type_=String)
    reference = bindparam("carrier_reference", type_=String)
    moment = bindparam("now", type_=DateTime(timezone=True))
    platform_id = bindparam("platform_id", type_=BigInteger)
    open_conversation = _any(Conversation).where(
        Conversation.assignment_id == Assignment.id,
        Conversation.remote == remote,
        Conversation.state.is_not(None),
    )
    is_held = and_(
        Assignment.platform_id == Platform.id,
        Assignment.number == any_(bindparam("numbers", type_=ARRAY(String))),
        Assignment.ended_at.is_(None),
        Assignment.release_requested_at.is_(None),
    )
    query = (
        visible(Platform, EVERYTHING)
        .outerjoin(Assignment, is_held)
        .outerjoin(Provider, Provider.id == Assignment.provider_id)
        .where(Platform.id == platform_id, Platform.deleted_at.is_(None))
        .with_only_columns(
            version_of(Platform),
            Assignment.id,
            version_of(Assignment),
            Assignment.user_id,
            Assignment.stream_id,
            Assignment.number,
            Assignment.opt_in,
            licences.has_license(Assignment.user_id, moment),
            blocking.is_blocked(Assignment.id, remote),
            is_duplicate(platform_id, reference, Assignment.number),
            ~open_conversation.exists(),
            Provider.opt_out_words,
        )
    )
    return PreparedStatement(query)


def _any(model: Any) -> Any:
    """For EXISTS, without columns: psycopg keeps only short statements prepared (4,096 characters)."""
    return visible(model, EVERYTHING).with_only_columns(literal_column("1")).select_from(model)
