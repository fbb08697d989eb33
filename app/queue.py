"""What can be done later: names, queues and retry delays, no bodies. app/jobs holds the bodies.

A queued task is a wake-up, never the only copy: the row says what is due, and the sweep that runs
every 15 s queues again what a lost wake-up left behind (D24).
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from app.db import after_commit
from app.redis_edge import edge

logger = logging.getLogger(__name__)
_WAKE_SECONDS = 5
_SCATTER = 0.25  # of a delay, at most


@dataclass(frozen=True)
class Task:
    """`timeout` and the delays before each repetition are in seconds; the last delay is used from then on.

    `drains` tasks work off whatever rows are due, so many wake-ups in a row become one job.
    """

    name: str
    queue: str
    timeout: int = 120
    retry_after: tuple[int, ...] = ()
    drains: bool = False

    def delay(self, tries: int) -> int:
        """Seconds until the next try after `tries` failed ones."""
        return self.retry_after[min(tries, len(self.retry_after)) - 1] if tries else 0

    def scattered_delay(self, tries: int) -> float:
        """The same, longer by chance, so that what failed together does not come back so."""
        return self.delay(tries) * (1 + random.uniform(0, _SCATTER))  # noqa: S311 - nothing to guess here


SEND_OUTBOX = Task("send_outbox", queue="outbound", timeout=600, retry_after=(5, 15, 60, 300), drains=True)
SEND_NOTICES = Task("send_notices", queue="mail", timeout=300, retry_after=(15, 60, 300, 900), drains=True)
ENABLE_NUMBER = Task("enable_number", queue="provisioning", retry_after=(10, 20, 60, 300, 900))
ENABLE_NUMBERS = Task("enable_numbers", queue="provisioning")
RELEASE_NUMBER = Task("release_number", queue="provisioning", retry_after=(10, 20, 60, 300, 900))
REREGISTER_NUMBERS = Task("reregister_numbers", queue="bulk", timeout=3600, retry_after=(30, 60, 300))
BULK_ROWS = Task("bulk_rows", queue="bulk", timeout=600, retry_after=(5, 15, 60, 300, 900))
ERASE_NUMBER = Task("erase_number", queue="maintenance")
HAND_OVER = Task("hand_over", queue="maintenance")
PROMPT_USER = Task("prompt_user", queue="maintenance")
SEARCH_RECORDS = Task("search_records", queue="maintenance", timeout=600, drains=True)
REPLAY_QUARANTINE = Task("replay_quarantine", queue="maintenance")
REPLAY_CALLS = Task("replay_calls", queue="maintenance", timeout=600, drains=True)
SETTLE_EVENTS = Task("settle_events", queue="maintenance", drains=True)
END_TRIALS = Task("end_trials", queue="maintenance", timeout=600, drains=True)
MAIL_EXPIRIES = Task("mail_expiries", queue="maintenance", timeout=600, drains=True)
FETCH_FILES = Task(
    "fetch_files", queue="media", timeout=900, retry_after=(10, 30, 120, 600, 1800), drains=True
)
ERASE_FILES = Task("erase_files", queue="maintenance", timeout=600, drains=True)
ERASE_OLD = Task("erase_old", queue="maintenance", drains=True)
CHECK_HOSTNAMES = Task("check_hostnames", queue="media", timeout=600, drains=True)  # strangers' servers, too
CLEAN_UP = Task("clean_up", queue="maintenance", timeout=600, drains=True)

QUEUES = ("outbound", "mail", "provisioning", "bulk", "maintenance", "media")


def later(task: Task, **ids: int) -> None:
    """Queue `task` when the current transaction commits. Only ids travel: rows go stale, ids do not."""
    after_commit(lambda: push(task, **ids))


def push(task: Task, **ids: int) -> None:
    """Queue `task` now. Without Redis nothing is lost: the sweep finds the row."""
    try:
        edge().call(lambda redis: _enqueue(redis, task, ids))
    except RedisError as trouble:
        logger.warning("queue out of reach, %s waits for the sweep: %s", task.name, type(trouble).__name__)


def _enqueue(redis: Redis, task: Task, ids: dict[str, int]) -> None:
    if task.drains and not redis.set(_wake_key(task), 1, nx=True, ex=_WAKE_SECONDS):
        return
    Queue(task.queue, connection=redis).enqueue(
        "app.jobs.perform", task.name, **ids, job_timeout=task.timeout, result_ttl=0, failure_ttl=86_400
    )


def woken(task: Task) -> None:
    """Called before a draining task reads its rows: from here on, a new row needs a new wake-up."""
    try:
        edge().call(lambda redis: redis.delete(_wake_key(task)))
    except RedisError:
        logger.warning("wake-up key of %s not removed; it ends by itself", task.name)


def _wake_key(task: Task) -> str:
    return f"wake:{task.name}"
