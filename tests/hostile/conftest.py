from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.browsing import Browser, UnityClient


@pytest.fixture
def browser(app: Flask, db: object) -> Callable[..., Browser]:
    """`browser(person)` is that portal user's browser, signed in; without one, a stranger's."""
    return lambda person=None: Browser(app, person)


@pytest.fixture
def client(app: Flask, db: object) -> Callable[..., UnityClient]:
    """`client(user)` is that user's Unity client, signed in; without one, somebody who is not."""
    return lambda user=None: UnityClient(app, user)
