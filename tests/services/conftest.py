import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.carriers import http
from app.db import db
from tests.processes import Sandbox


@pytest.fixture(autouse=True)
def _own_data(request: pytest.FixtureRequest) -> None:
    """Every test here begins with an empty database: in a savepoint, unless it asks for real commits."""
    if "real_database" not in request.fixturenames:
        request.getfixturevalue("db")


@pytest.fixture(autouse=True)
def _no_transaction_while_the_carrier_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """House rule 6, watched in every test: a slow carrier must not hold a lock of ours."""
    real = http.post

    def watched(*args: Any, **kwargs: Any) -> Any:
        assert not db.session().in_transaction(), "a transaction is open while the carrier is asked"
        return real(*args, **kwargs)

    monkeypatch.setattr(http, "post", watched)


@pytest.fixture
def keys(carrier: Sandbox) -> dict[str, str]:
    """The right keys of the carrier account "test"."""
    names = ("account_key", "token_secret", "outbound_api_key")
    return {name: value for name, value in carrier.accounts()["test"].items() if name in names}


@pytest.fixture
def at_once(app: Flask) -> Callable[..., list[Any]]:
    """Run functions side by side, each in a thread with a session of its own.

    Returns what each returned, or the exception that it raised. Needs `real_database`.
    """

    def run(*functions: Callable[[], Any]) -> list[Any]:
        db.session.rollback()
        results: list[Any] = [None] * len(functions)
        start = threading.Barrier(len(functions))

        def one(position: int) -> None:
            with app.app_context():
                start.wait(10)
                try:
                    results[position] = functions[position]()
                except Exception as trouble:
                    results[position] = trouble

        threads = [threading.Thread(target=one, args=(n,)) for n in range(len(functions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "a thread does not end"
        return results

    return run


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """Let a function take its time after it has looked, so that two at once surely overlap."""

    def slow_down(module: Any, name: str) -> None:
        real = getattr(module, name)

        def looks_and_waits(*args: Any, **kwargs: Any) -> Any:
            found = real(*args, **kwargs)
            time.sleep(0.2)
            return found

        monkeypatch.setattr(module, name, looks_and_waits)

    return slow_down


@pytest.fixture
def mails(carrier: Sandbox) -> Callable[[], list[tuple[str, str]]]:
    """Mails that left, as (recipient, subject), oldest first."""
    return lambda: [(to, one["subject"]) for one in reversed(carrier.mails()) for to in one["to"]]
