"""Strangers learn whether we are ready, operators and whoever is on the machine learn why not."""

from __future__ import annotations

import logging

import pytest

from tests import make
from tests.web.browsing import Browser, WebClient


@pytest.fixture
def stale(app, monkeypatch):
    """The database is not at the version of the code."""
    monkeypatch.setattr("app.health._migrations", lambda: "run `make migrate`")


def test_a_stranger_learns_one_word(app, db, stopped_redis):
    for person in (
        Browser(app),
        WebClient(app, make.user()),
        Browser(app, make.portal_user(make.provider())),
    ):
        assert person.get("/readyz").json == {"status": "ready"}


def test_who_is_not_ready_says_so_and_no_more(app, db, stale):
    answer = Browser(app).get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "not ready"})


def test_an_operator_learns_what_it_is(app, db, stale):
    answer = Browser(app, make.operator()).get("/readyz")
    assert answer.status_code == 503
    assert answer.json["migrations"] == "run `make migrate`"
    assert answer.json["database"] == answer.json["redis"] == "ok"


def test_on_the_machine_a_command_says_it(app, db, stale):
    done = app.test_cli_runner().invoke(args=["ready"])
    assert done.exit_code == 1
    assert "migrations: run `make migrate`" in done.output
    assert "jobs in Redis that were not ours: 0" in done.output


def test_what_goes_and_comes_back_is_logged_once(app, db, monkeypatch, caplog):
    with caplog.at_level(logging.WARNING, logger="app.web.health.views"):
        for word in ("gone", "gone", "ok", "ok"):
            monkeypatch.setattr("app.health._migrations", lambda word=word: word)
            Browser(app).get("/readyz")
    assert [one.getMessage() for one in caplog.records] == ["migrations: gone", "migrations: ok"]
