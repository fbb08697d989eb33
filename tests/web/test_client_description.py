"""The description of the client API: complete, and true of what is answered."""

from __future__ import annotations

import dataclasses
import re

import pytest
from flask import Flask

from app.web.client_api import checks, shapes
from app.web.client_api.description import Call
from tests import make
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


class _Less(shapes.BrandShape):
    """One field more than is answered."""

    motto: str


class _More(shapes.BaseModel):
    """Fewer fields than are answered."""

    name: str


class _Other(shapes.BrandShape):
    """The same fields, one of another type."""

    name: int


@pytest.mark.parametrize(
    "declared",
    [
        Call("", {200: _Less}),
        Call("", {200: _More}),
        Call("", {200: _Other}),
        Call("", {201: shapes.BrandShape}),
        Call("", {200: shapes.BrandShape}, media="text/html"),
    ],
    ids=["a field is missing", "a field is more", "another type", "another status", "another media type"],
)
def test_an_answer_that_is_not_as_declared_is_an_error(app, client, monkeypatch, declared):
    caller = client(make.user())
    assert caller.get("brand").status_code == 200
    monkeypatch.setattr(app.view_functions["client_api.brand"], "call", declared)
    assert caller.get("brand").status_code == 500


def test_a_refusal_that_is_not_declared_is_an_error(app, client, monkeypatch):
    caller, view = client(make.user()), app.view_functions["client_api.send"]
    text = {"number_id": 1, "to": "2125550142", "text": "Hello", "client_ref": "1"}
    assert caller.post("messages", text).status_code == 404
    monkeypatch.setattr(view, "call", dataclasses.replace(view.call, problems=(409,)))
    assert caller.post("messages", text).status_code == 500


def test_in_production_answers_are_not_looked_at(app):
    for is_on in (False, True):
        other = Flask("other")
        other.extensions["settings"] = dataclasses.replace(app.extensions["settings"], checks=is_on)
        checks.register(other)
        assert bool(other.after_request_funcs) is is_on


def test_an_answer_without_a_body_has_no_type_of_one(client):
    answer = client(make.user()).call("DELETE", "session")
    assert (answer.status_code, answer.data, answer.content_type) == (204, b"", None)
