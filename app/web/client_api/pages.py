"""The description of the client API: for programs as OpenAPI, for people as a page. Both are open."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify, render_template

from app.web.client_api import description
from app.web.client_api.api import API, most
from app.web.client_api.description import Call, Counted, Described

_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@API.get("/openapi.json", needs=None, call=Call("This description", {200: None}))
def openapi() -> Response:
    return jsonify(_document())


@API.get("/", needs=None, call=Call("This description as a page", {200: None}, media="text/html"))
def page() -> str:
    """The same document, to be read."""
    return render_template("client_api/page.html", document=_document())


def _document() -> dict[str, Any]:
    return description.described(_calls(), API.url_prefix or "", {one: most(one) for one in Counted})


def _calls() -> list[Described]:
    found = []
    for rule in current_app.url_map.iter_rules():
        view: Any = current_app.view_functions[rule.endpoint]
        if rule.endpoint.startswith(f"{API.name}."):
            path, call = rule.rule.removeprefix(API.url_prefix or ""), view.call
            is_open = view.needs is None
            found += [
                Described(way, path, call, is_open) for way in sorted(_METHODS & (rule.methods or set()))
            ]
    return found
