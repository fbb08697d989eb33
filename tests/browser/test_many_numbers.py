"""A CSV of numbers in a browser: uploaded, checked before one's eyes, added, looked at later (S8, S10)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests import make
from tests.browser.serving import Served
from tests.processes import Sandbox

pytestmark = pytest.mark.browser
SECONDS = 30_000
FILE = """user id;number;friendly name;type
una@example.com;2019920781;Front desk;MMS & SMS
una@example.com;2019920782;;
una@example.com;2019920781;The same again;SMS
nobody@example.com;2019920783;;SMS
una@example.com;2019920789;Not ours;SMS
"""


@pytest.fixture
def numbers_tab(app: Flask, real_database: Any, carrier: Sandbox, page: Page) -> Iterator[Page]:
    """CPaaS Numbers of a provider with a platform and one user, seen by its administrator."""
    keys = {name: key for name, key in carrier.accounts()["test"].items() if name != "private_key"}
    telco = make.provider()
    make.user(make.group(telco), broadworks_id="una@example.com")
    make.platform(telco, user_confirmation_required=False, **keys)
    admin = make.portal_user(telco)
    with Served(app) as portal:
        page.context.add_cookies(portal.sign_in(admin.email))
        page.goto(f"{portal.url}/{make.at(telco)}/numbers/")
        yield page


def test_numbers_from_a_file_with_the_outcome_of_each_row(
    numbers_tab: Page, work: Callable[..., list[str]]
) -> None:
    page = numbers_tab
    page.get_by_role("link", name="Add many numbers").click()
    expect(page.get_by_text("No uploads yet")).to_be_visible()
    _look(page, "form")
    page.get_by_label("CSV file").set_input_files(
        {"name": "new numbers.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.get_by_role("button", name="Check rows").click()

    # The page can be left and come back to, and follows the check by itself.
    expect(page.get_by_text("Checked 1 of 5, 1 refused")).to_be_visible(timeout=SECONDS)
    page.get_by_role("link", name="Add many numbers").first.click()
    page.get_by_role("link", name="new numbers.csv").click()
    expect(page.get_by_text("Checked 1 of 5, 1 refused")).to_be_visible(timeout=SECONDS)
    work(("bulk",))
    expect(page.get_by_role("button", name="Add 2 numbers")).to_be_visible(timeout=SECONDS)
    rows = page.locator("#list")
    expect(rows.get_by_text("2019920781 is in row 1 already.")).to_be_visible()
    expect(rows.get_by_text("There is no user with this id here.")).to_be_visible()
    expect(rows.get_by_text("This number is not assigned to this Inteliquent account")).to_be_visible()
    _look(page, "checked")
    page.get_by_label("Outcome").select_option(label="Refused")
    expect(rows.locator("tbody tr")).to_have_count(3)

    page.get_by_role("button", name="Add 2 numbers").click()
    expect(page.get_by_text("Done 3 of 5, 3 refused")).to_be_visible(timeout=SECONDS)
    work()
    expect(page.get_by_text("2 numbers were added. 3 rows were left out")).to_be_visible(timeout=SECONDS)
    _look(page, "done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download result").click()
    result = Path(download.value.path()).read_text()
    assert '"1","una@example.com","2019920781","Front desk","MMS & SMS","Added",' in result
    page.get_by_role("link", name="2019920781").click()
    expect(page.get_by_text("Active Assignment").first).to_be_visible(timeout=SECONDS)


def _look(page: Page, name: str) -> None:
    """PICTURES=<folder> keeps a picture of each step, wide and narrow, light and dark."""
    if "PICTURES" not in os.environ:
        return
    for width in (1440, 390):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{os.environ['PICTURES']}/bulk-{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})
