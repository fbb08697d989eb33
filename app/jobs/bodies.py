"""What each task does: one call to a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app

from app import queue
from app.queue import Task
from app.services.accounts import (
    client_tokens,
    hostname_checks,
    known_devices,
    licence_expiry,
    portal_sessions,
    trials,
)
from app.services.alerts import notices
from app.services.messaging import (
    carrier_records,
    delivery,
    erasure,
    inbound_files,
    opt_in,
    quarantine,
    receipts,
    receiver,
    retention,
    seen_calls,
    signature,
    uploads,
)
from app.services.messaging.inbound import held
from app.services.provisioning import bulk, bulk_work, enabling
from app.services.security import alerts, events

HANDLERS: dict[str, Callable[..., None]] = {}


def handles(task: Task) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def register(fn: Callable[..., None]) -> Callable[..., None]:
        if task.name in HANDLERS:
            raise RuntimeError(f"{task.name} has two handlers")
        HANDLERS[task.name] = fn
        return fn

    return register


def perform(task_name: str, **ids: Any) -> None:
    """What RQ calls. A fresh context per job, so no job sees the session of the one before it."""
    with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
        HANDLERS[task_name](**ids)


@handles(queue.SEND_OUTBOX)
def send_outbox() -> None:
    delivery.drain()


@handles(queue.SEARCH_RECORDS)
def search_records() -> None:
    carrier_records.search_due()


@handles(queue.SEND_NOTICES)
def send_notices() -> None:
    notices.drain()


@handles(queue.ENABLE_NUMBER)
def enable_number(assignment_id: int) -> None:
    enabling.enable(assignment_id)


@handles(queue.ENABLE_NUMBERS)
def enable_numbers(platform_id: int) -> None:
    enabling.enable_together(platform_id)


@handles(queue.RELEASE_NUMBER)
def release_number(assignment_id: int) -> None:
    enabling.release(assignment_id)


@handles(queue.REREGISTER_NUMBERS)
def reregister_numbers(platform_id: int) -> None:
    enabling.reregister(platform_id)


@handles(queue.BULK_ROWS)
def bulk_rows(run_id: int) -> None:
    bulk_work.work(run_id)


@handles(queue.ERASE_NUMBER)
def erase_number(assignment_id: int) -> None:
    erasure.erase_released(assignment_id)


@handles(queue.HAND_OVER)
def hand_over(user_id: int) -> None:
    held.release_held_of_user(user_id)


@handles(queue.PROMPT_USER)
def prompt_user(assignment_id: int) -> None:
    opt_in.ask(assignment_id)


@handles(queue.SETTLE_EVENTS)
def settle_events() -> None:
    receiver.settle_kept()


@handles(queue.REPLAY_QUARANTINE)
def replay_quarantine(assignment_id: int) -> None:
    quarantine.replay(assignment_id)


@handles(queue.REPLAY_CALLS)
def replay_calls() -> None:
    receiver.replay_wanted()


@handles(queue.END_TRIALS)
def end_trials() -> None:
    trials.end_due()


@handles(queue.MAIL_EXPIRIES)
def mail_expiries() -> None:
    licence_expiry.mail_due()


@handles(queue.SECURITY_ALERTS)
def security_alerts() -> None:
    alerts.mail_due()


@handles(queue.ERASE_OLD)
def erase_old() -> None:
    retention.erase_old()


@handles(queue.FETCH_FILES)
def fetch_files() -> None:
    inbound_files.fetch_due()


@handles(queue.ERASE_FILES)
def erase_files() -> None:
    erasure.take_out_of_store()


@handles(queue.CHECK_HOSTNAMES)
def check_hostnames() -> None:
    hostname_checks.check_due()


@handles(queue.CLEAN_UP)
def clean_up() -> None:
    receipts.settle_unknown()
    erasure.forget_old()
    quarantine.forget_old()
    signature.forget_old()
    seen_calls.forget_old()
    bulk.forget_old()
    portal_sessions.forget_old()
    client_tokens.forget_old()
    known_devices.forget_old()
    uploads.forget_unused()
    events.forget_old()
