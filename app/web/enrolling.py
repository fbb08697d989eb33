"""Who must have a second factor sets it up before anything else (SECOND_FACTOR_REQUIRED)."""

from __future__ import annotations

from flask import Response, request, session, url_for
from flask_login import current_user

from app.services.accounts import second_factor
from app.web import navigation
from app.web.htmx import go, is_ours, wants_fragment

_SETUP, _CODES, _AFTER = "second_factor_setup", "second_factor_codes", "after_second_factor"


def first() -> Response | None:
    """The page that sets it up, in place of the one that was asked for; None when the request may go on."""
    if current_user.account.has_second_factor or not second_factor.is_required(current_user.actor):
        return None
    if request.method == "GET" and not wants_fragment():
        session[_AFTER] = request.full_path.rstrip("?")
    return go(url_for("account.second_factor"))


def is_due() -> bool:
    """Whether this person has to set one up now."""
    return not current_user.account.has_second_factor and second_factor.is_required(current_user.actor)


def keep_setup(token: str) -> None:
    """What was begun goes on when the page is opened again: the app may have the secret already."""
    session[_SETUP] = token


def setup() -> str:
    """The setup that was begun in this session, sealed; "" for none."""
    return str(session.get(_SETUP, ""))


def keep_codes(codes: list[str]) -> None:
    """The codes can be shown again for some minutes, until `done`."""
    session.pop(_SETUP, None)
    session[_CODES] = second_factor.keep_for_reload(current_user.actor, codes)


def codes() -> list[str]:
    """The recovery codes that were shown a moment ago and not kept yet."""
    return second_factor.kept_for_reload(current_user.actor, session.get(_CODES, ""))


def done() -> str:
    """The codes were kept: they are shown no more. Returns where to go on."""
    session.pop(_CODES, None)
    after = session.pop(_AFTER, "")
    if is_ours(after):
        return str(after)
    return navigation.home() if second_factor.is_required(current_user.actor) else url_for("account.index")
