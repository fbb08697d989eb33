"""With CHECKS on, each answer of the client API is held against what its call declares; else it is a bug."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, request
from pydantic import BaseModel, ValidationError

from app.web.client_api.api import API
from app.web.client_api.description import ANY, Call, Described
from app.web.client_api.problems import Problem

_PROBLEM = "application/problem+json"


class NotAsDeclared(RuntimeError):
    """A programming error: the view answers, or refuses with, something that its Call does not declare."""


def register(app: Flask) -> None:
    """In production nothing of this runs."""
    if app.extensions["settings"].checks:
        app.after_request_funcs.setdefault(API.name, []).append(_checked)


def _checked(answer: Response) -> Response:
    view: Any = current_app.view_functions[request.endpoint or ""]
    if request.method != "OPTIONS" and (why := _mismatch(answer, view.call, is_open=view.needs is None)):
        raise NotAsDeclared(f"{request.method} {request.url_rule}: {answer.status_code}, {why}")
    return answer


def _mismatch(answer: Response, call: Call, *, is_open: bool) -> str:
    """What is wrong with an answer, never what is in it; empty when it is as declared."""
    status, media = answer.status_code, call.media
    if status in call.answers:
        shape = call.answers[status]
        if status == 204:
            return "a body or its type" if answer.content_type or answer.get_data() else ""
    else:
        path = str(request.url_rule).removeprefix(API.url_prefix or "")
        if status not in Described(request.method, path, call, is_open).problems:
            return "a status that is not declared"
        shape, media = Problem, _PROBLEM
    if media not in {ANY, answer.mimetype}:
        return f"{answer.mimetype} in place of {media}"
    return _difference(shape, answer) if shape else ""


def _difference(shape: type[BaseModel], answer: Response) -> str:
    """Nothing is missing, nothing is more, at any depth; nor was a value of another type converted."""
    try:
        found = shape.model_validate(answer.json)
    except ValidationError as error:
        return "; ".join(f"{one['loc']}: {one['msg']}" for one in error.errors(include_input=False))
    is_same = found.model_dump(mode="json", exclude_unset=True) == answer.json
    return "" if is_same else f"more or something else than {shape.__name__}"
