from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Portal


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Everything that `make run` starts, with the demonstration data."""
    folder: Path = tmp_path_factory.mktemp("portal")
    running = Portal(folder)
    try:
        yield running.start()
    finally:
        running.stop()
