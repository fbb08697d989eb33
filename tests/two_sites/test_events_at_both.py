"""What happens at one site is told at both; a Redis that is away is left out (S25, D24)."""

from __future__ import annotations

import pytest
from redis import Redis

from app import impp
from app.redis_edge import KnownToBeAway, edges
from tests.processes import eventually
from tests.sites import Listener, notes


def test_an_event_reaches_the_streams_of_both_sites(east, west, arrive, listening):
    here, there = listening(east), listening(west)
    arrive(east, "at east")
    arrive(west, "at west")
    for client in (here, there):
        client.waits_for("message.created", 2)
        assert client.texts == ["at east", "at west"]
    assert notes() == []


def test_erased_texts_leave_both(east, west, una, arrive):
    arrive(east, "Private")
    with east.here():
        impp._forget(una.id)
    for site in (east, west):
        [(_id, event)] = site.redis.client.xrange(f"impp:user:{una.id}")
        assert event["kind"] == "resync"


@pytest.mark.parametrize("first", [0, 1])
def test_an_id_of_the_other_site_means_read_anew(sites, arrive, listening, first):
    """Positions of two sites have nothing to do with each other: no replay from a wrong place."""
    here, there = sites[first], sites[1 - first]
    client = listening(here)
    arrive(here, "one")
    client.waits_for("message.created")
    arrive(there, "two")

    moved = listening(there, client.heard[1].id)
    arrive(here, "three")
    moved.waits_for("message.created")
    assert moved.kinds == ["resync", "message.created"]
    assert moved.texts == ["three"]


def test_a_killed_peer_is_skipped_and_its_clients_resync_when_it_is_back(east, west, arrive, listening):
    here, there = listening(east), listening(west)
    last_id = there.heard[0].id
    west.redis.kill()
    for text in ("one", "two", "three"):
        arrive(east, text)
    here.waits_for("message.created", 3)
    assert [note.site for note in notes()] == ["west"]  # one for all of them

    west.redis.start()
    there.waits_for("resync", 2)
    listening(west, last_id)
    eventually(lambda: notes() == [])
    assert here.kinds.count("resync") == 1
    arrive(east, "four")
    there.waits_for("message.created")


def test_a_hanging_peer_is_waited_for_once(east, west, arrive, listening, monkeypatch):
    here, there = listening(east), listening(west)
    peer, asked = east.app.extensions["redis_of_peers"]["west"], []
    publish = peer.evalsha
    monkeypatch.setattr(peer, "evalsha", lambda *given: asked.append(1) or publish(*given))
    west.redis.hang()
    try:
        for number in range(20):
            arrive(east, f"{number}")
        here.waits_for("message.created", 20)
        assert len(asked) == 1
        with east.here(), pytest.raises(KnownToBeAway):
            edges()["west"].call(Redis.ping)
        with east.here():
            assert edges()["east"].call(Redis.ping)
    finally:
        west.redis.go_on()
    there.waits_for("resync", 2)
    eventually(lambda: notes() == [])


def test_our_own_redis_away_does_not_keep_events_from_the_other_site(east, west, arrive, listening):
    here, there = listening(east), listening(west)
    east.redis.kill()
    arrive(east, "Hi")
    there.waits_for("message.created")
    assert [note.site for note in notes()] == ["east"]
    east.redis.start()
    here.waits_for("resync", 2)
    assert there.kinds.count("resync") == 1


def test_a_stream_that_is_opened_while_redis_is_away_begins_with_resync(east, una):
    east.redis.kill()
    client = Listener(east, una.id, "")
    eventually(lambda: client.beats)
    east.redis.start()
    client.waits_for("resync")
    client.close()


def test_readiness_tells_which_sites_redis_answers(east, west):
    def told() -> list[str]:
        with east.here():
            done = east.app.test_cli_runner().invoke(args=["ready"])
        assert done.exit_code == 0
        return done.output.splitlines()

    assert "redis at west: ok" in told()
    west.redis.kill()
    assert {"redis at west: does not answer", "redis: ok"} <= set(told())
    assert east.app.test_client().get("/readyz").json == {"status": "ready"}
