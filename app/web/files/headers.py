"""What browsers are told of files and of the pages around them: run nothing, ask nobody, keep it to yourself.

Strangers made the files, and one may be a page in disguise. On one's own machine they share the portal's
origin, so all of this must hold without a host name of their own (D16).
"""

from __future__ import annotations

from flask import Flask, Response, request

from app.web import hosts
from app.web.files.answers import FileAnswer

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_OF_FILE = f"sandbox; {_NOTHING}; style-src 'unsafe-inline'"  # with which browsers centre a picture
_OF_PAGE = f"{_NOTHING}; style-src 'self'; img-src 'self'; media-src 'self'"
_OF_BOTH = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",  # asked again each time, since links expire and texts are erased
}


def register(app: Flask) -> None:
    """Called before Talisman is made: Flask asks the last registered first, so this has the last word."""
    app.after_request(_harmless)


def _harmless(response: Response) -> Response:
    is_file = isinstance(response, FileAnswer)
    if is_file or hosts.is_of_links(request.path):
        response.headers.update(_OF_BOTH)
        response.headers["Content-Security-Policy"] = _OF_FILE if is_file else _OF_PAGE
        if response.status_code < 400:
            response.headers.pop("Retry-After", None)  # the limit of guesses says it with each answer
    return response
