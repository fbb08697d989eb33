"""Numbers on the pages of a user, and the list at every level (S8 to S10, S15 to S17, D2 to D4, D28, D29)."""

from __future__ import annotations

import datetime as dt

import pytest

from app.models import Assignment, AuditEntry, Message
from app.vocabulary import AssignmentState, ConversationState, FailureKind, Level, MessageState, OptIn
from tests import make
from tests.web.browsing import HTMX, alerts, fields_of, soup
from tests.web.world import Branch

GOOD, SMS_ONLY, MESSAGING_OFF, NOT_OURS = "2019920781", "2019920787", "2019920788", "2019920789"


@pytest.fixture
def here(keys):
    return Branch(keys)


@pytest.fixture
def ada(here, browser):
    return browser(here.staff[Level.GROUP])


@pytest.fixture
def add(here):
    return f"/user-{here.user.id}/add-number/"


def words(answer):
    return soup(answer).main.get_text(" ", strip=True)


def test_a_good_number_leads_to_its_page_which_follows_its_state(here, ada, add):
    """S8, D2."""
    assert "it may take several minutes before this number is provisioned" in words(ada.get(add))
    answer = ada.fill(add, number=GOOD, friendly_name="My MMS Number")
    assert answer.status_code == 303
    [row] = make.every(Assignment)
    assert answer.headers["Location"] == f"/user-{here.user.id}/numbers/{row.id}"

    page = ada.get(answer.headers["Location"])
    assert GOOD in words(page)
    assert "Provisioning" in words(page)
    live = soup(page).select_one(f'[hx-get$="/numbers/{row.id}/state"]')
    assert "every 2s" in live["hx-trigger"]
    row.state = AssignmentState.ACTIVE
    make.kept(row)
    state = ada.get(f"/user-{here.user.id}/numbers/{row.id}/state", headers=HTMX)
    assert "Active" in state.text
    assert "every 2s" not in state.text


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"number": ""}, "number", "ten-digit"),
        ({"number": "123"}, "number", "ten-digit"),
        ({"number": NOT_OURS}, "number", "This number is not assigned to this Inteliquent account"),
        ({"number": "2019920791"}, "number", "pending"),
        ({"number": "2019920792"}, "number", "disconnected"),
        ({"number": MESSAGING_OFF}, "number", "messaging is switched off"),
        ({"number": SMS_ONLY}, "messaging_type", "only send and receive SMS"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_each_refusal_stands_beside_its_field_and_what_was_typed_stays(ada, add, typed, field, said, headers):
    """S10, D3."""
    sent = {"messaging_type": "mms", "friendly_name": "Typed by hand", "user_can_block": "y"} | typed
    answer = ada.post(add, sent, headers=headers)
    assert answer.status_code == 422
    assert said in soup(answer).select_one(f"#{field}-error").get_text(" ", strip=True)
    kept = fields_of(soup(answer), add)
    assert (kept["number"], kept["friendly_name"], kept["user_can_block"]) == (
        typed["number"],
        "Typed by hand",
        "y",
    )
    assert make.every(Assignment) == []


def test_the_text_of_the_source_links_to_the_carriers_portal(ada, add):
    """S10."""
    answer = ada.fill(add, number=NOT_OURS)
    link = soup(answer).select_one("#number-error a")
    assert link.get_text() == "Inteliquent customer portal"
    assert link["href"].startswith("https://")


def test_messaging_that_is_off_can_be_turned_on_and_the_number_added_at_once(ada, add):
    """D3."""
    refused = ada.fill(add, number=MESSAGING_OFF)
    assert "Turn on messaging" in words(refused)
    assert "Turn on messaging" not in words(ada.fill(add, number=NOT_OURS))
    answer = ada.fill(add, number=MESSAGING_OFF, turn_on="y")
    assert answer.status_code == 303
    assert "Messaging turned on at the carrier" in [one.action for one in make.every(AuditEntry)]


def test_without_a_platform_there_is_no_button_and_the_page_says_who_can_add_one(browser):
    """S8."""
    una = make.user()
    ada = browser(make.operator())
    page = ada.get(f"/user-{una.id}/details/")
    assert "Add CPaaS Number" not in words(page)
    assert "administrator at provider level can add one" in words(page)
    assert ada.get(f"/user-{una.id}/add-number/").status_code == 200
    assert ada.post(f"/user-{una.id}/add-number/", {"number": GOOD}).status_code in {200, 422}
    assert make.every(Assignment) == []


def test_the_platform_is_asked_for_only_where_there_are_several(here, ada, add, keys):
    """S8."""
    assert "platform_id" not in fields_of(soup(ada.get(add)), add)
    second = make.platform(here.nodes[Level.PROVIDER], **keys)
    assert "platform_id" in fields_of(soup(ada.get(add)), add)
    ada.fill(add, number=GOOD, platform_id=str(second.id))
    assert [one.platform_id for one in make.every(Assignment)] == [second.id]


def test_only_what_the_platform_has_is_offered(here, ada, add):
    """S9."""
    assert "MMS & SMS" in words(ada.get(add))
    here.platform.mms_available = False
    make.kept(here.platform)
    assert "MMS & SMS" not in words(ada.get(add))
    answer = ada.post(add, {"number": GOOD, "messaging_type": "mms"})
    assert answer.status_code == 422
    assert make.every(Assignment) == []


def test_a_user_without_a_licence_is_warned_and_can_have_a_number(browser, here):
    """D28."""
    una = make.user(here.nodes[Level.GROUP])
    ada = browser(here.staff[Level.GROUP])
    assert "no Unity licence" in words(ada.get(f"/user-{una.id}/add-number/"))
    assert ada.fill(f"/user-{una.id}/add-number/", number=GOOD).status_code == 303


def test_the_page_of_a_user_says_that_the_id_must_match_broadworks(here, ada):
    """S12."""
    page = words(ada.get(f"/user-{here.user.id}/details/"))
    assert "The user id must match the user id in Broadworks" in page


def test_the_opt_in_state_is_shown_as_the_source_writes_it(browser, here):
    """S16, D25."""
    at = dt.datetime(2021, 6, 15, 13, 0, 30, tzinfo=dt.UTC)
    given = make.assignment(here.user, opt_in=OptIn.OPTED_OUT, opt_in_at=at)
    path = f"/user-{here.user.id}/numbers/{given.id}"
    utc = browser(make.operator(timezone="UTC")).get(path)
    assert "User opted-out 2021-06-15 @ 13:00:30" in words(utc)
    assert "Reset Opt-In State" in words(utc)
    new_york = browser(make.operator(timezone="America/New_York")).get(path)
    assert "User opted-out 2021-06-15 @ 09:00:30" in words(new_york)


def test_the_whole_evidence_of_the_answers_stands_on_the_page(here, ada, client):
    """S16, D7: who, when, from where, to which words."""
    given = make.assignment(here.user, opt_in=OptIn.PENDING)
    client(here.user).call("POST", f"numbers/{given.id}/opt-in", json={"accept": False})
    path = f"/user-{here.user.id}/numbers/{given.id}"
    answer = ada.post(f"{path}/reset-opt-in")
    assert answer.headers["Location"] == f"{path}#opt-in"
    page = ada.get(path)
    assert "The Unity client asks the user again when it next starts." in soup(page).text
    [refused, reset] = [row.get_text(" ", strip=True) for row in soup(page).select("#opt-in tbody tr")]
    for words_of_it in ("User opted-out", here.user.broadworks_id, "127.0.0.1", "Activate SMS"):
        assert words_of_it in refused
    assert here.staff[Level.GROUP].email in reset
    assert "Reset" in reset


def test_the_second_of_two_administrators_is_told_and_keeps_what_was_typed(here, ada):
    """S9."""
    given = make.assignment(here.user, friendly_name="Desk")
    path = f"/user-{here.user.id}/numbers/{given.id}"
    stale = fields_of(soup(ada.get(path)), path)
    assert ada.post(path, stale | {"friendly_name": "Home"}).status_code == 303
    refused = ada.post(path, stale | {"friendly_name": "Car"})
    assert refused.status_code == 422
    assert "friendly name is now “Home”" in alerts(refused)
    again = fields_of(soup(refused), path)
    assert again["friendly_name"] == "Car"
    assert make.again(given).friendly_name == "Home"
    assert ada.post(path, again).status_code == 303
    assert make.again(given).friendly_name == "Car"


def test_the_page_says_when_the_last_texts_came_and_went(here, ada):
    given = make.assignment(here.user)
    path = f"/user-{here.user.id}/numbers/{given.id}"
    assert "Last message in none Last message out none" in words(ada.get(path))
    old, new = (dt.datetime(2021, 6, day, 13, 0, 30, tzinfo=dt.UTC) for day in (14, 15))
    for at in (old, new):
        make.message(given, created_at=at)
        make.message(given, created_at=at, state=MessageState.DELIVERED)
    page = words(ada.get(path))
    assert "4 saved messages" in page
    assert page.count("2021-06-15 @ ") == 2
    assert "2021-06-14" not in page
    assert "Delivered" in page
    link = soup(ada.get(path)).find("a", string="History of this number")
    assert ada.get(link["href"]).status_code == 200


def test_the_number_of_a_media_stream_has_no_user_to_ask(here, browser):
    """S14, S22."""
    stream = here.nodes[Level.STREAM]
    given = make.assignment(stream, state=AssignmentState.FAILED)
    conversation = make.conversation(given)
    conversation.state = ConversationState.WAITING
    make.kept(conversation)
    answer = browser(here.staff[Level.GROUP]).get(f"/stream-{stream.id}/numbers/{given.id}")
    page = words(answer)
    assert "Remote Numbers Can Be Blocked" in page
    assert "Waiting conversations 1" in page
    for of_users in ("User Opt-In State", "no Unity licence", "User Can Block Numbers"):
        assert of_users not in page
    home = soup(answer).find("a", string=stream.name)["href"]
    assert browser(here.staff[Level.GROUP]).get(home).status_code == 200


FOREIGN = {
    "state": AssignmentState.FAILED,
    "failure_kind": FailureKind.OTHER_SYSTEM,
    "failure_reason": "Another system receives this number (sms.elsewhere.example). Take over, or delete it.",
}


@pytest.mark.parametrize(
    ("action", "fields", "loss"),
    [
        ("take-over", FOREIGN, ["sms.elsewhere.example", "no longer receives texts to 2019920780"]),
        ("reset-opt-in", {"opt_in": OptIn.OPTED_IN}, ["Una User", "sending is refused", "held"]),
    ],
)
def test_what_takes_something_away_asks_first_and_says_what(here, ada, action, fields, loss):
    """D36: the page leads to the question; the question does it."""
    given = make.assignment(here.user, number="+12019920780", **fields)
    path = f"/user-{here.user.id}/numbers/{given.id}"
    [button] = soup(ada.get(path)).select(f'main a[data-dialog][href="{path}/{action}"]')
    asked = ada.get(button["href"])
    assert asked.status_code == 200
    for part in loss:
        assert part in words(asked), part
    assert (make.again(given).state, make.again(given).opt_in) == (given.state, given.opt_in)
    assert ada.fill(f"{path}/{action}").status_code == 303
    after = make.again(given)
    assert (after.state, after.opt_in) != (fields.get("state"), fields.get("opt_in"))


def test_where_nothing_can_be_taken_away_nothing_is_offered(here, ada):
    given = make.assignment(here.user)
    for action in ("take-over", "reset-opt-in"):
        path = f"/user-{here.user.id}/numbers/{given.id}/{action}"
        assert not soup(ada.get(path)).select("main form")
        assert ada.post(path).status_code == 422
    assert make.again(given).state is AssignmentState.ACTIVE


@pytest.mark.parametrize(
    ("fields", "offers"),
    [
        ({"state": AssignmentState.FAILED}, {"Retry"}),
        ({"state": AssignmentState.FAILED, "failure_kind": FailureKind.OTHER_SYSTEM}, {"Retry", "Take over"}),
        ({}, set()),
        ({"opt_in": OptIn.OPTED_IN}, {"Reset Opt-In State"}),
        ({"opt_in": OptIn.PENDING}, set()),
    ],
)
def test_a_page_offers_what_the_state_allows(here, ada, fields, offers):
    """D2, S16."""
    given = make.assignment(here.user, **fields)
    page = words(ada.get(f"/user-{here.user.id}/numbers/{given.id}"))
    assert {one for one in ("Retry", "Take over", "Reset Opt-In State") if one in page} == offers


def test_staff_never_see_words_or_pictures_of_a_text(browser, here):
    """D29."""
    given = make.assignment(here.user)
    make.message(given, text="private words")
    ada = browser(here.staff[Level.SYSTEM])
    for path in (
        f"numbers/{given.id}",
        "numbers/",
        "details/",
        "history/",
        f"numbers/{given.id}/messages/delete",
    ):
        text = ada.get(f"/user-{here.user.id}/{path}").text
        assert "private" not in text, path


def test_deleting_names_the_loss_and_above_a_hundred_messages_asks_to_type_the_number(here, ada):
    """S17."""
    given = make.assignment(here.user, number="+12019920780")
    for _ in range(101):
        make.message(given)
    for path in (f"/user-{here.user.id}/numbers/{given.id}/{p}" for p in ("messages/delete", "delete")):
        assert "101 messages" in words(ada.get(path))
        refused = ada.post(path, {"typed": "201992"})
        assert refused.status_code == 422
        assert "Type 2019920780 to confirm" in alerts(refused)
    assert not make.every(Message)[0].erased_at
    answer = ada.post(f"/user-{here.user.id}/numbers/{given.id}/messages/delete", {"typed": "2019920780"})
    assert answer.status_code == 303
    assert make.every(Message)[0].erased_at
    assert make.again(given).release_requested_at is None


def test_where_nothing_is_saved_nothing_is_offered_to_be_deleted(here, ada):
    """S17."""
    given = make.assignment(here.user)
    page = soup(ada.get(f"/user-{here.user.id}/numbers/{given.id}/messages/delete")).main
    assert "there is nothing to delete" in page.text
    assert not page.select("form, .btn-danger")


def test_a_second_click_on_delete_is_told_and_breaks_nothing(here, ada):
    given = make.assignment(here.user)
    path = f"/user-{here.user.id}/numbers/{given.id}/delete"
    assert ada.post(path).status_code == 303
    again = ada.post(path)
    assert again.status_code in {303, 409, 422}
    assert make.again(given).state is AssignmentState.RELEASING


def test_what_was_done_is_in_the_history_of_every_level_above_and_of_none_beside(browser, here, keys):
    there = Branch(keys)
    ada = browser(here.staff[Level.GROUP])
    ada.fill(f"/user-{here.user.id}/add-number/", number=GOOD)
    for level in set(Level) - {Level.STREAM}:
        page = browser(here.staff[Level.SYSTEM]).get(f"/{make.at(here.nodes[level])}/history/")
        assert "CPaaS number added" in words(page), level
        assert here.staff[Level.GROUP].email in words(page)
        if level is not Level.SYSTEM:
            beside = browser(there.staff[Level.SYSTEM]).get(f"/{make.at(there.nodes[level])}/history/")
            assert "CPaaS number added" not in soup(beside).select_one("#list").text
