"""How often a client may try to sign in, and what works without Redis."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from redis.connection import AbstractConnection

from app.models import Message
from app.services.accounts import client_tokens
from app.web import limits
from tests import make
from tests.make.people import password_hash


@pytest.fixture
def una():
    una = make.user(broadworks_id="Una@example.com", client_password_hash=password_hash())
    make.licence(una)
    return una


def sign_in(client, **body):
    given = {"user_id": "una@EXAMPLE.com", "password": make.PASSWORD}
    return client().post("session", given | body)


def test_sign_in_is_tried_ten_times_a_minute(client, una, limited):
    answers = [sign_in(client, password="wrong").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    answer = sign_in(client)
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0


def test_one_account_is_not_tried_from_many_addresses(client, una, limited):
    answers = [
        client()
        .post(
            "session",
            {"user_id": "una@example.com", "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"192.0.2.{n}"},
        )
        .status_code
        for n in range(11)
    ]
    assert answers == [401] * 10 + [429]


@pytest.mark.parametrize("body", [b"[" * 60_000, b"\xff", b"[1]", b'{"user_id": ["x"], "password": 1}'])
def test_the_limit_reads_any_body(client, una, limited, body):
    answer = client().call("POST", "session", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_without_redis_a_client_signs_in_and_sends(client, una, stopped_redis):
    """D24."""
    number = make.assignment(una)
    text = {"number_id": number.id, "to": "2125550142", "text": "Hello", "client_ref": "ref-1"}
    assert sign_in(client).status_code == 201
    assert client(una).post("messages", text).status_code == 202


@pytest.fixture
def few(app, limited, monkeypatch):
    """Three calls and two texts a minute, and a clock that stands still until it is moved."""
    small = dataclasses.replace(
        app.extensions["settings"], client_calls_per_minute=3, client_sends_per_minute=2
    )
    monkeypatch.setitem(app.extensions, "settings", small)

    def at(second):
        moment = dt.datetime(2030, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=second)
        monkeypatch.setattr(limits, "now", lambda: moment)

    at(15)
    return at


def text(number, n):
    return {"number_id": number.id, "to": "2125550142", "text": "Hello", "client_ref": f"ref-{n}"}


def used_up(answer, seconds):
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert answer.headers["Retry-After"] == str(seconds)
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    return answer.json["detail"]


def test_a_session_has_so_many_calls_a_minute(client, una, few):
    caller, other = client(una), client(una)
    left = [caller.get("brand").headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    words = used_up(caller.get("brand"), 45)
    assert words == "This session used up its 3 calls a minute. Wait 45 seconds, then try again."
    assert other.get("brand").status_code == 200
    few(59)
    used_up(caller.get("brand"), 1)
    few(60)
    answer = caller.get("brand")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, "2")
    ends = int(dt.datetime(2030, 1, 1, 0, 2, tzinfo=dt.UTC).timestamp())
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Reset"]) == ("3", str(ends))


def test_texts_are_counted_by_themselves(client, una, few):
    number, caller = make.assignment(una), client(una)
    assert [caller.post("messages", text(number, n)).status_code for n in range(2)] == [202, 202]
    assert "its 2 texts a minute" in used_up(caller.post("messages", text(number, 2)), 45)
    assert len(make.every(Message)) == 2
    assert [caller.get("brand").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_refusal_counts_and_says_what_is_left(client, una, few):
    answer = client(una).get("messages/999999")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (404, "2")


def test_counting_is_one_way_to_redis(client, una, few, monkeypatch):
    caller, ways, real = client(una), [], AbstractConnection.send_packed_command

    def counted(connection: Any, *command: Any, **more: Any) -> Any:
        ways.append(command)
        return real(connection, *command, **more)

    caller.get("brand")  # the connection is made
    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted)
    assert caller.get("brand").status_code == 200
    assert len(ways) == 1


def test_without_redis_a_process_counts_by_itself(client, una, few, stopped_redis):
    caller = client(una)
    assert [caller.get("brand").status_code for _ in range(4)] == [200, 200, 200, 429]


def unknown(client, n=0, **more):
    """A call with a token that nobody has."""
    return client().get("brand", headers={"Authorization": f"Bearer made-up-{n}"}, **more)


@pytest.fixture
def few_unknown(few, monkeypatch):
    monkeypatch.setattr(limits, "UNKNOWN_TOKENS", 3)
    return few


def test_an_address_has_so_many_calls_with_tokens_that_nobody_has(client, una, few_unknown):
    caller, ended = client(una), client(una)
    client_tokens.end(client_tokens.signed_in(ended.token).session_id)
    answers = [unknown(client, n).status_code for n in range(2)] + [ended.get("brand").status_code]
    assert answers == [401] * 3
    refused = unknown(client, 3)
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert (refused.headers["Retry-After"], ended.get("brand").status_code) == ("45", 429)
    assert caller.get("brand").status_code == 200  # behind one address may be a whole office
    assert client().get("brand").status_code == 401  # without a token nothing is looked for
    assert unknown(client, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 401
    few_unknown(60)
    assert unknown(client).status_code == 401


def test_tokens_that_nobody_has_are_counted_without_redis_too(client, few_unknown, stopped_redis):
    address = {"REMOTE_ADDR": "192.0.2.77"}
    assert [unknown(client, n, environ_base=address).status_code for n in range(4)] == [401] * 3 + [429]


def test_the_description_says_what_a_session_may_do(client):
    paths = client().get("openapi.json").json["paths"]
    told = paths["/messages"]["post"]["responses"]
    assert told["429"]["description"] == (
        "Too Many Requests: a session has 60 texts a minute, an address 300 calls with unknown tokens"
    )
    assert {"Retry-After", "X-RateLimit-Reset"} <= set(told["429"]["headers"])
    assert "X-RateLimit-Remaining" in told["202"]["headers"]
    assert "300 calls" in paths["/brand"]["get"]["responses"]["429"]["description"]
    assert "headers" not in paths["/openapi.json"]["get"]["responses"]["200"]


def test_the_addresses_of_one_ipv6_network_are_one_caller(client, una, limited):
    def wrong(n, network="2001:db8:1:2"):
        body = {"user_id": f"someone{n}@example.com", "password": "wrong"}
        return client().post("session", body, environ_base={"REMOTE_ADDR": f"{network}::{n:x}"}).status_code

    assert [wrong(n) for n in range(1, 12)] == [401] * 10 + [429]
    assert wrong(12, "2001:db8:1:3") == 401


def test_unknown_tokens_of_one_ipv6_network_are_counted_together(client, una, few_unknown):
    answers = [
        unknown(client, n, environ_base={"REMOTE_ADDR": f"2001:db8::{n:x}"}).status_code for n in range(1, 5)
    ]
    assert answers == [401] * 3 + [429]
