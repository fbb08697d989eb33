"""Many threads write at once: they take turns, and nobody is told that the database is locked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event

from app.access.scope import EVERYTHING
from app.db import db as database
from app.db import in_own_context, transactional
from app.models import Provider
from app.services.accounts import nodes
from app.services.accounts.nodes import NodeWish
from tests import make


@pytest.fixture
def impatient(real_database: Any) -> Iterator[None]:
    """A database that waits for no lock."""
    engine = database.engine
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has many writers")

    def hurry(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    event.listen(engine, "checkout", hurry)
    yield
    event.remove(engine, "checkout", hurry)
    engine.dispose()


def test_threads_that_write_at_once_take_turns(impatient):
    operator = make.admin_of(None)

    @transactional
    def add(number: int) -> None:
        time.sleep(0.005)
        nodes.create(operator, EVERYTHING, NodeWish(f"Telco {number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(in_own_context(add), range(40)))

    assert len(make.every(Provider)) == 40
