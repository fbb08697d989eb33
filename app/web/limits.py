"""How often somebody may try. Counted in Redis; without Redis, per process."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True, strategy="fixed-window")

PASSWORD_TRIES = "10 per minute; 100 per hour"  # noqa: S105 - a limit, not a password
