"""Sessions of the client API: signing in, renewing the tokens, and what ends them."""

from __future__ import annotations

import datetime as dt

import pytest

from app.clock import now
from app.models import ClientSession
from app.vocabulary import OptIn
from tests import make
from tests.make.people import password_hash

PAIR = {"token", "expires_at", "refresh_token", "refresh_expires_at"}


@pytest.fixture
def una():
    una = make.user(broadworks_id="Una@example.com", client_password_hash=password_hash())
    make.licence(una)
    return una


def detail(answer, status):
    """The sentence of a refusal."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    return answer.json["detail"]


def sign_in(client, **body):
    given = {"user_id": "una@EXAMPLE.com", "password": make.PASSWORD}
    return client().post("session", given | body)


def refresh(client, pair, **more):
    return client().post("session/refresh", {"refresh_token": pair["refresh_token"]}, **more)


def as_of(client, pair):
    """A client that shows this pair's token."""
    caller = client()
    caller.token = pair["token"]
    return caller


def test_a_session_gives_a_pair_its_ends_and_the_open_questions(client, una):
    """S22, D7."""
    asked = make.assignment(una, number="+12019920779", opt_in=OptIn.PENDING)
    answer = sign_in(client)
    assert answer.status_code == 201
    assert set(answer.json) == PAIR | {"prompts", "device_token"}
    [prompt] = answer.json["prompts"]
    assert (prompt["number_id"], prompt["number"], prompt["friendly_name"]) == (
        asked.id,
        "+12019920779",
        "2019920779",
    )
    left = dt.datetime.fromisoformat(answer.json["expires_at"]) - now()
    assert dt.timedelta(minutes=59) < left <= dt.timedelta(minutes=60)
    left = dt.datetime.fromisoformat(answer.json["refresh_expires_at"]) - now()
    assert dt.timedelta(days=29, hours=23) < left <= dt.timedelta(days=30)


@pytest.mark.parametrize("body", [{"password": "wrong"}, {"user_id": "nobody@example.com"}])
def test_a_wrong_sign_in_is_401_and_reads_the_same(client, una, body):
    assert detail(sign_in(client, **body), 401) == "The user id or the password is wrong."


def test_a_token_that_was_signed_out_or_is_too_old_is_401(client, una):
    caller, other = client(una), client(una)
    assert caller.call("DELETE", "session").status_code == 204
    assert detail(caller.get("numbers"), 401)
    assert other.get("numbers").status_code == 200
    for session in make.every(ClientSession):
        session.expires_at = now() - dt.timedelta(seconds=1)
        make.kept(session)
    answer = other.get("numbers")
    assert detail(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_session_says_who_signed_in_with_which_product(client, una):
    pair = sign_in(client, product="agent").json
    own = as_of(client, pair).get("session").json
    assert (own["user_id"], own["product"], own["expires_at"]) == (
        "Una@example.com",
        "agent",
        pair["expires_at"],
    )
    assert as_of(client, sign_in(client).json).get("session").json["product"] == "desktop"


def test_a_refresh_answers_a_new_pair_and_keeps_the_session(client, una):
    first = sign_in(client, product="reception").json
    answer = refresh(client, first)
    assert answer.status_code == 200
    assert set(answer.json) == PAIR
    assert detail(as_of(client, first).get("numbers"), 401)
    assert as_of(client, answer.json).get("session").json["product"] == "reception"
    assert len(make.every(ClientSession)) == 1


def test_a_refresh_without_an_answer_is_asked_for_again(client, una):
    first = sign_in(client).json
    pairs = [refresh(client, first).json for _ in range(2)]
    assert pairs[0]["refresh_token"] == pairs[1]["refresh_token"]
    assert as_of(client, pairs[0]).get("numbers").status_code == 200


def test_a_used_refresh_token_signs_the_client_out(client, una):
    first = sign_in(client).json
    second = refresh(client, first).json
    assert as_of(client, second).get("numbers").status_code == 200
    said = detail(refresh(client, first), 401)
    assert said == "Sign in again: this refresh token is unknown, used up, or too old."
    assert detail(as_of(client, second).get("numbers"), 401)
    assert detail(refresh(client, second), 401) == said
    assert detail(refresh(client, {"refresh_token": "made up"}), 401) == said


def test_a_refresh_needs_a_body(client, una):
    assert detail(client().post("session/refresh", {}), 422)


def test_a_session_is_refreshed_ten_times_a_minute(client, una, limited):
    pair, other = sign_in(client).json, sign_in(client).json
    for _ in range(10):
        answer = refresh(client, pair)
        assert answer.status_code == 200
        pair = answer.json
    answer = refresh(client, pair)
    assert detail(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
    assert refresh(client, other).status_code == 200


def test_made_up_refresh_tokens_of_one_address_are_limited(client, una, limited):
    pair = sign_in(client).json
    answers = [refresh(client, {"refresh_token": f"{n}.made up"}).status_code for n in range(61)]
    assert answers == [401] * 60 + [429]
    elsewhere = refresh(client, pair, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert elsewhere.status_code == 200
