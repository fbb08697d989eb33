"""Who is asking. Lazy, because Flask reads the URL before it runs before_request."""

from __future__ import annotations

from flask import request
from flask_login import current_user

from app.access.policy import Actor


def actor() -> Actor:
    """The person or client behind this request; routes that need nobody do not ask."""
    if not hasattr(request, "actor"):
        request.actor = current_user.actor  # type: ignore[attr-defined]
    who: Actor = request.actor  # type: ignore[attr-defined]
    return who
