"""The whole product as processes, started the way a person starts it, for tests that click or kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis
import requests
from flask import Flask

from app.config import from_environment
from app.db import db
from app.factory import create_app
from scripts.launcher import redis_server, servers
from scripts.launcher.settings import read_settings
from tests.processes import ROOT, Sandbox, eventually, free_port

PASSWORD = "a password for tests"


class Portal:
    """One `make run` on ports of its own. With PostgreSQL and Redis when the test variables name them."""

    def __init__(self, data_dir: Path, **settings: str):
        self.data_dir = data_dir
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox = Sandbox(data_dir, port=self.sandbox_port)
        self.process: subprocess.Popen[bytes] | None = None
        self._app: Flask | None = None
        self._given = {
            **{
                name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
            },
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "DATA_DIR": str(data_dir),
            "DEMO_PASSWORD": PASSWORD,
            "CLIENT_CALLS_PER_MINUTE": "10000",  # who waits for something asks more often than a client may
            **_servers(data_dir.name),
            **settings,
        }

    @property
    def log(self) -> str:
        return (self.data_dir / "launch.log").read_text(errors="replace")

    def start(self, seconds: float = 120) -> Portal:
        """`make run`, until it says that it is ready."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "launch.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "scripts/launch.py", "run"],
                cwd=ROOT,
                env=self._given,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        eventually(self._is_ready, seconds)
        return self

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None
        if self._app is not None:
            with self._app.app_context():
                db.engine.dispose()
            for name in ("redis", "redis_for_workers", "redis_for_streams"):
                self._app.extensions[name].close()
            self._app = None
        if database := self._given.get("DATABASE_URL"):
            _on_server(f'DROP DATABASE IF EXISTS "{database.rpartition("/")[2]}" WITH (FORCE)')

    def kill(self, name: str) -> None:
        """kill -9 for one process of this run, by its id; the launcher starts it again."""
        before = self._pid(name)
        os.kill(before, signal.SIGKILL)
        eventually(lambda: self._pid(name) != before, 30)

    def flush_redis(self) -> None:
        """Everything that Redis holds is gone."""
        redis.Redis.from_url(self._redis_url()).flushall()

    def restart_redis(self) -> None:
        """Ours is killed and started again by the launcher; a server's connections are all cut."""
        if "REDIS_URL" in self._given:
            redis.Redis.from_url(self._redis_url()).client_kill_filter(skipme=True)
        else:
            self.kill("redis")

    @contextmanager
    def app(self) -> Iterator[Flask]:
        """The app on this run's data, to arrange what a test is not about."""
        if self._app is None:
            variables = servers.environment_of(read_settings(self._given), beside_a_run=True)
            self._app = create_app(from_environment(variables))
        with self._app.app_context():
            yield self._app

    def client(self, user_id: str, password: str = PASSWORD) -> ClientApi:
        """A Unity client that has signed in."""
        return ClientApi(self.url, user_id, password)

    def _redis_url(self) -> str:
        return self._given.get("REDIS_URL") or redis_server.url_of(
            redis_server.socket_of(self.data_dir / "redis")
        )

    def _pid(self, name: str) -> int:
        text = (self.data_dir / "pids" / f"{name}.pid").read_text().strip()
        return int(text or 0)

    def _is_ready(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"make run ended with {self.process.returncode}:\n{self.log[-3000:]}")
        return "Ready after" in self.log


class ClientApi:
    """What a Unity client does over HTTP."""

    def __init__(self, url: str, user_id: str, password: str):
        self._base = f"{url}/client/v1"
        answer = requests.post(
            f"{self._base}/session", json={"user_id": user_id, "password": password}, timeout=10
        )
        assert answer.status_code == 201, answer.text
        self.session = answer.json()
        self.headers = {"Authorization": f"Bearer {self.session['token']}"}

    def call(self, method: str, path: str, **json: Any) -> Any:
        """The JSON of a 2xx answer (None when it is empty)."""
        answer = requests.request(
            method, f"{self._base}/{path}", json=json or None, headers=self.headers, timeout=10
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def number(self, ending: str) -> dict[str, Any]:
        """The number of this user that ends so."""
        items: list[dict[str, Any]] = self.call("GET", "numbers")["items"]
        return next(item for item in items if item["number"].endswith(ending))

    def send(self, number_id: int, to: str, text: str, client_ref: str) -> dict[str, Any]:
        sent: dict[str, Any] = self.call(
            "POST", "messages", number_id=number_id, to=to, text=text, client_ref=client_ref
        )
        return sent

    def state(self, message_id: int) -> str:
        return str(self.call("GET", f"messages/{message_id}")["state"])


def _servers(name: str) -> dict[str, str]:
    """A database of its own on the servers that the test variables name; nothing when they name none."""
    database, redis_url = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if not (database and redis_url):
        return {}
    base, _, own = database.rpartition("/")
    made = f"{own}_{name}_{os.getpid()}".replace("-", "_").lower()
    _on_server(f'CREATE DATABASE "{made}"')
    redis.Redis.from_url(redis_url).flushdb()
    return {"DATABASE_URL": f"{base}/{made}", "REDIS_URL": redis_url}


def _on_server(statement: str) -> None:
    url = os.environ["TEST_DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
