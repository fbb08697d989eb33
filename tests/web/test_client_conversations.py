"""Conversations, the search, the blocked numbers and the count of a text, as clients ask for them."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from app.models import Block
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


SPELLINGS = [
    "tel:+12125550171",
    "tel:2125550171",
    "+12125550171",
    "+1(212)555-0171",
    "0012125550171",
    "01112125550171",
    "+12125550171/TYPE=PLMN",
    "212/555-0171",
    "212\u200e5550171",
    "212\u2011555\u20110171",
    "\uff12\uff11\uff12\uff15\uff15\uff15\uff10\uff11\uff17\uff11",
]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_block_counts_in_any_spelling(client, una, number, typed):
    """S23, D26."""
    caller, path = client(una), f"numbers/{number.id}/blocks/{quote(typed, safe='')}"
    assert caller.call("PUT", path).json == {"remote": "+12125550171", "blocked": True}
    assert [row.remote for row in make.every(Block)] == ["+12125550171"]
    assert caller.get(path).json["blocked"] is True
    assert caller.call("DELETE", path).status_code == 204
    assert make.every(Block) == []


@pytest.mark.parametrize("typed", SPELLINGS)
def test_the_texts_with_somebody_are_found_in_any_spelling(client, una, number, typed):
    """D26."""
    make.message(number, remote="+12125550171", text="here")
    make.message(number, remote="+12125550172", text="elsewhere")
    found = client(una).get(f"numbers/{number.id}/messages", query_string={"with": typed}).json["items"]
    assert [one["text"] for one in found] == ["here"]


@pytest.mark.parametrize("typed", ["+12125550171", "+442071838750", "%2B442071838750", "+4930123456"])
def test_a_plus_that_is_not_encoded_is_a_plus(client, una, number, typed):
    """A query string has a blank in its place."""
    remote = typed.replace("%2B", "+")
    make.message(number, remote=remote, text="here")
    found = client(una).get(f"numbers/{number.id}/messages?with={typed}").json["items"]
    assert [one["text"] for one in found] == ["here"]


@pytest.mark.parametrize(
    "typed", ["555-0171", "2125550171 ext 5", "212-555-CALL1", "tel:", "2125550171;ext=5"]
)
def test_half_a_number_is_nobody_to_block_or_to_read(client, una, number, typed):
    """It would say blocked, and the person's next text would be delivered."""
    caller = client(una)
    refused = caller.call("PUT", f"numbers/{number.id}/blocks/{quote(typed, safe='')}")
    assert refused.status_code == 422
    assert refused.json["detail"].endswith("for example 2015550123.")
    assert caller.get(f"numbers/{number.id}/messages", query_string={"with": typed}).status_code == 422
    assert make.every(Block) == []


@pytest.mark.parametrize(
    "remote",
    ["ACME", "24/7 Help", "Promo20260101", "2125550171 ext 5", "+2019920780", "x" * 64, "911", "24683579"],
)
def test_whoever_texted_is_blocked_and_read_by_the_address_that_is_shown(client, una, number, remote):
    """S23, D26: also where a carrier wrote what is no number in any way."""
    make.message(number, remote=remote, text="here")
    caller, path = client(una), f"numbers/{number.id}/blocks/{quote(remote, safe='')}"
    assert caller.call("PUT", path).json == {"remote": remote, "blocked": True}
    assert caller.get(path).json["blocked"] is True
    found = caller.get(f"numbers/{number.id}/messages", query_string={"with": remote}).json["items"]
    assert [one["text"] for one in found] == ["here"]
    assert client(make.user()).call("PUT", path).status_code in {404, 422}
    assert caller.call("DELETE", path).status_code == 204


@pytest.mark.parametrize(
    "typed", ["tel:2125550142", "+1 (212) 555-0142", "212\u200e555", "(212", "0012125550142"]
)
def test_the_search_takes_a_number_in_any_spelling(client, una, talk, typed):
    items = client(una).get("conversations", query_string={"search": typed}).json["items"]
    assert [one["id"] for one in items] == [talk.id]
    assert client(una).get("messages", query_string={"search": typed}).json["items"] != []
