"""The statements with which texts leave, each made once: making one costs more than running it (adr/0017).

They run in one transaction, in two pipelines: LOCK, RECORD and FACTS, then BEGIN.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
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

from app.access.scope import EVERYTHING, visible
from app.db import Base, PreparedStatement
from app.models import Assignment, Attempt, Message, Platform, Provider, Receipt
from app.services.accounts import licences
from app.services.messaging import opt_outs, pace
from app.services.messaging.messages import MessageRow
from app.services.messaging.status import BEFORE
from app.vocabulary import AssignmentState, AttemptOutcome, Direction, MessageState, OptIn

_TEXTS, _ATTEMPTS = Base.metadata.tables["messages"], Base.metadata.tables["attempts"]
_MOMENT = Attempt.started_at.type
_CLAIMER, _NOW = bindparam("claimer", type_=String), bindparam("now", type_=_MOMENT)
_AT = bindparam("at", type_=_MOMENT)
_IDS = any_(bindparam("ids", type_=ARRAY(BigInteger)))
# Each plan is good for any values, and making one takes as long as running it. Of this transaction only.
_PLANNED_ONCE = func.set_config("plan_cache_mode", "force_generic_plan", True)
_SHOWN = (  # columns of a text that its event needs
    "id",
    "assignment_id",
    "conversation_id",
    "user_id",
    "remote",
    "other_recipients",
    "text",
    "encoding",
    "segments",
    "created_at",
    "sent_as",
    "fallback_reason",
    "file_count",
    "client_ref",
)


class Claimed(NamedTuple):
    """A text that a sender has claimed, and what decides about it (`decision.TextFacts`)."""

    row: MessageRow
    number: str
    platform_id: int
    platform_revision: int
    priority: int
    is_removed: bool
    opt_in: OptIn
    is_active: bool
    has_license: bool
    has_opted_out: bool
    sent_last_minute: int
    limit: int

    @property
    def is_erased(self) -> bool:
        return self.row.text is None

    @property
    def client_ref(self) -> str | None:
        return self.row.client_ref


def claimed(row: tuple[Any, ...]) -> Claimed:
    """A row of FACTS. Times come in the zone of the database's session."""
    shown = dict(zip(_SHOWN, row[: len(_SHOWN)], strict=True))
    shown["created_at"] = shown["created_at"].astimezone(dt.UTC)
    number, platform_id, revision, priority, is_removed, opt_in, *facts = row[len(_SHOWN) :]
    message = MessageRow(direction=Direction.OUTBOUND, state=MessageState.SENDING, **shown)
    return Claimed(message, number, platform_id, revision, priority, is_removed, OptIn(opt_in), *facts)


@dataclass(frozen=True)
class Statements:
    """`lock` keeps other workers from the numbers: what follows counts the attempts that they began (D14)."""

    lock: PreparedStatement
    record: PreparedStatement
    facts: PreparedStatement
    begin: PreparedStatement


@cache
def statements() -> Statements:
    """All of them, compiled."""
    return Statements(*(PreparedStatement(one) for one in (_lock(), _record(), _facts(), _begin())))


def _lock() -> Any:
    """The numbers of texts, in the order in which every worker locks them."""
    theirs = select(_TEXTS.c.assignment_id).where(_TEXTS.c.id == _IDS).scalar_subquery()
    return (
        visible(Assignment, EVERYTHING)
        .where(Assignment.id == any_(func.array(theirs)))
        .with_only_columns(Assignment.id, _PLANNED_ONCE)
        .order_by(Assignment.id)
        .with_for_update(key_share=True)
    )


def _record() -> Any:
    """What the carrier took: attempts end, texts are *sent* unless something else settled them meanwhile.

    Returns the ids of those that are *sent* now, and whether a receipt was faster than this.
    """
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
        .where(_TEXTS.c.id == taken.c.message_id, _TEXTS.c.state.in_(before))
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


def _facts() -> Any:
    """What decides about claimed texts that are still this claimer's, the most urgent and oldest first."""
    limit = func.coalesce(Platform.texts_per_minute, Provider.texts_per_minute)
    return (
        visible(Message, EVERYTHING)
        .join(Assignment, Assignment.id == Message.assignment_id)
        .join(Platform, Platform.id == Assignment.platform_id)
        .join(Provider, Provider.id == Platform.provider_id)
        .where(Message.id == _IDS, Message.state == MessageState.CLAIMED, Message.claim == _CLAIMER)
        .order_by(Message.priority, Message.id)
        .with_only_columns(
            *(getattr(Message, name) for name in _SHOWN),
            Message.number,
            Message.platform_id,
            Platform.revision,
            Message.priority,
            or_(Assignment.release_requested_at.is_not(None), Assignment.ended_at.is_not(None)),
            Assignment.opt_in,
            Assignment.state == AssignmentState.ACTIVE,
            licences.has_license(Message.user_id, _NOW),
            opt_outs.has_opted_out(Message.number, Message.remote),
            pace.sent_lately(Message.assignment_id, bindparam("since", type_=_MOMENT)),
            limit,
        )
    )


def _begin() -> Any:
    """Texts become *sending*, an attempt each. Returns the ids of texts and attempts."""
    moved = (
        update(_TEXTS)
        .where(
            _TEXTS.c.id == _IDS,
            and_(_TEXTS.c.state == MessageState.CLAIMED, _TEXTS.c.claim == _CLAIMER),
        )
        .values(
            state=MessageState.SENDING,
            claimed_until=bindparam("until", type_=_MOMENT),
            tries=_TEXTS.c.tries + 1,
        )
        .returning(_TEXTS.c.id, _TEXTS.c.assignment_id, _TEXTS.c.platform_id)
        .cte("moved")
    )
    last = select(func.max(_ATTEMPTS.c.ordinal)).where(_ATTEMPTS.c.message_id == moved.c.id)
    columns = {
        "message_id": moved.c.id,
        "assignment_id": moved.c.assignment_id,
        "ordinal": func.coalesce(last.scalar_subquery(), 0) + 1,
        "platform_id": moved.c.platform_id,
        "started_at": _NOW,
        "outcome": literal(AttemptOutcome.STARTED, Attempt.outcome.type),
        "detail": literal(""),
    }
    return (
        insert(_ATTEMPTS)
        .from_select(list(columns), select(*columns.values()), include_defaults=False)
        .returning(_ATTEMPTS.c.message_id, _ATTEMPTS.c.id)
    )
