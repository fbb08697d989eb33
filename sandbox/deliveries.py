"""Webhooks that tell about messages: planned in the store, called by threads, repeated until answered.
The same threads fetch the files of customers' texts.

A delivery is a row, so a restarted sandbox goes on with what was not delivered.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox import authorizations, receipts, signing
from sandbox.faults import OF_RECEIPTS, OF_WEBHOOKS, Faults
from sandbox.store import Store
from sandbox.webhook_call import call

logger = logging.getLogger(__name__)

# Seconds between attempts: about two minutes in all, then the carrier gives up.
BACKOFF = (1, 2, 4, 8, 16, 30, 30, 30)
LONGEST_WAIT = 15.0
CALLERS = 16


class Deliveries:
    """The queue of webhook calls and the threads that make them."""

    def __init__(self, store: Store, faults: Faults):
        self.collect: Callable[[sqlite3.Row], None] = self.finish
        self._store = store
        self._faults = faults
        self._changed = threading.Condition()
        self._taken: set[int] = set()
        self._stopping = False
        self._has_news = False
        self._callers = ThreadPoolExecutor(CALLERS, thread_name_prefix="webhook")
        self._clerk = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin with what is due, also what an earlier run left."""
        self._clerk.start()

    def stop(self) -> None:
        """Make no further calls; those under way end by themselves or with the process."""
        self._stopping = True
        self.wake()
        self._callers.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Look now, not at the next deadline: a transaction that planned something has committed."""
        with self._changed:
            self._has_news = True
            self._changed.notify_all()

    def plan_inbound(self, message: sqlite3.Row, body: dict[str, Any]) -> list[int]:
        """Plan the call about an inbound message; inside the caller's transaction. Returns delivery ids."""
        return self._plan(message, "inbound", message["recipient"], body, stat="", at=time.time())

    def plan_collecting(self, sent: list[sqlite3.Row]) -> None:
        """Plan that the files of texts just taken over are fetched; their receipts follow."""
        for message in sent:
            self._insert(message, "fetch", message["sender"], {}, at=time.time())

    def finish(self, row: sqlite3.Row) -> None:
        """What was planned is done; inside the caller's transaction."""
        self._record(row, "delivered", None, None)

    def plan_receipts(self, sent: list[sqlite3.Row]) -> list[int]:
        """Plan the receipts of texts just taken over; returns the ids that must go before the answer."""
        early: list[int] = []
        for message in sent:
            faults = self._faults.take(OF_RECEIPTS)
            if "drop_receipts" in faults:
                continue
            now = time.time()
            at = now if "early_receipts" in faults else now + receipts.SECONDS_TO_RECEIPT
            for _ in range(2 if "double_receipts" in faults else 1):
                planned = self.plan_receipt(message, message["stat"], at=at)
                early += planned if "early_receipts" in faults else []
        return early

    def plan_receipt(
        self, message: sqlite3.Row, stat: str, *, swap: bool = False, at: float | None = None
    ) -> list[int]:
        """Plan one receipt for an accepted text, due at `at` (seconds since 1970) or now."""
        body = receipts.body(message, stat, swap=swap)
        return self._plan(message, "receipt", message["sender"], body, stat=stat, at=at or time.time())

    def wait_for(self, ids: list[int], seconds: float = LONGEST_WAIT) -> list[dict[str, Any]]:
        """Wait until each has been tried once; what became of them, as in `told`."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while any(row["state"] == "pending" and not row["attempts"] for row in self._rows(ids)):
                if time.monotonic() > deadline:
                    break
                self._changed.wait(0.2)
        return [told(row) for row in self._rows(ids)]

    def pending(self) -> int:
        """How many calls are still to be made."""
        row = self._store.row("SELECT count(*) AS n FROM delivery WHERE state = 'pending'")
        return int(row["n"]) if row else 0

    def _rows(self, ids: list[int]) -> list[sqlite3.Row]:
        marks = ",".join("?" * len(ids))
        return self._store.rows(f"SELECT * FROM delivery WHERE id IN ({marks}) ORDER BY id", ids)  # noqa: S608

    def _plan(
        self, message: sqlite3.Row, kind: str, number: str, body: dict[str, Any], *, stat: str, at: float
    ) -> list[int]:
        faults = self._faults.take(OF_WEBHOOKS)
        form = "none" if "no_signature" in faults else "hmac" if "sign_hmac" in faults else "sha256"
        # A repeated call is the same call twice: same messageID, both at once.
        message_id, copies = secrets.token_hex(16), 2 if "repeat_webhooks" in faults else 1
        call = {"stat": stat, "at": at, "message_id": message_id, "signing": form}
        return [self._insert(message, kind, number, body, **call) for _ in range(copies)]

    def _insert(
        self,
        message: sqlite3.Row,
        kind: str,
        number: str,
        body: dict[str, Any],
        *,
        at: float,
        stat: str = "",
        message_id: str = "",
        signing: str = "",
    ) -> int:
        with self._store.change() as db:
            cursor = db.execute(
                "INSERT INTO delivery (account, kind, message, tn, stat, body, message_id, signing, next_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    message["account"], kind, message["id"], number[-10:], stat, json.dumps(body),
                    message_id, signing, at,
                ),
            )  # fmt: skip
            return int(cursor.lastrowid or 0)

    def _run(self) -> None:
        while not self._stopping:
            with self._changed:
                self._has_news = False
            try:
                pause = self._hand_out()
            except sqlite3.Error:
                logger.exception("the delivery queue could not be read")
                pause = 1.0
            with self._changed:
                # News that came during the look would be missed by a plain wait.
                self._changed.wait_for(lambda: self._has_news, pause)

    def _hand_out(self) -> float:
        """Give what is due to the callers; returns seconds until the next one is."""
        pause = 1.0
        for row in self._store.rows(
            "SELECT * FROM delivery WHERE state = 'pending' ORDER BY next_at LIMIT 500"
        ):
            wait: float = row["next_at"] - time.time()
            if wait > 0:
                return min(pause, wait)
            with self._changed:
                if self._stopping or row["id"] in self._taken:
                    continue
                self._taken.add(row["id"])
            self._callers.submit(self._deliver, row)
        return pause

    def _deliver(self, row: sqlite3.Row) -> None:
        try:
            self._attempt(row)
        except Exception:
            logger.exception("delivery %d failed", row["id"])
        finally:
            with self._changed:
                self._taken.discard(row["id"])
                self._changed.notify_all()

    def _attempt(self, row: sqlite3.Row) -> None:
        # Another thread may have finished it between the clerk's look and this one.
        fresh = self._store.row("SELECT * FROM delivery WHERE id = ? AND state = 'pending'", (row["id"],))
        if fresh is None or fresh["attempts"] != row["attempts"]:
            return
        if row["kind"] == "fetch":
            self.collect(row)
            return
        webhook = authorizations.webhook_for(self._store, row["account"], row["tn"])
        if webhook is None:
            self._record(row, "dropped", None, None)
            return
        headers = {"Content-Type": "application/json", **signing.headers(row, webhook["api_key"])}
        if webhook["header_name"]:
            headers[webhook["header_name"]] = webhook["header_value"]
        answer = call(webhook["url"], row["body"].encode(), headers)
        if answer == "200":
            state = "delivered"
        else:
            state = "given up" if row["attempts"] >= len(BACKOFF) else "pending"
        self._record(row, state, webhook["url"], answer)
        logger.info("%s delivery %d: %s", row["kind"], row["id"], answer)

    def _record(self, row: sqlite3.Row, state: str, url: str | None, answer: str | None) -> None:
        wait = BACKOFF[min(row["attempts"], len(BACKOFF) - 1)]
        with self._store.change() as db:
            db.execute(
                "UPDATE delivery SET state = ?, attempts = attempts + 1, next_at = ?, url = ?, answer = ?"
                " WHERE id = ?",
                (state, time.time() + wait, url, answer, row["id"]),
            )
            if row["kind"] == "receipt":
                db.execute("UPDATE message SET receipt = ? WHERE id = ?", (row["stat"], row["message"]))


def told(row: sqlite3.Row) -> dict[str, Any]:
    """A delivery for tests: the URL called and the HTTP status, or a word where there was none."""
    if row["answer"] is None:
        return {"url": row["url"], "status": "dropped" if row["state"] == "dropped" else "waiting"}
    return {"url": row["url"], "status": int(row["answer"]) if row["answer"].isdigit() else row["answer"]}
