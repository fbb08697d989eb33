"""API keys and webhooks are one list at the carrier, each entry with its authId."""

from __future__ import annotations

import sqlite3
from typing import Any

from sandbox import inventory
from sandbox.addresses import carrier_form, ten_digits
from sandbox.store import Store


class NotAccepted(ValueError):
    """The broker's polite no: HTTP 200 with success false. `reason` is its code."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


def listed(store: Store, account: str) -> list[dict[str, Any]]:
    """The whole list of an account, API keys in clear, as the carrier shows it."""
    rows = store.rows("SELECT * FROM authorization WHERE account = ? ORDER BY auth_id", (account,))
    return [_webhook(row) if row["inbound"] else _key(row) for row in rows]


def webhooks(store: Store, account: str) -> list[dict[str, Any]]:
    """The account's webhooks without anything secret, for pages and tests."""
    return [
        {
            "authId": row["auth_id"],
            "tn": row["tn"],
            "webhookUrl": row["url"],
            "headerName": row["header_name"],
        }
        for row in store.rows(
            "SELECT * FROM authorization WHERE account = ? AND inbound ORDER BY auth_id", (account,)
        )
    ]


def add(store: Store, account: str, wished: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Register webhooks, all of them or none. Raises NotAccepted."""
    with store.change() as db:
        auth_ids = [_insert(db, account, _checked(db, account, wish)) for wish in wished]
    return [entry for entry in listed(store, account) if entry["authId"] in auth_ids]


def remove(store: Store, account: str, auth_ids: list[str]) -> None:
    """Take entries off the list, all of them or none. Raises NotAccepted for one that is not there."""
    with store.change() as db:
        for auth_id in auth_ids:
            cursor = db.execute(
                "DELETE FROM authorization WHERE account = ? AND auth_id = ?", (account, auth_id)
            )
            if not cursor.rowcount:
                raise NotAccepted("INVALID_AUTH_ID", f"No authorization found for authId {auth_id}.")


def webhook_for(store: Store, account: str, tn: str) -> sqlite3.Row | None:
    """Where an inbound message goes: the number's newest webhook, else the account's, else nowhere."""
    return store.row(
        "SELECT * FROM authorization WHERE account = ? AND inbound AND (tn = ? OR tn IS NULL)"
        " ORDER BY tn IS NULL, auth_id DESC LIMIT 1",
        (account, tn),
    )


def taken_numbers(store: Store) -> set[str]:
    """Numbers whose texts go to the other system."""
    rows = store.rows("SELECT tn FROM authorization WHERE inbound AND url = ?", (inventory.OTHER_SYSTEM_URL,))
    return {row["tn"] for row in rows}


def _checked(
    db: sqlite3.Connection, account: str, wish: dict[str, Any]
) -> tuple[str, str | None, str, str, str]:
    if wish.get("inboundAuth") is not True:
        raise NotAccepted("INVALID_REQUEST", "inboundAuth must be true.")
    texts = {name: wish.get(name) or "" for name in ("webhookUrl", "apiKey", "headerName", "headerValue")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise NotAccepted(
            "INVALID_REQUEST", "webhookUrl, apiKey, headerName and headerValue must be strings."
        )
    if not texts["webhookUrl"]:
        raise NotAccepted("INVALID_REQUEST", "webhookUrl is required.")
    tn = ten_digits(wish["tn"]) if isinstance(wish.get("tn"), str | int) and wish["tn"] else None
    if tn and not db.execute("SELECT 1 FROM number WHERE tn = ? AND account = ?", (tn, account)).fetchone():
        raise NotAccepted("INVALID_TN", "The telephone number is not assigned to your account.")
    if (
        texts["apiKey"]
        and not db.execute(
            "SELECT 1 FROM authorization WHERE account = ? AND NOT inbound AND api_key = ?",
            (account, texts["apiKey"]),
        ).fetchone()
    ):
        raise NotAccepted("INVALID_API_KEY", "apiKey is not one of your API keys.")
    return texts["webhookUrl"], tn, texts["apiKey"], texts["headerName"], texts["headerValue"]


def _insert(db: sqlite3.Connection, account: str, values: tuple[str | None, ...]) -> int | None:
    cursor = db.execute(
        "INSERT INTO authorization (account, inbound, url, tn, api_key, header_name, header_value)"
        " VALUES (?, 1, ?, ?, ?, ?, ?)",
        (account, *values),
    )
    return cursor.lastrowid


def _key(row: sqlite3.Row) -> dict[str, Any]:
    return {"authId": row["auth_id"], "inboundAuth": False, "apiKey": row["api_key"]}


def _webhook(row: sqlite3.Row) -> dict[str, Any]:
    entry: dict[str, Any] = {"authId": row["auth_id"], "inboundAuth": True, "webhookUrl": row["url"]}
    if row["tn"]:
        entry["tn"] = carrier_form(row["tn"])
    if row["header_name"]:
        entry |= {"headerName": row["header_name"], "headerValue": row["header_value"]}
    return entry
