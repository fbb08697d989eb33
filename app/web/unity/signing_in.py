"""Signing in to the web client with a BroadWorks user id, and out again. Limited like the client API."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access.policy import Permission
from app.services.accounts import client_tokens, one_time_links
from app.services.accounts.client_tokens import ClientIdentity
from app.web.cookies import is_of_client
from app.web.fields import one_line
from app.web.form_errors import refusals_on
from app.web.htmx import is_ours
from app.web.limits import (
    MAILED_LINKS,
    PASSWORD_TRIES,
    asked_from_here,
    client_tries,
    client_tries_of,
    limiter,
    taking,
)
from app.web.unity import client
from app.web.unity.client import CLIENT
from app.web.unity.forms import ForgotPasswordForm, SignInForm


def _claimed_user() -> str:
    """Whom somebody tries to sign in as, counted together with tries at the client API."""
    return f"client:{one_line(request.form.get('user_id', '')).lower()[:161]}"


@CLIENT.get("/sign-in", needs=None)
def sign_in() -> Any:
    if client.signed_in() is not None:
        return redirect(url_for("unity.index"))
    return render_template("unity/sign_in.html", form=SignInForm())


@CLIENT.post("/sign-in", needs=None)
@client_tries()
@client_tries_of(_claimed_user)
def sign_in_post() -> Any:
    form = SignInForm()
    if form.validate_on_submit():
        with refusals_on(form):
            new = client_tokens.sign_in_with_browser(form.user_id.data, form.password.data)
            client.enter(new.token)
            return redirect(_next() or url_for("unity.index"), 303)
    return make_response(render_template("unity/sign_in.html", form=form), 422)


@CLIENT.post("/sign-out", needs=Permission.CLIENT)
def sign_out(identity: ClientIdentity) -> Response:
    client.leave(identity)
    return redirect(url_for("unity.sign_in"), 303)


@CLIENT.route("/forgotten-password", needs=None, methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"])
@limiter.limit(MAILED_LINKS, methods=["POST"], key_func=lambda: asked_from_here(_claimed_user()))
def forgotten_password() -> Any:
    """The same answer, after the same time, for a user id that nobody has or that has no address."""
    form = ForgotPasswordForm()
    if form.validate_on_submit():
        with taking(seconds=0.3):
            one_time_links.forgot_client_password(form.user_id.data)
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
