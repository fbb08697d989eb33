"""Who may call us, and what a call is: verified first, settled before the answer (D27).

Two addresses: the platform's own, where signature and fixed header are required, and the one that
registrations before us used, where the platform is found by the number or the reference and the
signature alone is required.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app import queue
from app.access.scope import EVERYTHING, fetch, visible
from app.carriers.base import DeliveryReceipt, InboundMessage, NotACarrierCall
from app.carriers.registry import receiving
from app.clock import now
from app.db import db, transactional
from app.errors import DomainError, Invalid, NotFound
from app.models import Assignment, Attempt, Platform, RefusedCall, UnsettledEvent
from app.services.messaging import inbound, ordinary, receipts, signature
from app.services.messaging.signature import CallRefused, Verdict
from app.vocabulary import CarrierName

logger = logging.getLogger(__name__)
_MOST_TRIES = 50
_MOST_NUMBERS = 1000  # far more than a group has, and few enough to ask a database for all of them
# Platforms by their address, each with the version of its row; lost with the process.
_known: dict[str, tuple[Platform | None, str]] = {}
_TROUBLE = (DBAPIError, NoConnectionFree)


class CallUnreadable(Invalid):
    """Not of the carrier's shape: 400."""


class CannotStore(DomainError):
    """A failure of ours: 503, so that the carrier may try again."""

    message = "try again later"


def accept(path_key: str, headers: Mapping[str, str], body: bytes, *, address: str = "") -> None:
    """Settle a call at a platform's own address. `address` is where it came from.

    Raises NotFound (no such address), CallRefused, CallUnreadable, CannotStore.
    """
    if not path_key.isascii() or not path_key.isprintable():  # no key of ours, and no text for a database
        raise NotFound
    if _is_settled_as_ordinary(path_key, headers, body):
        return
    platform = _stored(lambda: _remembered(path_key))
    if platform is None:
        raise NotFound
    verdict = signature.judge(platform, headers)
    if verdict.fault is not None:
        _note_fault(platform, verdict, body, address)
    if not verdict.is_accepted:
        raise CallRefused
    payload = _object(body)
    _settle(platform.id, platform.carrier, payload, is_unsigned=verdict.fault is not None)


def accept_legacy(headers: Mapping[str, str], body: bytes) -> None:
    """Settle a call at the address that registrations before us used.

    Raises CallRefused, CallUnreadable, CannotStore.
    """
    payload = _object(body)
    event = _read(CarrierName.INTELIQUENT, payload)
    candidates = _stored(lambda: _candidates(event))
    platform = next((one for one in candidates if signature.is_signed(one, headers)), None)
    if platform is None:
        raise CallRefused
    _settle(platform.id, platform.carrier, payload)


def settle_kept() -> None:
    """Try again what we failed to settle when it came."""
    queue.woken(queue.SETTLE_EVENTS)
    for event_id in kept():
        _settle_kept(event_id)


def kept() -> list[int]:
    """Calls that were answered and are not settled yet, oldest first."""
    query = select(UnsettledEvent.id).where(UnsettledEvent.tries < _MOST_TRIES)
    return list(db.session.scalars(query.order_by(UnsettledEvent.id).limit(500)))


def _is_settled_as_ordinary(path_key: str, headers: Mapping[str, str], body: bytes) -> bool:
    """The short way, with keys read before: it settles nothing if the platform was changed since."""
    platform, version = _known.get(path_key, (None, ""))
    if platform is None or signature.judge(platform, headers) is not signature.RIGHT:
        return False
    event = _read(platform.carrier, _object(body))
    return isinstance(event, InboundMessage) and _stored(lambda: ordinary.settle(platform.id, version, event))


def _remembered(path_key: str) -> Platform | None:
    """The platform as it is now; kept, with its keys decrypted, for the short way."""
    platform, version = ordinary.read_platform(path_key)
    if platform is not None and version is not None:
        _known[path_key] = (platform, version)
    else:
        _known.pop(path_key, None)
    return platform


def _candidates(event: InboundMessage | DeliveryReceipt) -> list[Platform]:
    """The platform of the number or of the reference; where we know neither, every platform."""
    platforms = visible(Platform, EVERYTHING).where(Platform.deleted_at.is_(None)).order_by(Platform.id)
    if isinstance(event, InboundMessage):
        known = visible(Assignment, EVERYTHING).where(
            Assignment.number.in_(event.recipients), Assignment.ended_at.is_(None)
        )
        ids = [row.platform_id for row in db.session.scalars(known)]
    else:
        reference = Attempt.carrier_reference == event.carrier_reference
        ids = list(db.session.scalars(select(Attempt.platform_id).where(reference)))
    return list(db.session.scalars(platforms.where(Platform.id.in_(ids)) if ids else platforms))


def _note_fault(platform: Platform, verdict: Verdict, body: bytes, address: str) -> None:
    """A call with a fault is counted; it is kept where it is an event that could be settled."""
    event = None
    try:
        payload = _object(body)
        _read(platform.carrier, payload)
        event = json.dumps(payload)
    except CallUnreadable:
        logger.info("receiver: a call with a wrong %s cannot be read", verdict.fault)
    _stored(lambda: signature.keep(platform.id, verdict, event, address=address))


def _object(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise CallUnreadable("The body is not JSON.") from None
    if not isinstance(payload, dict):
        raise CallUnreadable("The body is not a JSON object.")
    return payload


def _read(carrier: CarrierName, payload: dict[str, Any]) -> InboundMessage | DeliveryReceipt:
    try:
        event = receiving(carrier).parse(payload)
    except NotACarrierCall as wrong:
        raise CallUnreadable(str(wrong)) from None
    numbers = event.numbers if isinstance(event, DeliveryReceipt) else event.recipients
    if len(numbers) > _MOST_NUMBERS:
        raise CallUnreadable(f"It names more than {_MOST_NUMBERS} numbers.")
    return event


def _settle(
    platform_id: int, carrier: CarrierName, payload: dict[str, Any], *, is_unsigned: bool = False
) -> None:
    """Settle, or keep the raw event when that fails for a reason of ours."""
    event = _read(carrier, payload)
    try:
        _apply(platform_id, event, payload, is_unsigned=is_unsigned)
    except _TROUBLE as trouble:
        logger.warning("receiver: database trouble: %s", type(trouble).__name__)
        raise CannotStore from trouble
    except Exception:
        logger.exception("receiver: kept an event that could not be settled")
        _stored(lambda: _keep(platform_id, payload, is_unsigned=is_unsigned))


def _apply(
    platform_id: int,
    event: InboundMessage | DeliveryReceipt,
    payload: dict[str, Any],
    *,
    is_unsigned: bool = False,
) -> None:
    if isinstance(event, DeliveryReceipt):
        receipts.settle(platform_id, event)
    else:
        inbound.settle(platform_id, event, payload, is_unsigned=is_unsigned)


@transactional
def _keep(platform_id: int, payload: dict[str, Any], *, is_unsigned: bool) -> None:
    db.session.add(
        UnsettledEvent(
            platform_id=platform_id, payload=json.dumps(payload), received_at=now(), is_unsigned=is_unsigned
        )
    )
    queue.later(queue.SETTLE_EVENTS)


@transactional
def _settle_kept(event_id: int) -> None:
    """A try that fails undoes only itself; the count of tries stays."""
    event = db.session.get(UnsettledEvent, event_id, with_for_update=True)
    if event is None:
        return
    event.tries += 1
    platform = db.session.scalars(visible(Platform, EVERYTHING).where(Platform.id == event.platform_id)).one()
    payload = json.loads(event.payload)
    try:
        with db.session.begin_nested():
            _apply(platform.id, _read(platform.carrier, payload), payload, is_unsigned=event.is_unsigned)
    except Exception:
        logger.exception("event %s still cannot be settled", event_id)
        return
    db.session.delete(event)


def replay_wanted() -> None:
    """Settle the refused calls that somebody wants replayed; one of them twice is once."""
    queue.woken(queue.REPLAY_CALLS)
    for call_id in signature.wanted():
        _replay(call_id)


@transactional
def _replay(call_id: int) -> None:
    """A try that fails undoes only itself; the count of tries stays."""
    call = fetch(RefusedCall, call_id, EVERYTHING, lock=True)
    if call.replayed_at is not None:
        return
    call.tries += 1
    platform = fetch(Platform, call.platform_id, EVERYTHING)
    payload = json.loads(call.payload or "{}")
    try:
        with db.session.begin_nested():
            _apply(platform.id, _read(platform.carrier, payload), payload, is_unsigned=True)
    except Exception:
        logger.exception("refused call %s cannot be settled", call_id)
        return
    call.replayed_at = now()


def _stored(read: Any) -> Any:
    try:
        return read()
    except _TROUBLE as trouble:
        logger.warning("receiver: database trouble: %s", type(trouble).__name__)
        raise CannotStore from trouble
