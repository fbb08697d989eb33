"""Conversations, the search, the blocked numbers and the count of a text, as clients ask for them."""

from __future__ import annotations

import pytest

from app.services.messaging import sending
from tests import make


@pytest.fixture
def una():
    una = make.user()
    make.licence(una)
    return una


@pytest.fixture
def number(una):
    return make.assignment(una)


@pytest.fixture
def talk(number):
    """A conversation with two texts that came in."""
    talk = make.conversation(number, "+12125550142")
    for words in ("first words", "and then others"):
        make.message(number, conversation_id=talk.id, remote=talk.remote, text=words)
    return talk


def test_a_conversation_shows_what_was_said_last_and_how_much_is_unread(client, una, number, talk):
    answer = client(una).get("conversations")
    [shown] = answer.json["items"]
    assert (shown["id"], shown["remote"], shown["unread"]) == (talk.id, "+12125550142", 2)
    assert (shown["last"]["text"], shown["last"]["conversation_id"]) == ("and then others", talk.id)
    assert (shown["is_blocked"], shown["is_stopped"], answer.json["next"]) == (False, False, None)
    assert client(una).get("session").json["unread"] == 2


def test_what_was_read_stays_read(client, una, number, talk):
    caller = client(una)
    newest = caller.get("conversations").json["items"][0]["last"]["id"]
    path = f"conversations/{talk.id}/read"
    for up_to, unread in ((newest - 1, 1), (newest, 0), (newest - 1, 0)):
        answer = caller.call("PUT", path, json={"up_to": up_to})
        assert (answer.status_code, answer.json["unread"]) == (200, unread)
    assert caller.call("PUT", path, json={"up_to": 0}).status_code == 422
    assert client(make.user()).call("PUT", path, json={"up_to": newest}).status_code == 404


def test_conversations_page_and_are_found_by_words_and_by_number(client, una, number, talk):
    other = make.conversation(number, "+13105550199")
    make.message(number, conversation_id=other.id, remote=other.remote, text="lunch?")
    caller = client(una)
    first = caller.get("conversations?limit=1").json
    second = caller.get("conversations", query_string={"limit": 1, "after": first["next"]}).json
    assert {first["items"][0]["id"], second["items"][0]["id"]} == {talk.id, other.id}
    assert second["next"] is None
    for words, found in (("LUNCH", other.id), ("(212) 555", talk.id)):
        items = caller.get("conversations", query_string={"search": words}).json["items"]
        assert [one["id"] for one in items] == [found]
    assert caller.get(f"conversations?number_id={number.id}").json["items"] != []
    assert caller.get("conversations?after=nonsense").status_code == 200
    assert caller.get("conversations?search=%00").status_code == 422
    assert client(make.user()).get(f"conversations?number_id={number.id}").status_code == 404


def test_messages_are_searched_in_all_conversations_of_this_user_alone(client, una, number, talk):
    caller = client(una)
    found = caller.get("messages?search=words").json
    assert ([one["text"] for one in found["items"]], found["next"]) == (["first words"], None)
    both = caller.get("messages?search=2125550142&limit=1").json
    assert (both["items"][0]["text"], both["next"]) == ("and then others", both["items"][0]["id"])
    assert caller.get("messages?search=x").status_code == 422
    assert client(make.user()).get("messages?search=words").json["items"] == []


def test_blocked_numbers_are_listed_newest_first(client, una, number):
    caller = client(una)
    for remote in ("3105550117", "2125550142"):
        caller.call("PUT", f"numbers/{number.id}/blocks/{remote}")
    listed = caller.get(f"numbers/{number.id}/blocks").json
    assert listed == {
        "items": [{"remote": remote, "blocked": True} for remote in ("+12125550142", "+13105550117")],
        "next": None,
    }
    assert client(make.user()).get(f"numbers/{number.id}/blocks").status_code == 404


def test_a_text_is_counted_as_it_would_be_stored(client, una, number):
    caller = client(una)
    counted = caller.post("segments", {"text": " “Hi”\r\n "}).json
    assert (counted["text"], counted["encoding"], counted["segments"]) == ("“Hi”", "ucs-2", 1)
    assert (counted["turning"], counted["plainer"]) == (["“", "”"], '"Hi"')
    assert caller.post("segments", {"text": counted["plainer"]}).json["plainer"] is None
    stored = sending.send(
        make.at(una), number.id, to="2125550142", text="x" * 161, client_ref="count", bulk=False
    )
    assert caller.post("segments", {"text": "x" * 161}).json["segments"] == stored.segments == 2


def test_a_session_says_whose_it_is_and_what_is_to_be_answered(client, una):
    asked = make.assignment(una, opt_in="pending")
    own = client(una).get("session").json
    assert own["user_id"] == una.broadworks_id
    assert [prompt["number_id"] for prompt in own["prompts"]] == [asked.id]
