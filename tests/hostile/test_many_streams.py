"""A client that opens one event stream after the other must not take every thread of the portal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.web.client_api import events
from tests import make
from tests.processes import eventually


@pytest.fixture(autouse=True)
def _none_left_open() -> Iterator[None]:
    eventually(lambda: not events.STREAMS.live, 15)  # those of tests before, noticed at their next beat
    yield
    assert not events.STREAMS.live


def test_a_user_has_eight_streams_at_most_and_closing_one_makes_room(client):
    una, ida = make.user(), make.user()
    assert all(events.STREAMS.enter(una.id) for _ in range(8))

    refused = client(una).get("events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert client(ida).get("events").status_code == 200

    events.STREAMS.leave(una.id)
    assert client(una).get("events").status_code == 200
    for _ in range(7):
        events.STREAMS.leave(una.id)


def test_a_stream_that_nobody_read_is_counted_out_too(client):
    una = client(make.user())
    assert [una.get("events").status_code for _ in range(10)] == [200] * 10
