"""Ten wrong passwords or codes in a row lock an account for a quarter of an hour.

An address that nobody has is counted as well, in Redis, so that nobody learns from a lock who has an account.
"""

from __future__ import annotations

import datetime as dt
import logging

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import update

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, at, fetch, missing, place_of
from app.clock import in_words, now
from app.db import db, transactional
from app.errors import Invalid
from app.models import PortalUser
from app.redis_edge import edge
from app.services.accounts import branding
from app.services.accounts.tokens import digest
from app.services.alerts import letters, notices
from app.services.audit.record import Action, record

logger = logging.getLogger(__name__)
MOST_MISSES = 10
LOCKED_FOR = dt.timedelta(minutes=15)
_REMEMBERED = dt.timedelta(days=30)


class Locked(Invalid):
    message = (
        f"Too many wrong tries in a row: signing in is locked for {in_words(LOCKED_FOR)}. "
        "Wait, or set a new password by mail with “Forgot your password?”."
    )


def is_locked(person: PortalUser) -> bool:
    """Whether nobody gets in with this account now."""
    return person.locked_until is not None and person.locked_until > now()


def require_open(person: PortalUser | None, address: str) -> None:
    """Raises Locked. `person` is None for an address that nobody has."""
    if is_locked(person) if person is not None else _ask_redis(lambda redis: redis.exists(_lock(address))):
        raise Locked


def missed(person: PortalUser | None, address: str) -> None:
    """Count a wrong password or code. Raises Locked: at the tenth in a row."""
    if _count(person.id) if person is not None else _ask_redis(lambda redis: _count_stranger(redis, address)):
        raise Locked


@transactional
def forgive(portal_user_id: int) -> None:
    """Signed in, or a new password: counting begins anew, and a lock ends."""
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
        notices.add(f"locked:{person.id}:{until.timestamp():.0f}", person.email, letter, head)
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
