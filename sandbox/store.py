"""One SQLite file holds everything, so that a killed sandbox goes on where it was."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    name TEXT PRIMARY KEY, title TEXT NOT NULL,
    account_key TEXT NOT NULL UNIQUE, token_secret TEXT NOT NULL, private_key TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS token (
    value TEXT PRIMARY KEY, account TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS number (
    tn TEXT PRIMARY KEY, account TEXT NOT NULL, status TEXT NOT NULL,
    message_class TEXT NOT NULL, message_type TEXT NOT NULL, can_provision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS authorization (
    auth_id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, inbound INTEGER NOT NULL,
    api_key TEXT NOT NULL DEFAULT '', tn TEXT, url TEXT NOT NULL DEFAULT '',
    header_name TEXT NOT NULL DEFAULT '', header_value TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, direction TEXT NOT NULL,
    reference TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, text TEXT NOT NULL,
    media TEXT NOT NULL, message_type TEXT NOT NULL, at REAL NOT NULL,
    stat TEXT NOT NULL DEFAULT '', receipt TEXT);
CREATE INDEX IF NOT EXISTS message_reference ON message (reference);
CREATE INDEX IF NOT EXISTS message_pair ON message (sender, recipient);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL,
    message INTEGER, tn TEXT NOT NULL, stat TEXT NOT NULL DEFAULT '', body TEXT NOT NULL,
    message_id TEXT NOT NULL, signing TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL, url TEXT, answer TEXT);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, next_at);
CREATE INDEX IF NOT EXISTS delivery_message ON delivery (message);
CREATE TABLE IF NOT EXISTS copy (
    message INTEGER NOT NULL, position INTEGER NOT NULL, url TEXT NOT NULL, name TEXT NOT NULL,
    type TEXT NOT NULL, size INTEGER NOT NULL, problem TEXT NOT NULL, PRIMARY KEY (message, position));
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT, fault TEXT NOT NULL, operation TEXT, times INTEGER,
    seconds REAL NOT NULL, onward TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fault_turn (
    fault INTEGER PRIMARY KEY, every INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS tally (
    operation TEXT PRIMARY KEY, requests INTEGER NOT NULL DEFAULT 0, carried_out INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recipients TEXT NOT NULL, sender TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL, at REAL NOT NULL);
"""


class Store:
    """Connections to the file, one per thread, and transactions that join when nested."""

    def __init__(self, path: Path):
        """Open or create the file at `path`, readable by its owner only: it holds keys."""
        self._path = path
        self._mine = threading.local()
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        first = self._open()
        first.executescript(SCHEMA)
        first.close()  # the caller may fork next, and a connection must not be carried along

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection().execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found: sqlite3.Row | None = self._connection().execute(sql, values).fetchone()
        return found

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; an inner one joins the outer one."""
        connection = self._connection()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = self._open()
        connection = self._mine.connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101  threading.local is untyped
        return connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        # A commit then survives kill -9, though not a power cut; that is all a stand-in needs.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection
