"""The tokens that a client renews: an access token, and the refresh token that gets the next pair.

What follows a refresh token is reckoned from it and SECRET_KEY, so a client that asks twice is answered with
the same pair; with SECRET_KEY_FALLBACKS also by a machine that has another key first. All refresh tokens of a
session begin alike: one of long ago still says whose it was.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from app.config import settings


@dataclass(frozen=True)
class Pair:
    """Shown once; only digests are kept."""

    token: str
    refresh_token: str


def first() -> Pair:
    """For a session that begins."""
    return _pair(f"{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}", settings().secret_key)


def following(refresh_token: str) -> Pair:
    """The one pair that comes after this token."""
    return _following(refresh_token, settings().secret_key)


def given_before(refresh_token: str, counts: Callable[[Pair], bool]) -> Pair:
    """The pair after this token that `counts` knows, with whichever of our keys it was reckoned; `following`
    where it knows none.
    """
    keys = (settings().secret_key, *settings().secret_key_fallbacks)
    pairs = (_following(refresh_token, key) for key in keys)
    return next(filter(counts, pairs), following(refresh_token))


def family(refresh_token: str) -> str:
    """What all refresh tokens of one session begin with. A secret as well: it says whose session to end."""
    return refresh_token.partition(".")[0]


def _following(refresh_token: str, key: str) -> Pair:
    return _pair(f"{family(refresh_token)}.{_reckoned('refresh', refresh_token, key)}", key)


def _pair(refresh_token: str, key: str) -> Pair:
    return Pair(_reckoned("access", refresh_token, key), refresh_token)


def _reckoned(purpose: str, refresh_token: str, key: str) -> str:
    mac = hmac.digest(key.encode(), f"client {purpose} {refresh_token}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
