"""Signing in to the Services API: an OAuth2 token and the private key that each body carries.

Both are kept until shortly before the token ends, per pair of keys, so that changed keys never meet an old
login. In memory only, one table per process.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from app.carriers import http
from app.carriers.base import CarrierRefused, Endpoints, Keys
from app.carriers.inteliquent import answers

_MOST = 512
_LOGIN_ERRORS = frozenset({"invalid_client", "invalid_grant", "unauthorized_client", "access_denied"})

_TOKEN = re.compile(r"[!-~]{1,8192}")  # what a header can carry

_salt = secrets.token_bytes(32)
_table: OrderedDict[str, _Place] = OrderedDict()
_table_lock = threading.Lock()


@dataclass(frozen=True)
class Login:
    """A token, the account's private key, and until when (monotonic seconds) they are used."""

    token: str = field(repr=False)
    private_key: str = field(repr=False)
    until: float


class _Place:
    """One pair of keys. Its lock keeps threads from signing in side by side."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.login: Login | None = None


def current(keys: Keys, endpoints: Endpoints) -> tuple[Login, bool]:
    """A login for these keys and whether it is fresh, made just now.

    Raises: KeysRefused(keys="services"), CarrierRefused, CarrierUnavailable.
    """
    place = _place(keys, endpoints)
    with place.lock:
        if place.login is not None and time.monotonic() < place.login.until:
            return place.login, False
        place.login = sign_in(keys, endpoints)
        return place.login, True


def forget(keys: Keys, endpoints: Endpoints, stale: Login) -> None:
    """Drop a login that was refused, unless another thread has replaced it already."""
    place = _place(keys, endpoints)
    with place.lock:
        if place.login is stale:
            place.login = None


def sign_in(keys: Keys, endpoints: Endpoints) -> Login:
    """Ask for a token and the private key now (S5), whatever is kept.

    Raises: KeysRefused(keys="services"), CarrierRefused, CarrierUnavailable.
    """
    if not keys.account_key or not keys.token_secret:
        raise answers.keys_refused("services")
    asked_at = time.monotonic()
    token, seconds = _token(keys, endpoints)
    private_key = _private_key(token, keys, endpoints)
    # A minute early, so that no request sets out with a token that ends on the way.
    return Login(token, private_key, asked_at + max(seconds - 60, seconds / 2))


def _token(keys: Keys, endpoints: Endpoints) -> tuple[str, float]:
    """The token and for how many seconds it is good."""
    answer = http.post(
        endpoints.token_url,
        headers={"Accept": "application/json"},
        form={
            "grant_type": "client_credentials",
            "client_id": keys.account_key,
            "client_secret": keys.token_secret,
        },
        repeatable=True,
    )
    body = answer.json_object()
    token = body.get("access_token") if body is not None else None
    if answer.status == 200 and body is not None and isinstance(token, str) and _TOKEN.fullmatch(token):
        return token, _seconds(body.get("expires_in"))
    if body is not None and answer.status < 500 and body.get("error") in _LOGIN_ERRORS:
        raise answers.keys_refused("services", str(answer.status))
    answers.read(answer, keys="services", repeatable=True, hide=hidden(keys))
    raise answers.unclear(repeatable=True)


def _private_key(token: str, keys: Keys, endpoints: Endpoints) -> str:
    answer = http.post(
        f"{endpoints.services_url}/credential",
        headers={"Accept": "application/json", "Authorization": f"Bearer {token}"},
        json={},
        repeatable=True,
    )
    body = answers.read(answer, keys="services", repeatable=True, hide=hidden(keys, token))
    credential = body.get("credential")
    private_key = credential.get("privateKey") if isinstance(credential, dict) else None
    if not isinstance(private_key, str) or not private_key.strip():
        raise CarrierRefused(
            "The carrier holds no private key for these keys. Check API access in the carrier's portal."
        )
    return private_key


def hidden(keys: Keys, *more: str) -> tuple[str, ...]:
    """What must not appear in a sentence or a log."""
    return (keys.account_key, keys.token_secret, keys.outbound_api_key, *more)


def _seconds(value: object) -> float:
    """`expires_in`, number or string; an hour is what the carrier documents."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    return 3600.0 if math.isnan(seconds) else min(max(seconds, 0.0), 86_400.0)


def _place(keys: Keys, endpoints: Endpoints) -> _Place:
    parts = (endpoints.services_url, endpoints.token_url, keys.account_key, keys.token_secret)
    name = hmac.new(_salt, "\0".join(parts).encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    with _table_lock:
        place = _table.setdefault(name, _Place())
        _table.move_to_end(name)
        while len(_table) > _MOST:
            _table.popitem(last=False)
        return place
