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

import worker
from scripts.launcher import start_redis
from tests.processes import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.processes

BEFORE, AFTER, SLOW, NEXT, FOUND, LAST = range(1, 7)


def test_jobs_are_done_before_and_after_redis_is_restarted(running):
    running.enqueue("note", word=BEFORE)
    eventually(lambda: running.noted(BEFORE), 20)
    running.redis.kill()
    running.redis.wait()
    eventually(lambda: "Redis does not answer" in running.log.read_text(), 20)
    running.redis, _ = start_redis(running.folder / "redis")
    running.enqueue("note", word=AFTER)
    eventually(lambda: running.noted(AFTER), 20)
    eventually(lambda: "Redis is back" in running.log.read_text(), 20)
    told = running.log.read_text()
    assert told.count("Redis does not answer") == 1
    assert "Traceback" not in told
    assert running.process.poll() is None


def test_a_job_that_ends_while_redis_is_away_does_not_end_the_worker(running):
    running.enqueue("note_slowly", word=SLOW, milliseconds=2000)
    eventually(lambda: running.noted(f"{SLOW} begun"), 20)
    running.redis.kill()
    running.redis.wait()
    eventually(lambda: running.noted(f"{SLOW} done"), 20)
    running.redis, _ = start_redis(running.folder / "redis")
    running.connection.flushall()
    running.enqueue("note", word=NEXT)
    eventually(lambda: running.noted(NEXT), 20)
    assert "Traceback" not in running.log.read_text()


def test_a_flushed_redis_is_no_trouble(running):
    running.enqueue("note", word=BEFORE)
    eventually(lambda: running.noted(BEFORE), 20)
    running.connection.flushall()
    running.enqueue("note", word=AFTER)
    eventually(lambda: running.noted(AFTER), 20)


def test_a_worker_that_finds_no_redis_waits_for_it(running):
    running.process.kill()
    running.process.wait()
    running.redis.kill()
    running.redis.wait()
    running.start()
    eventually(lambda: "Redis does not answer" in running.log.read_text(), 20)
    running.redis, _ = start_redis(running.folder / "redis")
    running.enqueue("note", word=FOUND)
    eventually(lambda: running.noted(FOUND), 20)
    assert running.log.read_text().count("Redis does not answer") == 1


def test_a_worker_told_to_stop_finishes_its_job_first(running):
    running.enqueue("note_slowly", word=LAST, milliseconds=1500)
    eventually(lambda: running.noted(f"{LAST} begun"), 20)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0
    assert running.noted(f"{LAST} done")


def test_an_idle_worker_stops_at_once_even_without_redis(running):
    running.enqueue("note", word=BEFORE)
    eventually(lambda: running.noted(BEFORE), 20)
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
