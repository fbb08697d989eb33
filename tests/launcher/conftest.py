"""A worker as a process of its own, on a Redis of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from rq.job import Job

from app.queue import jobs_in
from app.queued_jobs import PERFORM
from scripts.launcher import start_redis

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = """
import logging, sys, threading
import flask, redis, worker
import tests.launcher.chores
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
stopping = threading.Event()
worker._stop_on_signals(stopping)
with flask.Flask("chores").app_context():
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
                [sys.executable, "-u", "-c", SCRIPT, self.url],
                cwd=ROOT,
                env={**os.environ, "NOTES": str(self.notes), "PYTHONPATH": f"{ROOT}:{self.folder}"},
                stdout=output,
                stderr=output,
            )

    def enqueue(self, task: str, **ids: int) -> Job:
        return jobs_in("outbound", self.connection).enqueue(PERFORM, task, **ids, result_ttl=0)

    def noted(self, word: object) -> bool:
        return self.notes.exists() and str(word) in self.notes.read_text().splitlines()

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
