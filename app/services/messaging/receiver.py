"""Who may call us, and what a call is: verified first, settled before the answer (D27, D34).

Two addresses: the platform's own, where signature and fixed header are required, and the legacy one that
registrations before us used, where the platform is found by the number or the reference and the signature
alone is required; there a message ID stands for one content, and a platform must accept such calls.

A correctly signed call is never lost: it is settled, or it is kept, encrypted, for a person to replay.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app import queue
from app.access.scope import EVERYTHING, fetch, visible
from app.carriers.base import DeliveryReceipt, InboundMessage, NotACarrierCall
from app.carriers.bodies import read_object
from app.carriers.registry import receiving
from app.clock import now
from app.db import StatementFailed, db, transactional
from app.digests import keyed_digests
from app.errors import DomainError, Invalid, NotFound
from app.models import Assignment, Attempt, Platform, RefusedCall, UnsettledEvent
from app.models.provisioning import RECEIVER_PATH
from app.services.messaging import receipts, seen_calls, signature
from app.services.messaging.inbound.facts import version_of
from app.services.messaging.inbound.process import PlatformChanged, process
from app.services.messaging.signature import CallRefused, Verdict
from app.vocabulary import CallFault, CarrierName

logger = logging.getLogger(__name__)
_MOST_TRIES = 50
_MOST_NUMBERS = 1000  # far more than a group has, and few enough to ask a database for all of them
_LOOKS = 3  # at a platform that is being changed at this moment
_TROUBLE = (DBAPIError, NoConnectionFree, StatementFailed)
_READ = (  # what `signature` looks at
    "id",
    "carrier",
    "signature_mode",
    "outbound_api_key",
    "receiver_header_key",
    "previous_outbound_api_key",
    "previous_receiver_header_key",
)


@dataclass(frozen=True)
class _Known:
    """A platform as it was read: a copy that no session knows, and the version of its row."""

    platform: Platform
    version: str


_known: dict[str, _Known] = {}  # by the address of the platform; lost with the process


class CallUnreadable(Invalid):
    """Not of the carrier's shape: 400."""


class CannotStore(DomainError):
    """A failure of ours: 503, so that the carrier may try again."""

    message = "try again later"


def accept(path_key: str, headers: Mapping[str, str], body: bytes, *, address: str = "") -> None:
    """Settle a call at a platform's own address. `address` is where it came from.

    Raises NotFound (no such address), CallRefused, CallUnreadable, CannotStore.
    """
    if not path_key.isascii() or not path_key.isprintable():  # no key of ours
        raise NotFound
    known = _known.get(path_key)
    if known is not None and _accept_with_known_keys(known, headers, body):
        return
    for _ in range(_LOOKS):
        known = _or_cannot_store(lambda: _load_platform(path_key))
        if known is None:
            raise NotFound
        with suppress(PlatformChanged):
            _accept(known, headers, body, address)
            return
    raise CannotStore


def _accept_with_known_keys(known: _Known, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether it was an inbound text with a valid signature, and the platform is still as it was read.

    Anything else is for `_accept`, with the platform as it is now.
    """
    if signature.judge(known.platform, headers) is not signature.RIGHT:
        return False
    try:
        payload = _object(body)
        event = _read(known.platform.carrier, payload)
        if isinstance(event, DeliveryReceipt):
            return False
        _settle(known.platform.id, event, payload, platform_version=known.version)
    except (CallUnreadable, PlatformChanged):
        return False
    return True


def _accept(known: _Known, headers: Mapping[str, str], body: bytes, address: str) -> None:
    """Process a call at the address of this platform. Raises PlatformChanged: nothing was written."""
    platform = known.platform
    verdict = signature.judge(platform, headers)
    try:
        payload = _object(body)
        event = _read(platform.carrier, payload)
    except CallUnreadable as unreadable:
        _note_unreadable(platform.id, verdict, body, address)
        raise unreadable if verdict.is_accepted else CallRefused from None
    if verdict.fault is not None:
        _note(platform.id, verdict, body, address)
    if not verdict.is_accepted:
        raise CallRefused
    is_unsigned = not verdict.is_signed
    _settle(platform.id, event, payload, is_unsigned=is_unsigned, platform_version=known.version)


def accept_legacy(headers: Mapping[str, str], body: bytes, *, address: str = "") -> None:
    """Settle a call at the address that registrations before us used.

    Raises CallRefused, CallUnreadable, CannotStore.
    """
    carrier = CarrierName.INTELIQUENT
    try:
        payload = _object(body)
        event = _read(carrier, payload)
    except CallUnreadable:
        signer = (
            _or_cannot_store(lambda: _signer(headers, _everybody()))
            if _names_itself(carrier, headers)
            else None
        )
        if signer is not None:
            _note_unreadable(signer.id, signature.RIGHT, body, address)
        raise
    platform = _or_cannot_store(lambda: _signer(headers, _candidates(event)))
    if platform is None:
        raise CallRefused
    if not platform.accepts_legacy:
        _note(platform.id, signature.LEGACY_OFF, body, address)
        raise CallRefused
    message_id = receiving(carrier).message_id(headers)
    if not _or_cannot_store(lambda: seen_calls.is_genuine(platform.id, message_id, event)):
        _note(platform.id, signature.REUSED_ID, body, address)
        raise CallRefused
    _settle(platform.id, event, payload)


def settle_kept() -> None:
    """Try again what we failed to settle when it came."""
    queue.woken(queue.SETTLE_EVENTS)
    for event_id in kept():
        _settle_kept(event_id)


def kept() -> list[int]:
    """Calls that were answered and are not settled yet, oldest first."""
    query = select(UnsettledEvent.id).where(UnsettledEvent.tries < _MOST_TRIES)
    return list(db.session.scalars(query.order_by(UnsettledEvent.id).limit(500)))


def _load_platform(path_key: str) -> _Known | None:
    """The platform at an address as it is now; kept, with its keys decrypted, for the next calls."""
    columns = [getattr(Platform, name) for name in _READ]
    query = visible(Platform, EVERYTHING).where(
        Platform.receiver_path_digest.in_(keyed_digests(RECEIVER_PATH, path_key)),
        Platform.deleted_at.is_(None),
    )
    row = db.session.execute(query.with_only_columns(*columns, version_of(Platform))).first()
    if row is None:
        _known.pop(path_key, None)
        return None
    known = _known[path_key] = _Known(Platform(**dict(zip(_READ, row, strict=False))), row[-1])
    return known


def _everybody() -> Select[Platform]:
    """Every platform. Of several with the same key, one that accepts calls at the legacy address is first."""
    query = visible(Platform, EVERYTHING).where(Platform.deleted_at.is_(None))
    return query.order_by(Platform.accepts_legacy.desc(), Platform.id)


def _candidates(event: InboundMessage | DeliveryReceipt) -> Select[Platform]:
    """The platform of the number or of the reference; where we know neither, every platform."""
    if isinstance(event, InboundMessage):
        known = visible(Assignment, EVERYTHING).where(
            Assignment.number.in_(event.recipients), Assignment.ended_at.is_(None)
        )
        ids = [row.platform_id for row in db.session.scalars(known)]
    else:
        reference = Attempt.carrier_reference == event.carrier_reference
        ids = list(db.session.scalars(select(Attempt.platform_id).where(reference)))
    return _everybody().where(Platform.id.in_(ids)) if ids else _everybody()


def _signer(headers: Mapping[str, str], candidates: Select[Platform]) -> Platform | None:
    """The first of these platforms whose key made the signature."""
    return next((one for one in db.session.scalars(candidates) if signature.is_signed(one, headers)), None)


def _names_itself(carrier: CarrierName, headers: Mapping[str, str]) -> bool:
    """Whether there is something to compare at all: a call without it asks the database nothing."""
    return bool(receiving(carrier).message_id(headers))


def _note(platform_id: int, verdict: Verdict, body: bytes | None, address: str) -> None:
    _or_cannot_store(lambda: signature.keep(platform_id, verdict, body, address=address))


def _note_unreadable(platform_id: int, verdict: Verdict, body: bytes, address: str) -> None:
    """A call that was let in, or signed, is kept raw (D34); of any other one it is counted that it came."""
    logger.warning("receiver: a call of platform %s cannot be read", platform_id)
    if verdict.is_accepted:
        unreadable = Verdict(CallFault.UNREADABLE, is_accepted=False, is_signed=verdict.is_signed)
        _note(platform_id, unreadable, body, address)
    else:
        _note(platform_id, verdict, body if verdict.is_signed else None, address)


def _object(body: bytes | str) -> dict[str, Any]:
    try:
        return read_object(body.encode() if isinstance(body, str) else body)
    except NotACarrierCall as wrong:
        raise CallUnreadable(str(wrong)) from None


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
    platform_id: int,
    event: InboundMessage | DeliveryReceipt,
    payload: dict[str, Any],
    *,
    is_unsigned: bool = False,
    platform_version: str | None = None,
) -> None:
    """Settle, or keep the raw event when that fails for a reason of ours."""
    try:
        _apply(platform_id, event, payload, is_unsigned=is_unsigned, platform_version=platform_version)
    except PlatformChanged:
        raise
    except _TROUBLE as trouble:
        logger.warning("receiver: database trouble: %s", type(trouble).__name__)
        raise CannotStore from trouble
    except Exception:
        logger.exception("receiver: kept an event that could not be settled")
        _or_cannot_store(lambda: _keep(platform_id, payload, is_unsigned=is_unsigned))


def _apply(
    platform_id: int,
    event: InboundMessage | DeliveryReceipt,
    payload: dict[str, Any],
    *,
    is_unsigned: bool = False,
    platform_version: str | None = None,
) -> None:
    if isinstance(event, DeliveryReceipt):
        receipts.settle(platform_id, event)
    else:
        process(platform_id, event, payload, is_unsigned=is_unsigned, platform_version=platform_version)


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
    try:
        with db.session.begin_nested():
            payload = _object(event.payload)
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
    is_unsigned = not call.is_signed or call.fault is CallFault.REUSED_ID
    try:
        with db.session.begin_nested():
            payload = _object(call.payload or b"")
            _apply(platform.id, _read(platform.carrier, payload), payload, is_unsigned=is_unsigned)
    except CallUnreadable:
        call.tries = signature.MOST_TRIES  # the next try would find the same
        logger.warning("refused call %s still cannot be read", call_id)
        return
    except Exception:
        logger.exception("refused call %s cannot be settled", call_id)
        return
    call.replayed_at = now()


def _or_cannot_store(read: Any) -> Any:
    try:
        return read()
    except _TROUBLE as trouble:
        logger.warning("receiver: database trouble: %s", type(trouble).__name__)
        raise CannotStore from trouble
