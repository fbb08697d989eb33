"""The cookie by which a browser is known to those who signed in with it, portal users and users alike.

It lets nobody in: it keeps the tries of strangers apart from the owner's (`services/accounts/known_devices`).
"""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request, g, request

from app.services.accounts import known_devices
from app.services.accounts.known_devices import VALID_FOR, Device
from app.web import cookies
from app.web.limits import caller

_COOKIE = "known_device"
_MOST = 5  # people who share a browser
_LONGEST = 64  # characters of a token


def device(token: str = "") -> Device:
    """With what this request was made; `token` is that of a client without cookies."""
    return Device(request.remote_addr or "", request.user_agent.string, _tokens(token))


def keep(token: str) -> None:
    """The answer to this request gives the browser a token to keep, beside those of others."""
    mine = [token, *(one for one in _tokens() if one != token)][:_MOST]

    @after_this_request
    def add(answer: Response) -> Response:
        cookies.set_cookie(answer, _COOKIE, ".".join(mine), lasts=VALID_FOR)
        return answer


def of_address(email: str) -> int | None:
    """The id of the known device, if this browser is one for this portal user."""
    return _once(f"portal:{email}", lambda: known_devices.id_for_address(_tokens(), email))


def of_user(user_id: str, token: str = "") -> int | None:
    """The same for a user; `token` is that of a client without cookies."""
    return _once(f"client:{user_id}", lambda: known_devices.id_for_user(_tokens(token), user_id))


def counted_as(known: int | None) -> str:
    """Whose tries from here are counted: the known device's own, else those of the network."""
    return caller() if known is None else f"device:{known}"


def _tokens(beside: str = "") -> tuple[str, ...]:
    given = [beside, *cookies.read(_COOKIE).split(".")[:_MOST]]
    return tuple(token for token in given if 0 < len(token) <= _LONGEST)


def _once(key: str, ask: Any) -> int | None:
    """Several limits ask the same within a request."""
    asked: dict[str, int | None] = g.setdefault("known_devices", {})
    if key not in asked:
        asked[key] = ask()
    return asked[key]
