"""Who is asking. Lazy, because Flask reads the URL before it runs before_request."""

from __future__ import annotations

from flask import abort, current_app, request
from flask_login import current_user

from app.access.policy import Actor


def actor() -> Actor:
    """The person or client behind this request; somebody who is not signed in is led to the sign-in form.

    Routes that need nobody do not ask.
    """
    if not hasattr(request, "actor"):
        if not current_user.is_authenticated:
            abort(current_app.login_manager.unauthorized())  # type: ignore[attr-defined]
        request.actor = current_user.actor  # type: ignore[attr-defined]
    who: Actor = request.actor  # type: ignore[attr-defined]
    return who


def viewer() -> Actor | None:
    """Who looks, where that is known: a signed-in portal user, or a user in the web client."""
    if hasattr(request, "actor") or getattr(current_user, "is_authenticated", False):
        return actor()
    return None
