"""No answer is kept by a browser or on the way, unless whoever makes it says that it may (RFC 9111, 5.2.2.5).

Pages show people's names, numbers and keys, and addresses of redirects hold tokens. What says otherwise:
files of the portal itself, and sheets and logos, whose addresses change with them; files of texts, and the
pages around them, which are asked again each time (D16).
"""

from __future__ import annotations

from flask import Flask, Response


def register(app: Flask) -> None:
    """Called before all others that look at answers: Flask asks the last registered first."""
    app.after_request(keep_nowhere)


def keep_nowhere(response: Response) -> Response:
    """`no-store`, unless the answer has a rule of its own."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
