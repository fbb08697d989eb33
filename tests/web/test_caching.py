"""What is private is kept by no browser and no proxy: every address, whatever it answers (RFC 9111)."""

from __future__ import annotations

import pytest

from tests import make
from tests.signed import LEGACY
from tests.web.browsing import Browser, UnityClient, WebClient, alone
from tests.web.linked import shared
from tests.web.stops import OPEN, address, client_api, portal, web_client
from tests.web.world import Branch

KEPT = {"static", "brand_files.sheet", "brand_files.logo"}  # their addresses change with them
OF_FILES = {"private, no-cache"}  # asked again each time (D16)


def rule_of(answer) -> str:
    assert "Cache-Control" in answer.headers
    return answer.headers["Cache-Control"]


def test_no_page_and_no_answer_is_kept(app, db, keys, record_property):
    """Every address with every method by who may, and by a stranger."""
    here = Branch(keys)
    tried = 0
    operator, web, api = Browser(app, make.operator()), WebClient(app, here.user), UnityClient(app, here.user)
    stranger = Browser(app)
    for stop in portal(app):
        path = address(app, stop, stop.values(here))
        for person in (operator, stranger) if stop.method == "GET" else (stranger,):
            assert rule_of(person.request(stop.method, path)) in {"no-store"} | OF_FILES, stop
            tried += 1
    for stop in web_client(app):
        path = address(app, stop, stop.values(here))
        for person in (web, stranger) if stop.method == "GET" else (stranger,):
            said = rule_of(person.request(stop.method, path))
            assert said == "no-store" or (said in OF_FILES and "files" in path), stop
            tried += 1
    for stop in client_api(app):
        path = address(app, stop, stop.values(here)).removeprefix("/client/v1/")
        for person in (api, UnityClient(app)) if stop.method == "GET" else (UnityClient(app),):
            said = rule_of(person.call(stop.method, path))
            assert said == "no-store" or (said in OF_FILES and "attachments" in path), stop
            tried += 1
    record_property("tried", f"{tried} requests")


def test_open_addresses_and_errors_are_not_kept_either(app, db):
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if rule.endpoint not in OPEN or rule.endpoint in KEPT or rule.endpoint.startswith("media_links"):
                continue
            path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "x" * 22))
            for method in (rule.methods or set()) | {"PUT"}:
                answer = alone(app, app.test_client().open, path=path, method=method)
                assert rule_of(answer) == "no-store", (rule, method)


@pytest.mark.parametrize(
    "path", ["/nowhere", "/static/nothing.css", "/unity/nowhere", "/client/v1/nowhere", "/m"]
)
def test_errors_are_not_kept(app, db, path):
    assert rule_of(alone(app, app.test_client().get, path=path)) == "no-store"


def test_what_the_receiver_says_is_not_kept(app, db):
    for path in (LEGACY, "/receiver/inteliquent/unknown"):
        for method in ("POST", "GET"):
            assert (
                rule_of(alone(app, app.test_client().open, path=path, method=method, data=b"{}"))
                == "no-store"
            )


def test_a_bug_is_not_kept(app, db, monkeypatch):
    monkeypatch.setattr("app.services.accounts.sign_in.enter", None, raising=False)
    monkeypatch.setitem(app.view_functions, "auth.sign_in", lambda: 1 / 0)
    assert rule_of(alone(app, app.test_client().get, path="/sign-in")) == "no-store"


def test_what_may_be_kept_still_is(app, db):
    assert "no-store" not in rule_of(alone(app, app.test_client().get, path="/static/app.css"))
    assert "immutable" in rule_of(alone(app, app.test_client().get, path="/brand/0b63ce.css"))
    page, file = shared()
    for path in (page, file):
        assert rule_of(alone(app, app.test_client().get, path=path)) in OF_FILES
