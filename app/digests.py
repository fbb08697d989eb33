"""Keyed digests: values that are compared or looked up, but must not stand readable in the database.

HMAC-SHA256 (RFC 2104) with ENCRYPTION_KEYS. As with encryption, the first key writes and all keys are
accepted, so that a new key can be put in front. Without the key, a short value such as a text of one word
cannot be found by trying all of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from app.config import settings


def keyed_digest(purpose: str, value: str) -> str:
    """The digest to store, 64 hex digits. `purpose` keeps equal values of different kinds apart."""
    return _digest(settings().encryption_keys[0], purpose, value)


def keyed_digests(purpose: str, value: str) -> list[str]:
    """The digests that a stored row may hold for this value: one for each key, the newest first."""
    return [_digest(key, purpose, value) for key in settings().encryption_keys]


def _digest(key: str, purpose: str, value: str) -> str:
    words = f"{purpose}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.new(base64.urlsafe_b64decode(key), words, hashlib.sha256).hexdigest()
