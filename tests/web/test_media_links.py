"""A link to a file: what it shows, what it gives, to whom, for how long, and what browsers are told (D16)."""

from __future__ import annotations

import datetime as dt

import pytest

from app.clock import now
from app.media.store import store
from app.models import Attachment
from app.vocabulary import AttachmentState
from tests import make
from tests.web.browsing import soup
from tests.web.linked import HTML, LETTERS, SVG, expire, given, shared, text_of

# --- the link ---------------------------------------------------------------------------------------------


def test_a_link_is_given_again_while_it_works_and_anew_after_that(app, settings_are):
    settings_are(link_days=7)
    row = make.attachment()
    first, _ = given(row.id)
    token = first.rpartition("/")[2]
    assert first == f"{app.extensions['settings'].media_url}/m/{token}"
    assert len(token) >= 22
    assert given(row.id)[0] == first
    until = make.again(row).link_expires_at
    assert abs(until - now() - dt.timedelta(days=7)) < dt.timedelta(minutes=1)

    row = make.again(row)
    row.link_expires_at = now()
    make.kept(row)
    second, _ = given(row.id)
    assert second != first
    assert make.again(row).link_expires_at > now()


def test_two_files_have_two_links():
    assert shared()[0] != shared()[0]


@pytest.mark.parametrize(
    ("content", "name"),
    [(None, "file.png"), (LETTERS, "file.txt"), (b"%PDF-1.7\n", "file.pdf"), (HTML, "file")],
)
def test_the_address_of_the_file_ends_as_its_kind_does(stranger, content, name):
    _, file = shared(None, content, name="Una's own name.html")
    assert file.endswith(f"/{name}")
    assert stranger.get(file).status_code == 200
    assert stranger.get(f"{file.rpartition('/')[0]}/file").status_code == 200
    assert stranger.get(f"{file.rpartition('/')[0]}/file.html").status_code == 404


# --- the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (None, "img"),
        (make.picture("JPEG"), "img"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "video"),
        (b"ID3\x04\0\0\0\0\0\0", "audio"),
        (b"#!AMR\n\x3c\x08", ""),
        (LETTERS, ""),
        (HTML, ""),
        (SVG, ""),
    ],
)
def test_a_page_shows_what_a_browser_can_show_and_offers_all_of_it(stranger, content, shown):
    page, file = shared(None, content, name="From Una")
    answer = stranger.get(page)
    found = soup(answer)
    assert answer.status_code == 200
    assert found.h1.text == "From Una"
    assert [(one.name, one["src"]) for one in found.select("img, video, audio")] == (
        [(shown, file)] if shown else []
    )
    assert found.find("a", download=True)["href"] == file
    assert not found.find_all(["script", "form", "iframe", "object"])


def test_a_page_says_what_it_is_how_large_and_until_when(stranger):
    until = dt.datetime(2099, 12, 24, 18, 30, tzinfo=dt.UTC)
    page, _ = shared(None, LETTERS, name="", link_token="t" * 22, link_expires_at=until)
    words = text_of(stranger.get(page))
    assert "Text file 100 bytes" in words
    assert "This link works until December 24, 2099, 6:30" in words


def test_a_page_is_in_the_brand_of_whoever_sent_it_and_names_no_portal(stranger):
    telco = make.provider()
    page, _ = shared(make.assignment(make.user(telco)))
    assert "portal" not in stranger.get(page).text.lower()
    make.brand(telco, name="Telco Cloud", accent="#0b63ce")
    answer = stranger.get(page)
    assert soup(answer).header.get_text(strip=True) == "Telco Cloud"
    assert soup(answer).title.text.endswith(" · Telco Cloud")
    assert "/brand/0b63ce.css" in answer.text


def test_a_name_is_no_markup(stranger):
    page, _ = shared(name="<img src=x onerror=alert(1)>.png")
    assert "&lt;img src=x" in stranger.get(page).text


# --- who has it no longer ---------------------------------------------------------------------------------


def test_an_expired_link_says_so_in_the_brand_and_gives_nothing(stranger):
    telco = make.provider()
    make.brand(telco, name="Telco Cloud")
    page, file = shared(make.assignment(make.user(telco)))
    expire()
    for path in (page, file):
        answer = stranger.get(path)
        assert answer.status_code == 410
        assert "This link has expired" in text_of(answer)
        assert "Ask whoever sent it to send the file again." in text_of(answer)
        assert soup(answer).header.get_text(strip=True) == "Telco Cloud"


@pytest.mark.parametrize("state", [one for one in AttachmentState if one is not AttachmentState.STORED])
def test_what_is_not_stored_or_erased_is_not_there(stranger, state):
    page, file = shared()
    [row] = make.every(Attachment)
    row.state = state
    make.kept(row)
    assert [stranger.get(path).status_code for path in (page, file)] == [404, 404]


def test_bytes_that_are_gone_are_not_found(stranger):
    _, file = shared()
    [row] = make.every(Attachment)
    store().delete(row.storage_key)
    answer = stranger.get(file)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.parametrize("token", ["x", "a" * 22, "a" * 65, "%00" * 22, "..%2f..", "é" * 22, "%ff" * 30])
def test_a_made_up_link_leads_nowhere(stranger, token):
    for path in (f"/m/{token}", f"/m/{token}/file", f"/m/{token}/file/more", "/m/"):
        answer = stranger.get(path)
        assert answer.status_code == 404, path
        assert "Set-Cookie" not in answer.headers


def test_guessing_is_stopped_and_looking_is_not(stranger, limited):
    page, file = shared()
    looks = [stranger.get(path) for path in (page, file) for _ in range(40)]
    assert {look.status_code for look in looks} == {200}
    assert not any("Retry-After" in look.headers for look in looks)
    guesses = [stranger.get(f"/m/{serial:022}").status_code for serial in range(31)]
    assert guesses == [404] * 30 + [429]
    told = stranger.get(page)
    assert (told.status_code, int(told.headers["Retry-After"]) > 0) == (429, True)
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.9"}}
    assert stranger.get(page, **elsewhere).status_code == 200
