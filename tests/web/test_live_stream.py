"""The live stream over a real server: at once, from where it stopped, and never past its session (D24)."""

from __future__ import annotations

import json
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.serving import make_server

from app.carriers.base import InboundMessage
from app.clock import now
from app.config import settings as app_settings
from app.models import ClientSession
from app.services.accounts import client_tokens
from app.services.messaging.inbound.process import process
from tests import make


@pytest.fixture
def server(app, real_database):
    """The app behind a server with threads, at the address that its settings name."""
    url = urlsplit(app_settings().public_url)
    running = make_server(url.hostname, url.port, app, threaded=True)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield app_settings().public_url
    running.shutdown()
    running.server_close()
    thread.join(5)


class Stream:
    """One open stream, read event by event."""

    def __init__(self, url, token, last_id=""):
        headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": last_id} if last_id else {})
        self._session = requests.Session()
        self._session.trust_env = False
        self.answer = self._session.get(
            f"{url}/client/v1/events", headers=headers, stream=True, timeout=(3, 15)
        )
        self.lines = self.answer.iter_lines(chunk_size=1, decode_unicode=True)
        assert next(self.lines).startswith("retry:")

    def next(self):
        """(id, kind, data) of the next event; None when the stream ends. Heartbeats are left out."""
        found = {}
        for line in self.lines:
            name, _, value = line.partition(": ")
            if line and name:
                found[name] = value
            elif not line and "event" in found:
                return found["id"], found["event"], json.loads(found["data"])
        return None

    def close(self):
        self.answer.close()
        self._session.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def una(real_database):
    una = make.user()
    make.licence(una)
    return una


@pytest.fixture
def token(una):
    return client_tokens._start(una.id).token


@pytest.fixture
def arrive(una):
    number = make.assignment(una)
    count = iter(range(100))

    def settle(text):
        message = InboundMessage(f"r{next(count)}", make.PHONE, (number.number,), text)
        process(number.platform_id, message, {})

    return settle


def test_a_text_is_with_the_client_within_a_second(server, token, arrive):
    """S18."""
    with Stream(server, token) as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        assert stream.answer.headers["Cache-Control"] == "no-store"
        time.sleep(0.1)  # the stream begins at the end of what is there: let it look
        began = time.monotonic()
        arrive("Hi")
        _id, kind, data = stream.next()
        assert time.monotonic() - began < 1
    assert (kind, data["text"]) == ("message.created", "Hi")


def test_a_client_that_comes_back_is_told_what_it_missed_in_order(server, token, arrive):
    with Stream(server, token) as stream:
        time.sleep(0.1)
        arrive("one")
        last_id, _kind, _data = stream.next()
    for text in ("two", "three"):
        arrive(text)
    with Stream(server, token, last_id) as stream:
        events = [stream.next() for _ in range(2)]
    assert [data["text"] for _id, _kind, data in events] == ["two", "three"]
    with Stream(server, token, events[0][0]) as stream:
        assert stream.next()[2]["text"] == "three"


def test_every_client_of_a_user_is_told_and_nobody_else(server, token, una, arrive, app):
    other = make.user()
    strangers = client_tokens._start(other.id).token
    with Stream(server, token) as one, Stream(server, token) as two, Stream(server, strangers) as three:
        time.sleep(0.1)
        arrive("Hi")
        assert one.next()[2]["text"] == two.next()[2]["text"] == "Hi"
        app.extensions["redis"].xadd(f"impp:user:{other.id}", {"kind": "last", "data": "{}"})
        assert three.next()[1] == "last"


def test_after_redis_was_emptied_a_client_is_told_to_look_anew(server, token, arrive, app):
    """D24: Redis holds nothing that cannot be rebuilt."""
    with Stream(server, token) as stream:
        time.sleep(0.1)
        arrive("one")
        last_id = stream.next()[0]
    app.extensions["redis"].flushdb()
    arrive("two")
    with Stream(server, token, last_id) as stream:
        fresh_id, kind, _data = stream.next()
        assert kind == "resync"
        arrive("three")
        assert stream.next()[2]["text"] == "three"
    with Stream(server, token, fresh_id) as stream:
        assert stream.next()[2]["text"] == "three"


def test_after_the_days_that_events_are_kept_a_client_is_told_to_look_anew(server, token, una, arrive, app):
    """What came after its position has ended as well, and nothing is left to tell of it."""
    with Stream(server, token) as stream:
        time.sleep(0.1)
        arrive("one")
        last_id = stream.next()[0]
    arrive("two")
    app.extensions["redis"].delete(f"impp:user:{una.id}")  # as when it expires
    with Stream(server, token, last_id) as stream:
        time.sleep(0.1)
        arrive("three")
        assert stream.next()[1] == "resync"
        assert stream.next()[2]["text"] == "three"


@pytest.mark.parametrize(("days", "kind"), [(4, "resync"), (1, "message.created")])
def test_newer_events_do_not_hide_that_older_ones_have_ended(server, token, arrive, days, kind):
    """Events are kept three days after the last one: whoever was away for longer may have missed some."""
    with Stream(server, token) as stream:
        time.sleep(0.1)
        arrive("one")
        generation, _, position = stream.next()[0].partition("-")
    long_ago = int(position.partition("-")[0]) - days * 86_400_000
    with Stream(server, token, f"{generation}-{long_ago}-0") as stream:
        assert stream.next()[1] == kind


def test_a_stream_that_is_open_while_redis_is_emptied_misses_nothing_unsaid(server, token, arrive, app):
    with Stream(server, token) as stream:
        time.sleep(0.1)
        arrive("one")
        stream.next()
        app.extensions["redis"].flushdb()
        arrive("two")
        _id, kind, data = stream.next()
        assert kind == "resync" or data["text"] == "two"


@pytest.mark.parametrize("last_id", ["x", "-", "deadbeef-0-0", "deadbeef-x", "\x7f" * 50, "9" * 200])
def test_a_last_id_that_makes_no_sense_means_look_anew(server, token, last_id):
    with Stream(server, token, last_id) as stream:
        assert stream.next()[1] == "resync"


@pytest.mark.parametrize("position", ["x", "1-x", "", "-1-1", "99999999999999999999999-1"])
def test_a_position_that_makes_no_sense_means_look_anew(server, token, arrive, position):
    with Stream(server, token) as stream:
        time.sleep(0.1)
        arrive("one")
        generation = stream.next()[0].partition("-")[0]
    with Stream(server, token, f"{generation}-{position}") as stream:
        assert stream.next()[1] == "resync"


def test_a_stream_ends_with_its_session(server, token, arrive):
    with Stream(server, token) as stream:
        time.sleep(0.1)
        [session] = make.every(ClientSession)
        client_tokens.end(session.id)
        arrive("for nobody")  # wakes the stream, which then looks at its session
        events = []
        while (event := stream.next()) is not None:
            events.append(event)
        assert len(events) <= 1
    assert make.every(ClientSession)[0].ended_at < now()


def test_an_open_stream_holds_no_connection_to_the_database(server, token, real_database):
    pool = real_database.engine.pool
    real_database.session.rollback()
    before = pool.checkedout()
    streams = [Stream(server, token) for _ in range(5)]
    time.sleep(0.3)
    assert pool.checkedout() == before
    for stream in streams:
        stream.close()


def test_without_redis_the_portal_is_ready_only_slower(server, app, stopped_redis):
    """D24."""
    answer = requests.get(f"{server}/readyz", timeout=5)
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
