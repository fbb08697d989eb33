"""Signing in to the web client with a BroadWorks user id, and out again. Limited like the client API."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access.policy import Permission
from app.services.accounts import client_tokens, one_time_links
from app.services.accounts.client_tokens import ClientIdentity
from app.web import devices
from app.web.cookies import is_of_client
from app.web.fields import one_line
from app.web.form_errors import refusals_on
from app.web.htmx import is_ours
from app.web.limits import (
    MAILED_LINKS,
    PASSWORD_TRIES,
    client_tries,
    client_tries_of,
    limiter,
    taking,
)
from app.web.unity import client
from app.web.unity.client import CLIENT
from app.web.unity.forms import ForgotPasswordForm, SignInForm


def _claimed_user() -> str:
    """Whom somebody tries to sign in as, spelled as the service reads it."""
    return one_line(request.form.get("user_id", "")).lower()[:161]


def _known_device() -> int | None:
    return devices.of_user(_claimed_user())


def _origin() -> str:
    """From where somebody tries: strangers' tries are not counted as the owner's."""
    return devices.counted_as(_known_device())


def _account() -> str:
    """Whose account is tried, counted together with tries at the client API."""
    known = _known_device()
    return f"client:{_claimed_user()}" if known is None else f"client:device:{known}"


def _used_up() -> None:
    client_tokens.note_locked(_claimed_user(), devices.device())


@CLIENT.get("/sign-in", needs=None)
def sign_in() -> Any:
    if client.signed_in() is not None:
        return redirect(url_for("unity.index"))
    return render_template("unity/sign_in.html", form=SignInForm())


@CLIENT.post("/sign-in", needs=None)
@client_tries(_origin)
@client_tries_of(_account, _used_up)
def sign_in_post() -> Any:
    form = SignInForm()
    if form.validate_on_submit():
        with refusals_on(form):
            given = form.user_id.data, form.password.data
            new = client_tokens.sign_in_with_browser(*given, devices.device())
            client.enter(new.token)
            devices.keep(new.device_token)
            return redirect(_next() or url_for("unity.index"), 303)
    return make_response(render_template("unity/sign_in.html", form=form), 422)


@CLIENT.post("/sign-out", needs=Permission.CLIENT)
def sign_out(identity: ClientIdentity) -> Response:
    client.leave(identity)
    return redirect(url_for("unity.sign_in"), 303)


@CLIENT.route("/forgotten-password", needs=None, methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"], key_func=_origin)
@limiter.limit(
    MAILED_LINKS,
    methods=["POST"],
    key_func=lambda: f"reset:{_account()}",
    exempt_when=lambda: _known_device() is None,
)
def forgotten_password() -> Any:
    """The same answer, after the same time, for a user id that nobody has or that has no address."""
    form = ForgotPasswordForm()
    if form.validate_on_submit():
        with taking(seconds=0.3):
            one_time_links.forgot_client_password(form.user_id.data, devices.device())
        return redirect(url_for("unity.forgotten_password_sent"), 303)
    page = render_template("unity/forgotten_password.html", form=form)
    return make_response(page, 422 if form.errors else 200)


@CLIENT.get("/forgotten-password-sent", needs=None)
def forgotten_password_sent() -> str:
    return render_template("unity/forgotten_password_sent.html")


def _next() -> str | None:
    """Back to the page that was asked for, if it is one of the client's."""
    target = request.args.get("next", "")
    return target if is_ours(target) and is_of_client(target.partition("?")[0]) else None
