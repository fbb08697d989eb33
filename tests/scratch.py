"""A database and a Redis for one test process, thrown away at its end."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from sqlalchemy import URL, create_engine, make_url, text

from app.db import Base
from app.db import db as database
from scripts.launcher.postgres_server import throwaway_postgres
from scripts.launcher.redis_server import start_redis


@contextmanager
def scratch_database(worker: str, folder: Path) -> Iterator[str]:
    """The address of an empty database: at TEST_DATABASE_URL, else on a server of its own.

    Every process has its own, so that two runs on one machine never meet. What a killed run left behind
    is dropped by the next one.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if not given:
        with throwaway_postgres(folder / "postgres") as server:
            yield server.url()
        return
    seat = make_url(given)
    name = f"{seat.database}_{worker}_{os.getpid()}"
    _drop_stale(seat)
    _run(seat, f'CREATE DATABASE "{name}"')
    try:
        yield seat.set(database=name).render_as_string(hide_password=False)
    finally:
        _run(seat, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def scratch_redis(worker: str, folder: Path) -> Iterator[str]:
    """The address of an empty Redis: a database of its own at TEST_REDIS_URL, else a server of its own."""
    if given := os.environ.get("TEST_REDIS_URL"):
        base, _, number = given.rpartition("/")
        serial = int(worker.removeprefix("gw") or 0) + 1 if worker.startswith("gw") else 0
        url = f"{base}/{(int(number) + serial) % 16}"
        redis.Redis.from_url(url).flushdb()
        yield url
        return
    process, url = start_redis(folder)
    try:
        yield url
    finally:
        process.terminate()
        process.wait(10)


def delete_everything() -> None:
    """Empty every table of the app in whose context this is called."""
    names = [table.name for table in Base.metadata.sorted_tables]
    with database.engine.connect() as connection, connection.begin():
        connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE"))


def _drop_stale(seat: URL) -> None:
    own = re.compile(rf"{re.escape(seat.database or '')}_(?:gw\d+|master)_(\d+)")
    for name in _run(seat, "SELECT datname FROM pg_database"):
        found = own.fullmatch(name)
        if found and not Path(f"/proc/{found[1]}").exists():
            with suppress(Exception):
                _run(seat, f'DROP DATABASE IF EXISTS "{name}"')


def _run(seat: URL, statement: str) -> list[str]:
    engine = create_engine(seat, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return [row[0] for row in result] if result.returns_rows else []
    finally:
        engine.dispose()
