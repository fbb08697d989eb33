"""The Messages tab: "why did this text not arrive?", and what a person decides about a doubtful one (D13)."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope, place_of
from app.phone import ten_digits
from app.services.messaging import resending, texts
from app.vocabulary import Level, MessageState
from app.web.confirming import ConfirmForm, confirm
from app.web.filters import here
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.messages import listing
from app.web.session import actor
from app.web.tab import Tab

tab = Tab("messages", __name__, title=_l("Messages"), levels=set(Level), needs=Permission.MESSAGES_SEE)
_SEE, _CHANGE = Permission.MESSAGES_SEE, Permission.MESSAGES_CHANGE


@tab.get("/", needs=_SEE)
def index(scope: Scope) -> Response:
    wanted = listing.wanted_from(request.args)
    counts_kept_back = wanted.number or scope.level in {Level.USER, Level.STREAM}
    marks = {name: request.args.get(name) for name in ("after", "before")}
    response = render(
        "messages/index.html",
        fragment="list",
        scope=scope,
        page=texts.texts_page(scope, wanted, **marks),
        wanted=wanted,
        typed=request.args,
        offered=listing.choices(),
        suppressed=texts.suppressed(scope, wanted.number) if counts_kept_back else {},
    )
    response.headers["HX-Push-Url"] = here()
    return response


@tab.get("/<int:message_id>", needs=_SEE)
def show(scope: Scope, message_id: int) -> Response:
    message = texts.one(scope, message_id)
    return render(
        "messages/show.html",
        fragment="content",
        scope=scope,
        text=message,
        holder=place_of(message),
        attempts=texts.attempts_of(message),
        receipts=texts.receipts_of(message),
        may_go_again=message.state in resending.AGAIN,
        is_uncertain=message.state is MessageState.UNCERTAIN,
    )


@tab.route("/<int:message_id>/send-again", needs=_CHANGE, methods=["GET", "POST"])
def send_again(scope: Scope, message_id: int) -> Response:
    message, form = texts.one(scope, message_id), ConfirmForm()
    remote = ten_digits(message.remote or "")
    if form.validate_on_submit():
        with refusals_on(form):
            resending.send_again(actor(), scope, message_id)
            return _done(scope, message_id, _("The text to %(number)s is queued again.", number=remote))
    is_uncertain = message.state is MessageState.UNCERTAIN
    return confirm(
        form,
        title=_("Send the text to %(number)s again?", number=remote),
        loss=_("It may have arrived already: then it arrives twice. Your name is kept in the history.")
        if is_uncertain
        else _("It is checked again as if it were written now. Your name is kept in the history."),
        verb=_("Send again"),
        tone="primary",
        cancel_url=url_for(".show", scope=scope, message_id=message_id),
    )


@tab.route("/<int:message_id>/mark-sent", needs=_CHANGE, methods=["GET", "POST"])
def mark_sent(scope: Scope, message_id: int) -> Response:
    return _mark(
        scope,
        message_id,
        was_sent=True,
        title=_l("Mark the text to %(number)s as sent?"),
        verb=_("Mark as sent"),
        loss=_("Do this when you know that the carrier has it. Your name is kept in the history."),
    )


@tab.route("/<int:message_id>/mark-not-sent", needs=_CHANGE, methods=["GET", "POST"])
def mark_not_sent(scope: Scope, message_id: int) -> Response:
    return _mark(
        scope,
        message_id,
        was_sent=False,
        title=_l("Mark the text to %(number)s as not sent?"),
        verb=_("Mark as not sent"),
        loss=_("Do this when you know that the carrier does not have it. It can be sent again afterwards."),
    )


def _mark(scope: Scope, message_id: int, *, was_sent: bool, title: str, verb: str, loss: str) -> Response:
    message, form = texts.one(scope, message_id), ConfirmForm()
    if form.validate_on_submit():
        with refusals_on(form):
            resending.mark(actor(), scope, message_id, was_sent=was_sent)
            return _done(scope, message_id, _("The text was settled."))
    return confirm(
        form,
        title=title % {"number": ten_digits(message.remote or "")},
        loss=loss,
        verb=verb,
        tone="primary",
        cancel_url=url_for(".show", scope=scope, message_id=message_id),
    )


def _done(scope: Scope, message_id: int, words: str) -> Response:
    flash(words, "success")
    return go(url_for(".show", scope=scope, message_id=message_id))
