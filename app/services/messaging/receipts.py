"""What a delivery receipt changes: only forward, early, late, twice or unknown (D13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import and_, bindparam, delete, exists, select
from sqlalchemy.orm import aliased

from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.carriers.base import DeliveryReceipt
from app.clock import now
from app.db import db, insert_once, transactional
from app.models import Assignment, Attempt, Message, Platform, Receipt
from app.services.messaging.status import advance
from app.vocabulary import Direction, Level, MessageState

UNKNOWN_KEPT = dt.timedelta(hours=72)
_FITS_WITHIN = dt.timedelta(minutes=15)


@transactional
def settle(platform_id: int, receipt: DeliveryReceipt) -> None:
    """Write a receipt down, and move its message forward when it is known."""
    platform = fetch(Platform, platform_id, EVERYTHING)
    message = _message_of(platform_id, receipt.carrier_reference)
    if message is not None and message.erased_at is not None:
        return  # its remote number was erased with it and is not stored again
    ours, remote = _ends(platform, receipt, message)
    receipt_id = insert_once(
        Receipt,
        platform_id=platform_id,
        carrier_reference=receipt.carrier_reference,
        number=ours,
        remote=remote,
        stat=receipt.stat[:20],
        delivered=receipt.delivered,
        message_id=message.id if message else None,
    )
    if receipt_id is not None and message is not None:
        _apply(message.id, receipt)


def apply_early(message_ids: Iterable[int]) -> None:
    """Receipts that were faster than our own record of these sends; inside the caller's transaction."""
    for message_id, receipt in db.session.execute(_EARLY, {"ids": list(message_ids)}).all():
        receipt.message_id = message_id
        _apply(message_id, receipt)


_EARLY = (
    visible(Message, EVERYTHING)
    .join(
        Receipt,
        and_(
            Receipt.platform_id == Message.platform_id,
            Receipt.carrier_reference == Message.carrier_reference,
        ),
    )
    .where(Message.id.in_(bindparam("ids", expanding=True)), Receipt.message_id.is_(None))
    .with_only_columns(Message.id, Receipt)
    .order_by(Receipt.id)
)


@transactional
def settle_unknown() -> None:
    """Give unknown receipts to the sends they belong to; forget them after 72 hours.

    By reference, when the two were written down at the same moment; else an *uncertain* send takes a
    receipt if exactly one send and one receipt fit: our number, the remote, 0 to 15 minutes after it.
    """
    recent = select(Receipt).where(Receipt.message_id.is_(None)).order_by(Receipt.id.desc()).limit(500)
    for receipt in list(db.session.scalars(recent)):
        message = _message_of(receipt.platform_id, receipt.carrier_reference) or _only_fit(receipt)
        if message is None:
            continue
        receipt.message_id = message.id
        message_reference = message.carrier_reference or receipt.carrier_reference
        if message.state is MessageState.UNCERTAIN:
            advance(message.id, MessageState.SENT, carrier_reference=message_reference, reason="")
        _apply(message.id, receipt)
    too_old = delete(Receipt).where(Receipt.message_id.is_(None), Receipt.received_at < now() - UNKNOWN_KEPT)
    db.session.execute(too_old)


def _apply(message_id: int, receipt: Receipt | DeliveryReceipt) -> None:
    """Of any attempt, *delivered* settles the text; *failed* only of the last one."""
    if receipt.delivered is True:
        advance(message_id, MessageState.DELIVERED, reason="")
    elif receipt.delivered is False and not _was_tried_again(message_id, receipt.carrier_reference):
        reason = f"The carrier could not deliver it ({receipt.stat})."
        advance(message_id, MessageState.FAILED, reason=reason)


def _was_tried_again(message_id: int, carrier_reference: str) -> bool:
    """Whether a person had it sent once more after the attempt with this reference."""
    this, later = aliased(Attempt), aliased(Attempt)
    again = (
        select(this.id)
        .join(later, and_(later.message_id == this.message_id, later.ordinal > this.ordinal))
        .where(this.message_id == message_id, this.carrier_reference == carrier_reference)
    )
    if db.session.scalar(again.limit(1)) is not None:
        return True
    message = fetch(Message, message_id, EVERYTHING)
    return message.state in {MessageState.QUEUED, MessageState.CLAIMED}


def _message_of(platform_id: int, carrier_reference: str) -> Message | None:
    """The message that any attempt with this reference belongs to."""
    query = (
        visible(Message, EVERYTHING)
        .join(Attempt, Attempt.message_id == Message.id)
        .where(Attempt.platform_id == platform_id, Attempt.carrier_reference == carrier_reference)
        .limit(1)
    )
    return db.session.scalar(query)


def _ends(platform: Platform, receipt: DeliveryReceipt, message: Message | None) -> tuple[str, str]:
    """Our number and the remote one; the carrier writes them either way round."""
    if message is not None:
        return message.number, message.remote or ""
    numbers = list(receipt.numbers)
    held = visible(Assignment, Scope(Level.PROVIDER, platform.provider_id)).where(
        Assignment.number.in_(numbers)
    )
    ours = next((row.number for row in db.session.scalars(held)), "")
    remote = next((number for number in numbers if number != ours), "")
    return ours, remote


def _only_fit(receipt: Receipt) -> Message | None:
    """D13: the one uncertain send that this receipt can be about, if there is exactly one of each."""
    attempted = exists().where(
        Attempt.message_id == Message.id,
        Attempt.started_at <= receipt.received_at,
        Attempt.started_at >= receipt.received_at - _FITS_WITHIN,
    )
    sends = (
        visible(Message, EVERYTHING)
        .where(
            Message.platform_id == receipt.platform_id,
            Message.direction == Direction.OUTBOUND,
            Message.state == MessageState.UNCERTAIN,
            Message.number == receipt.number,
            Message.remote == receipt.remote,
            attempted,
        )
        .limit(2)
    )
    found = list(db.session.scalars(sends))
    if len(found) != 1:
        return None
    rivals = select(Receipt.carrier_reference).where(
        Receipt.platform_id == receipt.platform_id,
        Receipt.number == receipt.number,
        Receipt.remote == receipt.remote,
        Receipt.message_id.is_(None),
        Receipt.received_at >= receipt.received_at - _FITS_WITHIN,
        Receipt.received_at <= receipt.received_at + _FITS_WITHIN,
    )
    return found[0] if len(set(db.session.scalars(rivals))) == 1 else None
