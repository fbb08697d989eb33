"""The carrier on a bad day: faults that a test or a person switches on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.store import Store

# What happens to a request, and what happens to the calls that tell about messages.
OF_REQUESTS = ("refuse_logins", "answer_431", "answer_500", "babble", "slow", "hang_before", "hang_after")
OF_RECEIPTS = ("drop_receipts", "double_receipts", "early_receipts")
OF_WEBHOOKS = ("repeat_webhooks", "sign_hmac", "no_signature")
NAMES = OF_REQUESTS + OF_RECEIPTS + OF_WEBHOOKS


class Faults:
    """The faults that are on, and the requests that they hold at this moment."""

    def __init__(self, store: Store):
        self._store = store
        self._lock = threading.Lock()
        self._held: dict[int, dict[str, str]] = {}
        self._next = 0
        self._release = threading.Event()

    def add(
        self,
        fault: str,
        operation: str | None,
        times: int | None,
        seconds: float,
        onward: str,
        *,
        every: int = 1,
    ) -> None:
        """Switch a fault on: for one operation or all, `times` times or until cleared.

        `every`: it meets only each so-maniest request.
        """
        with self._store.change() as db:
            added = db.execute(
                "INSERT INTO fault (fault, operation, times, seconds, onward) VALUES (?, ?, ?, ?, ?)",
                (fault, operation, times, seconds, onward),
            )
            db.execute("INSERT OR REPLACE INTO fault_turn VALUES (?, ?, 0)", (added.lastrowid, every))

    def clear(self) -> None:
        """Switch all faults off; requests that are held go on at once."""
        with self._store.change() as db:
            db.execute("DELETE FROM fault")
            db.execute("DELETE FROM fault_turn")
        with self._lock:
            self._release.set()
            self._release = threading.Event()

    def listed(self) -> list[dict[str, Any]]:
        """The faults that are on, in the words in which they were asked for."""
        return [
            {
                "fault": row["fault"],
                "operation": row["operation"],
                "times": row["times"],
                "seconds": row["seconds"],
                "then": row["onward"],
                "every": row["every"],
            }
            for row in self._store.rows(
                "SELECT fault.*, COALESCE(every, 1) AS every FROM fault"
                " LEFT JOIN fault_turn ON fault_turn.fault = id ORDER BY id"
            )
        ]

    def take(self, names: tuple[str, ...], operation: str | None = None) -> dict[str, sqlite3.Row]:
        """The faults among `names` that meet this operation, each counted as used once."""
        if self._store.row("SELECT 1 FROM fault LIMIT 1") is None:
            return {}
        taken: dict[str, sqlite3.Row] = {}
        with self._store.change() as db:
            rows = db.execute(
                "SELECT * FROM fault WHERE operation IS NULL OR operation = ? ORDER BY id", (operation,)
            ).fetchall()
            for row in rows:
                if row["fault"] in names and row["fault"] not in taken and _is_its_turn(db, row["id"]):
                    taken[row["fault"]] = row
                    db.execute("UPDATE fault SET times = times - 1 WHERE id = ?", (row["id"],))
            db.execute("DELETE FROM fault WHERE times <= 0")
        return taken

    def hold(self, operation: str, phase: str, seconds: float) -> None:
        """Keep this request waiting, visibly; `phase` is "before" or "after" it was carried out."""
        with self._shown(operation, phase) as release:
            release.wait(seconds)

    def held(self) -> list[dict[str, str]]:
        """The requests that wait at this moment."""
        with self._lock:
            return list(self._held.values())

    @contextmanager
    def _shown(self, operation: str, phase: str) -> Iterator[threading.Event]:
        with self._lock:
            self._next += 1
            mine, release = self._next, self._release
            self._held[mine] = {"operation": operation, "phase": phase}
        try:
            yield release
        finally:
            with self._lock:
                del self._held[mine]


def _is_its_turn(db: sqlite3.Connection, fault: int) -> bool:
    db.execute("UPDATE fault_turn SET seen = seen + 1 WHERE fault = ?", (fault,))
    turn = db.execute("SELECT every, seen FROM fault_turn WHERE fault = ?", (fault,)).fetchone()
    return turn is None or turn["seen"] % turn["every"] == 0
