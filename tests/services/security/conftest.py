import pytest

from app.services.security import events


@pytest.fixture(autouse=True)
def _nothing_waits():
    events.waiting.take()
