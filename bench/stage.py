"""Where messaging is measured: a database and a Redis of its own, numbers of people, servers on ports."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import flask_migrate
import redis
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import text

from app.config import from_environment
from app.db import db
from app.factory import create_app
from app.models import Platform
from bench.data import fill, own_database
from scripts.launcher.redis_server import redis_server_binary

ROOT = Path(__file__).resolve().parent.parent
NUMBERS = 500
_ASSIGNMENTS = 10_000
_LICENCES = """
INSERT INTO licences (product, kind, provider_id, reseller_id, group_id, user_id, created_at, revision)
SELECT 'desktop', 'permanent', provider_id, reseller_id, group_id, id, now(), 1 FROM users
"""


@dataclass(frozen=True)
class Number:
    """A number of a user who may be texted."""

    assignment_id: int
    user_id: int
    number: str


@dataclass(frozen=True)
class Part:
    """What one part of the measurement found, as text, and whether it is what is wanted."""

    title: str
    text: str
    is_good: bool


@dataclass
class Stage:
    """Everything that a part needs. `app` is for arranging and counting, never for what is measured."""

    environment: dict[str, str]
    app: Flask
    folder: Path
    server_version: str
    platform_id: int = 0
    path_key: str = "bench"
    signing_key: str = field(default="bench-outbound-key", repr=False)
    header_key: str = field(default="bench-header-key", repr=False)
    numbers: list[Number] = field(default_factory=list)

    @contextmanager
    def serve(
        self, what: str, *, workers: int, threads: int = 0, streams: int = 0, **more: str
    ) -> Iterator[int]:
        """gunicorn as in production; yields its port. `more` goes into its environment.

        `threads` for requests, or `streams` for the process that holds so many of them.
        """
        port = free_port()
        options: dict[str, object] = {"worker-class": "gthread", "threads": threads}
        if streams:
            options = {"worker-class": "gevent", "worker-connections": streams, "graceful-timeout": 2}
        options |= {"workers": workers, "keep-alive": 60, "log-level": "warning"}
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
        command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
        with self.process([*command, what], f"{what}-{port}", **more):
            until_open(port)
            yield port

    @contextmanager
    def process(self, command: list[str], name: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process with the settings of this stage; what it writes is in `folder`."""
        log = self.folder / f"{re.sub('[^a-z0-9]+', '-', name)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment | more, stdout=output, stderr=output
            )
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def scalar(self, statement: str) -> int:
        """What the database says now."""
        with self.app.app_context(), db.engine.connect() as connection:
            return int(connection.scalar(text(statement)) or 0)


@contextmanager
def stage() -> Iterator[Stage]:
    """Made for one measurement, and gone after it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_url = stack.enter_context(_own_redis(folder))
        url = stack.enter_context(own_database("bench"))
        environment = {
            **os.environ,
            "LOCAL_RUN": "1",
            "SECRET_KEY": "bench",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "DATA_DIR": str(folder),
            "CHECKS": "0",
            "SECOND_FACTOR_REQUIRED": "none",
        }
        made = Stage(environment, create_app(from_environment(environment)), folder, "")
        with made.app.app_context():
            flask_migrate.upgrade(directory="migrations")
            fill(_ASSIGNMENTS)
            _people(made)
            db.session.remove()
        yield made
        with made.app.app_context():
            db.engine.dispose()


def _people(made: Stage) -> None:
    """Keys of the first platform, licences for everybody, and the numbers that are texted."""
    made.server_version = str(db.session.scalar(text("SHOW server_version"))).split()[0]
    platform = db.session.get(Platform, 1, execution_options={"scope": "bench"})
    assert platform is not None
    platform.receiver_path_key = made.path_key
    platform.outbound_api_key, platform.receiver_header_key = made.signing_key, made.header_key
    made.platform_id = platform.id
    db.session.execute(text(_LICENCES))
    rows = db.session.execute(
        text(
            "SELECT id, user_id, number FROM assignments WHERE platform_id = 1 AND state = 'active' "
            f"ORDER BY id LIMIT {NUMBERS}"
        )
    )
    made.numbers = [Number(*row) for row in rows]
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def _own_redis(folder: Path) -> Iterator[str]:
    """A Redis server on a port, as in production; it keeps nothing on disk."""
    port = free_port()
    options = {"bind": "127.0.0.1", "port": port, "save": "", "appendonly": "no", "dir": folder}
    command = [redis_server_binary()]
    command += [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_open(port)
        url = f"redis://127.0.0.1:{port}/0"
        redis.Redis.from_url(url).ping()
        yield url
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_open(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
