"""Texts that we took over, and texts that phones sent to our customers' numbers."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox import inventory, receipts
from sandbox.addresses import Form, as_seen, carrier_form, is_textable, is_us, ten_digits
from sandbox.authorizations import NotAccepted
from sandbox.cloud import Cloud
from sandbox.store import Store

_COPIES = "SELECT url, type, size, problem FROM copy WHERE message = ? ORDER BY position"


@dataclass(frozen=True)
class Text:
    """What somebody wrote to one or several numbers; `media` are addresses of pictures."""

    sender: str
    recipients: tuple[str, ...]
    words: str
    media: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """MMS as soon as there is a picture."""
        return "MMS" if self.media else "SMS"


def send(here: Cloud, account: str, text: Text) -> dict[str, Any]:
    """Take a text over from an account and plan its receipts. Raises NotAccepted.

    The sender must be eleven digits of the account's own; the outcome is told per recipient.
    """
    _check(here.store, account, text)
    reference, landline = str(uuid.uuid4()), carrier_form(inventory.LANDLINE)
    recipients = list(dict.fromkeys(text.recipients))
    good = [to for to in recipients if is_textable(to) and carrier_form(to) != landline]
    with here.store.change() as db:
        accepted = [_insert(db, (account, "out", reference), text, carrier_form(to)) for to in good]
        if text.media:
            here.deliveries.plan_collecting(accepted)
        early = [] if text.media else here.deliveries.plan_receipts(accepted)
    here.deliveries.wake()
    here.deliveries.wait_for(early)
    for message in () if text.media else accepted:
        arrive(here, message)
    return {
        "result": {
            "referenceId": reference,
            "from": text.sender,
            "text": text.words,
            "mediaUrls": list(text.media),
            "messageType": text.kind,
            "resultResponses": [
                {"to": to, "status": "SUCCESS" if to in good else "FAILED"} for to in recipients
            ],
        }
    }


def arrive(here: Cloud, message: sqlite3.Row, media: tuple[str, ...] = ()) -> None:
    """A text to another number of the sandbox arrives there, as it would in the real network.

    `media` are the addresses of our own copies of its files.
    """
    to = message["recipient"]
    if here.store.row("SELECT 1 FROM number WHERE tn = ?", (ten_digits(to),)):
        receive(here, Text(message["sender"], (to,), message["text"], media))


def receive(
    here: Cloud, text: Text, *, reference: str | None = None, form: Form = "digits11"
) -> tuple[str, list[int]]:
    """A phone sent a text; its numbers are in carrier form.

    Every recipient that is a number of ours and can text is told about it with a webhook of its own.
    Returns the reference and the ids of the deliveries.
    """
    reference = reference or uuid.uuid4().hex
    body = {
        "referenceId": reference,
        "from": as_seen(text.sender, form),
        "to": [as_seen(recipient, form) for recipient in text.recipients],
        "text": text.words,
        "mediaUrls": list(text.media),
        "deliveryReceipt": False,
    }
    planned: list[int] = []
    with here.store.change() as db:
        for recipient in dict.fromkeys(text.recipients):
            number = db.execute("SELECT * FROM number WHERE tn = ?", (ten_digits(recipient),)).fetchone()
            account = number["account"] if number is not None and inventory.can_text(number) else ""
            message = _insert(db, (account, "in", reference), text, recipient)
            planned += here.deliveries.plan_inbound(message, body)
    here.deliveries.wake()
    return reference, planned


def outbox(store: Store, to: str | None, sender: str | None) -> list[dict[str, Any]]:
    """Accepted texts, one entry per recipient, oldest first; numbers to filter by in any form."""
    rows = store.rows(
        "SELECT * FROM message WHERE direction = 'out' AND (?1 IS NULL OR recipient = ?1)"
        " AND (?2 IS NULL OR sender = ?2) ORDER BY id",
        (carrier_form(to) if to else None, carrier_form(sender) if sender else None),
    )
    return [
        {
            "referenceId": row["reference"],
            "from": row["sender"],
            "to": row["recipient"],
            "text": row["text"],
            "mediaUrls": json.loads(row["media"]),
            "messageType": row["message_type"],
            "fetched": [dict(copy) for copy in store.rows(_COPIES, (row["id"],))],
            "at": row["at"],
            "receipt": row["receipt"],
        }
        for row in rows
    ]


def sent_with(store: Store, reference: str) -> list[sqlite3.Row]:
    """The accepted texts of one publishMessages."""
    return store.rows(
        "SELECT * FROM message WHERE direction = 'out' AND reference = ? ORDER BY id", (reference,)
    )


def _check(store: Store, account: str, text: Text) -> None:
    number = store.row(
        "SELECT * FROM number WHERE tn = ? AND account = ?", (ten_digits(text.sender), account)
    )
    if number is None or not is_us(text.sender):
        raise NotAccepted("INVALID_FROM", "The from number is not assigned to your account.")
    if not inventory.can_text(number):
        raise NotAccepted("MESSAGING_NOT_ENABLED", "The from number has no active messaging service.")
    if not text.words and not text.media:
        raise NotAccepted("INVALID_REQUEST", "text or mediaUrls is required.")
    if text.media and not inventory.has_mms(number):
        raise NotAccepted("MMS_NOT_ENABLED", "The from number is not enabled for MMS.")


def _insert(db: sqlite3.Connection, origin: tuple[str, str, str], text: Text, recipient: str) -> sqlite3.Row:
    """Record a text to one recipient; `origin` is account, direction and reference."""
    values = (
        *origin,
        text.sender,
        recipient,
        text.words,
        json.dumps(text.media),
        text.kind,
        time.time(),
        receipts.final_stat(recipient) if origin[1] == "out" else "",
    )
    cursor = db.execute(
        "INSERT INTO message (account, direction, reference, sender, recipient, text, media, message_type,"
        " at, stat) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    row: sqlite3.Row = db.execute("SELECT * FROM message WHERE id = ?", (cursor.lastrowid,)).fetchone()
    return row
