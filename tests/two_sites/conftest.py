from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app import impp
from app.carriers.base import InboundMessage
from app.services.messaging.inbound.process import process
from tests import make
from tests.sites import Listener, Site, two_sites


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Streams look four times a second, not every ten seconds, whether a new generation began."""
    monkeypatch.setattr(impp, "_BEAT_SECONDS", 0.25)


@pytest.fixture
def sites(app, real_database, tmp_path) -> Iterator[tuple[Site, Site]]:
    with two_sites(app, tmp_path) as (east, west):
        yield east, west


@pytest.fixture
def east(sites) -> Site:
    return sites[0]


@pytest.fixture
def west(sites) -> Site:
    return sites[1]


@pytest.fixture
def una(real_database):
    una = make.user()
    make.licence(una)
    return una


@pytest.fixture
def arrive(una) -> Callable[[Site, str], None]:
    """A text arrives for Una at the receiver of a site."""
    number = make.assignment(una)
    count = iter(range(1000))

    def settle(site: Site, text: str) -> None:
        message = InboundMessage(f"r{next(count)}", make.PHONE, (number.number,), text)
        with site.here():
            process(number.platform_id, message, {})

    return settle


@pytest.fixture
def listening(una) -> Iterator[Callable[..., Listener]]:
    """`listening(site)` is a client of Una there; from its first `resync` on, nothing is missed unsaid."""
    opened = []

    def at(site: Site, last_event_id: str = "none") -> Listener:
        opened.append(Listener(site, una.id, last_event_id))
        opened[-1].waits_for("resync")
        return opened[-1]

    yield at
    for one in opened:
        one.close()
