"""The list of numbers at every level: columns, orders, filters, search, CSV (S15)."""

from __future__ import annotations

import contextvars
import csv
import datetime as dt
import io

import pytest

from app.services.provisioning import queries
from app.vocabulary import AssignmentState, Level
from tests import make
from tests.web.browsing import HTMX, Browser, soup
from tests.web.world import Branch


@pytest.fixture
def here(keys):
    return Branch(keys)


@pytest.fixture
def ada(here, browser):
    return browser(here.staff[Level.GROUP])


def words(answer):
    return soup(answer).main.get_text(" ", strip=True)


@pytest.mark.parametrize("level", list(Level))
def test_the_list_is_there_at_every_level_with_the_columns_of_the_source(browser, here, level):
    """S15: a click on a number leads to its holder; at the holder, to the page of the number."""
    holder = here.nodes[Level.STREAM] if level is Level.STREAM else here.user
    given = make.assignment(holder, number="+12019920778", friendly_name="SMS only", mms=False)
    make.assignment(make.user(), number="+13105550100")
    answer = browser(here.staff[Level.SYSTEM]).get(f"/{make.at(here.nodes[level])}/numbers/")
    page = words(answer)
    for column in (
        "User/Media Stream",
        "CPaaS Number",
        "Friendly Name",
        "Messaging Type",
        "State",
        "End Date",
    ):
        assert column.lower() in page.lower()
    for cell in (holder.name, "2019920778", "SMS only", "SMS", "Active", "Active Assignment"):
        assert cell in page
    assert ("3105550100" in page) is ("Provider" in heads(answer)) is (level is Level.SYSTEM)
    own_page = f"/{make.at(holder)}/numbers/{given.id}"
    links = [link["href"] for link in soup(answer).select("main .number a") if link.text == "2019920778"]
    assert links == [own_page if level in {Level.USER, Level.STREAM} else f"/{make.at(holder)}/details/"]
    assert soup(answer).find("a", string="SMS only")["href"] == own_page


def heads(answer):
    return [cell.get_text(strip=True).strip("↑↓ ") for cell in soup(answer).select("thead th")]


def rows_of(answer):
    return [one.get_text(strip=True) for one in soup(answer).select("tbody .number a")]


def test_the_head_of_a_column_sorts_and_says_how(here, ada):
    """S15."""
    for name, number in (("Zoe", "+12019920001"), ("Abe", "+12019920002")):
        make.assignment(make.user(here.nodes[Level.GROUP], name=name), number=number)
    path = f"/group-{here.nodes[Level.GROUP].id}/numbers/"

    def sorted_by(answer):
        return {
            cell.get_text(strip=True).strip("↑↓ "): cell["aria-sort"]
            for cell in soup(answer).select("[aria-sort]")
        }

    answer = ada.get(path)
    assert (rows_of(answer), sorted_by(answer)) == (
        ["2019920001", "2019920002"],
        {"CPaaS Number": "ascending"},
    )
    for direction, first in (("ascending", "2019920002"), ("descending", "2019920001")):
        [link] = [one for one in soup(answer).select("thead a") if "User/Media Stream" in one.text]
        answer = ada.get(link["href"])
        assert sorted_by(answer) == {"User/Media Stream": direction}
        assert rows_of(answer)[0] == first
    for odd in ("sort=made-up", "sort=", "sort=-", "sort=--number", "state=x&type=x&platform=x&show=x"):
        assert len(rows_of(ada.get(f"{path}?{odd}"))) == 2, odd


def test_where_the_heads_do_not_fit_a_menu_sorts(here, ada):
    """Narrow screens show a list without heads."""
    make.assignment(make.user(here.nodes[Level.GROUP]))
    page = soup(ada.get(f"/group-{here.nodes[Level.GROUP].id}/numbers/?sort=-name"))
    menu = page.select_one(".sorting")
    assert "Friendly Name ↓" in menu.summary.get_text(" ", strip=True)
    assert [link["href"] for link in menu.select("a")] == [link["href"] for link in page.select("thead a")]
    assert [link.get_text(strip=True) for link in menu.select("[aria-current]")] == ["Friendly Name ↓"]


def test_filters_stand_in_the_address_and_can_be_taken_away_one_by_one(here, ada):
    """S15."""
    make.assignment(here.user, number="+12019920001", state=AssignmentState.FAILED)
    make.assignment(here.user, number="+12019920002")
    ended = {"state": AssignmentState.ENDED, "ended_at": here.user.created_at}
    make.assignment(here.user, number="+12019920003", **ended)
    path = f"/group-{here.nodes[Level.GROUP].id}/numbers/"
    for query, finds in (
        ("", ["2019920001", "2019920002"]),
        ("state=failed", ["2019920001"]),
        ("show=ended", ["2019920003"]),
        ("state=ended", ["2019920003"]),
        ("show=all", ["2019920001", "2019920002", "2019920003"]),
        ("show=all&q=002", ["2019920002"]),
    ):
        assert rows_of(ada.get(f"{path}?{query}")) == finds, query

    answer = ada.get(f"{path}?q=992&state=failed&sort=-number&platform=")
    chips = {chip.get_text(strip=True): chip["href"] for chip in soup(answer).select(".chip")}
    assert chips == {
        "Search: 992": f"{path}?state=failed&sort=-number",
        "Failed": f"{path}?q=992&sort=-number",
    }
    nothing = ada.get(f"{path}?q=nobody&sort=-number")
    assert "Nothing fits" in words(nothing)
    assert soup(nothing).find("a", string="Clear filters")["href"] == f"{path}?sort=-number"
    nobody = make.user(here.nodes[Level.GROUP])
    assert "This user has no CPaaS number" in words(ada.get(f"/user-{nobody.id}/numbers/"))
    part = ada.get(f"{path}?q=992&state=&type=&show=", headers=HTMX)
    assert part.headers["HX-Push-Url"] == f"{path}?q=992"


def test_the_platform_is_a_filter_only_where_there_are_several(here, browser, keys):
    """S15."""
    path = f"/provider-{here.nodes[Level.PROVIDER].id}/numbers/"
    ada = browser(here.staff[Level.PROVIDER])
    assert not soup(ada.get(path)).select("select[name=platform]")
    second = make.platform(here.nodes[Level.PROVIDER], **keys)
    given = make.assignment(here.user, on=second)
    make.assignment(here.user, on=here.platform)
    assert soup(ada.get(path)).select("select[name=platform]")
    assert rows_of(ada.get(f"{path}?platform={second.id}")) == [given.number.removeprefix("+1")]


def downloaded(app, person, path):
    """A stream is read to its end, as a browser does."""
    client = Browser(app, person)._client
    answer = contextvars.Context().run(lambda: client.get(path, buffered=True))
    assert answer.status_code == 200
    return answer, list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def test_where_there_are_several_platforms_list_and_csv_name_that_of_each_number(app, here, browser):
    """D36."""
    ada, path = here.staff[Level.PROVIDER], f"/provider-{here.nodes[Level.PROVIDER].id}/numbers/"
    make.assignment(here.user, on=here.platform)
    assert "Platform" not in heads(browser(ada).get(path))
    assert "Platform" not in downloaded(app, ada, f"{path}export.csv")[1][0]
    second = make.platform(here.nodes[Level.PROVIDER], name="Toll-free, <A&B>")
    given = make.assignment(here.user, on=second)
    page = browser(ada).get(f"{path}?platform={second.id}")
    assert soup(page).select_one('td[data-label="Platform"]').text == "Toll-free, <A&B>"
    _, rows = downloaded(app, ada, f"{path}export.csv?platform={second.id}")
    assert rows[0] == heads(page)
    assert (rows[1][1], rows[1][-1]) == (given.number.removeprefix("+1"), "Toll-free, <A&B>")


def test_the_csv_holds_exactly_what_is_filtered_on_all_pages(app, here, monkeypatch):
    """S15: no cell starts a formula, whatever people call their numbers."""
    monkeypatch.setattr(queries, "_BATCH", 2)
    names = ['=HYPERLINK("x")', "+1", "-1", "@sum", "\tx", 'a, "b"', "Ünïcode"]
    for n, name in enumerate(names):
        make.assignment(here.user, number=f"+1201992000{n}", friendly_name=name)
    at = dt.datetime(2021, 6, 15, 13, 0, 30, tzinfo=dt.UTC)
    ended = {"state": AssignmentState.ENDED, "ended_at": at}
    make.assignment(here.user, number="+12019920009", mms=False, **ended)
    make.assignment(make.user(), number="+13105550100")
    path = f"/provider-{here.nodes[Level.PROVIDER].id}/numbers/export.csv"
    reader = here.readers[Level.PROVIDER]

    answer, rows = downloaded(app, reader, f"{path}?sort=-number")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert rows[0] == heads(Browser(app, reader).get(path.removesuffix("export.csv")))
    assert [row[2] for row in rows[1:]] == [
        "Ünïcode",
        'a, "b"',
        "'\tx",
        "'@sum",
        "'-1",
        "'+1",
        """'=HYPERLINK("x")""",
    ]
    assert {row[5] for row in rows[1:]} == {"Active Assignment"}
    _, rows = downloaded(app, reader, f"{path}?show=ended")
    assert rows[1:] == [
        [here.user.name, "2019920009", "2019920009", "SMS", "Ended", "2021-06-15T13:00:30+00:00"]
    ]
    _, rows = downloaded(app, here.staff[Level.SYSTEM], "/system/numbers/export.csv?q=310")
    assert (rows[0][-1], rows[1][1], rows[1][-1]) == ("Provider", "3105550100", "Telco")


@pytest.mark.parametrize(
    ("search", "finds"),
    [
        *[("778", True), ("una", True), ("201*778", True), ("%", False), ("\x00", None), ("*", True)],
        *[
            ("tel:+12019920778", True),
            ("(201) 992", True),
            ("201\u200e9920778", True),
            ("201/992-0778", True),
        ],
        *[("0012019920778", True), ("2019920779", False), ("tel:2019920779", False)],
    ],
)
def test_the_search_stands_in_the_address_and_htmx_gets_the_list_alone(here, ada, search, finds):
    """S15."""
    make.assignment(here.user, number="+12019920778")
    path = f"/group-{here.nodes[Level.GROUP].id}/numbers/"
    whole = ada.get(path, query_string={"q": search})
    part = ada.get(path, query_string={"q": search}, headers=HTMX)
    assert (whole.status_code, part.status_code) == (200, 200)
    assert soup(whole).html
    assert not soup(part).html
    assert "HX-Request" in part.headers["Vary"]
    if finds is not None:
        assert ("2019920778" in soup(part).get_text()) is finds


def test_the_whole_page_is_sent_for_boosted_and_history_requests(here, ada):
    path = f"/group-{here.nodes[Level.GROUP].id}/numbers/"
    for more in ("HX-Boosted", "HX-History-Restore-Request"):
        assert soup(ada.get(path, headers={**HTMX, more: "true"})).html
