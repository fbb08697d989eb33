"""PostgreSQL was started anew: connections of before are dead, and nobody notices (adr/0015)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import db as database_module
from app.db import db, end_read
from app.models import Message, Platform
from tests import make
from tests.signed import call
from tests.web.browsing import alone

KILL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = %s
"""


@pytest.fixture
def cut(app: Flask, real_database: Any) -> Any:
    """Cut all connections of the pool, as a restart of the server does."""

    def kill() -> None:
        # Not one of the pool: that one would be told.
        with db.engine.dialect.dbapi.connect(  # type: ignore[union-attr]
            db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        ) as beside:
            beside.execute(KILL, (db.engine.url.database,))

    return kill


def test_a_text_that_meets_a_dead_connection_is_settled_on_a_new_one(app, cut):
    number = make.assignment()
    platform = make.every(Platform, id=number.platform_id)[0]
    ours = number.number
    path = f"/receiver/inteliquent/{platform.receiver_path_key}"
    keys = (platform.outbound_api_key or "", platform.receiver_header_key or "")

    def arrives(reference: str) -> int:
        payload = {"referenceId": reference, "from": "12125550142", "to": [ours], "text": "Hi there"}
        headers, body = call(payload, *keys)
        return alone(app, app.test_client().post, path=path, headers=headers, data=body).status_code

    statuses = [arrives("r1"), arrives("r2")]
    db.session.remove()
    cut()
    statuses.append(arrives("r3"))
    assert statuses == [200] * 3
    assert [one.carrier_reference for one in make.every(Message)] == ["r1", "r2", "r3"]


def test_a_connection_that_rested_is_asked_whether_it_lives(app, cut, monkeypatch):
    monkeypatch.setattr(database_module, "_PING_AFTER_SECONDS", 0)
    db.session.execute(text("SELECT 1"))
    end_read()
    db.session.remove()
    cut()
    assert db.session.scalar(text("SELECT 1")) == 1


def test_an_answer_stands_though_its_connection_is_lost_before_it_leaves(app, cut, monkeypatch):
    """The reading that was open is let go; that it cannot be ended in order any more is nobody's failure."""

    def lose(response: Any) -> Any:
        db.session.execute(text("SELECT 1"))
        cut()
        return response

    monkeypatch.setitem(app.after_request_funcs, None, [lose, *app.after_request_funcs[None]])
    assert alone(app, app.test_client().get, path="/sign-in").status_code == 200
