"""What runs by the clock. The sweep finds what a lost wake-up left behind, straight from the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Flask

from app import impp, queue
from app.queue import Task
from app.services.accounts import hostname_checks, licence_expiry, trials
from app.services.alerts import notices
from app.services.messaging import (
    carrier_records,
    erasure,
    file_claims,
    outbox,
    quarantine,
    receiver,
    retention,
    signature,
)
from app.services.messaging.inbound import held
from app.services.provisioning import bulk_work, enabling
from app.services.security import alerts

# Tasks that drain whatever is due: is anything?
DRAINS: tuple[tuple[Task, Callable[[], object]], ...] = (
    (queue.SEND_OUTBOX, outbox.recover),
    (queue.SEARCH_RECORDS, carrier_records.are_due),
    (queue.SEND_NOTICES, notices.recover),
    (queue.SETTLE_EVENTS, receiver.kept),
    (queue.REPLAY_CALLS, signature.wanted),
    (queue.END_TRIALS, trials.are_due),
    (queue.MAIL_EXPIRIES, licence_expiry.are_due),
    (queue.SECURITY_ALERTS, alerts.are_due),
    (queue.ERASE_OLD, retention.is_due),
    (queue.FETCH_FILES, file_claims.are_due),
    (queue.ERASE_FILES, erasure.with_bytes),
    (queue.CHECK_HOSTNAMES, hostname_checks.are_due),
)
# Tasks about one row: which are due, and the name of the id that travels.
ROWS: tuple[tuple[Task, str, Callable[[], Iterable[int]]], ...] = (
    (queue.BULK_ROWS, "run_id", bulk_work.due),
    (queue.ERASE_NUMBER, "assignment_id", erasure.unerased),
    (queue.HAND_OVER, "user_id", held.users_with_overdue_texts),
    (queue.REPLAY_QUARANTINE, "assignment_id", quarantine.due),
)


def sweep(app: Flask) -> None:
    """One round: expired claims are freed, and whatever is due is queued again."""
    with app.app_context():
        impp.watch()
        for task, is_due in DRAINS:
            if is_due():
                queue.push(task)
        for task, ids in enabling.due():
            queue.push(task, **ids)
        for task, name, due in ROWS:
            for row_id in due():
                queue.push(task, **{name: row_id})
        queue.push(queue.CLEAN_UP)
