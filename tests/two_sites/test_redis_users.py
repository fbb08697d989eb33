"""The users of docs/deployment.md are enough for a text to go out and be heard of, and for no more (D24)."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.exceptions import AuthenticationError, NoPermissionError

from app import impp
from app.models import Message
from app.vocabulary import MessageState
from app.web.limits import limiter
from scripts.launcher.redis_server import redis_server_binary
from scripts.launcher.settings import ROOT
from tests import make
from tests.machines import machine
from tests.processes import eventually, free_port
from tests.web.browsing import Browser, UnityClient
from worker import Outage, QueueWorker

pytestmark = pytest.mark.processes
QUEUES = ["outbound", "mail", "provisioning", "maintenance", "bulk", "media"]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A Redis with the users of the docs, and one who may look at its log of refusals."""
    users = re.search(r"```acl\n(.*?)```", (ROOT / "docs/deployment.md").read_text(), re.DOTALL)
    assert users
    version = subprocess.run([redis_server_binary(), "--version"], capture_output=True, text=True, check=True)
    if int(re.search(r"v=(\d+)", version.stdout)[1]) < 7:
        pytest.skip("Redis 6.2 knows no subcommands in ACL files")
    acl = tmp_path / "users.acl"
    acl.write_text(users[1] + "user tester on >tester allkeys allchannels +@all\n")
    port = free_port()
    command = [redis_server_binary(), "--port", str(port), "--bind", "127.0.0.1", "--aclfile", str(acl)]
    process = subprocess.Popen([*command, "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: at(port, "tester", "tester").ping())
        yield port
    finally:
        process.terminate()
        process.wait(10)


def at(port: int, user: str, password: str) -> redis.Redis:
    try:
        client = redis.Redis(port=port, username=user, password=password)
        client.ping()
        return client
    except redis.exceptions.ConnectionError as not_yet:
        if isinstance(not_yet, AuthenticationError):
            raise
        raise AssertionError(not_yet) from not_yet


def refusals(port: int) -> list[str]:
    # Clients say their name and version, and go on where they may not.
    log = [one for one in at(port, "tester", "tester").acl_log() if one["object"] != "client|setinfo"]
    return [f"{one['username']} may not {one['object']} ({one['reason']}, {one['context']})" for one in log]


def test_a_text_goes_out_and_is_heard_of(app, real_database, una, carrier, port):
    keys = carrier.accounts()["test"]
    names = ("account_key", "token_secret", "outbound_api_key")
    platform = make.platform(una, **{name: keys[name] for name in names})
    number = make.assignment(una, on=platform, number="+12019920781")
    make.operator(email="olga@example.com")
    urls = {user: f"redis://{user}:{user.upper()}-PASSWORD@127.0.0.1:{port}/0" for user in ("web", "events")}
    worker = f"redis://worker:WORKER-PASSWORD@127.0.0.1:{port}/0"
    with (
        machine(app, redis_url=urls["web"]) as web,
        machine(app, redis_url=urls["events"]) as events,
        machine(app, redis_url=worker) as working,
    ):
        heard, is_open = [], [True]

        def listen() -> None:
            with events.app_context():
                for event in impp.stream(una.id, "", lambda: is_open[0]):
                    heard.append(event.kind)

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        eventually(lambda: "resync" in heard or "beat" in heard, 20)
        limiter.enabled = True
        try:
            assert (
                Browser(web).fill("/sign-in", email="olga@example.com", password="wrong").status_code == 422
            )
            sent = UnityClient(web, una).post(
                "messages", {"number_id": number.id, "to": "2125550142", "text": "Hi", "client_ref": "1"}
            )
            assert sent.status_code == 202, sent.text
        finally:
            limiter.enabled = False
        with working.app_context():
            _work(working)
        assert [message.state for message in make.every(Message)] == [MessageState.SENT]
        assert [text["text"] for text in carrier.outbox()] == ["Hi"]
        eventually(lambda: "message.state" in heard or "message.updated" in heard, 20)
        for one in (web, events, working):
            with one.app_context():
                told = one.test_cli_runner().invoke(args=["ready"]).output
                assert "redis: ok" in told
                impp.watch()
                impp.publish_now(una.id, "resync", {})
                impp._forget(una.id)
        is_open[0] = False
        listener.join(20)
    assert refusals(port) == []


def _work(app) -> None:
    """As the worker process does, until the queues are empty."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        connection = app.extensions["redis_for_workers"]
        QueueWorker(QUEUES, connection, Outage(), threading.Event()).work(burst=True, logging_level="WARNING")
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def test_nobody_may_more_than_that(port):
    for user in ("web", "events", "worker"):
        client = at(port, user, f"{user.upper()}-PASSWORD")
        for command in (
            *("FLUSHALL", "FLUSHDB", "CONFIG GET *", "CONFIG SET dir /tmp", "SAVE", "SHUTDOWN", "KEYS *"),
            *("ACL LIST", "ACL SETUSER x on", "MODULE LIST", "REPLICAOF 127.0.0.1 1"),
            *("GET somebody-elses", "SET somebody-elses 1", "PUBLISH rq:pubsub:x y", "SUBSCRIBE rq:pubsub:x"),
            *(
                "MONITOR",
                "CLIENT KILL ID 1",
                "SCRIPT FLUSH",
                "FUNCTION LIST",
                "SLOWLOG GET",
                "SORT rq:queues",
            ),
        ):
            with pytest.raises(NoPermissionError):
                client.execute_command(*command.split())
                pytest.fail(f"{user} may {command}")
    with pytest.raises(AuthenticationError):
        at(port, "web", "another")
    with pytest.raises(redis.exceptions.ConnectionError):
        redis.Redis(port=port).ping()
    for user in ("web", "events"):
        client = at(port, user, f"{user.upper()}-PASSWORD")
        for command in ("BLPOP rq:queue:outbound 1", "HGETALL rq:job:a", "LRANGE rq:queue:outbound 0 -1"):
            with pytest.raises(NoPermissionError):
                client.execute_command(*command.split())
