"""Two cookies that never mix: the portal's, and one for the web client of users, sent below /unity alone.

Who is signed in to one is nobody in the other, in the same browser, with the same forms and CSRF tokens.
Attachment links, and the host name of files, take and give none (D16).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

from app.web import hosts

CLIENT_PATH = "/unity"
_CLIENT_COOKIE = "unity_session"
_CLIENT_LASTS = dt.timedelta(days=30)  # its row in the database may end sooner


def register(app: Flask) -> None:
    app.session_interface = Cookies()


def is_of_client(path: str) -> bool:
    """Whether an address belongs to the web client."""
    return path == CLIENT_PATH or path.startswith(f"{CLIENT_PATH}/")


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, under another name and path for the web client."""

    def get_cookie_name(self, app: Flask) -> str:
        return _CLIENT_COOKIE if is_of_client(request.path) else super().get_cookie_name(app)

    def get_cookie_path(self, app: Flask) -> str:
        return CLIENT_PATH if is_of_client(request.path) else super().get_cookie_path(app)

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> dt.datetime | None:
        if is_of_client(request.path) and session.permanent:
            return dt.datetime.now(dt.UTC) + _CLIENT_LASTS
        return super().get_expiration_time(app, session)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if hosts.is_bare():
            return None  # a session that is empty, stays so and is not sent
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()  # the carrier sends none: what unseals one is not made
        if not is_of_client(request.path):
            return super().open_session(app, request)
        serializer: Any = self.get_signing_serializer(app)
        try:
            sealed = request.cookies[_CLIENT_COOKIE]
            return self.session_class(serializer.loads(sealed, max_age=int(_CLIENT_LASTS.total_seconds())))
        except BadSignature:
            return self.session_class()
