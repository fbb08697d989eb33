"""Texts that we took over, and texts that phones sent to our customers' numbers."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Sequence
from typing import Any

from sandbox import inventory, receipts
from sandbox.addresses import Form, as_seen, carrier_form, is_textable, is_us, ten_digits
from sandbox.authorizations import NotAccepted
from sandbox.cloud import Cloud
from sandbox.store import Store


def send(
    here: Cloud, account: str, sender: str, recipients: list[str], text: str, media: list[str]
) -> dict[str, Any]:
    """Take a text over from an account and plan its receipts. Raises NotAccepted.

    `sender` must be eleven digits of the account's own; the outcome is told per recipient.
    """
    number = _number(here.store, account, sender)
    if not text and not media:
        raise NotAccepted("INVALID_REQUEST", "text or mediaUrls is required.")
    if media and not inventory.has_mms(number):
        raise NotAccepted("MMS_NOT_ENABLED", "The from number is not enabled for MMS.")
    reference, kind = str(uuid.uuid4()), "MMS" if media else "SMS"
    statuses, accepted = [], []
    with here.store.change() as db:
        for recipient in dict.fromkeys(recipients):
            can_go = is_textable(recipient) and recipient != carrier_form(inventory.LANDLINE)
            statuses.append({"to": recipient, "status": "SUCCESS" if can_go else "FAILED"})
            if can_go:
                accepted.append(
                    _insert(
                        db, account, "out", reference, (sender, carrier_form(recipient)), text, media, kind
                    )
                )
        early = here.deliveries.plan_receipts(accepted)
    here.deliveries.wake()
    here.deliveries.wait_for(early)
    _hand_over_to_neighbours(here, reference, sender, statuses, text, media)
    return {
        "result": {
            "referenceId": reference,
            "from": sender,
            "text": text,
            "mediaUrls": media,
            "messageType": kind,
            "resultResponses": statuses,
        }
    }


def receive(
    here: Cloud,
    sender: str,
    recipients: Sequence[str],
    text: str,
    media: list[str],
    reference: str | None = None,
    form: Form = "digits11",
) -> tuple[str, list[int]]:
    """A phone sent a text; `sender` and `recipients` in carrier form.

    Every recipient that is a number of ours and can text is told about it with a webhook of its own.
    Returns the reference and the ids of the deliveries.
    """
    reference = reference or uuid.uuid4().hex
    body = {
        "referenceId": reference,
        "from": as_seen(sender, form),
        "to": [as_seen(recipient, form) for recipient in recipients],
        "text": text,
        "mediaUrls": media,
        "deliveryReceipt": False,
    }
    planned: list[int] = []
    with here.store.change() as db:
        for recipient in dict.fromkeys(recipients):
            number = db.execute("SELECT * FROM number WHERE tn = ?", (ten_digits(recipient),)).fetchone()
            account = number["account"] if number is not None and inventory.can_text(number) else ""
            row = _insert(
                db, account, "in", reference, (sender, recipient), text, media, "MMS" if media else "SMS"
            )
            planned += here.deliveries.plan_inbound(row, body)
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


def _number(store: Store, account: str, sender: str) -> sqlite3.Row:
    number = store.row("SELECT * FROM number WHERE tn = ? AND account = ?", (ten_digits(sender), account))
    if number is None or not is_us(sender):
        raise NotAccepted("INVALID_FROM", "The from number is not assigned to your account.")
    if not inventory.can_text(number):
        raise NotAccepted("MESSAGING_NOT_ENABLED", "The from number has no active messaging service.")
    return number


def _hand_over_to_neighbours(
    here: Cloud, reference: str, sender: str, statuses: list[dict[str, str]], text: str, media: list[str]
) -> None:
    """A text to another number of the sandbox arrives there, as it would in the real network."""
    for status in statuses:
        if status["status"] != "SUCCESS":
            continue
        if here.store.row("SELECT 1 FROM number WHERE tn = ?", (ten_digits(status["to"]),)):
            receive(here, sender, [status["to"]], text, media)


def _insert(
    db: sqlite3.Connection,
    account: str,
    direction: str,
    reference: str,
    ends: tuple[str, str],
    text: str,
    media: list[str],
    kind: str,
) -> sqlite3.Row:
    stat = receipts.final_stat(ends[1]) if direction == "out" else ""
    cursor = db.execute(
        "INSERT INTO message (account, direction, reference, sender, recipient, text, media, message_type, at, stat)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (account, direction, reference, *ends, text, json.dumps(media), kind, time.time(), stat),
    )
    row: sqlite3.Row = db.execute("SELECT * FROM message WHERE id = ?", (cursor.lastrowid,)).fetchone()
    return row
