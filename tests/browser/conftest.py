from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.rows import Desk
from tests.browser.serving import sign_in
from tests.browser.unity import NUMBER, PHONE
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


@pytest.fixture
def page_of_client(chromium: Browser) -> Iterator[Page]:
    """A window whose connection may break: that is written to the console, and nothing else may be."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    window, errors = context.new_page(), []
    window.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    expected = (
        "net::ERR_",
        "htmx:sendError",
        "htmx:sendAbort",  # a page that is left ends what it was asking for
        "htmx:sseError",
        "htmx:afterRequest",
        "htmx:oobErrorNoTarget",  # news of a conversation that was left meanwhile
        "status of 422",
        "status of 50",
    )
    assert [line for line in errors if not any(part in line for part in expected)] == []


@pytest.fixture
def phone(portal: Portal, chromium: Browser) -> Iterator[Page]:
    """The other side: the handset, texting with the number."""
    handset = chromium.new_context().new_page()
    handset.goto(f"{portal.sandbox.url}/handset/")
    handset.get_by_label("My number").fill(PHONE)
    handset.get_by_label("Text to").fill(NUMBER)
    yield handset
    handset.context.close()
