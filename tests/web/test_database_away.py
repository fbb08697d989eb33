"""While the database is away a caller hears that it is worth another try, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine

from app.services.outages import is_away
from tests import make
from tests.processes import free_port
from tests.web.browsing import Browser, WebClient


@pytest.fixture
def away(db: Any) -> Callable[[], Any]:
    """Inside the block nobody listens where the database was."""

    @contextmanager
    def gone() -> Iterator[None]:
        there, nobody = db.engines[None], create_engine(f"postgresql+psycopg://x@127.0.0.1:{free_port()}/x")
        db.session.remove()
        db.engines[None] = nobody
        try:
            yield
        finally:
            db.session.remove()
            db.engines[None] = there
            nobody.dispose()

    return gone


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "numbers", None),
        ("GET", "conversations", None),
        ("POST", "messages", {"number_id": 1, "to": "2125550142", "text": "Hi", "client_ref": "1"}),
        ("POST", "session", {"user_id": "una@example.com", "password": "x"}),
    ],
)
def test_a_client_is_told_503_and_when_to_try_again(client, away, method, path, body):
    caller = client(make.user())
    with away():
        answer = caller.call(method, path, json=body)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "5"
    assert "try again" in answer.json["detail"]
    assert caller.get("numbers").status_code == 200


@pytest.mark.parametrize("path", ["/system/numbers/", "/unity/"])
def test_a_page_says_it_in_a_sentence(app, away, path):
    person = Browser(app, make.operator()) if path != "/unity/" else WebClient(app, make.user())
    with away():
        answer = person.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Not available for a moment" in answer.text


def test_a_mistake_in_a_statement_is_not_an_outage(db):
    with pytest.raises(Exception, match="nothing_here") as wrong:
        db.session.execute(db.text("SELECT 1 FROM nothing_here"))
    assert not is_away(wrong.value)
    assert not is_away(ValueError())
