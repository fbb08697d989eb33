"""Files by a host name of their own, or beside the portal: no cookie, no session, nobody looked up (D16)."""

from __future__ import annotations

from typing import Any

import pytest

from tests import make
from tests.web.browsing import Browser, UnityClient, WebClient
from tests.web.linked import given, shared, text_of

FILES = "https://files.example.com"


def everyone(app: Any) -> list[Browser]:
    """A stranger, staff, and a user, each with the cookies that they have here."""
    return [Browser(app), Browser(app, make.operator()), WebClient(app, make.user())]


def test_nobody_is_looked_up_and_no_cookie_is_given(app):
    page, file = shared()
    for person in everyone(app):
        for path in (page, file, "/m/unknown", f"/m/{'u' * 22}"):
            answer = person.get(path)
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.fixture
def apart(settings_are):
    """Files have a host name of their own."""
    settings_are(media_url=FILES)


def at_files(**more: Any) -> dict[str, Any]:
    return {"base_url": FILES, **more}


def test_files_are_served_by_their_own_host_name(apart, stranger):
    row = make.attachment()
    page, file = given(row.id)
    assert page.startswith(f"{FILES}/m/")
    for path in (page.removeprefix(FILES), file.removeprefix(FILES)):
        assert stranger.get(path, **at_files()).status_code == 200
        assert stranger.get(path, base_url="https://FILES.example.com.:443").status_code == 200


def test_links_by_another_host_name_are_led_there(apart, stranger):
    for path in shared():
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{FILES}{path}")
        assert "Set-Cookie" not in answer.headers
    assert stranger.get("/m/a%0d%0ab").headers["Location"] == f"{FILES}/m/a%0D%0Ab"


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/system/numbers/", "/unity/", "/unity/sign-in", "/client/v1/", "/no-such-page"]
)
def test_nothing_of_the_portal_is_served_by_the_host_name_of_files(app, apart, path):
    for person in everyone(app):
        answer = person.get(path, **at_files())
        assert answer.status_code == 404
        assert "Set-Cookie" not in answer.headers
        assert "sign" not in text_of(answer).lower()
    assert Browser(app).request("POST", path, token=False, **at_files()).status_code in {404, 405}


def test_what_stands_beside_files_is_served_there(apart, stranger):
    for path in ("/healthz", "/readyz", "/static/app.css", "/brand/0b63ce.css"):
        assert stranger.get(path, **at_files()).status_code == 200


def test_a_client_finds_nothing_there_and_everything_in_its_place(app, apart):
    una = make.user()
    make.licence(una)
    client = UnityClient(app, una)
    assert client.get("numbers", **at_files()).status_code == 404
    assert client.get("numbers").status_code == 200
    assert Browser(app, make.operator()).get("/system/numbers/").status_code == 200


def test_with_one_host_name_files_and_portal_are_both_there(app, stranger):
    page, _ = shared()
    assert stranger.get(page).status_code == 200
    assert stranger.get("/sign-in").status_code == 200
