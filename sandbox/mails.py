"""Mails that the portal sent while somebody tried it out. They never leave this machine."""

from __future__ import annotations

import email
import email.policy
import json
import sqlite3
import time
from email.message import EmailMessage
from typing import Any

from sandbox.store import Store


def keep(store: Store, sender: str, recipients: list[str], raw: bytes) -> None:
    """Store one mail as it came over SMTP; broken ones with what can be read of them."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    values = (
        json.dumps(recipients),
        sender,
        _storable(str(message.get("Subject", ""))),
        _part(message, "plain"),
        _part(message, "html"),
        time.time(),
    )
    with store.change() as db:
        db.execute(
            "INSERT INTO mail (recipients, sender, subject, text, html, at) VALUES (?, ?, ?, ?, ?, ?)", values
        )


def caught(store: Store, to: str | None = None) -> list[dict[str, Any]]:
    """Mails newest first, all or those to one address in any case."""
    mails = [_mail(row) for row in store.rows("SELECT * FROM mail ORDER BY id DESC")]
    return [mail for mail in mails if not to or to.lower() in (one.lower() for one in mail["to"])]


def one(store: Store, mail_id: int) -> dict[str, Any] | None:
    """A mail by its id."""
    row = store.row("SELECT * FROM mail WHERE id = ?", (mail_id,))
    return _mail(row) if row is not None else None


def _mail(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "to": json.loads(row["recipients"]),
        "from": row["sender"],
        "subject": row["subject"],
        "text": row["text"],
        "html": row["html"],
        "at": row["at"],
    }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return _storable(str(part.get_content()))
    except (LookupError, KeyError):  # a character set that nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
