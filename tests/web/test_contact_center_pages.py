"""The Contact Center tab: contact centers, queues, members and In Office Profiles (D20, D22)."""

from __future__ import annotations

import pytest

from app.models import ContactCenter, InOfficeProfile, Queue, QueueMember
from app.services.contact_center.closing import Loss
from app.vocabulary import ConversationState, Level
from app.web.closing_words import lost_with
from tests import make
from tests.web.browsing import HTMX, alerts, fields_of, soup
from tests.web.world import Branch


@pytest.fixture
def here(keys):
    return Branch(keys)


@pytest.fixture
def ada(here, browser):
    return browser(here.staff[Level.GROUP])


@pytest.fixture
def group(here):
    return f"/group-{here.nodes[Level.GROUP].id}"


def words(answer):
    return soup(answer).main.get_text(" ", strip=True)


@pytest.fixture
def stream(here):
    row = here.nodes[Level.STREAM]
    number = make.assignment(row, on=here.platform, number="+12019920781")
    conversation = make.conversation(number)
    conversation.state = ConversationState.WAITING
    make.kept(conversation)
    make.message(number)
    return row


def test_from_nothing_to_a_queue_with_a_member(browser):
    group = make.group()
    una = make.user(group, name="Una Ames")
    ada = browser(make.portal_user(group))
    tab = f"/group-{group.id}/contact-center/"
    assert "No contact center yet" in words(ada.get(tab))

    ada.fill(f"/group-{group.id}/contact-centers/new", name="Front desk")
    [center] = make.every(ContactCenter)
    added = ada.fill(f"/group-{group.id}/contact-centers/{center.id}/queues/new", name="Sales")
    [queue] = make.every(Queue)
    page = f"/group-{group.id}/queues/{queue.id}"
    assert added.headers["Location"] == page
    assert "Nobody answers this queue yet." in words(ada.get(page))

    found = ada.get(f"{page}?q=ames", headers=HTMX)
    assert [soup(found).div["id"], "Una Ames" in found.text] == ["candidates", True]
    member = f"{page}/members/{una.id}"
    ada.post(member, {"role": "supervisor"})
    assert make.every(QueueMember)[0].is_supervisor
    assert "No Unity Agent or Supervisor" in words(ada.get(page))
    assert "Una" not in ada.get(f"{page}?q=ames", headers=HTMX).text.replace("“ames”", "")
    ada.post(f"{member}/remove")
    assert not make.every(QueueMember)
    assert "Sales" in words(ada.get(tab))


def test_closing_a_contact_center_says_what_goes_with_it(here, ada, group, stream):
    center = here.queue.contact_center_id
    asked = words(ada.get(f"{group}/contact-centers/{center}/close"))

    assert "Its queue is closed: Sales. Its media stream is closed: Sales texts." in asked
    assert "2019920781 is released: texting stops at once. 1 message is erased." in asked
    ada.fill(f"{group}/contact-centers/{center}/close")
    assert "No contact center yet" in words(ada.get(f"{group}/contact-center/"))
    assert "Front desk" in words(ada.get(f"{group}/contact-center/?closed=1"))
    assert ada.post(f"{group}/queues/{here.queue.id}", {"name": "Late"}).status_code in {409, 422}
    assert here.queue.name == "Sales"


def test_of_many_things_that_go_five_are_named(app):
    with app.test_request_context():
        said = lost_with(Loss((), (), tuple(f"+120155501{number:02}" for number in range(14)), 0))
    [words] = said
    assert words.endswith("2015550100, 2015550101, 2015550102, 2015550103, 2015550104 and 9 more.")


def test_rows_of_a_profile_come_and_go_without_javascript(ada, group):
    """And nothing typed in the others is lost."""
    path = f"{group}/in-office-profiles/new"
    filled = fields_of(soup(ada.get(path)), path) | {"name": "Office", "hours-1-opens": "08:30"}
    more = fields_of(soup(ada.post(path, filled | {"press": "add-hours"})), path)
    assert (more["hours-1-opens"], more["hours-5-opens"]) == ("08:30", "")
    fewer = fields_of(soup(ada.post(path, more | {"press": "remove-hours-0"})), path)
    assert (fewer["hours-0-opens"], "hours-5-opens" in fewer) == ("08:30", False)
    closed = fields_of(soup(ada.post(path, fewer | {"press": "add-holidays"})), path)
    closed |= {"holidays-0-date": "2026-12-25", "holidays-0-name": "Christmas"}
    assert not make.every(InOfficeProfile)

    assert ada.post(path, closed).status_code == 303
    [profile] = make.every(InOfficeProfile)
    assert profile.weekly_hours[0] == {"day": 1, "opens": "08:30", "closes": "17:00"}
    assert len(profile.weekly_hours) == 4
    assert profile.holidays == [{"date": "2026-12-25", "name": "Christmas"}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"hours-0-closes": "08:00"}, "Monday: hours from 09:00 to 08:00 end before they begin."),
        ({"hours-1-day": "0"}, "Monday: 09:00 to 17:00 and 09:00 to 17:00 overlap."),
        ({"hours-0-day": "x"}, "Choose a day from the list."),
        ({"holidays-0-date": "soon", "holidays-0-name": "X"}, "Enter the date of each holiday"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_with_a_sentence(ada, group, typed, said):
    answer = ada.fill(f"{group}/in-office-profiles/new", name="Office", **typed)

    assert answer.status_code == 422
    assert said in alerts(answer)


def test_a_profile_in_use_is_not_deleted(here, ada, group):
    profile = make.in_office_profile(here.nodes[Level.GROUP])
    stream = here.nodes[Level.STREAM]
    stream.in_office_profile_id = profile.id
    make.kept(stream)
    path = f"{group}/in-office-profiles/{profile.id}/delete"

    answer = ada.get(path)
    assert "1 media stream uses this In Office Profile." in alerts(answer)
    assert f"{profile.name} cannot be deleted now" in words(answer)
    ada.post(path)
    assert make.every(InOfficeProfile)


def test_above_the_group_everything_is_listed_with_its_group(here, browser, stream):
    for level in (Level.SYSTEM, Level.PROVIDER, Level.RESELLER):
        node = here.nodes[level]
        path = f"/{make.at(node)}/contact-center/"
        page = browser(here.staff[level]).get(path)
        assert "Front desk" in words(page)
        assert not soup(page).main.find("form", method="post")
        streams = words(browser(here.staff[level]).get(f"{path}?show=streams&q=sal*"))
        assert "Sales texts 2019920781 Sales Front desk Sales 1" in streams.replace(" Copy 2019920781", "")
        assert "Nothing fits" in words(browser(here.staff[level]).get(f"{path}?show=streams&q=%25"))


def test_who_only_reads_sees_no_form(here, browser, group, stream):
    reader = browser(here.readers[Level.GROUP])
    profile = make.in_office_profile(here.nodes[Level.GROUP])
    for path in (
        f"{group}/contact-center/",
        f"{group}/queues/{here.queue.id}",
        f"{group}/in-office-profiles/{profile.id}",
        f"/stream-{stream.id}/media-streams/",
    ):
        page = soup(reader.get(path)).main
        assert not page.find("form", method="post"), path
        assert not page.find("a", class_="btn-primary"), path
        assert "Add or update" not in page.get_text(), path
    profile_page = words(reader.get(f"{group}/in-office-profiles/{profile.id}"))
    assert (
        profile_page.index("Timezone") < profile_page.index("Weekly hours") < profile_page.index("Holidays")
    )
