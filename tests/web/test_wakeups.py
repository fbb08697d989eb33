"""One subscription of a process wakes the event streams concerned, and only those."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from app import impp, wakeups
from tests.processes import eventually


@pytest.fixture
def streams(app, empty_redis):
    return app.extensions["redis_for_streams"]


def ring_until_heard(streams, bell, key):
    """The subscription takes a moment: what is said before it is heard by nobody."""
    eventually(lambda: streams.publish(wakeups.CHANNEL, key) and bell.wait(0.05))


def test_only_the_bells_of_a_key_ring(streams):
    ear = wakeups.ear(streams)
    with ear.bell("7") as one, ear.bell("7") as two, ear.bell("8") as other:
        ring_until_heard(streams, one, "7")
        assert two.wait(2)
        ring_until_heard(streams, other, "8")
        for bell in (one, two, other):
            bell.wait(0.05)
        streams.publish(wakeups.CHANNEL, "7")
        assert one.wait(2)
        assert not other.wait(0.1)


def test_a_bell_that_nobody_rings_waits_no_longer_than_asked(streams):
    with wakeups.ear(streams).bell("7") as bell:
        bell.wait(0.5)  # begins to listen
        assert not bell.wait(0.01)


def test_a_broken_subscription_rings_all_and_is_made_again(streams):
    with wakeups.ear(streams).bell("7") as bell:
        ring_until_heard(streams, bell, "7")
        bell.wait(0.05)
        streams.client_kill_filter(_type="pubsub")
        assert bell.wait(5)  # look for yourselves
        ring_until_heard(streams, bell, "7")


def test_a_thousand_streams_hold_one_connection(streams):
    ear, before = wakeups.ear(streams), len(streams.client_list())
    with ExitStack() as all_of_them:
        bells = [all_of_them.enter_context(ear.bell(str(key))) for key in range(1000)]
        ring_until_heard(streams, bells[999], "999")
        assert len(streams.client_list()) <= before + 2


def test_nobody_listens_when_there_is_no_stream(streams):
    ear = wakeups.ear(streams)
    with ear.bell("7") as bell:
        ring_until_heard(streams, bell, "7")
    eventually(lambda: not any(one.name == "wakeups" for one in threading.enumerate()), 15)


def test_publishing_rings(app, streams):
    with app.app_context(), wakeups.ear(streams).bell("7") as bell:
        ring_until_heard(streams, bell, "7")
        bell.wait(0.05)
        impp.publish_now(7, "message.created", {})
        assert bell.wait(2)
