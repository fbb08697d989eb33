"""What the client API takes and gives, as OpenAPI 3.1: written from the declarations that validate."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.web.client_api.problems import Problem
from app.web.limits import UNKNOWN_TOKENS

_REF = "#/components/schemas/{model}"
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")
_LARGEST_ID = 2**31 - 1
JSON = "application/json"
ANY = "*/*"
MULTIPART = "multipart/form-data"
_LIMITS = {
    "X-RateLimit-Limit": "What this session may do of this kind in a minute",
    "X-RateLimit-Remaining": "What is left of it",
    "X-RateLimit-Reset": "When the minute ends, in seconds since 1970",
}


class Counted(enum.StrEnum):
    """What a signed-in call counts as, of what may be done in a minute: by a session, files by a user."""

    CALLS = "calls"
    SENDS = "texts"
    UPLOADS = "uploaded files"

    @property
    def whose(self) -> str:
        return "user" if self is Counted.UPLOADS else "session"


@dataclass(frozen=True)
class Call:
    """One address with one method. `body`, `form` or `query` is validated and handed to the view as `wish`;
    a `form` is sent as multipart/form-data, with files in it.

    `answers` are the shapes by status, None for one without a body; `problems` are what this call refuses
    with, besides what every call does.
    """

    summary: str
    answers: Mapping[int, type[BaseModel] | None]
    body: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    problems: tuple[int, ...] = ()
    media: str = JSON
    counted: Counted = Counted.CALLS


@dataclass(frozen=True)
class Described:
    """A call where it is: `path` below /client/v1."""

    method: str
    path: str
    call: Call
    is_open: bool

    @property
    def parts(self) -> list[tuple[str, str]]:
        return _PART.findall(self.path)

    @property
    def address(self) -> str:
        return _PART.sub(r"{\2}", self.path)

    @property
    def problems(self) -> list[int]:
        """Those of its own, and those that follow from what it takes."""
        found = {429, 500, 503, *self.call.problems}
        if not self.is_open:
            found.add(401)
        if self.parts:
            found.add(404)
        if self.call.body or self.call.form or self.call.query:
            found.add(422)
        if self.call.body or self.call.form:
            found.add(413)
        return sorted(found)


def described(calls: Iterable[Described], server: str, most: Mapping[Counted, int]) -> dict[str, Any]:
    """The whole document. `most` is what one session may do in a minute."""
    known = sorted(calls, key=lambda one: (one.address, one.method))
    shapes: dict[type[BaseModel], Any] = {Problem: "serialization"}
    for one in known:
        for taken in filter(None, (one.call.body, one.call.form)):
            shapes[taken] = "validation"
        shapes |= {shape: "serialization" for shape in one.call.answers.values() if shape}
    _, schemas = models_json_schema(list(shapes.items()), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in known:
        paths.setdefault(one.address, {})[one.method.lower()] = _operation(one, most)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Client API", "version": "1", "description": "For Unity clients."},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "headers": {name: _header(words, "integer") for name, words in _LIMITS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Described, most: Mapping[Counted, int]) -> dict[str, Any]:
    answers = {str(status): _answer(status, shape, one.call) for status, shape in one.call.answers.items()}
    answers |= {str(status): _problem(status) for status in one.problems}
    found: dict[str, Any] = {"summary": one.call.summary, "responses": answers}
    parameters = [_in_path(kind, name) for kind, name in one.parts] + _in_query(one.call.query)
    if parameters:
        found["parameters"] = parameters
    for media, taken in ((JSON, one.call.body), (MULTIPART, one.call.form)):
        if taken:
            found["requestBody"] = {"required": True, "content": {media: {"schema": _ref(taken)}}}
    if one.is_open:
        found["security"] = []
    else:
        _add_limits(one.call.counted, most, answers)
    return found


def _add_limits(counted: Counted, most: Mapping[Counted, int], answers: dict[str, Any]) -> None:
    """Whoever is signed in is told with each answer how much of the minute is left."""
    of_address = f"an address {UNKNOWN_TOKENS} calls with unknown tokens"
    own = f"a {counted.whose} has {most[counted]} {counted} a minute"
    answers["429"]["description"] += f": {own}, {of_address}"
    for status, answer in answers.items():
        if status not in {"401", "500", "503"}:  # before anything is counted, or instead of it
            told = {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}
            answer["headers"] = answer.get("headers", {}) | told


def _header(words: str, kind: str) -> dict[str, Any]:
    return {"description": words, "schema": {"type": kind}}


def _answer(status: int, shape: type[BaseModel] | None, call: Call) -> dict[str, Any]:
    found: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if shape:
        found["content"] = {call.media: {"schema": _ref(shape)}}
    elif status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        kind = "object" if call.media == JSON else "string"
        found["content"] = {call.media: {"schema": {"type": kind}}}
    return found


def _problem(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": _ref(Problem)}},
    }
    if status in {429, 503}:
        found["headers"] = {"Retry-After": _header("Seconds", "string")}
    return found


def _in_path(kind: str, name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if kind == "int":
        schema = {"type": "integer", "minimum": 1, "maximum": _LARGEST_ID}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(shape: type[BaseModel] | None) -> list[dict[str, Any]]:
    whole = shape.model_json_schema() if shape else {}
    return [
        {"name": name, "in": "query", "required": name in whole.get("required", []), "schema": schema}
        for name, schema in whole.get("properties", {}).items()
    ]


def _ref(shape: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=shape.__name__)}
