"""The background half of the portal: three RQ workers and the timer, kept alive by a parent.

python worker.py                        all four, supervised
python worker.py outbound mail          one RQ worker on these queues
python worker.py --timer                the sweep, every 15 s straight from the database
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock
from types import FrameType
from typing import Any

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested

from app.config import from_environment
from app.lifeline import tied
from app.queued_jobs import JobQueue, QueuedJob, forget_abandoned

logger = logging.getLogger("worker")

SWEEP_EVERY = 15.0
STOP_WITHIN = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE, _SETTLED = 0.5, 5.0, 30.0

# A look-up that hangs at the carrier must not hold up a send, and a stranger's slow server neither: hence
# three workers.
CHILDREN = {
    "worker-outbound": ["outbound", "mail"],
    "worker-provisioning": ["provisioning", "maintenance", "bulk"],
    "worker-media": ["media"],
    "worker-timer": ["--timer"],
}


class Outage:
    """Says once that Redis is away, and once that it is back, however often it is asked for meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_out = False

    def noticed(self) -> None:
        with self._lock:
            if not self._is_out:
                logger.warning("Redis does not answer; trying until it does")
            self._is_out = True

    def over(self) -> None:
        with self._lock:
            if self._is_out:
                logger.warning("Redis is back")
            self._is_out = False


class _OneLineAboutRedis(logging.Filter):
    """RQ reports every failed attempt, some with a traceback. One line per outage is enough."""

    def __init__(self, outage: Outage) -> None:
        super().__init__()
        self._outage = outage

    def filter(self, record: logging.LogRecord) -> bool:
        failure = record.exc_info[1] if record.exc_info else None
        about_redis = isinstance(failure, RedisError) or "Redis" in str(record.msg)
        if about_redis:
            self._outage.noticed()
        return not about_redis


class QueueWorker(SimpleWorker):
    """An RQ worker without forks that takes the absence of Redis calmly, and does jobs of ours alone.

    Nothing that lies in Redis can name code for it: it knows no commands, no callbacks, and no retries by
    RQ's scheduler; when something is due again says its row (D24).
    """

    max_connection_wait_time = 2.0
    queue_class = JobQueue  # type: ignore[assignment]
    job_class = QueuedJob

    def __init__(self, queues: list[str], connection: Redis, outage: Outage, stopping: Event) -> None:
        self._outage = outage
        self._stopping = stopping
        super().__init__(queues, connection=connection, log_job_description=False)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)
        self._outage.over()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self._stopping.set()
        super().request_stop(signum, frame)

    def set_shutdown_requested_date(self) -> None:
        """A note for monitors only; without Redis it must not break the job that is being finished."""
        with suppress(RedisError):
            super().set_shutdown_requested_date()

    def subscribe(self) -> None:
        """Commands over Redis are not heard: who can write to it may not stop jobs or workers either. And the
        listening thread would outlive a lost connection.
        """

    def check_for_suspension(self, burst: bool) -> None:
        """No key in Redis makes a worker wait."""

    def run_maintenance_tasks(self) -> None:
        """Forget jobs whose worker died; RQ would also run callbacks, call web addresses and free limits that
        jobs of ours never have.
        """
        for queue in self.queues:
            forget_abandoned(queue)
        self.last_cleaned_at = datetime.now(UTC)  # type: ignore[assignment]


def work_queues(connection: Redis, queues: list[str], stopping: Event) -> None:
    """Do the jobs of these queues until told to stop, whatever Redis does meanwhile.

    connection: without a short socket timeout, since the worker waits in it.  queues: in order of preference.
    """
    outage = Outage()
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    logging.getLogger("rq.worker").addFilter(_OneLineAboutRedis(outage))
    with suppress(StopRequested):
        while not stopping.is_set():
            try:
                QueueWorker(queues, connection, outage, stopping).work(logging_level="WARNING")
            except RedisError:
                outage.noticed()
            finally:
                _stop_on_signals(stopping)  # RQ has put its own in their place
            stopping.wait(1)


def run_timer(sweep: Callable[[], None], stopping: Event, every: float = SWEEP_EVERY) -> None:
    """Call `sweep` now and every 15 s. Its failure is told once, and the next turn comes all the same."""
    failing = False
    while not stopping.is_set():
        try:
            sweep()
            failing = False
        except Exception:
            if not failing:
                logger.exception("the sweep failed; trying again every %.0f s", every)
            failing = True
        stopping.wait(every)


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    since: float
    pause: float = _FIRST_PAUSE
    again_at: float | None = None


def supervise(stopping: Event) -> None:
    """Keep all children alive until told to stop; then let them finish, for ten seconds at most."""
    children = {name: _Child(_spawn(name), time.monotonic()) for name in CHILDREN}
    while not stopping.wait(0.1):
        for name, child in children.items():
            _look_at(name, child, time.monotonic())
    for child in children.values():
        if child.process.poll() is None:
            child.process.terminate()
    until = time.monotonic() + STOP_WITHIN
    for child in children.values():
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, until - time.monotonic()))
        child.process.kill()
        child.process.wait()


def _look_at(name: str, child: _Child, now: float) -> None:
    if child.again_at is not None:
        if now >= child.again_at:
            child.process, child.since, child.again_at = _spawn(name), now, None
    elif child.process.poll() is not None:
        if now - child.since > _SETTLED:
            child.pause = _FIRST_PAUSE
        logger.warning("%s has stopped (%s) and is started again", name, child.process.returncode)
        child.again_at = now + child.pause
        child.pause = min(child.pause * 2, _LONGEST_PAUSE)


def _spawn(name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(Path(__file__).resolve()), *CHILDREN[name]]
    return subprocess.Popen(tied(command))  # noqa: S603 - our own command line


def _stop_on_signals(stopping: Event) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _note_pid(name: str) -> None:
    """Leave the process id where a person, or a test, finds it."""
    if os.environ.get("DATA_DIR"):
        folder = Path(os.environ["DATA_DIR"]) / "pids"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.pid").write_text(f"{os.getpid()}\n")


def _app() -> Flask:
    """Loaded by the children alone: the parent stays small and starts them at once."""
    from app.factory import create_app  # noqa: PLC0415 - see above

    return create_app()


def main(arguments: list[str]) -> None:
    """Be the parent, or the child that the arguments name."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    stopping = Event()
    _stop_on_signals(stopping)
    if not arguments:
        from_environment()  # unsafe settings end this process, not each child again and again
        supervise(stopping)
        return
    _note_pid("worker-timer" if arguments == ["--timer"] else f"worker-{arguments[0]}")
    app = _app()
    if arguments == ["--timer"]:
        from app.jobs import schedule  # noqa: PLC0415 - see _app

        run_timer(lambda: schedule.sweep(app), stopping)
    else:
        with app.app_context():  # a job finds its app by it, and opens a context of its own
            work_queues(app.extensions["redis_for_workers"], arguments, stopping)


if __name__ == "__main__":
    main(sys.argv[1:])
