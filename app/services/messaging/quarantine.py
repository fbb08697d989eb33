"""Messages for a number that nobody held: kept a week unread, and handed over under conditions (D12).

When the number is assigned on the same platform, they are handed over if nobody held the number before in
the whole cloud, or if its last holder was the same user or media stream. Whatever else: after 7 days they
are erased, unseen.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import logging
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.access.policy import SYSTEM, Actor
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.carriers.base import InboundMessage, NotACarrierCall
from app.carriers.registry import receiving
from app.clock import now
from app.db import db, transactional
from app.models import Assignment, Platform, QuarantinedMessage
from app.services.audit.record import Action, record
from app.services.keyset import Page, page
from app.services.messaging.inbound.process import process_quarantined

logger = logging.getLogger(__name__)
KEPT = dt.timedelta(days=7)
_AT_ONCE = 500
_TOGETHER = 50  # texts in a transaction
_NO_SYNC = {"scope": EVERYTHING, "synchronize_session": False}


class Fate(enum.StrEnum):
    """What becomes of a quarantined message."""

    WAITS = "waits"  # nobody held the number yet: handed over to whoever gets it
    FORMER_HOLDER = "former-holder"  # handed over only if the last holder gets the number again
    REPLAYED = "replayed"
    UNKNOWN_NUMBER = "unknown-number"  # the carrier named no number


def replay(assignment_id: int) -> None:
    """Hand over what came for a number before it was assigned, oldest first, with a line of history.

    Some together in a transaction; where one of them fails, each goes alone, so that it holds up no other.
    """
    ids = _ids(assignment_id)
    for first in range(0, len(ids), _TOGETHER):
        some = ids[first : first + _TOGETHER]
        try:
            _replay(assignment_id, some)
        except Exception:
            logger.exception("quarantine of assignment %s: handed over one by one", assignment_id)
            for message_id in some:
                _replay_alone(assignment_id, message_id)


def _replay_alone(assignment_id: int, message_id: int) -> None:
    """What fails stays as it is: the sweep tries again until its week is over."""
    try:
        _replay(assignment_id, [message_id])
    except Exception:
        logger.exception("quarantined message %s cannot be handed over", message_id)


def due() -> list[int]:
    """Running assignments with quarantined messages that are theirs. The sweep asks; nobody else has to."""
    waiting = _eligible(Assignment).where(QuarantinedMessage.received_at > now() - KEPT)
    query = visible(Assignment, EVERYTHING).where(
        Assignment.ended_at.is_(None),
        Assignment.release_requested_at.is_(None),
        Assignment.number.in_(
            visible(QuarantinedMessage, EVERYTHING)
            .where(QuarantinedMessage.replayed_at.is_(None))
            .with_only_columns(QuarantinedMessage.number)
        ),
        waiting.exists(),
    )
    return list(db.session.scalars(query.with_only_columns(Assignment.id).limit(_AT_ONCE)))


@transactional
def forget_old() -> None:
    """After 7 days they are erased, unseen."""
    db.session.execute(
        delete(QuarantinedMessage).where(QuarantinedMessage.received_at < now() - KEPT),
        execution_options=_NO_SYNC,
    )


@transactional
def erase(actor: Actor, scope: Scope, number: str, platform_id: int) -> int:
    """Erase at once what is quarantined for a number, unseen. Returns how many. Raises NotFound."""
    platform = fetch(Platform, platform_id, scope)
    gone = db.session.execute(
        delete(QuarantinedMessage).where(
            QuarantinedMessage.platform_id == platform.id,
            QuarantinedMessage.number == number,
            QuarantinedMessage.replayed_at.is_(None),
        ),
        execution_options=_NO_SYNC,
    )
    count: int = gone.rowcount  # type: ignore[attr-defined]
    if count:
        record(actor, Action.QUARANTINE_ERASED, platform, number=number, texts=count)
    return count


def quarantined_page(
    scope: Scope, *, number: str = "", after: str | None = None, before: str | None = None
) -> Page[QuarantinedMessage]:
    """What is quarantined at this place, newest first; of one number (E.164), if given."""
    query = visible(QuarantinedMessage, scope)
    if number:
        query = query.where(QuarantinedMessage.number == number)
    return page(query, order=(QuarantinedMessage.id,), newest_first=True, after=after, before=before)


def one(scope: Scope, quarantined_id: int) -> QuarantinedMessage:
    """A quarantined message at this place or below. Raises NotFound."""
    return fetch(QuarantinedMessage, quarantined_id, scope)


def waiting(scope: Scope, number: str | None = None, platform_id: int | None = None) -> int:
    """How many texts are quarantined at this place and not handed over; of `number` alone, "" being none."""
    query = visible(QuarantinedMessage, scope).where(QuarantinedMessage.replayed_at.is_(None))
    if number is not None:
        query = query.where(
            QuarantinedMessage.number == number, QuarantinedMessage.platform_id == platform_id
        )
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def fates(rows: list[QuarantinedMessage]) -> dict[int, Fate]:
    """What becomes of each; whether somebody held a number elsewhere is told, never who (D1)."""
    numbers = {row.number for row in rows}
    held = visible(Assignment, EVERYTHING).where(Assignment.number.in_(numbers))
    known = set(db.session.scalars(held.with_only_columns(Assignment.number).distinct()))
    return {row.id: _fate(row, row.number in known) for row in rows}


def _fate(row: QuarantinedMessage, was_held: bool) -> Fate:
    if row.replayed_at is not None:
        return Fate.REPLAYED
    if not row.number:
        return Fate.UNKNOWN_NUMBER
    return Fate.FORMER_HOLDER if was_held else Fate.WAITS


def _eligible(assignment: Any) -> Select[QuarantinedMessage]:
    """What may be handed over to an assignment, a row or the class to join with."""
    return visible(QuarantinedMessage, EVERYTHING).where(
        QuarantinedMessage.number == assignment.number,
        QuarantinedMessage.platform_id == assignment.platform_id,
        QuarantinedMessage.replayed_at.is_(None),
        _is_first_or_same_holder(assignment),
    )


def _is_first_or_same_holder(assignment: Any) -> ColumnElement[bool]:
    """No earlier assignment of the number in the whole cloud, or the last one had the same holder."""
    earlier, later = aliased(Assignment), aliased(Assignment)
    is_last = ~exists().where(
        later.number == assignment.number, later.id < assignment.id, later.id > earlier.id
    )
    before = and_(earlier.number == assignment.number, earlier.id < assignment.id)
    same = or_(
        and_(earlier.user_id.is_not(None), earlier.user_id == assignment.user_id),
        and_(earlier.stream_id.is_not(None), earlier.stream_id == assignment.stream_id),
    )
    return or_(~exists().where(before), exists().where(before, is_last, same))


def _ids(assignment_id: int) -> list[int]:
    assignment = fetch(Assignment, assignment_id, EVERYTHING)
    if assignment.ended_at is not None or assignment.release_requested_at is not None:
        return []
    query = _eligible(assignment).with_only_columns(QuarantinedMessage.id)
    return list(db.session.scalars(query.order_by(QuarantinedMessage.id)))


@transactional
def _replay(assignment_id: int, message_ids: list[int]) -> None:
    """Rows stay without their payload for the rest of their week: a late retry is still known."""
    assignment = fetch(Assignment, assignment_id, EVERYTHING, lock=True)
    if assignment.ended_at is not None or assignment.release_requested_at is not None:
        return
    rows = db.session.scalars(
        select(QuarantinedMessage)
        .where(QuarantinedMessage.id.in_(message_ids), QuarantinedMessage.replayed_at.is_(None))
        .order_by(QuarantinedMessage.id)
        .with_for_update(),
        execution_options={"scope": EVERYTHING},
    )
    count = sum(_settle(assignment, row) for row in list(rows))
    if count:
        record(SYSTEM, Action.QUARANTINE_REPLAYED, assignment, texts=count)


def _settle(assignment: Assignment, row: QuarantinedMessage) -> bool:
    """Whether it could be read."""
    if row.payload is None:
        return False
    platform = fetch(Platform, row.platform_id, EVERYTHING)
    try:
        event = receiving(platform.carrier).parse(json.loads(row.payload))
    except (NotACarrierCall, ValueError):
        logger.warning("quarantined message %s cannot be read any more", row.id)
        return False
    if isinstance(event, InboundMessage):
        process_quarantined(assignment.id, event, row.received_at)
    row.replayed_at, row.payload = now(), None
    return True
