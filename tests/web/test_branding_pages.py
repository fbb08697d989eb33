"""The Branding and Server Hostnames tabs, what pages show of a brand, and the files that they load."""

from __future__ import annotations

import dataclasses
import io

import pytest

from app.config import settings
from app.media import pictures
from app.media.pictures import DecoderBusy, DecoderLost
from app.models import Branding, ServerHostname
from app.vocabulary import Role
from app.web.hostnames import views as host_pages
from tests import make
from tests.web.browsing import HTMX, Browser, UnityClient, alerts, soup

pytestmark = pytest.mark.usefixtures("db")
HOST = "texts.example.com"


def name_on(answer):
    return soup(answer).select_one(".brand").get_text(strip=True)


@pytest.fixture
def telco():
    return make.provider()


def test_a_brand_is_saved_and_shows_on_the_pages_of_whoever_signs_in_there(app, telco):
    ada = make.portal_user(telco)
    page = f"/{make.at(telco)}/branding/"
    sent = {"name": "Telco Texts", "accent": "#0b63ce", "logo": (io.BytesIO(make.picture()), "logo.png")}
    browser = Browser(app, ada)
    answer = browser.post(page, {"revision": "0", **sent}, content_type="multipart/form-data")
    assert answer.status_code == 303
    row = make.every(Branding)[0]
    shown = soup(browser.get(page))
    assert shown.select_one(".side .brand").get_text(strip=True) == "Telco Texts"
    assert shown.select_one(".side .brand img")["src"] == f"/brand/{row.logo_digest}.png"
    assert shown.html["class"] == ["brand-0b63ce"]
    assert shown.title.text.endswith("Telco Texts")


def test_the_brand_of_a_person_stays_while_they_walk_the_tree(app, telco):
    north = make.reseller(telco)
    make.brand(telco, name="Telco Texts")
    make.brand(north, name="North")
    browser = Browser(app, make.portal_user(telco))
    assert name_on(browser.get(f"/{make.at(north)}/details/")) == "Telco Texts"
    assert name_on(Browser(app, make.operator()).get(f"/{make.at(north)}/details/")) == "CPaaS portal"


def test_before_the_sign_in_the_host_name_decides(app, telco):
    make.brand(telco, name="Telco Texts", accent="#14713f")
    make.hostname(telco, HOST)
    stranger = Browser(app)
    for path in ("/sign-in", "/welcome/unknown", "/nowhere"):
        answer = stranger.get(path, base_url=f"http://{HOST}:8000")
        assert name_on(answer) == "Telco Texts", path
        assert "/brand/14713f.css" in answer.text
        assert name_on(stranger.get(path)) == "CPaaS portal"
        assert name_on(stranger.get(path, base_url="http://other.example.com")) == "CPaaS portal"


def test_an_operator_sees_the_brand_of_the_host_name(app, telco):
    make.brand(telco, name="Telco Texts")
    make.hostname(telco, HOST)
    browser = Browser(app, make.operator())
    answer = browser.get("/sign-in", base_url=f"http://{HOST}")
    assert answer.status_code in {200, 302}


def test_what_is_inherited_is_shown_with_where_it_comes_from(app, telco):
    sales = make.group(telco)
    make.brand(telco, name="Telco Texts", accent="#0b63ce")
    words = soup(Browser(app, make.portal_user(sales)).get(f"/{make.at(sales)}/branding/")).get_text(
        " ", strip=True
    )
    assert "When empty: Telco Texts (as above, from the provider)" in words
    assert "When empty: #0b63ce (as above, from the provider)" in words
    assert "Now: the portal's own" in words
    page = soup(Browser(app, make.portal_user(telco)).get(f"/{make.at(telco)}/branding/"))
    assert "When empty: CPaaS portal (the portal's own)" in page.get_text(" ", strip=True)


@pytest.mark.parametrize("trouble", [DecoderBusy, DecoderLost])
def test_a_logo_that_no_decoder_reads_now_is_a_sentence_and_what_was_typed_stays(
    app, telco, monkeypatch, trouble
):
    def refuse(*_given, **_more):
        raise trouble

    monkeypatch.setattr(pictures, "decode", refuse)
    logo = (io.BytesIO(make.picture()), "logo.png")
    page = f"/{make.at(telco)}/branding/"
    answer = Browser(app, make.portal_user(telco)).fill(page, name="Telco Texts", logo=logo)
    assert answer.status_code == 422
    assert "Try again in a minute" in alerts(answer)
    assert soup(answer).select_one("[name=name]")["value"] == "Telco Texts"
    assert make.every(Branding) == []


def test_an_unreadable_colour_is_refused_at_its_field_and_what_was_typed_stays(app, telco):
    page = f"/{make.at(telco)}/branding/"
    answer = Browser(app, make.portal_user(telco)).fill(page, name="Telco Texts", accent="#ffd400")
    assert answer.status_code == 422
    block = Browser(app, make.portal_user(telco)).post(page, {"accent": "#ffd400"}, headers=HTMX)
    assert block.status_code == 422
    assert "<html" not in block.text
    assert "the nearest tone that can be read" in alerts(answer)
    assert soup(answer).select_one("[name=name]")["value"] == "Telco Texts"
    assert make.every(Branding) == []


def test_a_file_that_is_no_logo_is_refused_at_its_field(app, telco):
    page = f"/{make.at(telco)}/branding/"
    sent = {"revision": "0", "logo": (io.BytesIO(b"<svg/>"), "logo.svg")}
    answer = Browser(app, make.portal_user(telco)).post(page, sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "not a PNG, JPEG or WebP picture" in alerts(answer)


def test_the_second_of_two_administrators_is_told_and_may_replace_knowingly(app, telco):
    page = f"/{make.at(telco)}/branding/"
    browser = Browser(app, make.portal_user(telco))
    browser.post(page, {"revision": "0", "name": "First"})
    answer = browser.post(page, {"revision": "0", "name": "Second"})
    assert answer.status_code == 422
    assert "changed this while you were editing" in alerts(answer)
    again = {"revision": soup(answer).select_one("[name=revision]")["value"], "name": "Second"}
    assert browser.post(page, again).status_code == 303
    assert make.every(Branding)[0].name == "Second"


def test_the_preview_shows_what_is_typed_and_saves_nothing(app, telco):
    make.brand(telco, name="Telco Texts", accent="#0b63ce", logo=make.picture())
    browser = Browser(app, make.portal_user(telco))
    answer = browser.get(f"/{make.at(telco)}/branding/?name=New&accent=%2314713f", headers=HTMX)
    shown = soup(answer)
    assert [mark.get_text(strip=True) for mark in shown.select(".brand")] == ["New", "New"]
    assert "brand-14713f" in shown.select_one("#preview")["class"]
    bad = browser.get(f"/{make.at(telco)}/branding/?accent=%3Cscript%3E", headers=HTMX)
    assert "six digits" in bad.text
    assert "<script>" not in bad.text
    assert make.every(Branding)[0].name == "Telco Texts"


def test_a_logo_is_public_kept_by_browsers_and_never_sniffed(app, telco):
    row = make.brand(telco, logo=make.picture())
    answer = Browser(app).get(f"/brand/{row.logo_digest}.png")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", row.logo)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert Browser(app).get(f"/brand/{'0' * 64}.png").status_code == 404
    assert Browser(app).get("/brand/.png").status_code == 404


def test_the_sheet_of_a_colour_holds_its_tones_and_other_words_are_not_found(app):
    answer = Browser(app).get("/brand/0b63ce.css")
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert ".brand-0b63ce" in answer.text
    assert "immutable" in answer.headers["Cache-Control"]
    for other in ("ffd400", "0B63CE", "063", "%20063ce", "0b63ce%7D"):
        assert Browser(app).get(f"/brand/{other}.css").status_code == 404


def test_host_names_are_listed_added_and_deleted(app, telco):
    page = f"/{make.at(telco)}/hostnames/"
    browser = Browser(app, make.portal_user(telco))
    assert "No host name yet" in browser.get(page).text
    assert browser.fill(page, hostname=" Texts.Example.com ").status_code == 303
    assert "Not verified" in browser.get(page).text
    assert "already in use in this cloud" in alerts(browser.fill(page, hostname=HOST))
    row = make.every(ServerHostname)[0]
    assert browser.fill(f"{page}{row.id}/delete").status_code == 303
    assert make.every(ServerHostname) == []


@pytest.mark.parametrize(("host", "is_named"), [("127.0.0.1", False), ("portal.example.net", True)])
def test_who_may_add_a_host_name_is_told_what_to_do_before(app, telco, monkeypatch, host, is_named):
    there = dataclasses.replace(settings(), public_url=f"http://{host}:8000")
    monkeypatch.setattr(host_pages, "settings", lambda: there)
    page = f"/{make.at(telco)}/hostnames/"
    told = Browser(app, make.portal_user(telco)).get(page).text
    assert f"point its DNS record to {host}" in told
    assert ("(a CNAME)" in told) is is_named
    reads = Browser(app, make.portal_user(telco, role=Role.READ_ONLY)).get(page).text
    assert "Before you add" not in reads
    assert f"the portal's own name, {host}, and see the portal's brand" in reads


def test_a_host_name_counts_from_when_its_record_is_found(app, telco, name_server):
    """D35."""
    make.brand(telco, name="Telco Texts")
    page = f"/{make.at(telco)}/hostnames/"
    browser, visitor = Browser(app, make.portal_user(telco)), Browser(app)
    browser.fill(page, hostname=HOST)
    row = make.every(ServerHostname)[0]
    assert row.token in browser.get(page).text
    assert f"_cpaas-portal.{HOST}" in browser.get(page).text

    def check():
        assert browser.post(f"{page}{row.id}/check").status_code == 303
        return browser.get(page).text

    def shown():
        return soup(visitor.get("/sign-in", headers={"Host": HOST})).select_one(".brand").get_text(strip=True)

    assert "The record was not found" in check()
    name_server.records[f"_cpaas-portal.{HOST}"] = ["something else"]
    assert "its value is different" in check()
    assert shown() != "Telco Texts"
    name_server.records[f"_cpaas-portal.{HOST}"] = ["v=spf1 -all", row.token]
    assert "Used for email links" in check()
    assert shown() == "Telco Texts"


def test_a_rivals_claim_gets_nothing_and_is_not_told_whose_a_name_is(app, telco, name_server):
    """D35."""
    rival = make.provider(name="Rival")
    make.brand(rival, name="Rival Texts")
    page = f"/{make.at(rival)}/hostnames/"
    browser = Browser(app, make.portal_user(rival))
    browser.fill(page, hostname=HOST)
    claim = make.every(ServerHostname)[0]
    make.hostname(telco, HOST)
    make.brand(telco, name="Telco Texts")
    name_server.records[f"_cpaas-portal.{HOST}"] = [claim.token]
    browser.post(f"{page}{claim.id}/check")
    told = browser.get(page).text
    assert "already in use in this cloud" in told
    assert telco.name not in told.replace("Telco Texts", "")
    assert make.again(claim).verified_at is None
    shown = soup(Browser(app).get("/sign-in", headers={"Host": HOST})).select_one(".brand")
    assert shown.get_text(strip=True) == "Telco Texts"


def test_only_who_may_change_settings_presses_check_now_and_not_without_end(app, telco, name_server, limited):
    row = make.hostname(telco, HOST, verified_at=None)
    path = f"/{make.at(telco)}/hostnames/{row.id}/check"
    assert Browser(app, make.portal_user(telco, role=Role.READ_ONLY)).post(path).status_code == 403
    assert Browser(app, make.portal_user(make.provider())).post(path).status_code == 404
    browser = Browser(app, make.portal_user(telco))
    answers = [browser.post(path).status_code for _ in range(11)]
    assert answers[0] == 303
    assert answers[-1] == 429
    assert len(name_server.asked) < 11


def test_a_client_is_told_the_brand_of_its_user(app, telco):
    una = make.user(make.group(telco))
    client = UnityClient(app, una)
    assert client.get("brand").json == {"name": "", "accent": "", "accent_dark": "", "logo_url": ""}
    make.hostname(telco, HOST)
    make.brand(telco, accent="#0b63ce", logo=make.picture())
    make.brand(una, name="Una's texts")
    told = client.get("brand").json
    assert (told["name"], told["accent"]) == ("Una's texts", "#0b63ce")
    assert told["accent_dark"] != "#0b63ce"
    assert told["logo_url"].startswith("http://texts.example.com:")
    assert Browser(app).get("/brand/" + told["logo_url"].rpartition("/")[2]).status_code == 200
