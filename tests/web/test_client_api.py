"""The JSON API of Unity clients: every address, its refusals as problem+json, and its limits."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from app.clock import now
from app.models import Message, Stop
from app.services.accounts import client_tokens
from app.vocabulary import AssignmentState, MessageState, OptIn
from tests import make
from tests.make.people import password_hash


@pytest.fixture
def una():
    una = make.user(broadworks_id="Una@example.com", client_password_hash=password_hash())
    make.licence(una)
    return una


@pytest.fixture
def number(una):
    return make.assignment(una, number="+12019920778", friendly_name="Desk")


def problem(answer, status):
    """The body of a refusal; its form is the same everywhere."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body = answer.json
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["type"] == "about:blank"
    return body


def fields(answer, status=422):
    return {entry["field"]: entry["message"] for entry in problem(answer, status)["fields"]}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer a b", "Bearer \u00e9"])
def test_a_header_that_is_no_token_is_401(client, una, header):
    problem(client().get("numbers", headers={"Authorization": header}), 401)


def test_numbers_are_the_running_ones_of_this_user(client, una, number):
    make.assignment(una, state=AssignmentState.RELEASING, release_requested_at=now())
    make.assignment()
    answer = client(una).get("numbers")
    assert answer.json == {
        "items": [
            {
                "id": number.id,
                "number": "+12019920778",
                "friendly_name": "Desk",
                "messaging_type": "MMS & SMS",
                "can_block": True,
                "opt_in": "not-required",
            }
        ],
        "next": None,
    }


@pytest.mark.parametrize(("accept", "state"), [(True, "opted-in"), (False, "opted-out")])
def test_the_question_is_answered_once(client, una, accept, state):
    """S22."""
    asked = make.assignment(una, opt_in=OptIn.PENDING)
    caller = client(una)
    for _ in range(2):
        assert caller.post(f"numbers/{asked.id}/opt-in", {"accept": accept}).json["opt_in"] == state
    problem(caller.post(f"numbers/{asked.id}/opt-in", {"accept": not accept}), 409)


def message(number, **more):
    return {"number_id": number.id, "to": "2125550142", "text": "Hello", "client_ref": "ref-1"} | more


def test_a_text_is_taken_with_202_and_the_same_ref_is_the_same_message(client, una, number):
    caller = client(una)
    first, second = (caller.post("messages", message(number)) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json == second.json
    assert (first.json["state"], first.json["remote"], first.json["direction"]) == (
        "queued",
        "+12125550142",
        "outbound",
    )
    assert caller.get(f"messages/{first.json['id']}").json == first.json


@pytest.mark.parametrize(
    ("state", "reason"), [(OptIn.PENDING, "answer the question"), (OptIn.OPTED_OUT, "declined")]
)
def test_a_text_that_cannot_be_sent_is_409_with_the_reason(client, una, state, reason):
    """D7."""
    number = make.assignment(una, opt_in=state)
    assert reason in problem(client(una).post("messages", message(number)), 409)["detail"]
    assert make.every(Message) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to": "hello2you"}, "to"),
        ({"to": ""}, "to"),
        ({"to": None}, "to"),
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "x" * 1601}, "text"),
        ({"text": 5}, "text"),
        ({"client_ref": ""}, "client_ref"),
        ({"client_ref": "x" * 65}, "client_ref"),
        ({"number_id": "1"}, "number_id"),
        ({"number_id": 0}, "number_id"),
        ({"number_id": 2**31}, "number_id"),
        ({"number_id": True}, "number_id"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_body_that_does_not_fit_is_422_with_its_fields(client, una, number, more, field):
    assert set(fields(client(una).post("messages", message(number, **more)))) == {field}
    assert make.every(Message) == []


def test_a_nul_in_what_a_client_sends_breaks_nothing(client, una, number):
    """PostgreSQL takes none in a text."""
    caller = client(una)
    for more in ({"client_ref": "a\x00b"}, {"to": "2125550142\x00"}, {"text": "a\x00b"}):
        assert caller.post("messages", message(number, **more)).status_code in {202, 422}
    wrong = {"user_id": "una\x00@example.com", "password": make.PASSWORD}
    assert client().post("session", wrong).status_code in {401, 422}
    assert caller.get(f"numbers/{number.id}/messages?with=2125550142%00").status_code in {200, 422}
    assert caller.get(f"numbers/{number.id}/blocks/2125550142%00").status_code in {200, 404, 422}


@pytest.mark.parametrize("half", ["\\ud800", "a\\udc00b"])
@pytest.mark.parametrize("field", ["text", "to", "client_ref"])
def test_half_a_character_breaks_nothing(client, una, number, field, half):
    body = json.dumps(message(number, **{field: "HALF"})).replace("HALF", half)
    answer = client(una).call("POST", "messages", data=body, content_type="application/json")
    assert answer.status_code in {202, 422}, answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"1", b"\xff", b"[" * 60_000, b'{"a":' * 9_000])
@pytest.mark.parametrize("path", ["session", "messages"])
def test_a_body_that_is_no_json_object_is_422(client, una, body, path):
    caller = client(una)
    assert fields(caller.call("POST", path, data=body, content_type="application/json"))


def test_a_body_above_64_kib_is_413(client, una):
    answer = client(una).call("POST", "messages", data=b"x" * 70_000, content_type="application/json")
    problem(answer, 413)


@pytest.mark.parametrize("path", ["nothing", "numbers/x/messages", "numbers/99999999999/messages"])
def test_an_address_that_does_not_exist_is_a_404_of_the_api(client, una, path):
    problem(client(una).get(path), 404)


def test_a_method_that_an_address_does_not_take_is_405(client, una):
    problem(client(una).call("PUT", "numbers"), 405)


def test_a_thread_pages_backwards(client, una, number):
    for n in range(3):
        make.message(number, text=f"text {n}")
    make.message(number, text="of somebody else", remote="+12125550143")
    caller = client(una)
    path = f"numbers/{number.id}/messages?with=2125550142&limit=2"
    first = caller.get(path).json
    assert [one["text"] for one in first["items"]] == ["text 2", "text 1"]
    second = caller.get(f"{path}&before={first['next']}").json
    assert ([one["text"] for one in second["items"]], second["next"]) == (["text 0"], None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("before=0", "before"),
        ("before=99999999999999999999", "before"),
        ("before=x", "before"),
        ("with=212555014", "with"),
        (f"with={'9' * 33}", "with"),
    ],
)
def test_a_query_that_does_not_fit_is_422_with_its_field(client, una, number, query, field):
    assert set(fields(client(una).get(f"numbers/{number.id}/messages?{query}"))) == {field}


def test_erased_and_held_messages_are_not_there(client, una, number):
    """S17, D7."""
    rows = [
        make.message(number, erased_at=now()),
        make.message(number, handed_over_at=None),
    ]
    caller = client(una)
    assert caller.get(f"numbers/{number.id}/messages").json["items"] == []
    for row in rows:
        problem(caller.get(f"messages/{row.id}"), 404)


def test_a_remote_number_is_blocked_looked_at_and_unblocked(client, una, number):
    """S23."""
    caller, path = client(una), f"numbers/{number.id}/blocks/2125550142"
    assert caller.get(path).json == {"remote": "+12125550142", "blocked": False}
    for _ in range(2):
        assert caller.call("PUT", path).json == {"remote": "+12125550142", "blocked": True}
    assert caller.get(f"numbers/{number.id}/blocks/%2B12125550142").json["blocked"] is True
    for _ in range(2):
        assert caller.call("DELETE", path).status_code == 204
    assert caller.get(path).json["blocked"] is False


def test_blocking_that_is_switched_off_is_403(client, una):
    """S23."""
    number = make.assignment(una, user_can_block=False)
    problem(client(una).call("PUT", f"numbers/{number.id}/blocks/2125550142"), 403)


def test_a_text_that_reads_like_an_opt_out_says_so_and_the_opt_out_is_recorded_once(client, una, number):
    """D11: a hint on the text in every list, a call that may be repeated, and the conversation says it."""
    asked = make.message(number, text="Please take me off your list")
    other = make.message(number, text="See you at five")
    caller = client(una)
    found = caller.get(f"numbers/{number.id}/messages").json["items"]
    assert {item["id"]: item["reads_like_opt_out"] for item in found} == {asked.id: True, other.id: False}
    for _ in range(2):
        assert caller.call("PUT", f"messages/{asked.id}/opt-out").json["id"] == asked.id
    [talk] = caller.get("conversations").json["items"]
    assert talk["is_stopped"]
    [stop] = make.every(Stop)
    assert (stop.remote, stop.recorded_by, stop.word) == (make.PHONE, una.broadworks_id, "")
    refused = caller.post("messages", message(number)).json
    assert (refused["state"], refused["reason"][:22]) == ("failed", "This person opted out:")


def test_an_opt_out_is_recorded_for_texts_that_came_in_alone_and_not_after_start(client, una, number):
    caller = client(una)
    sent = caller.post("messages", message(number)).json
    assert "came in" in problem(caller.call("PUT", f"messages/{sent['id']}/opt-out"), 409)["detail"]
    earlier = make.message(number, text="remove me", created_at=now() - dt.timedelta(hours=2))
    make.stop(number, resumed_at=now(), resume_word="START")
    assert "START" in problem(caller.call("PUT", f"messages/{earlier.id}/opt-out"), 409)["detail"]
    held = make.message(number, text="remove me", handed_over_at=None)
    for message_id in (held.id, make.message(text="remove me").id, 2**31 - 1):
        problem(caller.call("PUT", f"messages/{message_id}/opt-out"), 404)
    assert len(make.every(Stop)) == 1


def test_who_signs_with_a_name_can_be_read_and_blocked_too(client, una, number):
    """S23, D26: whoever can text us can be blocked."""
    make.message(number, text="From a shop", remote="ACME")
    caller = client(una)
    thread = caller.get(f"numbers/{number.id}/messages?with=ACME").json["items"]
    assert [one["text"] for one in thread] == ["From a shop"]
    assert caller.call("PUT", f"numbers/{number.id}/blocks/ACME").json["blocked"] is True
    assert caller.get(f"numbers/{number.id}/blocks/ACME").json["blocked"] is True
    assert caller.get(f"numbers/{number.id}/blocks/OTHER").json["blocked"] is False


def test_the_neighbours_ids_are_404(client, una, number):
    stranger = make.user()
    caller = client(stranger)
    row = make.message(number)
    for method, path, body in (
        ("GET", f"numbers/{number.id}/messages", None),
        ("POST", f"numbers/{number.id}/opt-in", {"accept": True}),
        ("GET", f"messages/{row.id}", None),
        ("GET", f"numbers/{number.id}/blocks/2125550142", None),
        ("PUT", f"numbers/{number.id}/blocks/2125550142", None),
        ("DELETE", f"numbers/{number.id}/blocks/2125550142", None),
        ("POST", "messages", message(number)),
    ):
        problem(caller.call(method, path, **({"json": body} if body else {})), 404)
    assert len(make.every(Message)) == 1


def test_states_are_shown_as_clients_know_them(client, una, number):
    """D13."""
    for state, shown in ((MessageState.CLAIMED, "queued"), (MessageState.UNCERTAIN, "uncertain")):
        row = make.message(number, state=state)
        assert client(una).get(f"messages/{row.id}").json["state"] == shown


def test_a_client_cannot_open_the_portal_and_staff_cannot_use_the_api(client, browser, una):
    caller = client(una)
    answer = caller._client.get("/system/numbers/", headers={"Authorization": f"Bearer {caller.token}"})
    assert answer.status_code == 302
    assert browser(make.operator()).get("/client/v1/numbers").status_code == 401


def test_tokens_are_long_and_never_the_same(una):
    tokens = {client_tokens.sign_in("una@example.com", make.PASSWORD).token for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) >= 40 for token in tokens)


@pytest.mark.parametrize(
    "to", ["555-0142ext", "2125550142 ext 5", "212-555-CALL", "2125550142x1", "212555O142"]
)
def test_letters_in_a_recipient_are_refused_and_never_turned_into_digits(client, una, number, to):
    """D26: a stranger would be texted."""
    answer = client(una).post("messages", message(number, to=to))
    assert list(fields(answer)) == ["to"]
    assert "for example 2015550123" in answer.json["detail"]
    assert make.every(Message) == []


@pytest.mark.parametrize(
    "to", ["911", "112", "988", "999", "000", "1-1-2", "tel:911", "+1911", "+44 999", "911#"]
)
def test_a_text_to_an_emergency_code_is_422_with_where_to_call(client, una, number, to):
    """D26."""
    answer = client(una).post("messages", message(number, to=to))
    assert list(fields(answer)) == ["to"]
    assert answer.json["detail"] == "Call 911; texts from here do not reach emergency services"
    assert make.every(Message) == []


@pytest.mark.parametrize(
    "to", ["212\u200e5550142", "\u202a2125550142\u202c", "tel:" + "2\u20601" * 1 + "25550142"]
)
def test_marks_that_nobody_sees_are_no_part_of_a_recipient(client, una, number, to):
    """D26."""
    assert client(una).post("messages", message(number, to=to)).json["remote"] == "+12125550142"
