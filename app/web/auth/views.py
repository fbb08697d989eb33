"""Signing in and out, and the one-time links that set a password. Open on purpose, limited in tries."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from app.email_address import sign_in_form, spelled
from app.services.accounts import one_time_links, sign_in_address
from app.services.accounts import sign_in as accounts
from app.services.accounts.one_time_links import LinkUsedUp
from app.services.accounts.sign_in import Entry
from app.services.accounts.tokens import digest
from app.vocabulary import LinkPurpose
from app.web import devices, login, navigation, refusals
from app.web.auth.forms import CodeForm, ForgotPasswordForm, NewPasswordForm, SignInForm
from app.web.confirming import ConfirmForm
from app.web.form_errors import refusals_on
from app.web.htmx import is_ours
from app.web.languages import sentence
from app.web.limits import MAILED_LINKS, PASSWORD_TRIES, caller, limiter, taking
from app.web.statuses import status_of

blueprint = Blueprint("auth", __name__)
_PURPOSES = {
    "auth.welcome": LinkPurpose.INVITATION,
    "auth.client_password": LinkPurpose.CLIENT_PASSWORD,
    "auth.new_address": LinkPurpose.NEW_ADDRESS,
}


def _claimed_address() -> str:
    """Whom somebody tries to sign in as: another spelling of an address is no second account."""
    return sign_in_form(request.form.get("email", ""))[:254]


def _known_device() -> int | None:
    """The id of this browser's row, if the one whom somebody claims to be has signed in with it before."""
    return devices.of_address(_claimed_address())


def _origin() -> str:
    """From where somebody tries: strangers' tries are not counted as the owner's."""
    return devices.counted_as(_known_device())


def _account() -> str:
    """Whose account is tried; with a device that is known for it, apart from strangers."""
    known = _known_device()
    return f"portal:{_claimed_address()}" if known is None else f"portal:device:{known}"


def _origin_of_code() -> str:
    """Who typed the right password has tries of their own at the code, ten in all (`lockout`)."""
    pending = session.get("pending", "")
    return f"pending:{digest(pending)}" if accounts.is_halfway(pending) else caller()


@blueprint.get("/")
def start() -> Response:
    if current_user.is_authenticated:
        return redirect(navigation.home())
    return redirect(url_for("auth.sign_in"))


@blueprint.get("/sign-in")
def sign_in() -> Any:
    if current_user.is_authenticated:
        return redirect(navigation.home())
    return render_template("auth/sign_in.html", form=SignInForm(email=spelled(session.pop("welcomed", ""))))


@blueprint.post("/sign-in")
@limiter.limit(PASSWORD_TRIES, key_func=_origin)
@limiter.limit(PASSWORD_TRIES, key_func=_account)
def sign_in_post() -> Any:
    form = SignInForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _entered(accounts.sign_in(form.email.data, form.password.data, devices.device()))
    return make_response(render_template("auth/sign_in.html", form=form), 422)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"], key_func=_origin_of_code)
def sign_in_code() -> Any:
    """The second step, only after the first."""
    form, pending = CodeForm(), session.get("pending", "")
    if not accounts.is_halfway(pending):
        session.pop("pending", None)
        return redirect(url_for("auth.sign_in", next=_next()), 303)
    if form.validate_on_submit():
        with refusals_on(form):
            return _entered(accounts.enter_code(pending, form.code.data, devices.device()))
    return make_response(render_template("auth/code.html", form=form), 422 if form.errors else 200)


def _entered(entry: Entry) -> Response:
    """A right password is not always enough; what leads into the portal is a session of its own."""
    if entry.pending:
        session["pending"] = entry.pending
        return redirect(url_for("auth.sign_in_code", next=_next()), 303)
    login.enter(entry.token)
    devices.keep(entry.device_token)
    return redirect(_next() or navigation.url_of(entry.place), 303)


@blueprint.post("/sign-out")
@login_required
def sign_out() -> Response:
    login.leave()
    flash(_("You are signed out."), "info")
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.route("/forgot-password", methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"], key_func=_origin)
@limiter.limit(
    MAILED_LINKS,
    methods=["POST"],
    key_func=lambda: f"reset:{_account()}",
    exempt_when=lambda: _known_device() is None,
)
def forgot_password() -> Any:
    """The same answer, after the same time, for an address that nobody has, and when strangers have had
    enough mails sent to it.
    """
    form = ForgotPasswordForm()
    if form.validate_on_submit():
        with taking(seconds=0.3):
            one_time_links.forgot_password(form.email.data, devices.device())
        return redirect(url_for("auth.forgot_password_sent"), 303)
    page = render_template("auth/forgot_password.html", form=form)
    return make_response(page, 422 if form.errors else 200)


@blueprint.get("/forgot-password-sent")
def forgot_password_sent() -> str:
    return render_template("auth/forgot_password_sent.html")


@blueprint.route("/reset-password/<secret:token>", methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"])
def reset_password(token: str) -> Any:
    return _new_password(token, LinkPurpose.PASSWORD_RESET)


@blueprint.route("/welcome/<secret:token>", methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"])
def welcome(token: str) -> Any:
    return _new_password(token, LinkPurpose.INVITATION)


@blueprint.route("/client-password/<secret:token>", methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"])
def client_password(token: str) -> Any:
    return _new_password(token, LinkPurpose.CLIENT_PASSWORD)


@blueprint.route("/new-address/<secret:token>", methods=["GET", "POST"])
@limiter.limit(PASSWORD_TRIES, methods=["POST"])
def new_address(token: str) -> Any:
    """GET asks and uses nothing up: mail scanners open links too."""
    form, opened = ConfirmForm(), one_time_links.opened(token, LinkPurpose.NEW_ADDRESS)
    if form.validate_on_submit():
        with refusals_on(form):
            person = sign_in_address.confirm(token)
            session["welcomed"] = person.email
            flash(_("Your email address was changed. Sign in with it."), "success")
            return redirect(url_for("auth.sign_in"), 303)
    page = render_template("auth/new_address.html", form=form, opened=opened)
    return make_response(page, 422 if form.form_errors else 200)


def _new_password(token: str, purpose: LinkPurpose) -> Any:
    """GET shows the form and uses nothing up: mail scanners open links too."""
    opened, form = one_time_links.opened(token, purpose), NewPasswordForm()
    if form.validate_on_submit():
        with refusals_on(form):
            devices.keep(one_time_links.use(token, purpose, form.password.data).device_token)
            return _password_set(purpose, opened.sign_in)
    page = render_template("auth/new_password.html", form=form, opened=opened)
    return make_response(page, 422 if form.errors else 200)


def _password_set(purpose: LinkPurpose, address: str) -> Any:
    """The address goes along in the session: one in the URL would be written to access logs."""
    if purpose is LinkPurpose.CLIENT_PASSWORD:
        return redirect(url_for("auth.client_password_set"), 303)
    session["welcomed"] = address
    flash(_("Your password is set. Sign in with it."), "good")
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.errorhandler(LinkUsedUp)
def used_up(refusal: LinkUsedUp) -> Response:
    """Also when two browsers use a link at once. The same for a link that never was."""
    refusals.note(refusal)
    purpose = _PURPOSES.get(request.endpoint or "", LinkPurpose.PASSWORD_RESET)
    page = render_template("auth/used_up.html", sentence=sentence(refusal.message), purpose=purpose)
    return make_response(page, status_of(refusal))


@blueprint.get("/client-password-set")
def client_password_set() -> str:
    return render_template("auth/client_password_set.html")


def _next() -> str | None:
    """Back to the page that was asked for, if it is one of ours."""
    target = request.args.get("next", "")
    return target if is_ours(target) else None
