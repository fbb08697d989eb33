"""A Redis that is there and does not answer: nobody waits for it twice (D24)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TooSlow

from app import impp, missed, queue, redis_edge
from app.models import MissedEvents
from app.redis_edge import Edge, KnownToBeAway
from tests import make
from tests.processes import eventually


class Stuck:
    """A Redis as a hanging process: every command takes its timeout. `is_stuck` off: it answers."""

    def __init__(self, seconds: float = 0.0):
        self.is_stuck, self.asked, self.seconds = True, 0, seconds
        self.done: list[str] = []

    def ping(self) -> None:
        if self.is_stuck:
            raise TooSlow

    def delete(self, name: str) -> None:
        self._ask(f"delete {name}")

    def scan_iter(self, match: str, **_options: object) -> list[str]:
        self._ask(f"scan {match}")
        return ["impp:user:7"]

    def unlink(self, *names: str) -> None:
        self._ask(f"unlink {' '.join(names)}")

    def set(self, name: str, _value: object, **_options: object) -> bool:
        self._ask(f"set {name}")
        return True

    def evalsha(self, *_script: object) -> object:
        return self._ask("evalsha")

    def pipeline(self, **_options: object) -> object:
        return self._ask("pipeline")

    def _ask(self, what: str) -> None:
        self.asked += 1
        if self.is_stuck:
            time.sleep(self.seconds)
            raise TooSlow
        self.done.append(what)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(redis_edge, "_LOOK_EVERY", 0.02)


@pytest.fixture
def stuck(app, real_database, monkeypatch) -> Iterator[Stuck]:
    redis = Stuck()
    monkeypatch.setitem(app.extensions, "redis", redis)
    yield redis
    redis.is_stuck = False  # the thread that looks goes home
    eventually(lambda: not make.every(MissedEvents), 5)


def _refused(edge: Edge) -> type[RedisError]:
    with pytest.raises(RedisError) as no:
        edge.call(lambda redis: redis.delete("x"))
    return type(no.value)


def _is_open(edge: Edge) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            edge.call(lambda redis: redis.delete("x"))
        except NotConnected:
            return False
        return True

    return ask


def test_only_the_first_call_waits_and_the_way_opens_by_itself(app, stuck):
    edge = Edge(stuck)
    assert [_refused(edge) for _ in range(3)] == [TooSlow, KnownToBeAway, KnownToBeAway]
    assert stuck.asked == 1

    stuck.is_stuck = False
    eventually(_is_open(edge), 5)


def test_a_request_with_events_and_tasks_waits_once(app, stuck):
    with app.app_context():
        impp.publish_now(7, "message.created", {})
        queue.push(queue.SEND_OUTBOX)
        queue.push(queue.ENABLE_NUMBER, assignment_id=1)
        impp._forget(7)
    assert stuck.asked == 1


def test_after_an_outage_clients_resync_and_erased_texts_leave_redis(app, stuck):
    """Erased words must not stay in Redis only because it was away when they were erased (S17)."""
    with app.app_context():
        impp._forget(7)
        impp._forget(7)
    stuck.is_stuck = False
    eventually(lambda: len(stuck.done) == 3, 5)
    assert stuck.done == ["scan impp:user:*", "unlink impp:user:7", "set impp:generation"]


def test_an_outage_is_one_note_and_not_one_for_each_event(app, stuck, monkeypatch):
    """S25: written once, while the process may be sure that nobody took it back."""
    with app.app_context():
        impp.publish_now(7, "message.created", {})
        kept_until = make.every(MissedEvents)[0].kept_until
        for _ in range(3):
            impp.publish_now(7, "message.created", {})
    [note] = make.every(MissedEvents)
    assert note.kept_until == kept_until

    monkeypatch.setattr(missed, "_MARGIN", missed._LEASE)  # as at its end
    with app.app_context():
        impp.publish_now(7, "message.created", {})
    [renewed] = make.every(MissedEvents)
    assert renewed.kept_until > kept_until


def test_what_cannot_be_mended_yet_does_not_keep_the_way_closed(app, stuck):
    def refuse(_redis: object) -> None:
        raise RedisError("read only")

    edge = Edge(stuck)
    edge.after_outage("resync", refuse)
    stuck.is_stuck = False
    eventually(_is_open(edge), 5)
    edge.after_outage("resync", lambda redis: redis.delete("mended"))
    eventually(lambda: "delete mended" in stuck.done, 5)
