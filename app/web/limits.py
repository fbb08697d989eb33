"""How often somebody may try. Counted in Redis; without Redis, per process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True, strategy="fixed-window")

PASSWORD_TRIES = "10 per minute; 100 per hour"  # noqa: S105 - a limit, not a password
_REFUSED_REFRESHES = "60 per minute"
MAILED_LINKS = "3 per 10 minutes; 10 per day"


def client_tries() -> Any:
    """Tries at the password of a Unity client from one address: the API and the web client count together."""
    return limiter.shared_limit(PASSWORD_TRIES, scope="client sign-in")


def client_tries_of(claimed_user: Callable[[], str]) -> Any:
    """Tries at the password of one user, from anywhere."""
    return limiter.shared_limit(PASSWORD_TRIES, scope="client sign-in of", key_func=claimed_user)


def refused_refreshes() -> Any:
    """Refresh tokens from one address that got nothing: many clients may share it, and renew at once."""
    return limiter.limit(_REFUSED_REFRESHES, deduct_when=lambda answer: answer.status_code == 401)


@contextmanager
def taking(*, seconds: float) -> Iterator[None]:
    """At least this long, so that the time tells nobody what was done."""
    began = time.monotonic()
    yield
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
