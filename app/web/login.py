"""The signed-in portal user of a request."""

from __future__ import annotations

from flask import Flask, redirect, request, url_for
from flask_login import LoginManager, UserMixin
from werkzeug.wrappers import Response

from app.access.policy import Actor
from app.services.accounts import sign_in
from app.services.accounts.sign_in import Account
from app.web.htmx import go, wants_fragment

manager = LoginManager()


class SignedIn(UserMixin):
    """What Flask-Login keeps. The cookie holds the id and a key that changes when sessions must end."""

    def __init__(self, account: Account):
        self.account = account

    @property
    def actor(self) -> Actor:
        return self.account.actor

    def get_id(self) -> str:
        return f"{self.account.id}:{self.account.session_key}"


def register(app: Flask) -> None:
    manager.init_app(app)


@manager.user_loader
def load(cookie: str) -> SignedIn | None:
    person_id, _, session_key = cookie.partition(":")
    account = sign_in.signed_in(int(person_id), session_key) if person_id.isdigit() else None
    return SignedIn(account) if account else None


@manager.unauthorized_handler
def ask_to_sign_in() -> Response:
    """Sign in, and come back to the page that was asked for."""
    if wants_fragment():
        return go(url_for("auth.sign_in"))
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=back))
