"""What can be done later: names, queues and retry delays, no bodies. app/jobs holds the bodies.

A queued task is a wake-up, never the only copy: the row says what is due, and the sweep that runs
every 15 s queues again what a lost wake-up left behind (D24).
"""

from __future__ import annotations

import logging

from redis import Redis
from redis.exceptions import RedisError

from app.db import after_commit
from app.queued_jobs import FAILED_SECONDS, PERFORM, TASKS, JobQueue, Task
from app.redis_edge import edge

logger = logging.getLogger(__name__)
_WAKE_SECONDS = 5


SEND_OUTBOX = Task("send_outbox", queue="outbound", timeout=600, retry_after=(5, 15, 60, 300), drains=True)
SEND_NOTICES = Task("send_notices", queue="mail", timeout=300, retry_after=(15, 60, 300, 900), drains=True)
ENABLE_NUMBER = Task(
    "enable_number", queue="provisioning", retry_after=(10, 20, 60, 300, 900), ids=("assignment_id",)
)
ENABLE_NUMBERS = Task("enable_numbers", queue="provisioning", ids=("platform_id",))
RELEASE_NUMBER = Task(
    "release_number", queue="provisioning", retry_after=(10, 20, 60, 300, 900), ids=("assignment_id",)
)
REREGISTER_NUMBERS = Task(
    "reregister_numbers", queue="bulk", timeout=3600, retry_after=(30, 60, 300), ids=("platform_id",)
)
BULK_ROWS = Task("bulk_rows", queue="bulk", timeout=600, retry_after=(5, 15, 60, 300, 900), ids=("run_id",))
ERASE_NUMBER = Task("erase_number", queue="maintenance", ids=("assignment_id",))
HAND_OVER = Task("hand_over", queue="maintenance", ids=("user_id",))
PROMPT_USER = Task("prompt_user", queue="maintenance", ids=("assignment_id",))
SEARCH_RECORDS = Task("search_records", queue="maintenance", timeout=600, drains=True)
REPLAY_QUARANTINE = Task("replay_quarantine", queue="maintenance", ids=("assignment_id",))
REPLAY_CALLS = Task("replay_calls", queue="maintenance", timeout=600, drains=True)
SETTLE_EVENTS = Task("settle_events", queue="maintenance", drains=True)
END_TRIALS = Task("end_trials", queue="maintenance", timeout=600, drains=True)
MAIL_EXPIRIES = Task("mail_expiries", queue="maintenance", timeout=600, drains=True)
FETCH_FILES = Task(
    "fetch_files", queue="media", timeout=900, retry_after=(10, 30, 120, 600, 1800), drains=True
)
ERASE_FILES = Task("erase_files", queue="maintenance", timeout=600, drains=True)
SECURITY_ALERTS = Task("security_alerts", queue="maintenance", drains=True)
ERASE_OLD = Task("erase_old", queue="maintenance", drains=True)
CHECK_HOSTNAMES = Task("check_hostnames", queue="media", timeout=600, drains=True)  # strangers' servers, too
CLEAN_UP = Task("clean_up", queue="maintenance", timeout=600, drains=True)

QUEUES = ("outbound", "mail", "provisioning", "bulk", "maintenance", "media")
TASKS.update({task.name: task for task in list(globals().values()) if isinstance(task, Task)})


def jobs_in(name: str, redis: Redis) -> JobQueue:
    """The queue of this name."""
    return JobQueue(name, connection=redis)


def later(task: Task, **ids: int) -> None:
    """Queue `task` when the current transaction commits. Only ids travel: rows go stale, ids do not.

    Raises TypeError: the ids are not those that the task declares.
    """
    _require_declared(task, ids)
    after_commit(lambda: push(task, **ids))


def push(task: Task, **ids: int) -> None:
    """Queue `task` now. Without Redis nothing is lost: the sweep finds the row.

    Raises TypeError: the ids are not those that the task declares.
    """
    _require_declared(task, ids)
    try:
        edge().call(lambda redis: _enqueue(redis, task, ids))
    except RedisError as trouble:
        logger.warning("queue out of reach, %s waits for the sweep: %s", task.name, type(trouble).__name__)


def _require_declared(task: Task, ids: dict[str, int]) -> None:
    """A worker puts aside what a task does not declare, so nobody may queue it."""
    if set(ids) != set(task.ids):
        raise TypeError(f"{task.name} declares the ids {task.ids}, not {tuple(ids)}")


def _enqueue(redis: Redis, task: Task, ids: dict[str, int]) -> None:
    if task.drains and not redis.set(_wake_key(task), 1, nx=True, ex=_WAKE_SECONDS):
        return
    jobs_in(task.queue, redis).enqueue(
        PERFORM, task.name, **ids, job_timeout=task.timeout, result_ttl=0, failure_ttl=FAILED_SECONDS
    )


def woken(task: Task) -> None:
    """Called before a draining task reads its rows: from here on, a new row needs a new wake-up."""
    try:
        edge().call(lambda redis: redis.delete(_wake_key(task)))
    except RedisError:
        logger.warning("wake-up key of %s not removed; it ends by itself", task.name)


def _wake_key(task: Task) -> str:
    return f"wake:{task.name}"
