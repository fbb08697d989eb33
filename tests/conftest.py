"""What tests stand on: the real app, real migrations, a real Redis, and the carrier stand-in as a process.

A test lives in a savepoint that is thrown away (`db`), or, where threads or two connections matter, in
real commits that are cleaned up (`real_database`).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask_migrate
import pytest
import redis
from cryptography.fernet import Fernet
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from app import queue
from app.config import from_environment
from app.db import db as database
from app.factory import create_app
from app.jobs import perform
from app.queued_jobs import JobQueue
from app.services.accounts import presence
from app.services.security import events
from app.web.limits import limiter
from tests.names import NameServer
from tests.processes import Sandbox, free_port
from tests.scratch import delete_everything, scratch_database, scratch_redis

_HERE = {"127.0.0.1", "::1", "localhost"} | {
    urlsplit(os.environ.get(name, "")).hostname or "" for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL")
}


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Nothing leaves this machine: a test that tries fails."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
    elif event == "socket.getaddrinfo":
        host = str(arguments[0] or "localhost")
    else:
        return
    if host not in _HERE:
        raise RuntimeError(f"a test wanted to reach {host}")


sys.addaudithook(_stay_here)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tests that try many cases say how many: `record_property("tried", "...")`."""
    said = {
        f"{report.nodeid.rpartition('::')[2]}: {value}"
        for kind in ("", "passed", "failed")
        for report in terminalreporter.stats.get(kind, [])
        for name, value in getattr(report, "user_properties", [])
        if name == "tried"
    }
    for line in sorted(said):
        terminalreporter.write_line(line)


# Where statements, locks, events and queues are tested: what another version of a server may do differently.
_OF_SERVERS = ("services/messaging", "services/provisioning", "hostile", "two_sites", "jobs", "access")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what depends on the servers."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).as_posix().startswith(_OF_SERVERS):
            item.add_marker(pytest.mark.servers)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this process among those that share the tests."""
    return getattr(request.config, "workerinput", {}).get("workerid", "master")


@pytest.fixture(scope="session")
def carrier_address(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Where the carrier will be. It is started when the first test wants it."""
    return Sandbox(tmp_path_factory.mktemp("carrier"), smtp_port=free_port())


@pytest.fixture(scope="session")
def running_carrier(carrier_address: Sandbox) -> Iterator[Sandbox]:
    with carrier_address as running:
        yield running


@pytest.fixture
def carrier(running_carrier: Sandbox) -> Iterator[Sandbox]:
    """The stand-in carrier over HTTP, as new, but with the same keys."""
    running_carrier.reset()
    yield running_carrier
    running_carrier.clear_faults()


@pytest.fixture(scope="session")
def running_name_server() -> Iterator[NameServer]:
    with NameServer() as running:
        yield running


@pytest.fixture
def name_server(running_name_server: NameServer) -> Iterator[NameServer]:
    """The DNS as the app sees it, empty."""
    running_name_server.forget()
    yield running_name_server
    running_name_server.forget()


@pytest.fixture(scope="session")
def app(
    worker: str,
    tmp_path_factory: pytest.TempPathFactory,
    carrier_address: Sandbox,
    running_name_server: NameServer,
) -> Iterator[Flask]:
    """The app with every tripwire on, on a database made by the migrations."""
    folder = tmp_path_factory.mktemp("app")
    public_url = f"http://127.0.0.1:{free_port()}"
    with (
        scratch_database(worker, folder) as database_url,
        scratch_redis(worker, folder / "redis") as redis_url,
    ):
        settings = from_environment(
            {
                "LOCAL_RUN": "1",
                "SECRET_KEY": "for tests",
                "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "PUBLIC_URL": public_url,
                "DATA_DIR": str(folder),
                "CHECKS": "1",
                "MAIL_PORT": str(carrier_address.smtp_port),
                "SANDBOX_URL": carrier_address.url,
                "DNS_RESOLVERS": running_name_server.address,
                "SECOND_FACTOR_REQUIRED": "none",
                **{f"INTELIQUENT_{k.upper()}": v for k, v in carrier_address.endpoints.items()},
            }
        )
        app = create_app(
            settings, {"TESTING": True, "PROPAGATE_EXCEPTIONS": False, "MAIL_SUPPRESS_SEND": False}
        )
        limiter.enabled = False
        events.waiting.is_timed = False
        with app.app_context():
            flask_migrate.upgrade(directory="migrations")
        yield app
        events.waiting.take()  # what is still to be counted has no database any more
        with app.app_context():
            database.engine.dispose()
        for name in ("redis", "redis_for_workers", "redis_for_streams"):
            app.extensions[name].close()


@pytest.fixture
def empty_redis(app: Flask) -> None:
    app.extensions["redis"].flushdb()


@pytest.fixture
def limited(empty_redis: None) -> Iterator[None]:
    """Tries are counted, which other tests have switched off."""
    limiter.enabled = True
    yield
    limiter.enabled = False


@pytest.fixture
def stopped_redis(app: Flask) -> Iterator[None]:
    """Redis is down: nobody listens where the app looks for it."""
    names = ("redis", "redis_for_workers", "redis_for_streams")
    running = {name: app.extensions[name] for name in names}
    nobody = redis.Redis.from_url(f"redis://127.0.0.1:{free_port()}", socket_connect_timeout=1)
    app.extensions.update(dict.fromkeys(names, nobody))
    yield
    app.extensions.update(running)
    nobody.close()


@pytest.fixture
def db(app: Flask, empty_redis: None, request: pytest.FixtureRequest) -> Iterator[Any]:
    """One outer transaction that is thrown away, however often the code commits."""
    if "real_database" in request.fixturenames:
        pytest.fail("Ask for `db` or `real_database`: with both, nothing is committed.")
    # Streams of earlier tests that nobody closed: the thread that looks after them would use this connection.
    presence.ROLL._streams.clear()
    with app.app_context():
        engine = database.engine
        with engine.connect() as connection:
            outer = connection.begin()
            # Flask-SQLAlchemy picks its bind here and ignores session(bind=...).
            database.engines[None] = connection  # type: ignore[assignment]
            database.session.configure(join_transaction_mode="create_savepoint")
            try:
                yield database
            finally:
                database.session.remove()
                database.engines[None] = engine
                outer.rollback()


@pytest.fixture
def real_database(app: Flask, empty_redis: None) -> Iterator[Any]:
    """Real commits on real connections, for threads; everything is deleted afterwards."""
    with app.app_context():
        try:
            yield database
        finally:
            database.session.remove()
            delete_everything()


@pytest.fixture
def undone(db: Any) -> Callable[[], AbstractContextManager[None]]:
    """`with undone():` takes back what happens inside, however often it commits."""

    @contextmanager
    def savepoint() -> Iterator[None]:
        db.session.rollback()
        inner = db.engines[None].begin_nested()
        try:
            yield
        finally:
            db.session.rollback()
            inner.rollback()

    return savepoint


@pytest.fixture
def settings_are(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`settings_are(media_url=...)` for one test."""

    def change(**more: Any) -> None:
        monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], **more))

    return change


@pytest.fixture
def queued(app: Flask) -> Callable[[], list[tuple[str, dict[str, int]]]]:
    """What waits in the queues of Redis, as (name of the task, ids), in the order of the queues."""

    def look() -> list[tuple[str, dict[str, int]]]:
        return [(job.args[0], job.kwargs) for name in queue.QUEUES for job in _queue(app, name).jobs]

    return look


@pytest.fixture
def work(app: Flask) -> Callable[..., list[str]]:
    """Do the queued jobs, and those they queue, as the worker does; returns the names of their tasks.

    `only` names the queues to work on.
    """

    def run(only: tuple[str, ...] = queue.QUEUES) -> list[str]:
        done: list[str] = []
        while jobs := [job for name in only for job in _queue(app, name).jobs]:
            for job in jobs:
                job.delete()
                database.session.rollback()  # the job has a session of its own
                perform(*job.args, **job.kwargs)
                done.append(job.args[0])
        return done

    return run


def _queue(app: Flask, name: str) -> JobQueue:
    return queue.jobs_in(name, app.extensions["redis"])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's browser, one for all tests of a process."""
    binary = shutil.which("chromium")
    if binary is None:
        assert not os.environ.get("CI"), "CI must have chromium"
        pytest.skip("no chromium on the PATH")
    flags = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=flags.split())
        yield browser
        browser.close()
