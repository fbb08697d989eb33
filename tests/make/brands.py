"""What a place looks like: its brand, and the host names that lead to it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from typing import Any

from PIL import Image

from app.access.scope import branch
from app.clock import now
from app.models import Branding, ServerHostname
from tests.make.rows import kept, serial


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 32), **more: Any) -> bytes:
    """A picture file of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, more.pop("colour", (20, 90, 160))).save(file, kind, **more)
    return file.getvalue()


def brand(node: Any, *, logo: bytes | None = None, **fields: Any) -> Branding:
    """At a node; `logo` is a PNG."""
    given: dict[str, Any] = {"name": "", "accent": "", "logo_type": "", "logo_digest": ""}
    if logo is not None:
        digest = hashlib.sha256(logo).hexdigest()
        given |= {"logo": logo, "logo_type": "image/png", "logo_digest": digest}
    return kept(Branding(**{**given, **branch(node), **fields}))


def hostname(provider: Any, name: str = "", **fields: Any) -> ServerHostname:
    """A verified one, unless `verified_at` says otherwise; its next check is tomorrow."""
    given = {"hostname": name or f"texts{next(serial)}.example.com", "verified_at": now()}
    given |= {"due_at": now() + dt.timedelta(days=1)}
    return kept(ServerHostname(**{**given, **branch(provider), **fields}))
