"""Refusals of the client API as `application/problem+json` (RFC 9457), with a list of fields."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, ValidationError


class FieldProblem(BaseModel):
    """A sentence about one field."""

    field: str
    message: str


class Problem(BaseModel):
    """A refusal: `detail` is a sentence for the person."""

    type: str
    title: str
    status: int
    detail: str
    fields: list[FieldProblem] | None = None


def problem(status: int, detail: str = "", fields: list[dict[str, str]] | None = None) -> Response:
    """`fields` are `{"field": name, "message": sentence}`."""
    title = HTTPStatus(status).phrase
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail or not fields:
        body["detail"] = detail or _SENTENCES.get(status, title)
    if fields:
        body["fields"] = fields
        body.setdefault("detail", "Some fields are not accepted.")
    return Response(json.dumps(body), status, content_type="application/problem+json")


def fields_of(error: ValidationError) -> list[dict[str, str]]:
    """What pydantic says, without repeating what was sent."""
    return [
        {"field": ".".join(str(part) for part in entry["loc"]) or "body", "message": entry["msg"]}
        for entry in error.errors(include_url=False, include_input=False, include_context=False)
    ]


_SENTENCES = {
    400: "The request cannot be read.",
    401: "The token is missing, unknown, or no longer valid: refresh it, or sign in.",
    404: "There is nothing here that you can see.",
    405: "This address does not take that method.",
    413: "The body is too large.",
    429: "Too many tries. Wait a minute, then try again.",
    500: "The portal made a mistake. It was recorded; try again.",
    503: "The portal cannot reach its database at this moment. Nothing was done; try again shortly.",
}
