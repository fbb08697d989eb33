from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.web.browsing import Browser, UnityClient


@pytest.fixture(autouse=True)
def _own_data(request: pytest.FixtureRequest) -> None:
    """Every test here begins with an empty database: in a savepoint, unless it asks for real commits."""
    if "real_database" not in request.fixturenames:
        request.getfixturevalue("db")


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """`browser(person)` is that portal user's browser, signed in; without one, a stranger's."""
    return lambda person=None: Browser(app, person)


@pytest.fixture
def client(app: Flask) -> Callable[..., UnityClient]:
    """`client(user)` is that user's Unity client, signed in; without one, somebody who is not."""
    return lambda user=None: UnityClient(app, user)


@pytest.fixture
def keys(carrier: Any) -> dict[str, str]:
    """The right keys of the carrier account "test"."""
    names = ("account_key", "token_secret", "outbound_api_key")
    return {name: value for name, value in carrier.accounts()["test"].items() if name in names}
