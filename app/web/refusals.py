"""Which refusals are security events, who asked, and from where: the one table that says so.

Every surface hands what it refuses to `note`, in the handler in which it makes the answer.
"""

from __future__ import annotations

import logging

from flask import request, session
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests, Unauthorized

from app.access.policy import Actor
from app.access.scope import is_foreign
from app.errors import NotAllowed, NotFound
from app.services.accounts import sign_in
from app.services.accounts.client_tokens import CannotRefresh, WrongClientSignIn
from app.services.accounts.lockout import Locked
from app.services.accounts.one_time_links import LinkUsedUp
from app.services.accounts.sign_in import WrongCode, WrongPassword, WrongSignIn
from app.services.messaging.blocking import BlockingOff
from app.services.messaging.signature import CallRefused
from app.services.messaging.uploads import TooLarge
from app.services.outages import is_away
from app.services.security.buckets import NOBODY, Who
from app.services.security.events import claimed, record_event, who_is
from app.vocabulary import ActorKind, SecurityEventKind
from app.web.session import known

logger = logging.getLogger(__name__)
_K = SecurityEventKind
# The first that fits. None: a refusal of the business that only looks like one of these.
_KINDS: tuple[tuple[type[Exception], SecurityEventKind | None], ...] = (
    (BlockingOff, None),
    (NotAllowed, _K.FORBIDDEN),
    (LinkUsedUp, _K.ONE_TIME_LINK),
    (WrongSignIn, _K.FAILED_SIGN_IN),
    (WrongClientSignIn, _K.FAILED_SIGN_IN),
    (Locked, _K.LOCKED_ACCOUNT),
    (WrongCode, _K.WRONG_SECOND_FACTOR),
    (WrongPassword, _K.WRONG_PASSWORD),
    (CannotRefresh, _K.REFUSED_REFRESH),
    (CallRefused, _K.REFUSED_CALL),
    (TooLarge, _K.TOO_LARGE),
    (RequestEntityTooLarge, _K.TOO_LARGE),
    (CSRFError, _K.WRONG_CSRF_TOKEN),
    (TooManyRequests, _K.RATE_LIMIT),
)
# Where somebody says who they are: the field, and whose names it holds.
_CLAIMS = {
    "auth.sign_in_post": ("email", ActorKind.STAFF),
    "unity.sign_in_post": ("user_id", ActorKind.CLIENT),
}


def note(refusal: Exception) -> None:
    """Count a refusal that is about security. Never changes the answer, whatever goes wrong here."""
    try:
        kind = _kind(refusal)
        if kind is not None:
            who = NOBODY if kind is _K.TOO_LARGE and known() is None else _who()  # its form cannot be read
            record_event(kind, address=request.remote_addr or "", who=who, route=request.endpoint or "")
    except Exception as trouble:
        if not is_away(trouble):
            logger.exception("a security event was not counted")


def note_bad_host(address: str) -> None:
    """Count a request whose Host header is no host name. It has no request context yet."""
    record_event(_K.BAD_HOST, address=address)


def _kind(refusal: Exception) -> SecurityEventKind | None:
    for family, kind in _KINDS:
        if isinstance(refusal, family):
            return kind
    if isinstance(refusal, NotFound):
        return _kind_of_nothing(refusal)
    if isinstance(refusal, Unauthorized) and request.headers.get("Authorization"):
        return _K.WRONG_CLIENT_TOKEN  # a call without a token is only a client that is not signed in
    return None


def _kind_of_nothing(refusal: NotFound) -> SecurityEventKind | None:
    """What does not exist is worth a count where somebody is signed in, or guesses."""
    if request.blueprint == "receiver":
        return _K.REFUSED_CALL
    if request.blueprint == "media_links":
        return _K.ATTACHMENT_LINK
    who = known()
    if who is None:
        return None
    return _K.FOREIGN_ROW if is_foreign(refusal, who.scope) else _K.MISSING_ROW


def _who() -> Who:
    """Whoever is signed in, else whom somebody says to be."""
    who: Actor | None = known()
    if who is not None:
        return who_is(who)
    endpoint = request.endpoint or ""
    if endpoint in _CLAIMS:
        name, kind = _CLAIMS[endpoint]
        return claimed(kind, request.form.get(name, ""))
    if endpoint == "client_api.sign_in":
        body = request.get_json(force=True, silent=True)
        return claimed(ActorKind.CLIENT, str(body.get("user_id", "")) if isinstance(body, dict) else "")
    if endpoint == "auth.sign_in_code":
        return who_is(sign_in.halfway(session.get("pending", "")))
    return NOBODY
