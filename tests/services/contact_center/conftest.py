from types import SimpleNamespace

import pytest

from app.carriers.base import InboundMessage
from app.services.messaging.inbound.process import process
from tests import make


@pytest.fixture
def place(keys: dict[str, str]) -> SimpleNamespace:
    """A queue below a provider whose platform has the carrier's keys."""
    group = make.group()
    platform = make.platform(group, **keys)
    return SimpleNamespace(
        group=group,
        queue=make.queue(group),
        platform=platform,
        actor=make.admin_of(group),
        scope=make.at(group),
    )


@pytest.fixture
def arrive():
    """A text arrives for a number."""
    count = iter(range(10_000))

    def settle(to, sender: str = make.PHONE, text: str = "Hi") -> None:
        message = InboundMessage(f"inbound-{next(count)}", sender, (to.number,), text)
        process(to.platform_id, message, {"text": text})

    return settle
