"""The signed-in portal user of a request."""

from __future__ import annotations

from flask import Flask, g, redirect, request, session, url_for
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.access.policy import Actor
from app.services.accounts import portal_sessions
from app.services.accounts.portal_sessions import Account
from app.web.htmx import go, wants_fragment

manager = LoginManager()


class SignedIn(UserMixin):
    """What Flask-Login keeps. The cookie holds a token; its row says who that is, and until when."""

    def __init__(self, account: Account, token: str):
        self.account, self._token = account, token

    @property
    def actor(self) -> Actor:
        return self.account.actor

    def get_id(self) -> str:
        return self._token


def register(app: Flask) -> None:
    manager.init_app(app)


@manager.user_loader
def load(token: str) -> SignedIn | None:
    account = portal_sessions.signed_in(token)
    return SignedIn(account, token) if account else None


def enter(token: str) -> None:
    """Nothing of the session before stays, so nobody can have prepared it for somebody else."""
    session.clear()
    login_user(load(token))


def leave() -> None:
    """The session ends, and with it every copy of its cookie."""
    portal_sessions.sign_out(current_user.account.session_id)
    logout_user()
    session.clear()


def ask_nobody() -> None:
    """For the rest of this request nobody is signed in: what knows them cannot be asked."""
    g._login_user = AnonymousUserMixin()


@manager.unauthorized_handler
def ask_to_sign_in() -> Response:
    """Sign in, and come back to the page that was asked for."""
    if wants_fragment():
        return go(url_for("auth.sign_in"))
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=back))
