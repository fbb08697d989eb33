"""Add many numbers as people see it: upload, look, start, follow, download (S8, S10, D29)."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event

from app.models import Assignment, BulkRow, BulkRun
from app.services.provisioning import bulk_file
from app.vocabulary import BulkState, RowOutcome
from tests import make
from tests.web.browsing import HTMX, alerts, soup

GOOD, ALSO_GOOD, NOT_OURS = "2019920781", "2019920782", "2019920789"


@pytest.fixture
def place(keys: dict[str, str]) -> SimpleNamespace:
    """A user below a provider with a platform; `admin` administrates the provider."""
    telco = make.provider()
    user = make.user(make.group(make.reseller(telco)))
    platform = make.platform(telco, user_confirmation_required=False, **keys)
    admin = make.portal_user(telco)
    return SimpleNamespace(
        telco=telco, user=user, platform=platform, admin=admin, path=f"/{make.at(telco)}/bulk/"
    )


def text(answer: Any) -> str:
    return " ".join(soup(answer).get_text(" ", strip=True).split())


def file_of(*lines: str, name: str = "numbers.csv") -> dict[str, Any]:
    return {"file": (io.BytesIO("\n".join(lines).encode()), name)}


def rejected(answer: Any) -> str:
    assert answer.status_code == 422
    return alerts(answer)


def test_the_numbers_tab_offers_it_at_three_levels_to_who_may(place, browser):
    reader = make.portal_user(place.telco, role="read-only")
    link = f'href="{place.path}"'
    assert link in browser(place.admin).get(f"/{make.at(place.telco)}/numbers/").text
    assert link not in browser(reader).get(f"/{make.at(place.telco)}/numbers/").text
    assert "/bulk/" not in browser(place.admin).get(f"/{make.at(place.user)}/numbers/").text
    assert browser(place.admin).get(f"/{make.at(place.user)}/bulk/").status_code == 404


def test_from_the_file_to_the_result(place, browser, work):
    """S8, S10: nothing is assigned until somebody has looked; then every row has its outcome."""
    person = browser(place.admin)
    lines = ("number;user id", f"{GOOD};{place.user.broadworks_id}", f"{NOT_OURS};{place.user.broadworks_id}")
    answer = person.post(place.path, file_of(*lines))
    run = make.every(BulkRun)[0]
    assert answer.status_code == 303
    assert answer.location == f"{place.path}{run.id}"

    page = person.get(answer.location)
    assert "Checked 0 of 2, 0 refused" in text(page)
    assert soup(page).select_one("#bulk-progress")["hx-trigger"] == "every 2s"
    polled = person.get(f"{answer.location}/progress", headers=HTMX)
    assert "Checked 0 of 2" in polled.text and polled.status_code == 200

    work(("bulk",))
    polled = person.get(f"{answer.location}/progress", headers=HTMX)
    assert polled.headers["HX-Redirect"] == answer.location
    page = person.get(answer.location)
    assert "1 row can be added. 1 row is left out" in text(page)
    assert "Add 1 number" in text(page)
    assert "This number is not assigned to this Inteliquent account" in text(page)
    assert soup(page).select_one("#bulk-progress").get("hx-trigger") is None
    assert make.every(Assignment) == []

    started = person.fill(answer.location, f"{answer.location}/start")
    assert started.location == answer.location
    assert "Done 1 of 2, 1 refused" in text(person.get(answer.location))
    work(("bulk",))
    assert "1 number was added. 1 row was left out" in text(person.get(answer.location))
    assert [row.number for row in make.every(Assignment)] == [f"+1{GOOD}"]
    listed = text(person.get(place.path))
    assert "numbers.csv Done 2 1 1" in listed


def test_rows_can_be_pasted_in_place_of_a_file(place, browser):
    answer = browser(place.admin).fill(
        place.path, pasted=f"{place.user.broadworks_id}\t{GOOD}\tFront desk\tSMS"
    )
    assert answer.status_code == 303
    [row] = make.every(BulkRow)
    assert (row.number, row.friendly_name, row.messaging_type) == (GOOD, "Front desk", "SMS")
    assert make.every(BulkRun)[0].name == "Pasted rows"


def test_what_is_wrong_with_a_file_stands_at_its_field_and_what_was_pasted_stays(place, browser):
    person = browser(place.admin)
    assert "Choose a file, or paste rows below." in rejected(person.fill(place.path))
    assert "not a text file" in rejected(person.post(place.path, file_of("PK\0", name="numbers.xlsx")))
    answer = person.fill(place.path, pasted="user id,number")
    assert "no rows" in rejected(answer)
    assert "user id,number" in soup(answer).select_one("textarea").text
    assert make.every(BulkRun) == []


def test_the_platform_is_asked_for_only_where_there_are_several(place, browser):
    """S7."""
    person = browser(place.admin)
    assert soup(person.get(place.path)).select_one("[name=platform_id]") is None
    other = make.platform(place.telco)
    assert soup(person.get(place.path)).select_one("[name=platform_id]") is not None
    person.fill(place.path, pasted=f"{place.user.broadworks_id},{GOOD}", platform_id=str(other.id))
    assert make.every(BulkRun)[0].platform_id == other.id


def test_without_a_platform_the_page_says_who_can_add_one(browser):
    group = make.group()
    page = browser(make.portal_user(group)).get(f"/{make.at(group)}/bulk/")
    assert "this provider has no CPaaS platform" in text(page)


def test_rows_are_filtered_by_outcome_and_paged_by_key(place, browser):
    rows = [{"outcome": RowOutcome.REFUSED, "words": "This user was closed."}, *[{}] * 51]
    run = make.bulk_run(place.telco, *rows)
    person = browser(place.admin)
    page = soup(person.get(f"{place.path}{run.id}"))
    assert len(page.select("#list tbody tr")) == 50
    following = soup(person.get(page.select_one(".pager a")["href"]))
    assert [row.select_one("th").text for row in following.select("#list tbody tr")] == ["51", "52"]
    refused = soup(person.get(f"{place.path}{run.id}?outcome=refused"))
    assert len(refused.select("#list tbody tr")) == 1
    empty = person.get(f"{place.path}{run.id}?outcome=assigned", headers=HTMX)
    assert "No row has this outcome" in empty.text


def test_the_result_is_a_csv_that_no_spreadsheet_runs(place, browser):
    run = make.bulk_run(
        place.telco,
        {"number": f"+1{GOOD}", "friendly_name": '=HYPERLINK("x")', "outcome": RowOutcome.ASSIGNED},
        {"broadworks_id": "@SUM(1)", "outcome": RowOutcome.REFUSED, "words": "This user was closed."},
        state=BulkState.DONE,
    )
    answer = browser(place.admin).get(f"{place.path}{run.id}/result.csv", buffered=True)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="numbers-{run.id}.csv"'
    assert answer.text.splitlines() == [
        '\ufeff"Row","User ID","Number","Friendly name","Type","Outcome","Reason"',
        f'"1","una@example.com","\'+1{GOOD}","\'=HYPERLINK(""x"")","SMS","Added",""',
        f'"2","\'@SUM(1)","{make.every(BulkRow)[1].number}","","SMS","Refused","This user was closed."',
    ]


def test_the_template_can_be_uploaded_as_it_is(place, browser):
    answer = browser(place.admin).get(f"{place.path}template.csv", buffered=True)
    assert bulk_file.read(answer.data)[0].objection == ""


def test_discarding_asks_first_and_names_what_is_lost(place, browser):
    run = make.bulk_run(place.telco, {}, {})
    person = browser(place.admin)
    path = f"{place.path}{run.id}/discard"
    assert "Its 2 rows and what the check said are deleted. No number is touched." in text(person.get(path))
    assert person.fill(path).location == place.path
    assert make.every(BulkRow) == []


def test_a_reader_sees_uploads_and_no_way_to_make_or_start_one(place, browser):
    """D29."""
    run = make.bulk_run(place.telco)
    reader = browser(make.portal_user(place.telco, role="read-only"))
    assert soup(reader.get(place.path)).select_one("[name=file]") is None
    page = reader.get(f"{place.path}{run.id}")
    assert "Add 1 number" not in text(page) and "Discard" not in text(page)
    assert reader.post(f"{place.path}{run.id}/start").status_code == 403


def test_a_person_lower_in_the_tree_does_not_see_uploads_above(place, browser):
    run = make.bulk_run(place.telco)
    below = make.portal_user(SimpleNamespace(provider_id=place.telco.id, reseller_id=place.user.reseller_id))
    here = f"/{make.at(below)}/bulk/"
    assert "numbers.csv" not in text(browser(below).get(here))
    assert browser(below).get(f"{here}{run.id}").status_code == 404


def test_a_file_name_is_shown_as_text(place, browser):
    answer = browser(place.admin).post(
        place.path, file_of(f"{place.user.broadworks_id},{GOOD}", name="<b>x</b>.csv")
    )
    assert "&lt;b&gt;" in browser(place.admin).get(answer.location).text


@pytest.mark.parametrize("rows", [1, 60])
def test_a_page_costs_few_queries_however_much_there_is(place, browser, db, rows):
    uploads = [make.bulk_run(place.telco, *[{}] * rows) for _ in range(rows // 4 + 1)]
    person = browser(place.admin)
    for path in (place.path, f"{place.path}{uploads[0].id}"):
        said: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any, said: list[str] = said) -> None:
            said.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        person.get(path)
        event.remove(db.engine, "before_cursor_execute", note)
        assert 0 < len([one for one in said if one.startswith("SELECT")]) <= 12, "\n".join(said)
