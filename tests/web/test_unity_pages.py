"""The web client without scripts: signing in, reading, writing, consent and blocks, as plain forms."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app.clock import now
from app.models import Assignment, Block, Conversation, Message, Notice, OptInEvidence, Stop
from app.vocabulary import Direction, MessageState, OptIn
from tests import make
from tests.web.browsing import HTMX, Browser, WebClient, soup

EMERGENCY = "Call 911; texts from here do not reach emergency services"
NAME = "This sender has a name instead of a number and cannot be answered."


@pytest.fixture
def una(db: Any) -> Any:
    user = make.user(
        email="una@example.com",
        timezone="America/New_York",
        client_password_hash=make.people.password_hash(),
    )
    make.licence(user)
    return user


@pytest.fixture
def talk(una: Any) -> Message:
    """A text that Una got and has not seen."""
    return make.message(make.assignment(una, number="+12019920780"), text="Are you open on Friday?")


def thread(message: Message, more: str = "") -> str:
    return f"/unity/conversations/{message.conversation_id}{more}"


def test_signing_in_with_user_id_and_password_leads_to_the_page_that_was_asked_for(app, una, talk):
    browser = WebClient(app)
    asked = browser.get(thread(talk))
    assert asked.headers["Location"] == f"/unity/sign-in?next={thread(talk)}"
    typed = {"user_id": f" {una.broadworks_id.upper()} ", "password": make.PASSWORD}
    answer = browser.post(asked.headers["Location"], typed)
    assert answer.headers["Location"] == thread(talk)
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if "unity_session" in one]
    assert all(part in cookie for part in ("unity_session=", "HttpOnly", "Path=/unity", "SameSite=Lax"))
    assert "Are you open on Friday?" in browser.get(thread(talk)).text


def test_a_wrong_password_is_refused_and_the_user_id_stays(app, una):
    answer = WebClient(app).post("/unity/sign-in", {"user_id": una.broadworks_id, "password": "wrong"})
    assert answer.status_code == 422
    assert "The user id or the password is wrong." in answer.text
    assert f'value="{una.broadworks_id}"' in answer.text


def test_tries_at_one_password_are_limited_together_with_the_client_api(app, una, client, limited):
    wrong = {"user_id": una.broadworks_id, "password": "wrong"}
    for _ in range(6):
        WebClient(app).post("/unity/sign-in", wrong)
    api = [client().post("session", wrong).status_code for _ in range(6)]
    assert api == [401, 401, 401, 401, 429, 429]


def test_a_sign_in_leads_nowhere_else(app, una):
    typed = {"user_id": una.broadworks_id, "password": make.PASSWORD}
    for target in ("//elsewhere.example", "/sign-in", "https://elsewhere.example", "/unityx"):
        answer = WebClient(app).post(f"/unity/sign-in?next={target}", typed)
        assert answer.headers["Location"] == "/unity/"


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(app, una):
    browser = WebClient(app, una)
    copy = {"Cookie": f"unity_session={browser._client.get_cookie('unity_session', path='/unity').value}"}
    assert browser.post("/unity/sign-out").headers["Location"] == "/unity/sign-in"
    assert WebClient(app).get("/unity/", headers=copy).status_code == 303


def test_a_forgotten_password_mails_the_link_and_tells_nobody_who_is_known(app, una):
    answers = [
        WebClient(app).post("/unity/forgotten-password", {"user_id": who})
        for who in (una.broadworks_id, "nobody@example.com")
    ]
    assert {answer.headers["Location"] for answer in answers} == {"/unity/forgotten-password-sent"}
    [mail] = make.every(Notice)
    assert mail.recipient == una.email


def test_the_question_is_asked_in_these_words_and_a_no_is_kept_with_its_address(app, una):
    number = make.assignment(una, number="+12019920780", opt_in=OptIn.PENDING)
    browser = WebClient(app, una)
    page = soup(browser.get("/unity/"))
    assert page.select_one(".prompt h2").text == "Activate SMS for 2019920780?"
    assert [button.text for button in page.select(".prompt button")] == ["Yes", "No"]
    browser.post(f"/unity/numbers/{number.id}/opt-in", {"answer": "no"})
    assert make.again(number).opt_in is OptIn.OPTED_OUT
    assert [(step.by, step.address) for step in make.every(OptInEvidence)] == [
        (una.broadworks_id, "127.0.0.1")
    ]
    assert not soup(browser.get("/unity/")).select(".prompt")


def test_a_yes_lets_texts_out(app, una):
    number = make.assignment(una, opt_in=OptIn.PENDING)
    browser = WebClient(app, una)
    browser.post(f"/unity/numbers/{number.id}/opt-in", {"answer": "yes"})
    assert make.again(number).opt_in is OptIn.OPTED_IN
    assert browser.post(f"/unity/numbers/{number.id}/opt-in", {"answer": "perhaps"}).status_code == 400


def test_the_list_shows_what_is_unread_until_it_is_opened(app, una, talk):
    browser = WebClient(app, una)
    row = soup(browser.get("/unity/")).select_one(".talk")
    assert row.select_one(".talk-who").text == "2125550142"
    assert "1 unread" in row.text
    browser.get(thread(talk))
    assert "unread" not in soup(browser.get("/unity/list")).select_one(".talk").text


def test_a_search_finds_numbers_and_words(app, una, talk):
    browser = WebClient(app, una)
    assert "Are you open on Friday?" in browser.get("/unity/list?q=(212) 555").text
    assert soup(browser.get("/unity/list?q=FRIDAY")).select("[id^=hit-]")
    assert "Nothing is found" in browser.get("/unity/list?q=Saturday").text


def test_a_text_is_sent_once_however_often_its_form_is(app, una, talk):
    browser = WebClient(app, una)
    typed = {"text": "Until six.\r\nSee you", "client_ref": "one"}
    for _ in range(2):
        assert browser.post(thread(talk, "/messages"), typed).headers["Location"] == thread(talk)
    [sent] = make.every(Message, direction=Direction.OUTBOUND)
    assert (sent.text, sent.remote, sent.state) == ("Until six.\nSee you", make.PHONE, MessageState.QUEUED)
    assert "Queued" in browser.get(thread(talk)).text


def test_words_changed_after_a_lost_answer_are_not_lost_without_a_word(app, una, talk):
    browser = WebClient(app, una)
    browser.post(thread(talk, "/messages"), {"text": "Until six", "client_ref": "one"})
    answer = browser.post(
        thread(talk, "/messages"), {"text": "Until seven", "client_ref": "one"}, headers=HTMX
    )
    page = soup(answer)
    assert answer.status_code == 422
    assert "already sent" in page.select_one("#text-error").text
    assert page.select_one("#text").text.strip() == "Until seven"
    assert page.select_one("[name=client_ref]")["value"] != "one"


def test_a_refusal_stands_beside_the_field_and_what_was_typed_stays(app, una, talk):
    answer = WebClient(app, una).post(thread(talk, "/messages"), {"text": "x" * 1601, "client_ref": "one"})
    assert answer.status_code == 422
    assert "1600 characters at most" in soup(answer).select_one("#text-error").text
    assert "x" * 1601 in soup(answer).select_one("#text").text
    assert "Are you open on Friday?" in answer.text


def test_plainer_characters_are_offered_and_taken(app, una, talk):
    browser, words = WebClient(app, una), "\u201cquoted\u201d " + "x" * 70
    offered = soup(browser.post("/unity/count", {"text": words}))
    assert "2 parts" in offered.text
    assert offered.find("button", {"name": "plainer"}) is not None
    typed = {"text": words, "client_ref": "one", "plainer": "y"}
    taken = soup(browser.post(thread(talk, "/messages"), typed, headers=HTMX))
    assert taken.select_one("#text").text.strip().startswith('"quoted"')
    assert make.every(Message, direction=Direction.OUTBOUND) == []


def test_a_failed_text_says_why_and_its_words_can_be_sent_as_a_new_one(app, una, talk):
    number_of = make.again(talk)
    failed = make.message(
        make.every(type(make.assignment()), id=number_of.assignment_id)[0],
        state=MessageState.FAILED,
        reason="The number is not in service.",
        text="Once more",
    )
    browser = WebClient(app, una)
    page = soup(browser.get(thread(talk)))
    bubble = page.select_one(f"#message-{failed.id}")
    assert "The number is not in service." in bubble.text
    edited = soup(browser.get(bubble.find("a")["href"].partition("#")[0]))
    assert edited.select_one("#text").text.strip() == "Once more"


def test_news_are_what_came_after_and_what_changed(app, una, talk):
    number = make.every(type(make.assignment()), id=talk.assignment_id)[0]
    sent = make.message(number, state=MessageState.DELIVERED, text="Yes")
    late = make.message(number, text="Thanks")
    path = thread(talk, f"/news?after={sent.id}&again={sent.id}")
    page = soup(WebClient(app, una).get(path, headers=HTMX))
    shown = {one["id"]: one.get("hx-swap-oob") for one in page.select(".bubble")}
    assert shown == {f"message-{late.id}": None, f"message-{sent.id}": "true"}


def test_a_new_conversation_begins_with_a_number_that_is_typed(app, una):
    number = make.assignment(una)
    typed = {"number_id": number.id, "to": "(310) 555-0117", "text": "Hello", "client_ref": "one"}
    answer = WebClient(app, una).post("/unity/new", typed)
    [begun] = make.every(Conversation)
    assert answer.headers["Location"] == f"/unity/conversations/{begun.id}"
    assert begun.remote == "+13105550117"
    wrong = WebClient(app, una).post("/unity/new", typed | {"to": "nobody", "client_ref": "two"})
    assert wrong.status_code == 422
    assert "cannot be answered" in wrong.text


def test_a_number_is_blocked_after_a_question_and_unblocked(app, una, talk):
    browser = WebClient(app, una)
    assert "Block 2125550142?" in browser.get(thread(talk, "/block")).text
    browser.post(thread(talk, "/block"))
    assert [row.remote for row in make.every(Block)] == [make.PHONE]
    assert "You blocked this sender" in browser.get(thread(talk)).text
    assert "Blocked" in browser.get("/unity/list").text
    browser.post(thread(talk, "/unblock"))
    assert make.every(Block) == []


def test_without_a_licence_the_reason_stands_in_place_of_the_composer(app, una, talk):
    user = make.user(email="x@example.com")
    held = make.message(make.assignment(user))
    page = soup(WebClient(app, user).get(thread(held)))
    assert "Sending needs a Unity licence." in page.select_one("#composer").text
    assert not page.select("#text")


def test_staff_and_users_never_mix_in_one_browser(app, una):
    staff = Browser(app, make.operator())
    assert staff.get("/unity/").headers["Location"].startswith("/unity/sign-in")
    assert WebClient(app, una).get("/system/providers/").headers["Location"].startswith("/sign-in")


def test_a_text_that_reads_like_an_opt_out_is_marked_and_one_button_records_it(app, una, talk):
    """D11. Afterwards nothing can be written, and the mark has done its work."""
    browser = WebClient(app, una)
    assert "reads like an opt-out" not in browser.get(thread(talk)).text
    number = make.every(Assignment, id=talk.assignment_id)[0]
    make.message(number, text="Please take me off your list.", conversation_id=talk.conversation_id)
    [asked] = make.every(Message, text="Please take me off your list.")

    page = soup(browser.get(thread(talk)))
    marked = page.select(".bubble:has(.reads-like)")
    assert [bubble["data-message"] for bubble in marked] == [str(asked.id)]
    [form] = page.select(".reads-like form")
    assert form.get_text(" ", strip=True).startswith("Record opt-out")
    assert browser.post(form["action"]).headers["Location"] == thread(talk)

    page = soup(browser.get(thread(talk)))
    assert not page.select(".reads-like")
    assert not page.select("#compose")
    assert "This person opted out" in page.select_one("#marks").text
    [stop] = make.every(Stop)
    assert (stop.recorded_by, stop.recorded_from) == (una.broadworks_id, "127.0.0.1")


def test_after_start_the_earlier_text_is_marked_no_more_and_a_later_one_is(app, una, talk):
    browser = WebClient(app, una)
    number = make.every(Assignment, id=talk.assignment_id)[0]
    more = {"text": "remove me", "conversation_id": talk.conversation_id}
    make.message(number, created_at=now() - dt.timedelta(hours=2), **more)
    make.stop(number, word="STOP", resumed_at=now() - dt.timedelta(hours=1), resume_word="START")
    assert not soup(browser.get(thread(talk))).select(".reads-like")
    later = make.message(number, **more)
    news = soup(browser.get(thread(talk, f"/news?after={later.id - 1}"), headers=HTMX))
    assert len(news.select(".reads-like")) == 1


def test_a_text_of_ours_is_never_marked(app, una, talk):
    number = make.every(Assignment, id=talk.assignment_id)[0]
    ours = {"direction": Direction.OUTBOUND, "state": MessageState.SENT, "client_ref": "one"}
    make.message(number, text="please stop texting me", conversation_id=talk.conversation_id, **ours)
    assert not soup(WebClient(app, una).get(thread(talk))).select(".reads-like")


@pytest.mark.parametrize(
    "typed",
    [
        "tel:3105550117",
        "TEL:+1-310-555-0117",
        "+13105550117/TYPE=PLMN",
        "tel:310-555-0117;phone-context=+1",
        "sms:3105550117",
        "0013105550117",
        "310\u200e5550117",
        "\u202a+1 310 555 0117\u202c",
        "\uff13\uff11\uff10\uff15\uff15\uff15\uff10\uff11\uff11\uff17",
    ],
)
def test_any_spelling_of_a_recipient_begins_one_conversation_with_one_text(app, una, typed):
    """D26: also when the form is sent again."""
    number = make.assignment(una)
    filled = {"number_id": number.id, "to": typed, "text": "Hello", "client_ref": "one"}
    for _ in range(2):
        answer = WebClient(app, una).post("/unity/new", filled)
        [begun] = make.every(Conversation)
        assert answer.headers["Location"] == f"/unity/conversations/{begun.id}"
    assert [one.remote for one in make.every(Message)] == ["+13105550117"]


@pytest.mark.parametrize("typed", ["911", "1-1-2", "tel:988", "+1911", "+1 (911)", "9\u200b11", "999", "000"])
def test_a_text_to_an_emergency_code_is_refused_at_once(app, una, typed):
    """D26."""
    number = make.assignment(una)
    filled = {"number_id": number.id, "to": typed, "text": "Help", "client_ref": "one"}
    refused = WebClient(app, una).post("/unity/new", filled)
    assert refused.status_code == 422
    assert soup(refused).select_one("#to-error").get_text(strip=True) == EMERGENCY
    assert soup(refused).select_one("#text").text.strip() == "Help"
    assert make.every(Message) == make.every(Conversation) == []


@pytest.mark.parametrize(("remote", "words"), [("911", EMERGENCY), ("ACME", NAME), ("24683579", NAME)])
def test_who_cannot_be_answered_can_be_read(app, una, remote, words):
    """D26."""
    got = make.message(make.assignment(una), remote=remote, text="A test of our system")
    browser = WebClient(app, una)
    page = browser.get(thread(got))
    assert "A test of our system" in page.text
    assert words in soup(page).get_text()
    answer = browser.post(thread(got, "/messages"), {"text": "Hello", "client_ref": "one"})
    assert answer.status_code == 422
    assert [one.text for one in make.every(Message)] == ["A test of our system"]
