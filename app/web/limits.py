"""How often somebody may try. Counted in Redis; without Redis, per process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.storage import MemoryStorage
from redis import Redis
from redis.exceptions import RedisError

from app.addresses import counted_as
from app.clock import now
from app.config import settings
from app.redis_edge import edge

_MINUTE = 60
_here = MemoryStorage()  # while Redis is away


def caller() -> str:
    """From which network this request comes: the one key of all limits by address."""
    address = get_remote_address()
    return counted_as(address) or address


limiter = Limiter(caller, in_memory_fallback_enabled=True, strategy="fixed-window")

PASSWORD_TRIES = "10 per minute; 100 per hour"  # noqa: S105 - a limit, not a password
_REFUSED_REFRESHES = "60 per minute"
_REFRESHES = "10 per minute"
MAILED_LINKS = "3 per 10 minutes; 10 per day"
GUESSED_LINKS = "30 per minute; 300 per hour"
DNS_CHECKS = "10 per minute"  # each asks a stranger's server
UNKNOWN_TOKENS = 300  # a minute: a whole office may wake up with tokens of yesterday


def client_tries(origin: Callable[[], str]) -> Any:
    """Tries at the password of a Unity client from one origin: the API and the web client count together."""
    return limiter.shared_limit(PASSWORD_TRIES, scope="client sign-in", key_func=origin)


def client_tries_of(account: Callable[[], str], used_up: Callable[[], None]) -> Any:
    """Tries at the password of one user, from anywhere. `used_up` is called with each try beyond them."""
    return limiter.shared_limit(
        PASSWORD_TRIES, scope="client sign-in of", key_func=account, on_breach=lambda _limit: used_up()
    )


def guesses() -> Any:
    """Attachment links that lead nowhere, from one address. Those that lead somewhere cost nothing: behind
    one address may be a carrier, or a whole mobile network.
    """
    return limiter.shared_limit(
        GUESSED_LINKS, scope="attachment links", deduct_when=lambda answer: answer.status_code == 404
    )


def refused_refreshes() -> Any:
    """Refresh tokens from one address that got nothing: many clients may share it, and renew at once."""
    return limiter.limit(_REFUSED_REFRESHES, deduct_when=lambda answer: answer.status_code == 401)


def refreshes_of(claimed_session: Callable[[], str]) -> Any:
    """All refreshes of one session: each is written down."""
    return limiter.limit(_REFRESHES, key_func=claimed_session)


@dataclass(frozen=True)
class Budget:
    """What may be done in this minute, after one more was done."""

    most: int
    done: int
    ends_at: int  # seconds since 1970

    @property
    def is_used_up(self) -> bool:
        return self.done > self.most

    @property
    def seconds_left(self) -> int:
        return max(1, self.ends_at - int(now().timestamp()))

    @property
    def headers(self) -> dict[str, str]:
        """The same that limits of tries are told with."""
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(max(0, self.most - self.done)),
            "X-RateLimit-Reset": str(self.ends_at),
        }


def spend(what: str, who: int | str, most: int, count: int = 1) -> Budget:
    """Count one, or `count`, of at most so many in a minute by the clock, with one way to Redis and back.

    `limiter` would ask three times: to count, and for what it says in headers.
    """
    minute = int(now().timestamp()) // _MINUTE
    key = f"minute:{what}:{who}:{minute}"
    try:
        done = edge().call(lambda redis: _count(redis, key, count))
    except RedisError:
        done = _here.incr(key, _MINUTE, count)
    return Budget(most, done, (minute + 1) * _MINUTE)


def _count(redis: Redis, key: str, count: int) -> int:
    pipe = redis.pipeline(transaction=False)
    pipe.incr(key, count)
    pipe.expire(key, _MINUTE)
    return int(pipe.execute()[0])


def spend_uploads(user_id: int, provider_id: int, count: int = 1) -> Budget:
    """Count files that a user uploads: for the user, and for the whole tenant (provider).

    Returns the budget that is used up, else the user's. What the user has no budget for costs the tenant
    nothing. Asked before a file is read, and so before anything in it is decoded.
    """
    given = settings()
    budget = spend("uploads of user", user_id, given.uploads_per_minute, count)
    if budget.is_used_up:
        return budget
    of_tenant = spend("uploads of provider", provider_id, given.tenant_uploads_per_minute, count)
    return of_tenant if of_tenant.is_used_up else budget


def spend_unknown_token() -> Budget:
    """Count a call whose token nobody has, of those from its address. Good tokens cost nothing there."""
    return spend("unknown tokens", caller(), UNKNOWN_TOKENS)


@contextmanager
def taking(*, seconds: float) -> Iterator[None]:
    """At least this long, so that the time tells nobody what was done."""
    began = time.monotonic()
    yield
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
