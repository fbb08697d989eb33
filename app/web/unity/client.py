"""The blueprint of the web client: every route names its permission and asks for a session of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, current_app, request, session, url_for
from werkzeug.wrappers import Response

from app.access import policy
from app.access.policy import Permission
from app.config import settings
from app.services.accounts import client_tokens
from app.services.accounts.client_tokens import ClientIdentity
from app.web import devices
from app.web.cookies import CLIENT_PATH
from app.web.htmx import go

_MOST_AT_ONCE = 2  # times the largest file: several photos are chosen at once
_TOKEN = "client_token"  # noqa: S105 - where it is kept


class Client(Blueprint):
    """Leaving out `needs` is a TypeError at import. `needs=None` is for signing in, the open door.

    `takes_files` is for what may be sent with files, and so be large.
    """

    def route(  # type: ignore[override]  # a permission more than Flask asks for
        self, rule: str, *, needs: Permission | None, takes_files: bool = False, **options: Any
    ) -> Callable[..., Any]:
        register = super().route(rule, **options)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                if needs is None:
                    return view(*args, **kwargs)
                identity = signed_in()
                if identity is None:
                    return ask_to_sign_in()
                policy.require(identity.actor, needs)
                return view(identity, *args, **kwargs)

            guarded.needs = needs  # type: ignore[attr-defined]  # read by the route test
            guarded.takes_files = takes_files  # type: ignore[attr-defined]  # read by make_room
            register(guarded)
            return guarded

        return decorate


CLIENT = Client("unity", __name__, url_prefix=CLIENT_PATH)


def make_room() -> None:
    """For a request with files. Asked before anybody reads the form, so before its token is checked."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_files", False):
        request.max_content_length = _MOST_AT_ONCE * settings().upload_most_bytes


def signed_in() -> ClientIdentity | None:
    """Whose client this is; from then on the page speaks to them, in their timezone."""
    token = session.get(_TOKEN, "")
    identity = client_tokens.signed_in(token) if token else None
    if identity is not None:
        request.actor = identity.actor  # type: ignore[attr-defined]
    return identity


def enter(token: str) -> None:
    """Nothing of the session before stays, so nobody can have prepared it for somebody else."""
    session.clear()
    session.permanent = True
    session[_TOKEN] = token


def leave(identity: ClientIdentity) -> None:
    """The session ends, and with it every copy of its cookie."""
    client_tokens.sign_out(identity, devices.device())
    session.clear()


def ask_to_sign_in() -> Response:
    """Sign in, and come back to the page that was asked for."""
    session.clear()
    asked = request.full_path.rstrip("?")
    back = asked if request.method == "GET" and "HX-Request" not in request.headers else None
    return go(url_for("unity.sign_in", next=None if back == f"{CLIENT_PATH}/" else back))
