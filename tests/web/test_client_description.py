"""The description of the client API: complete, and true of what is answered."""

from __future__ import annotations

import re

import pytest

from app.web.client_api.description import Call
from tests.web.browsing import UnityClient, soup
from tests.web.stops import address, client_api
from tests.web.test_every_route import body_of
from tests.web.world import Branch


def test_no_address_is_undocumented(app, client):
    paths = client().get("openapi.json").json["paths"]
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/client/v1"):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/client/v1"))
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert method.lower() in paths[path], f"{method} {path}"
                assert isinstance(app.view_functions[rule.endpoint].call, Call)


def test_every_shape_that_is_named_is_there(client):
    answer = client().get("openapi.json")
    named = set(re.findall(r"#/components/schemas/(\w+)", answer.text))
    assert named
    assert named <= set(answer.json["components"]["schemas"])
    assert answer.json["openapi"] == "3.1.0"


@pytest.mark.any_database
def test_every_call_answers_in_the_shape_that_it_declares(app, keys, undone):
    here = Branch(keys)
    for stop in client_api(app):
        with undone():
            values = stop.values(here)
            call = app.view_functions[stop.rule.endpoint].call
            path = address(app, stop, values).removeprefix("/client/v1/")
            caller = UnityClient(app, here.user)
            answer = caller.call(stop.method, path, **body_of(stop, values, here))
            assert answer.status_code in call.answers, str(stop)
            shape = call.answers[answer.status_code]
            if shape is not None:
                shape.model_validate(answer.json)
                assert set(answer.json) == set(shape.model_fields), str(stop)


def test_the_page_names_every_address_and_needs_no_script_of_its_own(client):
    answer = client().get("")
    page = soup(answer)
    for path in client().get("openapi.json").json["paths"]:
        assert path in page.get_text()
    assert all(script.get("nonce") for script in page.find_all("script"))
    assert not page.find_all(style=True)
    for link in page.select('a[href^="#"]'):
        assert page.find(id=link["href"][1:]), link
