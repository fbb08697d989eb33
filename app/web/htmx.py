"""One page, two answers: the whole page for a browser, one named block of it for htmx."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request
from jinja2_fragments.flask import render_block


def wants_fragment() -> bool:
    """Boosted and history-restore requests want whole pages, or the back button shows a lone table."""
    headers = request.headers
    return (
        "HX-Request" in headers
        and "HX-Boosted" not in headers
        and "HX-History-Restore-Request" not in headers
    )


def render(template: str, *, fragment: str, status: int = 200, **context: Any) -> Response:
    """The template, or its block `fragment` for htmx."""
    fill = (
        render_block(template, fragment, **context)
        if wants_fragment()
        else render_template(template, **context)
    )
    response = make_response(fill, status)
    response.vary.update(["HX-Request", "Accept-Language"])
    return response


def go(address: str) -> Response:
    """Send the browser to another page, with or without htmx."""
    if wants_fragment():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = address
        if _only_scrolls(address):
            response.headers["HX-Refresh"] = "true"
        return response
    return make_response(redirect(address, 303))


def _only_scrolls(address: str) -> bool:
    """To another part of the page that is open: a browser would go there and load nothing."""
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    there, _, part = address.partition("#")
    return bool(part) and there == (f"{here.path}?{here.query}" if here.query else here.path)


def is_ours(address: str) -> bool:
    """Whether an address that somebody gave leads to a page of the portal.

    Browsers drop tabs and line ends, so that `/<tab>/elsewhere` would lead away: hence isprintable.
    """
    return (
        address.startswith("/")
        and not address.startswith("//")
        and address.isprintable()
        and "\\" not in address
    )
