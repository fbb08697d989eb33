"""The accounts' keys: made up at random at the first start, kept in the store."""

from __future__ import annotations

import secrets
import sqlite3

from sandbox import inventory
from sandbox.store import Store


class LastKey(ValueError):
    """The only outbound API key of an account cannot be taken away."""


def prepare(store: Store) -> None:
    """Make accounts, keys and numbers at the first start; later starts find them."""
    with store.change() as db:
        if db.execute("SELECT 1 FROM account").fetchone():
            return
        for account in inventory.ACCOUNTS:
            db.execute(
                "INSERT INTO account (name, title, account_key, token_secret, private_key)"
                " VALUES (?, ?, ?, ?, ?)",
                (account.name, account.title, *(secrets.token_hex(14) for _ in range(3))),
            )
            _new_key(db, account.name)
        inventory.restock(db)


def keys_of(store: Store) -> dict[str, dict[str, str]]:
    """What a person types into the platform form, per account; the oldest outbound key."""
    return {
        row["name"]: {
            "account_key": row["account_key"],
            "token_secret": row["token_secret"],
            "private_key": row["private_key"],
            "outbound_api_key": outbound_keys(store, row["name"])[0],
        }
        for row in store.rows("SELECT * FROM account ORDER BY name")
    }


def outbound_keys(store: Store, account: str) -> list[str]:
    """The account's outbound API keys, oldest first."""
    rows = store.rows(
        "SELECT api_key FROM authorization WHERE account = ? AND NOT inbound ORDER BY auth_id", (account,)
    )
    return [row["api_key"] for row in rows]


def exists(store: Store, account: str) -> bool:
    """Whether there is an account of this name."""
    return store.row("SELECT 1 FROM account WHERE name = ?", (account,)) is not None


def add_key(store: Store, account: str) -> str:
    """One more outbound API key; the others stay valid."""
    with store.change() as db:
        return _new_key(db, account)


def remove_key(store: Store, account: str, key: str) -> bool:
    """Take one outbound API key away; False when the account has no such key. Raises LastKey."""
    with store.change() as db:
        keys = outbound_keys(store, account)
        if key not in keys:
            return False
        if len(keys) == 1:
            raise LastKey("This is the account's only outbound API key; make another one first.")
        db.execute(
            "DELETE FROM authorization WHERE account = ? AND NOT inbound AND api_key = ?", (account, key)
        )
        return True


def _new_key(db: sqlite3.Connection, account: str) -> str:
    key = f"Api_{secrets.token_urlsafe(24)}"
    db.execute("INSERT INTO authorization (account, inbound, api_key) VALUES (?, 0, ?)", (account, key))
    return key
