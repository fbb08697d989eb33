"""The CPaaS Numbers tab (S15), and the page of one number (S16, S17, D2 to D4)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.access.policy import Permission
from app.access.scope import Scope, place_of
from app.phone import ten_digits
from app.services.accounts import licences
from app.services.messaging import blocking, erasure, opt_in, traffic
from app.services.provisioning import assignment, platforms, queries
from app.services.provisioning.settings import effective
from app.vocabulary import FailureKind, Level, OptIn
from app.web.confirming import ConfirmForm, confirm
from app.web.fields import one_line
from app.web.filters import here
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.languages import sentence
from app.web.navigation import url_of
from app.web.numbers import listing
from app.web.numbers.export import csv_of
from app.web.numbers.forms import ChangeForm, settings_form
from app.web.session import actor
from app.web.tab import Tab

tab = Tab("numbers", __name__, title=_l("CPaaS Numbers"), levels=set(Level), needs=Permission.NUMBERS_SEE)
SEE, _CHANGE = Permission.NUMBERS_SEE, Permission.NUMBERS_CHANGE
# Above this many messages the number must be typed before they are deleted.
_TYPED_ABOVE = 100


@tab.get("/", needs=SEE)
def index(scope: Scope) -> Response:
    wanted = listing.wanted_from(request.args)
    after, before = request.args.get("after"), request.args.get("before")
    page = queries.numbers_page(scope, wanted, after=after, before=before)
    offered = listing.choices(_platforms(scope))
    response = render(
        "numbers/index.html",
        fragment="list",
        scope=scope,
        page=page,
        holder_url=lambda row: url_of(place_of(row)),
        wanted=wanted,
        head=listing.head,
        offered=offered,
        chips=listing.chips(wanted, offered),
        everything=listing.without_filters(),
    )
    response.headers["HX-Push-Url"] = here()  # without the filters that are off
    return response


@tab.get("/export.csv", needs=SEE)
def export(scope: Scope) -> Response:
    """What the list shows on all of its pages."""
    batches = queries.numbers_in_batches(scope, listing.wanted_from(request.args))
    return csv_of(
        batches,
        with_platform=len(_platforms(scope)) > 1,
        with_provider=scope.level is Level.SYSTEM,
        name=f"cpaas-numbers-{scope}.csv",
    )


@tab.get("/<int:assignment_id>", needs=SEE)
def show(scope: Scope, assignment_id: int) -> Response:
    if scope.level not in {Level.USER, Level.STREAM}:  # a number's page belongs to its holder
        return go(_at_holder(scope, assignment_id))
    row = queries.number(scope, assignment_id)
    return _page(scope, row, settings_form(row))


@tab.post("/<int:assignment_id>", needs=_CHANGE)
def change(scope: Scope, assignment_id: int) -> Response:
    row = queries.number(scope, assignment_id)
    form, number = settings_form(row), row.number
    if form.validate_on_submit():
        with refusals_on(form):
            assignment.change(actor(), scope, assignment_id, form.wish(number), seen=form.revision.data or 0)
            return _done(scope, assignment_id, _("%(number)s was updated.", number=ten_digits(number)))
    return _page(scope, queries.number(scope, assignment_id), form)


@tab.get("/<int:assignment_id>/state", needs=SEE)
def state(scope: Scope, assignment_id: int) -> Response:
    """The state of the page, asked every two seconds until it is final."""
    return _state(scope, assignment_id, "state")


@tab.get("/<int:assignment_id>/badge", needs=SEE)
def badge(scope: Scope, assignment_id: int) -> Response:
    """The state of a row in a list."""
    return _state(scope, assignment_id, "badge")


@tab.post("/<int:assignment_id>/retry", needs=_CHANGE)
def retry(scope: Scope, assignment_id: int) -> Response:
    assignment.retry(actor(), scope, assignment_id)
    return _done(scope, assignment_id, _("The carrier is asked again."))


@tab.route("/<int:assignment_id>/take-over", needs=_CHANGE, methods=["GET", "POST"])
def take_over(scope: Scope, assignment_id: int) -> Response:
    """D36: another system loses the number's texts."""
    row = queries.number(scope, assignment_id)
    number, is_due = ten_digits(row.number), row.failure_kind is FailureKind.OTHER_SYSTEM
    form = ConfirmForm()
    if form.validate_on_submit():
        with refusals_on(form):
            assignment.take_over(actor(), scope, assignment_id)
            return _done(scope, assignment_id, _("The number is being taken over from the other system."))
    return confirm(
        form,
        title=_("Take over %(number)s?", number=number),
        lost=[sentence(row.failure_reason)] if is_due else [],
        loss=_(
            "Its webhook at the carrier is removed. The other system no longer receives texts to "
            "%(number)s, and only its owner can register it there again.",
            number=number,
        )
        if is_due
        else _("No other system receives this number, so there is nothing to take over."),
        verb=_("Take over") if is_due else "",
        cancel_url=_address(scope, assignment_id),
    )


@tab.route("/<int:assignment_id>/reset-opt-in", needs=_CHANGE, methods=["GET", "POST"])
def reset_opt_in(scope: Scope, assignment_id: int) -> Response:
    """D36: a user who accepted loses texting until the next answer."""
    row = queries.number(scope, assignment_id)
    number, has_answer = ten_digits(row.number), row.opt_in in {OptIn.OPTED_IN, OptIn.OPTED_OUT}
    form = ConfirmForm()
    if form.validate_on_submit():
        with refusals_on(form):
            opt_in.reset(actor(), scope, assignment_id)
            asks = _("The Unity client asks the user again when it next starts.")
            return _done(scope, assignment_id, asks, "opt-in")
    return confirm(
        form,
        title=_("Reset the opt-in state of %(number)s?", number=number),
        loss=_(
            "%(user)s cannot text with this number until the Unity client has asked again: incoming texts "
            "are held and sending is refused. The answer that was given stays as evidence.",
            user=row.holder_name,
        )
        if has_answer
        else _("There is no answer to reset: the user was not asked or has not answered."),
        verb=_("Reset Opt-In State") if has_answer else "",
        cancel_url=_address(scope, assignment_id),
    )


@tab.post("/<int:assignment_id>/unblock", needs=_CHANGE)
def unblock(scope: Scope, assignment_id: int) -> Response:
    remote = one_line(request.form.get("remote", ""))
    blocking.unblock(actor(), scope, assignment_id, remote)
    return _done(
        scope, assignment_id, _("%(number)s is no longer blocked.", number=ten_digits(remote)), "blocks"
    )


@tab.route("/<int:assignment_id>/messages/delete", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def delete_messages(scope: Scope, assignment_id: int) -> Response:
    number = ten_digits(queries.number(scope, assignment_id).number)
    saved = erasure.saved(scope, assignment_id)
    form = ConfirmForm(number if saved > _TYPED_ABOVE else "")
    if form.validate_on_submit():
        with refusals_on(form):
            count = erasure.delete_saved(actor(), scope, assignment_id)
            return _done(
                scope,
                assignment_id,
                _("%(messages)s of %(number)s deleted.", messages=_messages(count), number=number),
                "messages",
            )
    return confirm(
        form,
        title=_("Delete the saved messages of %(number)s?", number=number),
        loss=_(
            "Deletes %(messages)s. Texts on their way out stay until they have left. This cannot be undone.",
            messages=_messages(saved),
        )
        if saved
        else _("No message of this number is saved, so there is nothing to delete."),
        verb=_("Delete messages") if saved else "",
        cancel_url=_address(scope, assignment_id),
    )


@tab.route("/<int:assignment_id>/delete", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def delete(scope: Scope, assignment_id: int) -> Response:
    number = ten_digits(queries.number(scope, assignment_id).number)
    saved = erasure.saved(scope, assignment_id)
    form = ConfirmForm(number if saved > _TYPED_ABOVE else "")
    if form.validate_on_submit():
        with refusals_on(form):
            assignment.release(actor(), scope, assignment_id)
            return _done(
                scope, assignment_id, _("%(number)s is being released at the carrier.", number=number)
            )
    return confirm(
        form,
        title=_("Delete %(number)s?", number=number),
        loss=_loss(number, saved),
        verb=_("Delete number"),
        cancel_url=_address(scope, assignment_id),
    )


def _platforms(scope: Scope) -> list[Any]:
    """What numbers here may be on; the system's belong to many providers, which tell them apart."""
    return [] if scope.level is Level.SYSTEM else platforms.listed(scope)


def _state(scope: Scope, assignment_id: int, fragment: str) -> Response:
    row = queries.number(scope, assignment_id)
    return render(
        "numbers/state.html",
        fragment=fragment,
        scope=scope,
        number=row,
        counts=effective(row, row.platform),
        holder_url=url_of(place_of(row)),
    )


def _page(scope: Scope, row: Any, form: ChangeForm) -> Response:
    return render(
        "numbers/show.html",
        fragment="settings",
        status=422 if form.errors else 200,
        scope=scope,
        number=row,
        holder_url=url_of(place_of(row)),
        form=form,
        counts=effective(row, row.platform),
        is_licensed=row.user_id is None or licences.is_licensed(row.user_id),
        evidence=opt_in.evidence(scope, row.id),
        blocks=blocking.blocks(scope, row.id),
        traffic=traffic.of_number(scope, row.id, of_stream=row.stream_id is not None),
    )


def _done(scope: Scope, assignment_id: int, words: str, part: str = "") -> Response:
    """Back to the page, and to the `part` of it where the person was."""
    flash(words, "success")
    return go(_at_holder(scope, assignment_id) + (f"#{part}" if part else ""))


def _at_holder(scope: Scope, assignment_id: int) -> str:
    holder = place_of(queries.number(scope, assignment_id))
    return _address(holder, assignment_id)


def _address(scope: Scope, assignment_id: int) -> str:
    return url_for("numbers.show", scope=scope, assignment_id=assignment_id)


def _messages(count: int) -> str:
    return ngettext("%(count)s message", "%(count)s messages", count, count=f"{count:,}")


def _loss(number: str, saved: int) -> str:
    if not saved:
        return _("Deletes %(number)s. Texting stops at once. This cannot be undone.", number=number)
    return _(
        "Deletes %(number)s and its %(messages)s. Texting stops at once. This cannot be undone.",
        number=number,
        messages=_messages(saved),
    )
