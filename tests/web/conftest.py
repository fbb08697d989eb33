from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.models import Assignment, Platform
from app.vocabulary import SignatureMode
from tests import make
from tests.signed import LEGACY, call
from tests.web.browsing import Browser, UnityClient, alone


@pytest.fixture(autouse=True)
def _own_data(request: pytest.FixtureRequest) -> None:
    """Every test here begins with an empty database: in a savepoint, unless it asks for real commits."""
    request.getfixturevalue("real_database" if "real_database" in request.fixturenames else "db")


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """`browser(person)` is that portal user's browser, signed in; without one, a stranger's."""
    return lambda person=None: Browser(app, person)


@pytest.fixture
def stranger(browser: Callable[..., Browser]) -> Browser:
    return browser()


@pytest.fixture
def client(app: Flask) -> Callable[..., UnityClient]:
    """`client(user)` is that user's Unity client, signed in; without one, somebody who is not."""
    return lambda user=None: UnityClient(app, user)


@pytest.fixture
def keys(carrier: Any) -> dict[str, str]:
    """The right keys of the carrier account "test"."""
    names = ("account_key", "token_secret", "outbound_api_key")
    return {name: value for name, value in carrier.accounts()["test"].items() if name in names}


@pytest.fixture
def number(_own_data: None) -> Assignment:
    """An active number that the receiver knows."""
    return make.assignment(number="+12019920781")


@pytest.fixture
def platform(number: Assignment) -> Platform:
    """The platform of that number."""
    return make.every(Platform)[0]


@pytest.fixture
def observing(platform: Platform) -> Platform:
    """That platform, which accepts calls with a wrong signature and counts them."""
    platform.signature_mode = SignatureMode.OBSERVE
    return make.kept(platform)


@pytest.fixture
def post(app: Flask, platform: Platform) -> Callable[..., TestResponse]:
    """Call the receiver as the carrier does; `sign` and `header` say with what, None leaves it out."""
    caller = app.test_client()
    real = (platform.outbound_api_key, platform.receiver_header_key)
    paths = {"own": f"/receiver/inteliquent/{platform.receiver_path_key}", "legacy": LEGACY}

    def send(
        payload: Any,
        where: str = "own",
        *,
        sign: str | None = real[0],
        header: str | None = real[1],
        form: str = "sha256",
        **more: Any,
    ) -> TestResponse:
        headers, body = call(payload, sign or "", header or "", form)
        if sign is None:
            del headers["verificationToken"]
        headers |= more.pop("headers", {})
        path = more.pop("path", paths[where])
        method = more.pop("method", "POST")
        return alone(app, caller.open, path=path, method=method, headers=headers, data=body, **more)

    return send
