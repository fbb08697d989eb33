"""The form of a media stream and its page, as people use them (S13, S14, D3, D4)."""

from __future__ import annotations

import datetime as dt

import pytest

from app.models import Assignment, MediaStream
from app.vocabulary import AssignmentState, ConversationState, Level
from app.web.media_streams import daylight
from tests import make
from tests.web.browsing import HTMX, alerts, fields_of, soup
from tests.web.world import Branch

GOOD, SMS_ONLY, MESSAGING_OFF, NOT_OURS = "2019920781", "2019920787", "2019920788", "2019920789"
INTRO = (
    "Add or update a media stream to the queue, each media stream represents an entry point into the queue "
    "through a media type"
)
NOTE = "Please note it may take several minutes before this number is provisioned in Inteliquent"


@pytest.fixture
def here(keys):
    return Branch(keys)


@pytest.fixture
def ada(here, browser):
    return browser(here.staff[Level.GROUP])


@pytest.fixture
def group(here):
    return f"/group-{here.nodes[Level.GROUP].id}"


@pytest.fixture
def new(here, group):
    return f"{group}/add-stream/{here.queue.id}"


def words(answer):
    return soup(answer).main.get_text(" ", strip=True)


def labels(answer):
    page = soup(answer).find(id="stream")
    return [one.find(string=True).strip() for one in page.select("label, legend, .label")]


def choose(browser, path, **chosen):
    """What choosing something in the form brings: the form anew, with what was typed."""
    page = soup(browser.get(path))
    return browser.post(path, fields_of(page, path) | {"refresh": "y"} | chosen, headers=HTMX)


def add(browser, path, **typed):
    """As without JavaScript: the form, the form with SMS chosen, then the number."""
    filled = fields_of(soup(choose(browser, path, media_type="sms", name="Sales texts")), path)
    return browser.post(path, filled | typed)


def test_the_form_begins_as_in_the_source(ada, new):
    """S13, S14."""
    page = ada.get(new)

    assert INTRO in words(page)
    assert labels(page) == [
        "Name",
        "Language",
        "Media Type",
        "Conversation Can Be Transferred",
        "Conversation Can Be Escalated",
        "Availability",
        "Timezone",
        "In Office Profile",
        "Use Last Agent If Available",
        "Reopen Conversation On Reply",
    ]
    fields = fields_of(soup(page), new)
    assert fields["media_type"] == ""
    assert "can_be_transferred" in fields
    assert not {"can_be_escalated", "use_last_agent", "reopen_on_reply", "number"} & set(fields)


def test_choosing_sms_shows_its_configuration_and_keeps_what_was_typed(ada, new):
    """S14. The two switches begin as the platform has them."""
    answer = choose(
        ada, new, media_type="sms", name="Sales texts", timezone="Europe/London", can_be_escalated="y"
    )

    assert answer.status_code == 200
    assert not alerts(answer)
    assert NOTE in answer.text
    assert labels(answer)[10:] == [
        "SMS Configuration",
        "Number",
        "MMS Available",
        "Remote Numbers Can Be Blocked",
        "Initial reply within business hours",
    ]
    kept = fields_of(soup(answer), new)
    assert (kept["name"], kept["timezone"]) == ("Sales texts", "Europe/London")
    assert {"can_be_escalated", "mms", "user_can_block"} <= set(kept)
    again = ada.post(new, {**kept, "number": "201-992-0781", "reply_in_hours": "Hello", "refresh": "y"})
    kept = fields_of(soup(again), new)
    assert (kept["number"], kept["reply_in_hours"].strip()) == ("201-992-0781", "Hello")
    del kept["mms"]
    assert "mms" not in fields_of(soup(ada.post(new, {**kept, "refresh": "y"})), new)


def test_the_timezone_spells_out_its_daylight_saving(ada, new, monkeypatch):
    """S13, to the letter of the source."""
    monkeypatch.setattr(daylight, "now", lambda: dt.datetime(2020, 12, 1, tzinfo=dt.UTC))

    def said(zone):
        return soup(choose(ada, new, timezone=zone)).find(id="timezone-help").get_text(strip=True)

    source = "Daylight savings from Sunday 28/03/2021 at 01:00 until Sunday 31/10/2021 at 02:00"
    assert said("Europe/London") == source
    assert said("America/Phoenix") == "America/Phoenix has no daylight savings."


def test_a_good_number_makes_the_stream_and_leads_to_its_page(here, ada, new):
    """S14: the friendly name is the name of the stream; the state is followed."""
    answer = add(ada, new, number=GOOD)

    [stream] = [one for one in make.every(MediaStream) if one.id != here.nodes[Level.STREAM].id]
    [number] = make.every(Assignment)
    assert answer.headers["Location"] == f"/stream-{stream.id}/media-streams/"
    assert (number.stream_id, number.friendly_name, number.mms) == (stream.id, "Sales texts", None)
    page = ada.get(answer.headers["Location"])
    assert "Provisioning" in words(page)
    assert f"/stream-{stream.id}/numbers/{number.id}/badge" in page.text


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (NOT_OURS, "This number is not assigned to this Inteliquent account, please check the number"),
        (SMS_ONLY, "This number can only send and receive SMS at the carrier."),
        ("2019920791", "This number is still pending at the carrier."),
        ("123", "Enter a ten-digit US number"),
        ("", "Enter a ten-digit US number."),
    ],
)
def test_a_number_that_cannot_be_used_makes_no_stream_and_nothing_typed_is_lost(here, ada, new, number, said):
    """S8 to S11, S14, D3."""
    answer = add(ada, new, number=number)

    assert answer.status_code == 422
    assert said in alerts(answer)
    assert len(make.every(MediaStream)) == 1
    assert fields_of(soup(answer), new)["number"] == number


def test_messaging_can_be_turned_on_from_the_form(ada, new):
    """D3."""
    answer = add(ada, new, number=MESSAGING_OFF)
    assert "messaging is switched off for it" in alerts(answer)
    assert soup(answer).find("button", {"name": "turn_on"})

    answer = ada.post(new, fields_of(soup(answer), new) | {"turn_on": "y"})
    assert answer.status_code == 303
    assert len(make.every(MediaStream)) == 2


def test_a_form_without_a_media_type_is_refused(ada, new):
    answer = ada.fill(new, name="Sales texts")

    assert "Choose a media type." in alerts(answer)


def test_without_a_platform_the_page_says_who_can_add_one(browser):
    """S14."""
    queue = make.queue()
    ada = browser(make.portal_user(make.every(type(make.group()), id=queue.group_id)[0]))
    page = ada.get(f"/group-{queue.group_id}/add-stream/{queue.id}")

    assert "An operator or an administrator at provider level can add one." in words(page)
    assert not soup(page).find(id="stream").find("form")


def test_the_platform_is_asked_for_only_where_there_are_several(here, keys, ada, new):
    """S7, S9: choosing one without MMS takes the switch away."""
    assert "platform_id" not in fields_of(soup(choose(ada, new, media_type="sms")), new)
    other = make.platform(here.nodes[Level.PROVIDER], **keys, mms_available=False, user_can_block=False)
    first = fields_of(soup(choose(ada, new, media_type="sms")), new)
    assert "platform_id" in first

    second = ada.post(new, first | {"platform_id": str(other.id), "refresh": "y"})
    assert not {"mms", "user_can_block"} & set(fields_of(soup(second), new))
    assert "MMS is switched off for this CPaaS platform." in second.text


@pytest.fixture
def stream(here):
    row = here.nodes[Level.STREAM]
    number = make.assignment(row, on=here.platform, number="+12019920781")
    conversation = make.conversation(number)
    conversation.state = ConversationState.WAITING
    make.kept(conversation)
    make.message(number)
    return row


def test_the_page_of_a_stream_counts_who_waits(ada, stream):
    page = ada.get(f"/stream-{stream.id}/media-streams/")

    assert "1 conversation waits for an agent." in words(page)
    assert INTRO in words(page)
    assert "SMS Configuration" in labels(page)


def test_a_stream_is_renamed_with_its_number(ada, stream):
    path = f"/stream-{stream.id}/media-streams/"
    assert ada.fill(path, name="Support texts").status_code == 303

    assert make.again(stream).name == "Support texts"
    assert make.every(Assignment)[0].friendly_name == "Support texts"


def test_two_administrators_the_second_is_told(here, ada, stream, browser):
    """What was typed stays; sending it again replaces it knowingly."""
    path = f"/stream-{stream.id}/media-streams/"
    filled = fields_of(soup(ada.get(path)), path)
    browser(here.staff[Level.PROVIDER]).fill(path, name="First")

    answer = ada.post(path, filled | {"name": "Second"})
    assert "name is now “First”" in alerts(answer)
    assert make.again(stream).name == "First"
    second = fields_of(soup(answer), path)
    assert second["name"] == "Second"
    assert ada.post(path, second).status_code == 303
    assert make.again(stream).name == "Second"


def test_closing_a_stream_names_the_loss_first(here, ada, stream):
    path = f"/stream-{stream.id}/media-streams/close"
    asked = words(ada.get(path))
    assert "2019920781 is released: texting stops at once. 1 message is erased." in asked
    assert make.again(stream).closed_at is None

    ada.fill(path)
    assert make.again(stream).closed_at is not None
    assert make.every(Assignment)[0].state is AssignmentState.RELEASING
    page = ada.get(f"/stream-{stream.id}/media-streams/")
    assert page.status_code == 200
    assert not soup(page).find(id="stream").find("form")
    assert ada.post(f"/stream-{stream.id}/media-streams/", {"name": "Late"}).status_code == 409
