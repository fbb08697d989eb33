"""The worker takes what Redis does calmly, and its parent keeps it alive."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
import redis
from rq import Queue, Retry

import worker
from scripts.launcher import start_redis
from tests.processes import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.processes

SCRIPT = """
import logging, sys, threading
import redis, worker
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
stopping = threading.Event()
worker._stop_on_signals(stopping)
worker.work_queues(redis.Redis.from_url(sys.argv[1]), ["outbound", "mail"], stopping)
print("ended by itself")
"""


class Running:
    """A worker process and the Redis it works on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self.notes = folder, folder / "worker.log", folder / "notes"
        self.redis, self.url = start_redis(folder / "redis")
        self.connection = redis.Redis.from_url(self.url)
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-c", SCRIPT, self.url], cwd=ROOT, stdout=output, stderr=output
            )

    def enqueue(self, chore: str, *arguments: object, **options: object) -> None:
        queue = Queue("outbound", connection=self.connection)
        queue.enqueue(f"tests.launcher.chores.{chore}", str(self.notes), *arguments, result_ttl=0, **options)

    def noted(self, word: str) -> bool:
        return self.notes.exists() and word in self.notes.read_text().splitlines()

    def restart_redis(self) -> None:
        self.redis.kill()
        self.redis.wait()
        self.redis, _ = start_redis(self.folder / "redis")

    def stop(self) -> None:
        for process in (self.process, self.redis):
            process.kill()
            process.wait()
        self.connection.close()


@pytest.fixture
def running(tmp_path):
    here = Running(tmp_path)
    yield here
    here.stop()


def test_jobs_are_done_before_and_after_redis_is_restarted(running):
    running.enqueue("note", "before")
    eventually(lambda: running.noted("before"), 20)
    running.redis.kill()
    running.redis.wait()
    eventually(lambda: "Redis does not answer" in running.log.read_text(), 20)
    running.redis, _ = start_redis(running.folder / "redis")
    running.enqueue("note", "after")
    eventually(lambda: running.noted("after"), 20)
    eventually(lambda: "Redis is back" in running.log.read_text(), 20)
    told = running.log.read_text()
    assert told.count("Redis does not answer") == 1
    assert "Traceback" not in told
    assert running.process.poll() is None


def test_a_job_that_ends_while_redis_is_away_does_not_end_the_worker(running):
    running.enqueue("note_slowly", "slow", 2)
    eventually(lambda: running.noted("slow begun"), 20)
    running.redis.kill()
    running.redis.wait()
    eventually(lambda: running.noted("slow done"), 20)
    running.redis, _ = start_redis(running.folder / "redis")
    running.connection.flushall()
    running.enqueue("note", "next")
    eventually(lambda: running.noted("next"), 20)
    assert "Traceback" not in running.log.read_text()


def test_a_flushed_redis_is_no_trouble(running):
    running.enqueue("note", "before")
    eventually(lambda: running.noted("before"), 20)
    running.connection.flushall()
    running.enqueue("note", "after")
    eventually(lambda: running.noted("after"), 20)


def test_a_worker_that_finds_no_redis_waits_for_it(running):
    running.process.kill()
    running.process.wait()
    running.redis.kill()
    running.redis.wait()
    running.start()
    eventually(lambda: "Redis does not answer" in running.log.read_text(), 20)
    running.redis, _ = start_redis(running.folder / "redis")
    running.enqueue("note", "found")
    eventually(lambda: running.noted("found"), 20)
    assert running.log.read_text().count("Redis does not answer") == 1


def test_a_job_gets_its_second_try_when_its_time_has_come(running):
    running.enqueue("fail_once", retry=Retry(max=1, interval=1))
    eventually(lambda: running.noted("second"), 20)


def test_a_worker_told_to_stop_finishes_its_job_first(running):
    running.enqueue("note_slowly", "last", 1.5)
    eventually(lambda: running.noted("last begun"), 20)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0
    assert running.noted("last done")


def test_an_idle_worker_stops_at_once_even_without_redis(running):
    running.enqueue("note", "before")
    eventually(lambda: running.noted("before"), 20)
    running.redis.kill()
    running.redis.wait()
    eventually(lambda: "Redis does not answer" in running.log.read_text(), 20)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(8) == 0


def test_the_timer_goes_on_when_a_sweep_fails_and_says_so_once(caplog):
    stopping, calls = Event(), []

    def sweep() -> None:
        calls.append(1)
        if len(calls) >= 5:
            stopping.set()
        if len(calls) < 4:
            raise OSError("the database is away")

    with caplog.at_level(logging.ERROR, logger="worker"):
        worker.run_timer(sweep, stopping, every=0.01)
    assert len(calls) == 5
    assert len(caplog.records) == 1


def test_the_parent_starts_a_killed_child_again_and_takes_all_with_it(tmp_path):
    script = (
        "import sys, threading, logging, worker\n"
        "worker.CHILDREN = {'worker-a': ['-c'], 'worker-b': ['-c']}\n"
        "worker.__file__ = sys.argv[1]\n"
        "stopping = threading.Event()\n"
        "worker._stop_on_signals(stopping)\n"
        "worker.supervise(stopping)\n"
    )
    child = tmp_path / "child.py"
    child.write_text(
        "import os, time, pathlib\n"
        f"pathlib.Path({str(tmp_path)!r}, f'{{os.getpid()}}.pid').touch()\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(child)], cwd=ROOT, env=os.environ)
    seen = lambda: {int(path.stem) for path in tmp_path.glob("*.pid")}  # noqa: E731
    eventually(lambda: len(seen()) == 2, 20)
    os.kill(min(seen()), signal.SIGKILL)
    eventually(lambda: len(seen()) == 3, 20)
    parent.kill()
    parent.wait()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in seen()), 10)
