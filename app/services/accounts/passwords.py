"""Passwords are kept as Argon2id hashes."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Invalid

_hasher = PasswordHasher()
# Somebody unknown costs as much time as somebody known, so that addresses cannot be guessed by the clock.
_NOBODY = _hasher.hash("nobody has this password")
SHORTEST, LONGEST = 10, 200


def hashed(password: str) -> str:
    """Raises Invalid: when the password is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"Choose a password of {SHORTEST} to {LONGEST} characters.", field="password")
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes the same time when nothing is stored."""
    try:
        return _hasher.verify(stored or _NOBODY, password[: LONGEST + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
