"""What is for people with browsers, machines do not wait for: the carrier sends no cookie, shows no page.

Around each request stand a policy for scripts, limits of tries, forgery protection and the sign-in. The
receiver's callers have none of it; its service checks a signature.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.web import caching, hosts, refusals

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_FOR_MACHINES = "receiver"
_BAD_HOST = Response(
    "The Host header of this request is no host name.\n",
    400,
    {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    "text/plain",
)


class App(Flask):
    """Flask, but what is hung around all requests is not hung around those of the carrier."""

    is_https = False

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """What names no host is refused before anything is made of it; a probe of HTTP/1.0 names none."""
        if not hosts.is_well_formed(environ.get("HTTP_HOST", "localhost")):
            with self.app_context():
                refusals.note_bad_host(environ.get("REMOTE_ADDR", ""))
            return _BAD_HOST(environ, start_response)
        return super().wsgi_app(environ, start_response)

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Plain http where https is promised is still led away, by what does that for everybody."""
        if request.blueprint == _FOR_MACHINES and (request.is_secure or not self.is_https):
            return None
        return hosts.over_https() or hosts.elsewhere() or super().preprocess_request()

    def handle_http_exception(self, e: HTTPException) -> HTTPException | ResponseReturnValue:
        """Werkzeug tidies slashes with an address of the Host header's name; ours has none."""
        if isinstance(e, RequestRedirect):
            return redirect(hosts.within(e.new_url), e.code)
        return super().handle_http_exception(e)

    def process_response(self, response: Response) -> Response:
        if request.blueprint == _FOR_MACHINES:
            return caching.keep_nowhere(response)
        return super().process_response(response)
