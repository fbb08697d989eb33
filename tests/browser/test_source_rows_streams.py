"""S13 and S14 in a browser, with the texts of the specification to the letter."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from app.models import Assignment, MediaStream
from tests import make
from tests.browser.rows import Customer, Desk
from tests.running import Portal

pytestmark = pytest.mark.browser

INTRO = (
    "Add or update a media stream to the queue, each media stream represents an entry point into the queue "
    "through a media type"
)
PATIENCE = "Please note it may take several minutes before this number is provisioned in Inteliquent"
NOT_ON_ACCOUNT = (
    "This number is not assigned to this Inteliquent account, please check the number and try again or "
    "check with the Inteliquent customer portal for more information"
)
DAYLIGHT = re.compile(r"Daylight savings from Sunday (\S+) at 01:00 until Sunday (\S+) at 02:00")
OF_SMS = ("Number", "MMS Available", "Remote Numbers Can Be Blocked", "Initial reply within business hours")


def at_a_queue(portal: Portal, desk: Desk, name: str) -> tuple[Customer, int]:
    """A customer with a platform, a contact center and a queue, whose page is open."""
    customer = Customer.new(portal, name)
    customer.platform()
    with portal.app():
        [sales] = make.every(make.tree.Group, id=customer.group)
        make.in_office_profile(sales, name="Weekdays")
        queue = make.queue(make.contact_center(sales), name="First line").id
    desk.at(f"group-{customer.group}", f"queues/{queue}")
    return customer, queue


def is_last_sunday(day: str) -> bool:
    date = dt.datetime.strptime(day, "%d/%m/%Y").date()
    return date.weekday() == 6 and (date + dt.timedelta(days=7)).month != date.month


def test_s13_the_form_of_a_media_stream(portal: Portal, desk: Desk) -> None:
    at_a_queue(portal, desk, "Rows Thirteen")
    desk.follow("Add media stream")
    desk.reads("New Media Stream", INTRO, "Availability")
    switches = {
        "Conversation Can Be Transferred": True,
        "Conversation Can Be Escalated": False,
        "Use Last Agent If Available": False,
        "Reopen Conversation On Reply": False,
    }
    for label, is_on in switches.items():
        expect(desk.field(label)).to_be_checked(checked=is_on)
    for label in ("Name", "Language", "Media Type", "Timezone", "In Office Profile"):
        expect(desk.field(label)).to_be_visible()
    expect(desk.field("In Office Profile").locator("option", has_text="Weekdays")).to_have_count(1)


def test_s13_the_timezone_spells_out_its_daylight_savings(portal: Portal, desk: Desk) -> None:
    """The next dates, without a reload; or that there are none."""
    at_a_queue(portal, desk, "Rows Thirteen Zones")
    desk.follow("Add media stream")
    desk.page.evaluate("window.stillTheSamePage = true")
    desk.fill({"Name": "Kept while the zone changes", "Timezone": "Europe/London"})
    expect(desk.page.locator("main")).to_contain_text(DAYLIGHT)
    found = DAYLIGHT.search(desk.page.locator("main").inner_text())
    assert found is not None
    assert is_last_sunday(found[1])
    assert is_last_sunday(found[2])
    assert (found[1][3:5], found[2][3:5]) == ("03", "10")
    desk.fill({"Timezone": "Asia/Tokyo"})
    desk.reads("Asia/Tokyo has no daylight savings.")
    expect(desk.field("Name")).to_have_value("Kept while the zone changes")
    assert desk.page.evaluate("window.stillTheSamePage") is True


def test_s14_media_type_sms_updates_the_form_in_place(portal: Portal, desk: Desk) -> None:
    """Media Type starts empty and offers SMS; the number's fields come with it, what was typed stays."""
    at_a_queue(portal, desk, "Rows Fourteen Form")
    desk.follow("Add media stream")
    assert desk.field("Media Type").locator("option").all_inner_texts() == ["", "SMS"]
    expect(desk.field("Media Type").locator("option:checked")).to_have_text("")
    for label in OF_SMS:
        expect(desk.field(label)).to_have_count(0)
    desk.page.evaluate("window.stillTheSamePage = true")
    desk.fill({"Name": "Main line", "Conversation Can Be Escalated": True, "Media Type": "SMS"})
    desk.reads("SMS Configuration", PATIENCE)
    for label in OF_SMS:
        expect(desk.field(label)).to_be_visible()
    for label in ("MMS Available", "Remote Numbers Can Be Blocked"):
        expect(desk.field(label)).to_be_checked()
    expect(desk.field("Name")).to_have_value("Main line")
    expect(desk.field("Conversation Can Be Escalated")).to_be_checked()
    assert desk.page.evaluate("window.stillTheSamePage") is True


def test_s14_the_number_of_a_stream_runs_the_same_checks_and_job(portal: Portal, desk: Desk) -> None:
    """A refused number makes no stream; a good one bears the stream's name and becomes active by itself."""
    customer, queue = at_a_queue(portal, desk, "Rows Fourteen")
    desk.follow("Add media stream")
    desk.fill({"Name": "Main line", "Media Type": "SMS"})
    desk.fill({"Number": "2019920789"})
    desk.press("Add media stream")
    desk.reads(NOT_ON_ACCOUNT)
    with portal.app():
        assert make.every(MediaStream, queue_id=queue) == []
        assert make.every(Assignment, provider_id=customer.provider) == []

    desk.fill({"Number": "2019920704"})
    desk.press("Add media stream")
    desk.reads(NOT_ON_ACCOUNT)  # it is on another account
    desk.fill({"Number": "2019920788"})
    desk.press("Add media stream")
    desk.reads("messaging is switched off")
    desk.press("Turn on messaging")
    with portal.app():
        [stream] = [row.id for row in make.every(MediaStream, queue_id=queue)]
        [number] = [row.id for row in make.every(Assignment, stream_id=stream)]
    desk.at(f"stream-{stream}", f"numbers/{number}")
    expect(desk.page.locator("#number-state").get_by_text("Active", exact=True)).to_be_visible(timeout=60_000)
    assert len(portal.sandbox.webhooks("test", "2019920788")) == 1
    desk.at(f"group-{customer.group}", "numbers")
    expect(desk.row("2019920788")).to_contain_text("Main line")
    desk.follow("2019920788")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Main line")
