"""The message broker: send a text, register and remove webhooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from sandbox import authorizations, messages
from sandbox.authorizations import NotAccepted
from sandbox.cloud import cloud
from sandbox.logins import broker_account
from sandbox.operations import body, operation, refused

blueprint = Blueprint("broker", __name__, url_prefix="/msgbroker/rest")


@blueprint.post("/publishMessages")
@operation("publishMessages")
def publish_messages() -> dict[str, Any]:
    """Take a text over. A refusal for its content is HTTP 200 with success false."""
    account, payload = broker_account(), body()
    text = _text(payload)
    return _politely(lambda: messages.send(cloud(), account, text))


@blueprint.post("/selectAuthorization")
@operation("selectAuthorization")
def select_authorization() -> dict[str, Any]:
    """API keys and webhooks of the account."""
    account = broker_account()
    body()
    return _success(authConfig={"authorizations": authorizations.listed(cloud().store, account)})


@blueprint.post("/configureAuthorization")
@operation("configureAuthorization")
def configure_authorization() -> dict[str, Any]:
    """Add webhooks, for one number or for the whole account."""
    account, entries = broker_account(), _entries()

    def add() -> dict[str, Any]:
        return {"authConfig": {"authorizations": authorizations.add(cloud().store, account, entries)}}

    return _politely(add)


@blueprint.post("/removeAuthorization")
@operation("removeAuthorization")
def remove_authorization() -> dict[str, Any]:
    """Take API keys or webhooks away; authId as string or integer."""
    account, entries = broker_account(), _entries()
    auth_ids = [str(entry.get("authId") or "") for entry in entries]

    def remove() -> dict[str, Any]:
        authorizations.remove(cloud().store, account, auth_ids)
        return {}

    return _politely(remove)


def _politely(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return _success(**act())
    except NotAccepted as no:
        return {"success": False, "reason": no.reason, "detail": str(no)}


def _success(**fields: Any) -> dict[str, Any]:
    return {"success": True, "reason": "SUCCESS", "detail": "SUCCESS", **fields}


def _entries() -> list[dict[str, Any]]:
    entries = body().get("authorizations")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise refused(408, "authorizations is required.")
    return entries


def _text(payload: dict[str, Any]) -> messages.Text:
    sender, recipients = payload.get("from"), payload.get("to")
    if not isinstance(sender, str) or not sender:
        raise refused(408, "from is required.")
    if not _are_strings(recipients) or not recipients:
        raise refused(408, "to is required: a list of strings.")
    words, media = payload.get("text") or "", payload.get("mediaUrls") or []
    media = [media] if isinstance(media, str) else media
    if not isinstance(words, str) or not _are_strings(media):
        raise refused(408, "text must be a string and mediaUrls a list of strings.")
    return messages.Text(sender, tuple(recipients), words, tuple(media))


def _are_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)
