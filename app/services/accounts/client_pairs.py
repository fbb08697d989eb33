"""The tokens that a client renews: an access token, and the refresh token that gets the next pair.

What follows a refresh token is reckoned from it and SECRET_KEY, so a client that asks twice is answered with
the same pair. All refresh tokens of a session begin alike: one of long ago still says whose it was.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass

from app.config import settings


@dataclass(frozen=True)
class Pair:
    """Shown once; only digests are kept."""

    token: str
    refresh_token: str


def first() -> Pair:
    """For a session that begins."""
    return _pair(f"{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}")


def following(refresh_token: str) -> Pair:
    """The one pair that comes after this token."""
    return _pair(f"{family(refresh_token)}.{_reckoned('refresh', refresh_token)}")


def family(refresh_token: str) -> str:
    """What all refresh tokens of one session begin with. A secret as well: it says whose session to end."""
    return refresh_token.partition(".")[0]


def _pair(refresh_token: str) -> Pair:
    return Pair(_reckoned("access", refresh_token), refresh_token)


def _reckoned(purpose: str, refresh_token: str) -> str:
    key = settings().secret_key.encode()
    mac = hmac.digest(key, f"client {purpose} {refresh_token}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
