"""Few places at once, and a short line before them."""

from __future__ import annotations

import threading
import time

import pytest

from app.media.places import NoPlace, Places


def test_places_are_few_and_the_line_is_short():
    places, inside, leave = Places(2, 2), threading.Barrier(3), threading.Event()

    def hold() -> None:
        with places.taken(5):
            inside.wait(5)
            leave.wait(5)

    holders = [threading.Thread(target=hold) for _ in range(2)]
    for one in holders:
        one.start()
    inside.wait(5)
    began = time.monotonic()
    with pytest.raises(NoPlace), places.taken(0.05):
        pytest.fail("a third")
    assert time.monotonic() - began < 2
    places._waiting.update({"una": 1})
    with pytest.raises(NoPlace), places.taken(60, sharer="una"):
        pytest.fail("more than half of the line")
    places._waiting.update({"ben": 1})
    with pytest.raises(NoPlace), places.taken(60, sharer="ida"):
        pytest.fail("the line is full")
    with pytest.raises(NoPlace), places.taken(0.01, in_line=False):
        pytest.fail("a job waits, and waits in vain")
    leave.set()
    for one in holders:
        one.join(5)
    with places.taken(0), places.taken(0):
        pass


def test_who_waits_has_a_place_as_soon_as_one_is_free():
    places, has = Places(1, 1), threading.Event()

    def wait() -> None:
        with places.taken(20, sharer="una"):
            has.set()

    with places.taken(0):
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not places._waiting:
            pass
        assert not has.is_set()
    waiting.join(5)
    assert has.is_set()
    assert not places._waiting
