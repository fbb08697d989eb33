"""New Media Stream, from the page of a queue (S13, S14)."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope, place_of
from app.errors import CarrierTrouble
from app.services.contact_center import centers, lists, streams
from app.services.provisioning import lookup, platforms
from app.vocabulary import Level
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.media_streams.daylight import daylight_words
from app.web.media_streams.forms import NewStreamForm
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "add_stream",
    __name__,
    title="",
    levels={Level.GROUP},
    needs=Permission.CONTACT_CENTERS_CHANGE,
    under="contact_center",
)
_CHANGE = Permission.CONTACT_CENTERS_CHANGE


@tab.get("/<int:queue_id>", needs=_CHANGE)
def index(scope: Scope, queue_id: int) -> Response:
    return _page(scope, queue_id, _form(scope))


@tab.post("/<int:queue_id>", needs=_CHANGE)
def add(scope: Scope, queue_id: int) -> Response:
    """With `refresh`, the form as it looks with what is chosen so far; nothing is judged yet."""
    form = _form(scope)
    if form is not None and not request.form.get("refresh") and form.validate_on_submit():
        with refusals_on(form, {CarrierTrouble: "number", lookup.SmsOnly: "mms"}):
            wish = form.number_wish()
            if form.wants_messaging_on:
                lookup.turn_on_messaging(actor(), scope, scope, wish.platform_id, wish.number)
            stream = streams.create(actor(), scope, queue_id, form.wish(form.media_type.data), wish)
            flash(
                _("%(name)s was added. Its number is being set up at the carrier.", name=stream.name),
                "success",
            )
            return go(url_for("media_streams.index", scope=place_of(stream)))
    return _page(scope, queue_id, form)


def _form(scope: Scope) -> NewStreamForm | None:
    """None where the provider has no platform: the page then says who can add one."""
    found = platforms.listed(scope)
    chosen = request.form.get("platform_id", type=int)
    profiles = [profile for profile, _used in lists.profiles(scope)]
    return NewStreamForm(scope, found, chosen, profiles) if found else None


def _page(scope: Scope, queue_id: int, form: NewStreamForm | None) -> Response:
    queue, center = centers.one_queue(scope, queue_id)
    return render(
        "media_streams/add.html",
        fragment="form",
        status=422 if form is not None and (form.errors or form.form_errors) else 200,
        scope=scope,
        queue=queue,
        center=center,
        form=form,
        daylight=daylight_words(form.timezone.data) if form else "",
        back=url_for("queues.show", scope=scope, queue_id=queue_id),
    )
