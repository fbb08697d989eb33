from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.running import Portal

PICTURES = Path(__file__).parent / "pictures"


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Everything that `make run` starts, with the demonstration data."""
    running = Portal(tmp_path_factory.mktemp("portal"))
    try:
        yield running.start()
    finally:
        running.stop()


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
