"""Whatever is typed, pasted or sent into any form or address: a refusal at most, never a failure of ours."""

from __future__ import annotations

import re

import pytest

from app.vocabulary import Level
from tests.web.browsing import Browser, UnityClient, WebClient, fields_of, soup
from tests.web.stops import Stop, address, client_api, portal, web_client
from tests.web.world import Branch

HOSTILE = {
    "NUL": "a\x00b",
    "NUL in a number": "2019920781\x00",
    "NUL in an address": "ada\x00@example.com",
    "long": "x" * 5000,
    "long address": "x" * 300 + "@example.com",
    "markup": "<script>alert(1)</script>{{ 7*7 }}",
    "quotes": "'; DROP TABLE users; --\"\\",
    "a large number": "9" * 30,
    "a negative number": "-1",
    "direction marks": "\u202eevil\u200b\ufeff😀",
    "not a date": "NaN",
    "empty": "",
}
FIELD_BY_FIELD = {"NUL", "NUL in an address", "long", "a large number"}


def _ok(answer):
    return answer.status_code < 500 and answer.status_code != 400


def once(app, *, changing: bool) -> list[Stop]:
    """Every address once, at the highest of its levels: the forms are the same below."""
    found: dict[tuple[str, str], Stop] = {}
    for stop in portal(app):
        if (stop.method != "GET") is changing:
            found.setdefault((stop.rule.endpoint, stop.method), stop)
    return list(found.values())


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_typed_into_a_form_breaks_it(app, keys, undone, record_property, kind):
    here, value, tried, wrong = Branch(keys), HOSTILE[kind], 0, []
    browser = Browser(app, here.staff[Level.SYSTEM])
    for stop in once(app, changing=True):
        with undone():
            path = address(app, stop, stop.values(here))
            good = fields_of(soup(browser.get(path)), path)
            one_by_one = [name for name in good if good[name] != "y"] if kind in FIELD_BY_FIELD else []
            answers = [browser.post(path, dict.fromkeys(good, value) | {"remote": value, "typed": value})]
            answers += [browser.post(path, good | {name: value}) for name in one_by_one]
            tried += len(answers)
            wrong += [f"{stop}: {one.status_code}" for one in answers if not _ok(one)]
            wrong += [f"{stop}: unescaped" for one in answers if "<script>alert(1)" in one.text]
    record_property("tried", f"{tried} forms")
    assert not wrong, wrong


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_in_the_query_of_an_address_breaks_a_page(app, keys, record_property, kind):
    here, value, tried, wrong = Branch(keys), HOSTILE[kind], 0, []
    browser = Browser(app, here.staff[Level.SYSTEM])
    for stop in once(app, changing=False):
        path = address(app, stop, stop.values(here))
        for names in (("q", "after"), ("q", "before", "platform_id", "go", "next")):
            answer = browser.get(path, query_string=dict.fromkeys(names, value))
            tried += 1
            if not _ok(answer) or "<script>alert(1)" in answer.text:
                wrong.append(f"{stop} {names}: {answer.status_code}")
    record_property("tried", f"{tried} addresses")
    assert not wrong, wrong


@pytest.mark.parametrize("number", ["0", "2147483647", "2147483648", "9" * 18, "9" * 30])
def test_ids_that_no_row_has_are_not_found(app, keys, number):
    """PostgreSQL refuses ids that its columns cannot hold."""
    browser = Browser(app, Branch(keys).staff[Level.SYSTEM])
    for stop in portal(app):
        if stop.level is not Level.SYSTEM:
            for path in _with(stop, number):
                assert browser.request(stop.method, path).status_code == 404, f"{stop.method} {path}"
    for path in (f"/provider-{number}/details/", f"/nowhere-{number}/details/", f"/system-{number}/history/"):
        assert browser.get(path).status_code == 404, path


@pytest.mark.parametrize("number", ["2147483648", "9" * 10, "9" * 30])
def test_ids_that_no_row_can_have_are_not_found_by_clients(app, keys, number):
    """At an address with several methods, too, it is 404 and not 405."""
    user, tried = Branch(keys).user, 0
    clients = (
        (UnityClient(app, user).call, client_api(app)),
        (WebClient(app, user).request, web_client(app)),
    )
    for ask, stops in clients:
        for stop in stops:
            if "<int:" in stop.rule.rule:
                path = re.sub("<int:[^>]*>", number, stop.rule.rule).replace("<remote>", "2125550142")
                answer = ask(stop.method, path.removeprefix("/client/v1"))
                assert answer.status_code == 404, f"{stop.method} {path}"
                tried += 1
    assert tried > 10


def _with(stop: Stop, number: str) -> list[str]:
    path = stop.rule.rule.replace("<node:scope>", f"{stop.level}-{number}")
    for name in stop.nested:
        path = path.replace(f"<int:{name}>", number)
    return [path]
