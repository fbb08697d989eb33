"""Whatever dies: clients of a site that missed events are told to read anew (S25, adr/0018)."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from redis import Redis
from sqlalchemy import update

from app import impp, missed
from app.db import db, transactional
from app.models import MissedEvents
from app.redis_edge import KnownToBeAway
from tests.processes import eventually
from tests.sites import at_once, notes


@transactional
def shift(**by: dt.timedelta) -> None:
    """Let these times of all notes be so much earlier."""
    for note in notes():
        values = {name: getattr(note, name) - earlier for name, earlier in by.items()}
        db.session.execute(update(MissedEvents).where(MissedEvents.id == note.id).values(values))


def after_the_lease() -> None:
    """As if so much time had gone by that a process which lives would have renewed its note."""
    shift(since=missed._LEASE, kept_until=missed._LEASE)


@pytest.mark.parametrize("which", [0, 1])
def test_a_miss_is_remembered_when_the_process_that_noticed_dies(sites, una, listening, which):
    """Whichever site sweeps: the row is all that they know of it."""
    east, west = sites
    there = listening(west)
    before = west.redis.generation
    west.redis.kill()
    east.dies_after(f"impp.publish_now({una.id}, 'message.created', {{}})")
    west.redis.start()

    sites[which].sweep()
    assert west.redis.generation == before  # it may live and miss more: too early to say that all is known
    assert len(notes()) == 1

    after_the_lease()
    sites[which].sweep()
    there.waits_for("resync", 2)
    assert notes() == []
    assert west.redis.generation != before


def test_a_miss_of_our_own_redis_is_remembered_as_well(east, una):
    before = east.redis.generation
    east.redis.kill()
    east.dies_after(f"impp.publish_now({una.id}, 'message.created', {{}})")
    east.redis.start()
    after_the_lease()
    east.sweep()
    assert notes() == []
    assert east.redis.generation != before


def test_words_that_were_erased_meanwhile_leave_the_other_site(east, west, una, arrive):
    """S17: also when the process that could not delete them is gone."""
    arrive(east, "Private")
    west.redis.kill()
    east.dies_after(f"impp._forget({una.id})")
    west.redis.start()
    assert west.redis.client.exists(f"impp:user:{una.id}")
    after_the_lease()
    east.sweep()
    assert not west.redis.client.exists(f"impp:user:{una.id}")


def test_a_note_stays_while_its_redis_is_away(east, west, una):
    west.redis.kill()
    east.dies_after(f"impp.publish_now({una.id}, 'message.created', {{}})")
    after_the_lease()
    [first] = [note.id for note in notes()]
    east.sweep()
    assert first in [note.id for note in notes()]  # beside one of the sweep's own


def test_what_is_missed_between_telling_and_taking_back_is_not_forgotten(east, west, una):
    """Another process goes on missing events, and renews its note, just when a sweep has told the clients."""
    with east.here():
        held = missed._write("west", None)
        after_the_lease()
        held = missed._Note(held.id, notes()[0].kept_until)

        def tell(redis: Redis) -> None:
            impp._begin_anew(redis)
            assert missed._write("west", held).id == held.id

        missed.settle(tell)
    assert [note.id for note in notes()] == [held.id]


def test_a_miss_while_the_process_itself_tells_makes_a_new_note(east, west, una):
    """It took its note back in its thoughts before it told them, so the next miss cannot rely on it."""
    west.redis.kill()
    trouble, told = KnownToBeAway(), threading.Event()
    with east.here():
        app_context = east.app.app_context

        def tell(redis: Redis) -> None:
            if not told.is_set():
                told.set()
                with app_context():
                    missed.note("west", lambda _redis: later.wait(20), trouble)

        later = threading.Event()
        missed.note("west", tell, trouble)
        first = notes()[0].kept_until
        west.redis.start()
        eventually(lambda: [note.kept_until > first for note in notes()] == [True])
        later.set()
        eventually(lambda: notes() == [])


def test_a_note_is_renewed_and_made_anew_when_somebody_took_it_back(east):
    with east.here():
        first = missed._write("west", None)
        longer = missed._write("west", first)
        assert (longer.id, longer.kept_until > first.kept_until) == (first.id, True)
        missed._take_back([first])  # of before: somebody else's look at it
        assert [note.id for note in notes()] == [first.id]
        missed._take_back([longer])
        assert notes() == []
        again = missed._write("west", longer)
        assert [note.kept_until for note in notes()] == [again.kept_until]


def test_sweeps_of_both_sites_at_once(sites, una, listening):
    east, west = sites
    there = listening(west)
    west.redis.kill()
    east.dies_after(f"impp.publish_now({una.id}, 'message.created', {{}})")
    west.redis.start()
    after_the_lease()
    at_once([site.sweep for site in sites])
    there.waits_for("resync", 2)
    assert notes() == []


def test_a_site_that_another_cannot_reach_tells_its_clients_itself(east, west):
    """The line between the sites is cut: east goes on missing events of west, whose Redis is well."""
    with east.here():
        kept = missed._write("west", None)
    begun = west.redis.generation
    shift(since=missed._TOLD_EVERY - dt.timedelta(seconds=30))
    west.sweep()
    assert west.redis.generation == begun  # once a minute is enough

    shift(since=dt.timedelta(seconds=31))
    west.sweep()
    told = west.redis.generation
    west.sweep()
    assert begun != told == west.redis.generation
    [note] = notes()  # it goes when east takes it back, or is heard of no more
    assert note.kept_until == kept.kept_until

    shift(since=missed._TOLD_EVERY)
    west.sweep()
    assert west.redis.generation != told


def test_a_note_about_a_site_that_nobody_knows_is_said_and_goes_in_the_end(east, caplog):
    with east.here():
        missed._write("north", None)
        after_the_lease()
    east.sweep()
    assert "events are not published at north: SITE and PEER_REDIS_URLS" in caplog.text
    assert len(notes()) == 1
    with east.here():
        shift(kept_until=dt.timedelta(days=3, seconds=1))
    east.sweep()
    assert notes() == []
