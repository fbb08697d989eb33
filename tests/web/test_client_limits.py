"""How often a client may try to sign in, and what works without Redis."""

from __future__ import annotations

import pytest

from app.web.limits import limiter
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


@pytest.fixture
def limited():
    limiter.enabled = True
    yield
    limiter.enabled = False


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
