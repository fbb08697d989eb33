"""Who is asking. Lazy, because Flask reads the URL before it runs before_request."""

from __future__ import annotations

from flask import abort, current_app, request
from flask_login import current_user

from app.access.policy import Actor
from app.web import hosts
from app.web.cookies import is_of_client

_WITHOUT_SESSION = {"receiver", "client_api"}  # blueprints of machines: a cookie that they send says nothing


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


def known() -> Actor | None:
    """Whoever is signed in on the surface that was asked; None for everybody else. Leads nobody anywhere."""
    if hasattr(request, "actor"):
        return actor()
    has_portal_session = not (
        request.blueprint in _WITHOUT_SESSION or is_of_client(request.path) or hosts.is_bare()
    )
    return actor() if has_portal_session and current_user.is_authenticated else None


def viewer() -> Actor | None:
    """Who looks, where that is known: a signed-in portal user, or a user in the web client."""
    if hasattr(request, "actor") or getattr(current_user, "is_authenticated", False):
        return actor()
    return None
