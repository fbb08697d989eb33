from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.rows import Desk
from tests.browser.serving import sign_in
from tests.running import PASSWORD, Portal

expect.set_options(timeout=15_000)  # a busy machine is no fault of the page
PICTURES = Path(__file__).parent / "pictures"


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Everything that `make run` starts, with the demonstration data."""
    running = Portal(tmp_path_factory.mktemp("portal"))
    try:
        yield running.start(seconds=300)
    finally:
        running.stop()


@pytest.fixture(scope="module")
def operator(portal: Portal) -> list[Any]:
    """The cookies of an operator, for all tests of a module: signing in is counted."""
    return sign_in(portal.url, "operator@example.com", PASSWORD)


@pytest.fixture
def desk(portal: Portal, operator: list[Any], page: Page) -> Desk:
    """An operator at the portal."""
    page.context.add_cookies(operator)
    return Desk(portal, page)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A window of a person's own; what a page writes to its console as an error fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    window, errors = context.new_page(), []
    window.on(
        "console",
        lambda line: errors.append(f"{line.text} ({line.location})") if line.type == "error" else None,
    )
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    # 422 is how a form says no; Chromium writes every such answer to the console.
    assert [line for line in errors if "422" not in line] == []
