"""Refusals and failures as pages: one sentence, never a stack trace. Other surfaces translate their own."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.errors import DomainError
from app.services.outages import is_away
from app.web import hosts, login, refusals
from app.web.brands import without_brand
from app.web.client_api import problems
from app.web.cookies import CLIENT_PATH, is_of_client
from app.web.languages import sentence
from app.web.media_links import pages as links
from app.web.navigation import without_frame
from app.web.statuses import headers_of, status_of

logger = logging.getLogger(__name__)
_RETRY_SECONDS = "5"  # a restart of the database takes about as long


def register(app: Flask) -> None:
    app.register_error_handler(DomainError, refused)
    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(Exception, broken)


def refused(refusal: DomainError) -> Response:
    refusals.note(refusal)
    return _page(status_of(refusal), refusal.message, headers_of(refusal))


def failed(error: HTTPException) -> Response:
    refusals.note(error)
    return _page(error.code or 500, "", dict(error.get_headers()))


def broken(error: Exception) -> Response:
    """A database that does not answer is worth another try; a bug is logged in full. One sentence each."""
    if is_away(error):
        logger.warning("the database is away: %s %s", request.endpoint, type(error).__name__)
        login.ask_nobody()  # the page would ask the database again
        return _page(503, "", {"Retry-After": _RETRY_SECONDS})
    logger.exception("request failed: %s %s", request.method, request.endpoint)
    return _page(500, "")


def _page(code: int, words: str, headers: dict[str, Any] | None = None) -> Response:
    if request.path.startswith("/client/"):
        return _with(headers, problems.problem(code, words))
    if hosts.is_bare():
        return _with(headers, links.refused(code, words if code == 503 else ""))
    without_frame()
    if code >= 500:
        without_brand()
    home = f"{CLIENT_PATH}/" if is_of_client(request.path) else "/"
    page = render_template("errors/page.html", code=code, sentence=sentence(words), home=home)
    return _with(headers, make_response(page, code))


def _with(headers: dict[str, Any] | None, response: Response) -> Response:
    """What a caller needs of the headers that came with a failure."""
    for name in ("Allow", "Retry-After"):
        if headers and name in headers:
            response.headers[name] = headers[name]
    return response
