"""Ordinary texts leave together by one statement, and those that the carrier took are written down by one.

On PostgreSQL only (adr/0017). Ordinary is a text without files, of a number that may send and whose minute
is not full, to somebody without a STOP. Whatever is not ordinary stays as it is, for `attempts`, which
decides the same with many statements and knows every case; so nothing is refused or put off here.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import (
    BigInteger,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.db import Base, db
from app.models import Assignment, Attempt, Licence, Message, Platform, Provider, Receipt, Stop
from app.services.accounts import licences
from app.services.messaging import pace
from app.services.messaging.status import BEFORE
from app.vocabulary import AssignmentState, AttemptOutcome, MessageState, OptIn


class Text(NamedTuple):
    """A text that is *sending* now: what its request and its event need of it."""

    id: int
    attempt_id: int
    assignment_id: int
    conversation_id: int | None
    platform_id: int
    platform_revision: int
    user_id: int | None
    direction: str
    state: str
    reason: str
    number: str
    remote: str | None
    other_recipients: list[str]
    text: str
    encoding: str | None
    segments: int | None
    sent_as: str | None
    fallback_reason: str
    file_count: int
    client_ref: str | None
    created_at: dt.datetime
    sent_at: dt.datetime | None
    settled_at: dt.datetime | None


@dataclass(frozen=True)
class Taken:
    """Texts that the carrier took over, each with its attempt and the carrier's reference."""

    ids: list[int]
    attempts: list[int]
    references: list[str]
    at: dt.datetime


@dataclass
class Settled:
    """`sent` are those that are *sent* now; `is_any_early`: receipts of some were faster than this."""

    sent: set[int] = field(default_factory=set)
    is_any_early: bool = False
    begun: list[Text] = field(default_factory=list)


def is_possible() -> bool:
    """Whether this database writes with a part of a statement."""
    return db.session.connection().dialect.name == "postgresql"


def settle(claim: str, taken: Taken, message_ids: list[int], until: dt.datetime) -> Settled:
    """Write down what the carrier took; make the ordinary ones of `message_ids` *sending*, an attempt each.

    Inside the caller's transaction, with one way to the database and back. The numbers are locked by a
    statement before the others: only then do these see the attempts that another worker began (D14).
    Raises DBAPIError.
    """
    lock, record, begin = _compiled()
    settled, at = Settled(), now()
    asked = {"ids": message_ids, "claimer": claim, "now": at, "since": at - pace.MINUTE, "until": until}
    driver: Any = db.session.connection().connection.driver_connection
    recorded = begun = None
    try:
        with driver.pipeline():
            if message_ids:
                lock.ask(driver, asked)
            if taken.ids:
                recorded = record.ask(driver, vars(taken))
            if message_ids:
                begun = begin.ask(driver, asked)
        if recorded:
            rows = recorded.fetchall()
            settled.sent, settled.is_any_early = {row[0] for row in rows}, any(row[1] for row in rows)
        if begun:
            settled.begun = [_in_utc(Text(*row)) for row in begun]
    except psycopg.Error as trouble:
        raise DBAPIError("ordinary texts", None, trouble) from trouble
    return settled


def _in_utc(text: Text) -> Text:
    """PostgreSQL's times are in its own zone."""
    return text._replace(
        created_at=text.created_at.astimezone(dt.UTC),
        sent_at=text.sent_at and text.sent_at.astimezone(dt.UTC),
        settled_at=text.settled_at and text.settled_at.astimezone(dt.UTC),
    )


@dataclass(frozen=True)
class _Statement:
    """Written down once, with its constants: doing it anew takes longer than running it."""

    sql: str
    constants: dict[str, Any]

    def ask(self, driver: Any, values: Mapping[str, Any]) -> Any:
        """The server keeps it prepared."""
        return driver.execute(self.sql, {**self.constants, **values}, prepare=True)


@cache
def _compiled() -> tuple[_Statement, _Statement, _Statement]:
    lock, record, begin = (_written(statement) for statement in (_lock(), _record(), _begin()))
    return lock, record, begin


def _written(statement: Any) -> _Statement:
    compiled = statement.compile(dialect=db.engine.dialect)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return _Statement(str(compiled), {name: _plain(value) for name, value in constants.items()})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, enum.StrEnum) else value


_TEXTS, _ATTEMPTS = Base.metadata.tables["messages"], Base.metadata.tables["attempts"]
_MOMENT = Attempt.started_at.type
_CLAIMER, _NOW = bindparam("claimer", type_=String), bindparam("now", type_=_MOMENT)
_AT = bindparam("at", type_=_MOMENT)
_IDS = any_(bindparam("ids", type_=ARRAY(BigInteger)))
# Each plan is good for any values, and making one takes as long as running it. Of this transaction only.
_PLANNED_ONCE = func.set_config("plan_cache_mode", "force_generic_plan", True)
_ELSEWHERE = {"attempt_id", "platform_revision"}  # what of a Text is not of a message


def _is_ordinary() -> Any:
    """What `sending.refusal`, `opt_outs.refusal` and `files` have nothing to say about."""
    licensed = _any(Licence).where(Licence.user_id == Message.user_id, licences.running(_NOW))
    stopped = select(literal(1)).where(
        Stop.number == Message.number, Stop.remote == Message.remote, Stop.resumed_at.is_(None)
    )
    return and_(
        Assignment.release_requested_at.is_(None),
        Assignment.ended_at.is_(None),
        Assignment.opt_in.in_([literal(str(OptIn.NOT_REQUIRED)), literal(str(OptIn.OPTED_IN))]),
        Assignment.state == AssignmentState.ACTIVE,
        or_(Message.user_id.is_(None), licensed.exists()),
        Message.text.is_not(None),
        Message.file_count == 0,
        ~stopped.exists(),
    )


def _any(model: Any) -> Any:
    return visible(model, EVERYTHING).with_only_columns(literal(1)).select_from(model)


def _lock() -> Select[Any]:
    """In the order in which every worker locks them; and how what follows is planned."""
    theirs = select(_TEXTS.c.assignment_id).where(_TEXTS.c.id == _IDS).scalar_subquery()
    return (
        visible(Assignment, EVERYTHING)
        .where(Assignment.id == any_(func.array(theirs)))
        .with_only_columns(Assignment.id, _PLANNED_ONCE)
        .order_by(Assignment.id)
        .with_for_update(key_share=True)
    )


def _begin() -> Select[Any]:
    """asked: those that are still ours. moved: the ordinary ones. begun: their attempts.

    A place in its number's minute is counted among all that were asked for, so that an ordinary text does not
    pass one that is not and was first.
    """
    position = func.row_number().over(
        partition_by=Message.assignment_id, order_by=(Message.priority, Message.id)
    )
    earlier = pace.sent_lately(Message.assignment_id, bindparam("since", type_=_MOMENT))
    limit = func.coalesce(Platform.texts_per_minute, Provider.texts_per_minute)
    asked = (
        visible(Message, EVERYTHING)
        .join(Assignment, Assignment.id == Message.assignment_id)
        .join(Platform, Platform.id == Assignment.platform_id)
        .join(Provider, Provider.id == Platform.provider_id)
        .where(
            Message.id == _IDS,
            Message.state == MessageState.CLAIMED,
            Message.claim == _CLAIMER,
        )
        .with_only_columns(
            *(getattr(Message, name) for name in Text._fields if name not in _ELSEWHERE),
            Message.priority,
            Platform.revision.label("platform_revision"),
            and_(_is_ordinary(), earlier + position <= limit).label("may_leave"),
        )
        .cte("asked")
    )
    moved = (
        update(_TEXTS)
        .where(
            _TEXTS.c.id == asked.c.id,
            asked.c.may_leave,
            _TEXTS.c.state == MessageState.CLAIMED,
            _TEXTS.c.claim == _CLAIMER,
        )
        .values(
            state=MessageState.SENDING,
            claimed_until=bindparam("until", type_=_MOMENT),
            tries=_TEXTS.c.tries + 1,
        )
        .returning(_TEXTS.c.id)
        .cte("moved")
    )
    last = select(func.max(_ATTEMPTS.c.ordinal)).where(_ATTEMPTS.c.message_id == asked.c.id)
    columns = {
        "message_id": asked.c.id,
        "assignment_id": asked.c.assignment_id,
        "ordinal": func.coalesce(last.scalar_subquery(), 0) + 1,
        "platform_id": asked.c.platform_id,
        "started_at": _NOW,
        "outcome": literal(AttemptOutcome.STARTED, Attempt.outcome.type),
        "detail": literal(""),
    }
    begun = (
        insert(_ATTEMPTS)
        .from_select(
            list(columns),
            select(*columns.values()).join_from(asked, moved, moved.c.id == asked.c.id),
            include_defaults=False,
        )
        .returning(_ATTEMPTS.c.message_id, _ATTEMPTS.c.id)
        .cte("begun")
    )
    return (
        select(*(begun.c.id if name == "attempt_id" else asked.c[name] for name in Text._fields))
        .join_from(asked, begun, begun.c.message_id == asked.c.id)
        .order_by(asked.c.priority, asked.c.id)
    )


def _record() -> Any:
    """ended: the attempts. What is asked for is the texts, unless somebody else settled them meanwhile."""
    lists = {"ids": BigInteger, "attempts": BigInteger, "references": String}
    taken = (
        func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in lists.items()))
        .table_valued("message_id", "attempt_id", "reference", name="taken")
        .render_derived()
    )
    ended = (
        update(_ATTEMPTS)
        .where(_ATTEMPTS.c.id == taken.c.attempt_id)
        .values(outcome=AttemptOutcome.SENT, detail="", finished_at=_AT, carrier_reference=taken.c.reference)
        .returning(_ATTEMPTS.c.id)
        .cte("ended")
    )
    before = [literal(str(state)) for state in sorted(BEFORE[MessageState.SENT])]
    early = select(literal(1)).where(
        Receipt.platform_id == _TEXTS.c.platform_id,
        Receipt.carrier_reference == taken.c.reference,
        Receipt.message_id.is_(None),
    )
    return (
        update(_TEXTS)
        .where(
            _TEXTS.c.id == taken.c.message_id,
            _TEXTS.c.state.in_(before),
        )
        .values(
            state=MessageState.SENT,
            carrier_reference=taken.c.reference,
            sent_at=_AT,
            reason="",
            claimed_until=null(),
            search_due_at=null(),
        )
        .returning(_TEXTS.c.id, early.exists().label("is_early"))
        .add_cte(ended)
    )
