"""The Details tab of a media stream: what it is, who waits, its number, and the form of S13 and S14."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.errors import CarrierTrouble
from app.services.contact_center import closing, lists, profiles, streams
from app.services.provisioning import lookup
from app.vocabulary import Level
from app.web.closing_words import lost_numbers, typed_for
from app.web.confirming import ConfirmForm, confirm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.media_streams.daylight import daylight_words
from app.web.media_streams.forms import StreamForm, details_form
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "media_streams",
    __name__,
    title=_l("Details"),
    levels={Level.STREAM},
    needs=Permission.CONTACT_CENTERS_SEE,
)
_SEE, _CHANGE = Permission.CONTACT_CENTERS_SEE, Permission.CONTACT_CENTERS_CHANGE


@dataclass(frozen=True)
class _Parts:
    """What the page and its form are made of."""

    stream: Any
    number: Any
    group: Scope
    profiles: list[Any]


@tab.get("/", needs=_SEE)
def index(scope: Scope) -> Response:
    return _page(scope, None)


@tab.post("/", needs=_CHANGE)
def change(scope: Scope) -> Response:
    """With `refresh`, the form as it looks with what is chosen so far; nothing is judged yet."""
    form = _form(scope)
    if not request.form.get("refresh") and form.validate_on_submit():
        with refusals_on(form, {CarrierTrouble: "mms", lookup.SmsOnly: "mms"}):
            streams.change(actor(), scope, form.wish(), form.settings(), seen=form.revision.data)
            flash(_("%(name)s was updated.", name=form.name.data), "success")
            return go(url_for(".index", scope=scope))
    return _page(scope, form)


@tab.route("/close", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def close(scope: Scope) -> Response:
    stream, loss = streams.one(scope), closing.loss_of_stream(scope)
    form = ConfirmForm(typed_for(loss, stream.name))
    if form.validate_on_submit():
        with refusals_on(form):
            closing.close_stream(actor(), scope)
            flash(_("%(name)s was closed.", name=stream.name), "success")
            group = Scope(Level.GROUP, stream.group_id)
            return go(url_for("queues.show", scope=group, queue_id=stream.queue_id))
    return confirm(
        form,
        title=_("Close %(name)s?", name=stream.name),
        lost=lost_numbers(loss),
        loss=_("The media stream stays in the history. This cannot be undone."),
        verb=_("Close media stream"),
        cancel_url=url_for(".index", scope=scope),
    )


def _form(scope: Scope, parts: _Parts | None = None) -> StreamForm:
    parts = parts or _parts(scope)
    return details_form(scope, parts.stream, parts.number, parts.profiles)


def _parts(scope: Scope) -> _Parts:
    stream = streams.one(scope)
    group = Scope(Level.GROUP, stream.group_id)
    profiles_of_group = [profile for profile, _used in lists.profiles(group)]
    return _Parts(stream, streams.number_of(scope), group, profiles_of_group)


def _page(scope: Scope, typed: StreamForm | None) -> Response:
    parts = _parts(scope)
    stream, number = parts.stream, parts.number
    form = typed or _form(scope, parts)
    profile = next((one for one in parts.profiles if one.id == stream.in_office_profile_id), None)
    return render(
        "media_streams/show.html",
        fragment="form",
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        stream=stream,
        queue=streams.queue_of(scope, stream),
        group=parts.group,
        number=number,
        holds=number is not None and not number.release_requested_at,
        waiting=lists.waiting(scope),
        office=profiles.office_now(profile, stream.timezone) if profile else None,
        form=form,
        daylight=daylight_words(form.timezone.data),
    )
