"""Every cookie that we set. Two are sessions that never mix: the portal's, and one for users' web client.

Who is signed in to one is nobody in the other, in the same browser, with the same forms and CSRF tokens: the
address says which of them counts. Attachment links, and the host name of files, take and give none (D16).

With https a name begins with `__Host-` (RFC 6265bis, 4.1.3.2): a browser then takes it from this host name
alone, over https, for all paths, so that neither a neighbor below the same domain nor somebody on the way can
plant one. Over plain http, on one's own machine, names are plain and the client's is sent below its path.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

from app.config import settings
from app.web import hosts

CLIENT_PATH = "/unity"
PORTAL, CLIENT = "portal_session", "unity_session"
_CLIENT_LASTS = dt.timedelta(days=30)  # its row in the database may end sooner


def register(app: Flask) -> None:
    """Names and rules of the cookies that extensions set are those of ours."""
    is_https = app.extensions["settings"].is_https
    rules = {"SECURE": is_https, "HTTPONLY": True, "SAMESITE": "Lax"}
    for kind, plain in (("SESSION", PORTAL), ("REMEMBER", "portal_remember")):
        app.config[f"{kind}_COOKIE_NAME"] = _full_name(plain, is_https=is_https)
        app.config.update({f"{kind}_COOKIE_{rule}": value for rule, value in rules.items()})
    app.session_interface = Cookies()


def name(plain: str) -> str:
    """What a cookie is called in a browser: "known_device" is "__Host-known_device" with https."""
    return _full_name(plain, is_https=settings().is_https)


def read(plain: str) -> str:
    """What the browser sent by this name; "" for nothing. Whoever reads it checks its signature."""
    return request.cookies.get(name(plain), "")


def set_cookie(response: Response, plain: str, value: str, *, lasts: dt.timedelta | None = None) -> None:
    """Set a cookie that no script reads and no other site sends.

    plain: its name without a prefix.  value: the caller has signed or sealed it.  lasts: until the browser is
    closed, unless told.
    """
    response.set_cookie(
        name(plain),
        value,
        max_age=lasts,
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="Lax",
    )


def drop(response: Response, plain: str) -> None:
    """The browser forgets this cookie."""
    response.delete_cookie(name(plain), path="/", secure=settings().is_https, httponly=True, samesite="Lax")


def _full_name(plain: str, *, is_https: bool) -> str:
    return f"__Host-{plain}" if is_https else plain


def is_of_client(path: str) -> bool:
    """Whether an address belongs to the web client."""
    return path == CLIENT_PATH or path.startswith(f"{CLIENT_PATH}/")


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, under another name and path for the web client."""

    def get_cookie_name(self, app: Flask) -> str:
        return name(CLIENT) if is_of_client(request.path) else super().get_cookie_name(app)

    def get_cookie_path(self, app: Flask) -> str:
        if settings().is_https:
            return "/"
        return CLIENT_PATH if is_of_client(request.path) else super().get_cookie_path(app)

    def get_cookie_domain(self, app: Flask) -> str | None:
        return None

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
            sealed = request.cookies[name(CLIENT)]
            return self.session_class(serializer.loads(sealed, max_age=int(_CLIENT_LASTS.total_seconds())))
        except BadSignature:
            return self.session_class()
