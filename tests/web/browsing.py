"""A browser and a Unity client, without a network between them and the app."""

from __future__ import annotations

import contextvars
import secrets
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.db import db
from app.models import PortalUser
from app.services.accounts import client_tokens, portal_sessions
from tests import make

HTMX = {"HX-Request": "true"}


def alone(app: Flask, call: Any, **request: Any) -> TestResponse:
    """One request with a session of its own, as a server answers it. Of a stream only the head is read."""

    def ask() -> TestResponse:
        answer: TestResponse = call(**request)
        if answer.is_streamed:
            answer.close()
        return answer

    db.session.rollback()
    return contextvars.Context().run(ask)


class Browser:
    """Somebody's browser, with the CSRF token that the pages hand out. `person` None is a stranger."""

    path = "/"

    def __init__(self, app: Flask, person: PortalUser | None = None):
        self._app = app
        self._client = app.test_client()
        if person is not None:
            with self._client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = portal_sessions.start(person.id), True

    def _csrf(self) -> str:
        """What the next page would carry: signing in changes it."""
        with self._client.session_transaction(self.path) as session:
            mine = session.setdefault("csrf_token", secrets.token_hex(20))
        return str(URLSafeTimedSerializer(self._app.secret_key, salt="wtf-csrf-token").dumps(mine))

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.request("GET", path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.request("POST", path, data=data or {}, **more)

    def request(self, method: str, path: str, **more: Any) -> TestResponse:
        """`token=False` leaves the CSRF token out; `headers` are added to it."""
        sent = {"X-CSRFToken": self._csrf()} if more.pop("token", True) and method != "GET" else {}
        headers = {**sent, **more.pop("headers", {})}
        return alone(self._app, self._client.open, path=path, method=method, headers=headers, **more)

    def fill(self, path: str, action: str | None = None, **typed: Any) -> TestResponse:
        """Open a page, type into its form, and send it as a person would."""
        page = soup(self.get(path))
        return self.post(action or path, fields_of(page, action or path) | typed)


class WebClient(Browser):
    """A user's browser at /unity/, signed in; `user` None is a stranger."""

    path = "/unity/"

    def __init__(self, app: Flask, user: Any | None = None):
        super().__init__(app)
        if user is not None:
            with self._client.session_transaction(self.path) as session:
                session["client_token"] = client_tokens._start_with_browser(user.id).token


class UnityClient:
    """A user's client of the JSON API; `token` None is not signed in."""

    def __init__(self, app: Flask, user: Any | None = None):
        self._app = app
        self._client = app.test_client()
        self.token = client_tokens._start(user.id).token if user is not None else None

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        address = f"/client/v1/{path.lstrip('/')}"
        return alone(self._app, self._client.open, path=address, method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, json=body, **more)


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def fields_of(page: BeautifulSoup, action: str) -> dict[str, Any]:
    """What a browser would send for the form that posts to `action`, without the token."""
    path = action.partition("?")[0]
    for form in page.find_all("form"):
        if form.get("method", "get").lower() == "post" and form.get("action", "").partition("?")[0] == path:
            return dict(_values(form))
    return {}


def _values(form: Any) -> Any:
    for field in form.find_all(["input", "select", "textarea"]):
        name, kind = field.get("name"), field.get("type", "text")
        if not name or name == "csrf_token" or kind in {"submit", "button"}:
            continue
        if field.name == "select":
            chosen = field.find("option", selected=True) or field.find("option")
            yield name, chosen.get("value", chosen.text) if chosen else ""
        elif field.name == "textarea":
            yield name, field.text
        elif kind not in {"checkbox", "radio"} or field.has_attr("checked"):
            yield name, field.get("value", "y" if kind == "checkbox" else "")


def alerts(answer: TestResponse) -> str:
    """What a person is told: the errors at the form and beside its fields."""
    page = soup(answer)
    return " ".join(part.get_text(" ", strip=True) for part in page.select("[role=alert], .invalid-feedback"))


__all__ = ["HTMX", "Browser", "UnityClient", "WebClient", "alerts", "fields_of", "make", "soup"]
