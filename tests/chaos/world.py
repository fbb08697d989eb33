"""The portal as in production on servers of its own, with a carrier."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import flask_migrate
import redis
import requests
from cryptography.fernet import Fernet
from flask import Flask

from app.config import from_environment
from app.db import db
from app.factory import create_app
from app.services.accounts import client_tokens
from app.services.provisioning import platforms
from scripts.launcher.processes import Service, Supervisor
from scripts.launcher.redis_server import redis_server_binary
from tests import make
from tests.chaos.cluster import Cluster
from tests.processes import Sandbox, eventually, free_port

NUMBERS = 500
_FIRST = 2019940000
_AT_ONCE = 25


@dataclass(frozen=True)
class Line:
    """A number of a user with a client."""

    assignment_id: int
    user_id: int
    number: str  # E.164
    token: str = field(repr=False)


@dataclass
class World:
    """What traffic and trouble need to know."""

    app: Flask
    cluster: Cluster
    sandbox: Sandbox
    data_dir: Path
    web: str
    events: str
    receiver_path: str = ""
    signing_key: str = field(default="", repr=False)
    header_key: str = field(default="", repr=False)
    lines: list[Line] = field(default_factory=list)

    def pid(self, name: str) -> int:
        """Of one of our processes, as it noted it. Raises OSError, ValueError while it is being started."""
        return int((self.data_dir / "pids" / f"{name}.pid").read_text())


@contextmanager
def world() -> Iterator[World]:
    """Everything started and filled; ended, by its ids, at the end."""
    with ExitStack() as stack:
        data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        for name in ("logs", "pids"):
            (data_dir / name).mkdir()
        cluster = stack.enter_context(Cluster())
        sandbox = stack.enter_context(Sandbox(data_dir / "sandbox", smtp_port=free_port()))
        ports = {name: free_port() for name in ("web", "events", "redis")}
        environment = _environment(data_dir, cluster, sandbox, ports)
        supervisor = Supervisor(data_dir, environment, say=lambda _line: None)
        stack.callback(supervisor.stop)
        _start_redis(supervisor, ports["redis"])
        app = create_app(from_environment(environment))
        for name in ("app", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        here = f"http://127.0.0.1:{ports['web']}"
        made = World(app, cluster, sandbox, data_dir, here, f"http://127.0.0.1:{ports['events']}")
        with app.app_context():
            flask_migrate.upgrade(directory="migrations")
            _fill(made)
        _start_portal(supervisor, ports)
        threading.Thread(target=supervisor.watch, daemon=True).start()
        yield made
        with app.app_context():
            db.engine.dispose()


def _environment(data_dir: Path, cluster: Cluster, sandbox: Sandbox, ports: dict[str, int]) -> dict[str, str]:
    endpoints = {f"INTELIQUENT_{name.upper()}": url for name, url in sandbox.endpoints.items()}
    return {
        **os.environ,
        **endpoints,
        "LOCAL_RUN": "1",
        "SECRET_KEY": "chaos",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": cluster.url,
        "REDIS_URL": f"redis://127.0.0.1:{ports['redis']}/0",
        "PUBLIC_URL": f"http://127.0.0.1:{ports['web']}",
        "PORT": str(ports["web"]),
        "SANDBOX_URL": sandbox.url,
        "MAIL_PORT": str(sandbox.smtp_port),
        "DATA_DIR": str(data_dir),
        "CHECKS": "0",
        "SECOND_FACTOR_REQUIRED": "none",
        "MEDIA_FETCH_SECONDS": "20",
    }


def _start_redis(supervisor: Supervisor, port: int) -> None:
    """It keeps nothing: whatever it held when it is killed is gone (D24)."""
    command = [redis_server_binary(), "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    service = Service("redis", [*command, "--appendonly", "no"], lambda: _answers_redis(port))
    supervisor.start(service)
    supervisor.wait_until_ready(service, 20)


def _answers_redis(port: int) -> bool:
    try:
        return bool(redis.Redis(port=port, socket_timeout=1).ping())
    except redis.RedisError:
        return False


def _start_portal(supervisor: Supervisor, ports: dict[str, int]) -> None:
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:scripts.launcher.web"]
    threads = ["--worker-class", "gthread", "--workers", "2", "--threads", "16"]
    streams = ["--worker-class", "gevent", "--workers", "1", "--worker-connections", "2000"]
    for name, options in (("web", threads), ("events", streams)):
        command = [*gunicorn, *options, "--bind", f"127.0.0.1:{ports[name]}", "wsgi:app"]
        supervisor.start(Service(name, command, patience=3))
    supervisor.start(Service("worker", [sys.executable, "worker.py"], patience=10))
    for name in ("web", "events"):
        eventually(lambda name=name: _answers(ports[name]), 60)  # type: ignore[misc]


def _answers(port: int) -> bool:
    return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).ok


def _fill(made: World) -> None:
    """500 users with a number each, known to the carrier with its webhook."""
    keys = made.sandbox.accounts()["test"]
    wanted = ("account_key", "token_secret", "outbound_api_key")
    telco = make.provider()
    group = make.group(make.reseller(telco))
    platform = make.platform(telco, **{name: keys[name] for name in wanted})
    made.sandbox.add_numbers("test", str(_FIRST), NUMBERS)
    made.receiver_path = f"/receiver/inteliquent/{platform.receiver_path_key}"
    made.signing_key, made.header_key = platform.outbound_api_key or "", platform.receiver_header_key or ""
    for serial in range(NUMBERS):
        user = make.user(group)
        make.licence(user)
        row = make.assignment(user, on=platform, number=f"+1{_FIRST + serial}")
        made.lines.append(Line(row.id, user.id, row.number, client_tokens._start(user.id).token))
    carrier, url = platforms.carrier_of(platform), platforms.receiver_url(platform)
    for start in range(0, NUMBERS, _AT_ONCE):
        numbers = [line.number for line in made.lines[start : start + _AT_ONCE]]
        carrier.register_webhooks(numbers, url, "X-Receiver-Key", made.header_key)
    db.session.remove()
