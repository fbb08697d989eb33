"""The three ways to sign in: an OAuth2 token, key and secret, an outbound API key."""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Any

from flask import Blueprint, request

from sandbox.cloud import cloud
from sandbox.operations import TOKEN, Refusal, login_fault, operation, refused

TOKEN_SECONDS = 3600

blueprint = Blueprint("logins", __name__)


@blueprint.post("/oauth2/token")
@operation(TOKEN)
def token() -> dict[str, Any]:
    """OAuth2 client_credentials; key and secret in the Authorization header or in the form."""
    if request.form.get("grant_type") != "client_credentials":
        raise Refusal(
            400,
            {"error": "unsupported_grant_type", "error_description": "grant_type must be client_credentials"},
        )
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        account = _account_of(basic.username, basic.password)
    else:
        account = _account_of(request.form.get("client_id"), request.form.get("client_secret"))
    if account is None:
        raise login_fault()
    return {
        "access_token": new_token(account),
        "scope": "am_application_scope default",
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
    }


def new_token(account: str) -> str:
    """A token for the Services API, valid for an hour."""
    value = secrets.token_urlsafe(24)
    with cloud().store.change() as db:
        db.execute("DELETE FROM token WHERE expires_at < ?", (time.time(),))
        db.execute("INSERT INTO token VALUES (?, ?, ?)", (value, account, time.time() + TOKEN_SECONDS))
    return value


def services_account() -> str:
    """The account that this request to the Services API speaks for. Raises Refusal."""
    login = request.authorization
    if login is not None and login.type == "basic":
        account = _account_of(login.username, login.password)
        if account is None:
            raise refused(401001, "Invalid credentials", http=401)
        return account
    if login is not None and login.type == "bearer" and login.token:
        row = cloud().store.row(
            "SELECT account FROM token WHERE value = ? AND expires_at > ?", (login.token, time.time())
        )
        if row is not None:
            return str(row["account"])
    raise login_fault()


def check_private_key(account: str, payload: dict[str, Any]) -> None:
    """The second half of a sign-in to the Services API. Raises Refusal 408 or 401001."""
    given = payload.get("privateKey")
    if not isinstance(given, str) or not given.strip():
        raise refused(408, "privateKey can not blank.")
    if not _same(given, private_key(account)):
        raise refused(401001, "Invalid credentials", http=401)


def private_key(account: str) -> str:
    """The key that goes into each body."""
    row = cloud().store.row("SELECT private_key FROM account WHERE name = ?", (account,))
    return str(row["private_key"]) if row else ""


def broker_account() -> str:
    """The account whose outbound API key this request bears. Raises Refusal."""
    login = request.authorization
    if login is not None and login.type == "bearer" and login.token:
        row = cloud().store.row(
            "SELECT account FROM authorization WHERE NOT inbound AND api_key = ?", (login.token,)
        )
        if row is not None:
            return str(row["account"])
    raise login_fault()


def _account_of(key: str | None, secret: str | None) -> str | None:
    row = cloud().store.row("SELECT name, token_secret FROM account WHERE account_key = ?", (key or "",))
    if row is None or not _same(secret or "", row["token_secret"]):
        return None
    return str(row["name"])


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
