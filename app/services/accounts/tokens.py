"""Random words that let somebody in: kept as digests, or sealed so that a browser carries them unread."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.clock import now
from app.config import settings


def digest(token: str) -> str:
    """What is kept of a token: enough to know it again, not enough to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def sealed(purpose: str, values: Any) -> str:
    """Values for a browser to carry: it can neither read nor change them."""
    words = json.dumps([purpose, values]).encode()
    return _cipher().encrypt_at_time(words, int(now().timestamp())).decode()


def unsealed(purpose: str, token: str, valid_for: dt.timedelta) -> Any:
    """What was sealed for this purpose; None when it is too old, made up, or meant for something else."""
    try:
        seconds = int(valid_for.total_seconds())
        words = _cipher().decrypt_at_time(token.encode(), seconds, int(now().timestamp()))
    except InvalidToken:
        return None
    meant_for, values = json.loads(words)
    return values if meant_for == purpose else None


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings().encryption_keys])
