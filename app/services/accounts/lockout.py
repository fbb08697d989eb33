"""Ten wrong passwords or codes in a row lock for a quarter of an hour: for strangers, or for a known device.

A device that is known for an account (`known_devices`) is counted apart: strangers do not lock the owner out.
An address that nobody has is counted as well, in Redis, so that nobody learns from a lock who has an account.
"""

from __future__ import annotations

import datetime as dt
import logging

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select, update

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, at, fetch, missing, place_of
from app.clock import in_words, now
from app.db import db, transactional
from app.errors import Invalid
from app.models import KnownDevice, PortalUser
from app.redis_edge import edge
from app.services.accounts import branding, known_devices
from app.services.accounts.tokens import digest
from app.services.alerts import letters, notices
from app.services.audit.record import Action, record

logger = logging.getLogger(__name__)
MOST_MISSES = 10
LOCKED_FOR = dt.timedelta(minutes=15)
_REMEMBERED = dt.timedelta(days=30)


class Locked(Invalid):
    message = (
        f"Too many wrong tries in a row: signing in is locked for {in_words(LOCKED_FOR)}. Wait, use a "
        "browser with which you signed in before, or set a new password by mail with “Forgot your password?”."
    )


def is_locked(person: PortalUser) -> bool:
    """Whether strangers are locked out of this account now. Known devices still get in."""
    return person.locked_until is not None and person.locked_until > now()


def require_open(person: PortalUser | None, address: str, device: KnownDevice | None = None) -> None:
    """Raises Locked. `person` is None for an address that nobody has, `device` for a stranger."""
    if device is not None:
        is_shut = device.locked_until is not None and device.locked_until > now()
    elif person is not None:
        is_shut = is_locked(person)
    else:
        is_shut = _ask_redis(lambda redis: redis.exists(_lock(address)))
    if is_shut:
        raise Locked


def missed(person: PortalUser | None, address: str, device: KnownDevice | None = None) -> None:
    """Count a wrong password or code. Raises Locked: at the tenth in a row."""
    if person is None:
        is_shut = _ask_redis(lambda redis: _count_stranger(redis, address))
    else:
        is_shut = _count(person.id) if device is None else _count_of_device(person.id, device.id)
    if is_shut:
        raise Locked


@transactional
def forgive(portal_user_id: int) -> None:
    """A stranger signed in, or there is a new password: counting begins anew, and a lock ends."""
    _write(portal_user_id, failed_sign_ins=0, locked_until=None)


@transactional
def unlock(actor: Actor, scope: Scope, portal_user_id: int) -> PortalUser:
    """An administrator ends the lock of somebody at this very node. Raises NotFound."""
    person = db.session.scalar(at(PortalUser, scope).where(PortalUser.id == portal_user_id))
    if person is None:
        raise missing(PortalUser, portal_user_id)
    if is_locked(person):
        record(actor, Action.ACCOUNT_UNLOCKED, person)
    forgive(person.id)
    known_devices.unlock(portal_user_id=person.id)
    return person


@transactional
def _count(portal_user_id: int) -> bool:
    """Whether the account is locked now. The row is locked, so two tries at once count as two."""
    person = fetch(PortalUser, portal_user_id, EVERYTHING, lock=True)
    if is_locked(person):
        return True
    misses = person.failed_sign_ins + 1
    if misses < MOST_MISSES:
        _write(person.id, failed_sign_ins=misses)
        return False
    until = now() + LOCKED_FOR
    _write(person.id, failed_sign_ins=0, locked_until=until)
    actor = Actor(person.email, person.role, place_of(person), person.id)
    record(actor, Action.ACCOUNT_LOCKED, person, wrong_tries=misses)
    if person.is_enabled and person.accepted_at is not None:
        head = branding.letterhead(person)
        letter = letters.locked(person.name, head.portal, tries=MOST_MISSES, lasts=in_words(LOCKED_FOR))
        key = f"locked:{person.id}:{until.timestamp():.0f}"
        notices.add(key, person.email, letter, head, about=person)
    return True


@transactional
def _count_of_device(portal_user_id: int, device_id: int) -> bool:
    """Whether the device is locked now. It may have been forgotten at this moment: then the next try is a
    stranger's.
    """
    query = select(KnownDevice).where(KnownDevice.id == device_id).with_for_update()
    device = db.session.scalar(query.execution_options(populate_existing=True))
    if device is None:
        return False
    if device.locked_until is not None and device.locked_until > now():
        return True
    device.failed_sign_ins += 1
    if device.failed_sign_ins < MOST_MISSES:
        return False
    device.failed_sign_ins, device.locked_until = 0, now() + LOCKED_FOR
    person = fetch(PortalUser, portal_user_id, EVERYTHING)
    actor = Actor(person.email, person.role, place_of(person), person.id)
    record(actor, Action.DEVICE_LOCKED, person, wrong_tries=MOST_MISSES)
    return True


def _write(portal_user_id: int, **values: int | dt.datetime | None) -> None:
    statement = update(PortalUser).where(PortalUser.id == portal_user_id).values(values)
    db.session.execute(statement, execution_options={"scope": EVERYTHING})


def _count_stranger(redis: Redis, address: str) -> bool:
    misses = redis.incr(_misses(address))
    redis.expire(_misses(address), _REMEMBERED)
    if int(misses) < MOST_MISSES:
        return False
    redis.set(_lock(address), 1, ex=LOCKED_FOR)
    redis.delete(_misses(address))
    return True


def _ask_redis(question: object) -> bool:
    """Without Redis addresses that nobody has are not locked; the limits per process still hold."""
    try:
        return bool(edge().call(question))  # type: ignore[arg-type]
    except RedisError as trouble:
        logger.warning("tries at unknown addresses are not counted: %s", type(trouble).__name__)
        return False


def _misses(address: str) -> str:
    return f"sign-in-misses:{digest(address)}"


def _lock(address: str) -> str:
    return f"sign-in-lock:{digest(address)}"
