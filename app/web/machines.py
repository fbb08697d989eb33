"""What is for people with browsers, machines do not wait for: the carrier sends no cookie, shows no page.

Around each request stand a policy for scripts, limits of tries, forgery protection and the sign-in. The
receiver's callers have none of it; its service checks a signature.
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from app.web import hosts

_FOR_MACHINES = "receiver"


class App(Flask):
    """Flask, but what is hung around all requests is not hung around those of the carrier."""

    is_https = False

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Plain http where https is promised is still led away, by what does that for everybody."""
        if request.blueprint == _FOR_MACHINES and (request.is_secure or not self.is_https):
            return None
        return hosts.elsewhere() or super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        return response if request.blueprint == _FOR_MACHINES else super().process_response(response)
