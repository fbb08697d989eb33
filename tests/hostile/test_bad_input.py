"""What no browser sends and no database takes: answered, never half saved, never a 5xx."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import db as database
from app.models import User
from app.services.search_index import refresh
from tests import make

_USER = {"broadworks_id": "ida@example.com", "name": "Ida", "timezone": "UTC", "language": "en"}


def test_a_form_that_leaves_fields_out_is_a_form_with_empty_fields(browser):
    group, operator = make.group(), browser(make.operator())
    assert operator.post(f"/{make.at(group)}/users/new", _USER).status_code == 303
    assert operator.post("/system/providers/new", {"name": "Telco"}).status_code == 303
    assert operator.post("/system/providers/new", {}).status_code == 422


def test_a_name_is_one_line(browser):
    """Else it breaks the subject of the mail that names it, or the column of a database."""
    group = make.group()
    answer = browser(make.operator()).post(
        f"/{make.at(group)}/users/new", _USER | {"name": "Ida\r\nBcc: x@example.com\0"}
    )
    assert answer.status_code == 303
    assert make.every(User)[-1].name == "Ida  Bcc: x@example.com"


@pytest.mark.parametrize(
    "path",
    [
        "/system/providers/?q=%00",
        "/system/numbers/?q=a%00b",
        "/system/search/?q=%00",
        "/receiver/inteliquent/%00",
        "/welcome/%00",
        "/client-password/%00",
    ],
)
def test_a_nul_in_an_address_is_nothing_special(browser, path):
    answer = browser(make.operator()).request("POST" if path.startswith("/receiver") else "GET", path)
    assert answer.status_code in {200, 404}


def test_a_nul_in_a_sign_in_is_a_wrong_sign_in(browser, client):
    signed = browser().post("/sign-in", {"email": "a\0b@example.com", "password": "\0"})
    assert signed.status_code == 422
    assert client().post("session", {"user_id": "a\0b", "password": "\0"}).status_code == 422


def test_a_client_ref_is_one_line(client):
    una = make.user()
    number = make.assignment(una)
    answer = client(una).post(
        "messages", {"number_id": number.id, "to": "2015550123", "text": "Hi", "client_ref": "a\0b"}
    )
    assert answer.status_code == 422
    assert answer.json["fields"][0]["field"] == "client_ref"


@pytest.mark.parametrize("remote", ["²²²", "①②③④⑤"])
def test_what_only_looks_like_digits_is_no_short_code(client, remote):
    holder = make.user()
    number = make.assignment(holder)
    una = client(holder)
    sent = {"number_id": number.id, "to": remote, "text": "Hi", "client_ref": "1"}
    assert una.post("messages", sent).status_code == 422
    assert una.call("PUT", f"numbers/{number.id}/blocks/{remote}").status_code == 422


def test_the_longest_names_fit_the_column_in_which_numbers_are_searched():
    number = type("Number", (), {"number": "+12019920780", "friendly_name": "f" * 120})
    user = type("Holder", (), {"name": "n" * 120, "broadworks_id": "b" * 161})
    refresh(number, user)  # type: ignore[arg-type]
    assert len(number.search_text) == 400  # type: ignore[attr-defined]


def test_a_statement_that_fails_is_told_without_its_values(db):
    """What is logged then would otherwise hold people's words."""
    with pytest.raises(DBAPIError) as failed:
        database.session.execute(text("SELECT :words FROM nowhere"), {"words": "see you at eight"})
    assert "eight" not in str(failed.value)
