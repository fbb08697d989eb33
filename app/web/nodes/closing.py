"""The question before a place is closed: it says what is below and what will be lost."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.accounts import nodes
from app.services.accounts.tree import ABOVE
from app.services.provisioning import closing
from app.services.provisioning.closing import COUNTED, Below
from app.vocabulary import Level
from app.web.confirming import ConfirmForm, confirm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.languages import sentence
from app.web.navigation import list_of
from app.web.nodes.details import tab
from app.web.session import actor

_TYPED_ABOVE = 100  # messages


@tab.route("/close", needs=Permission.NODES_CHANGE, fresh=True, methods=["GET", "POST"])
def close(scope: Scope) -> Response:
    back, name = url_for("details.index", scope=scope), nodes.one(scope).name
    refused = _("%(name)s cannot be closed now", name=name)
    if (why := closing.refusal(actor(), scope)) is not None:
        in_use = isinstance(why, closing.ProviderInUse)
        return render(
            "nodes/not_closable.html",
            fragment="content",
            scope=scope,
            title=refused,
            words=sentence(why.message),
            back=back,
            in_use=in_use,
        )
    lost = closing.below(scope)
    is_large = bool(lost.users or lost.numbers or lost.messages > _TYPED_ABOVE)
    form = ConfirmForm(expects=name if is_large else "")
    if form.validate_on_submit():
        with refusals_on(form):
            parent = _parent(scope)
            closing.close(actor(), scope)
            flash(_("%(name)s was closed.", name=name), "success")
            return go(list_of(parent))
    return confirm(
        form,
        title=_("Close %(name)s?", name=name),
        refused=refused,
        lost=lost_with(lost),
        loss=_("This cannot be undone."),
        verb=_("Close %(name)s", name=name),
        cancel_url=back,
    )


def lost_with(lost: Below) -> list[str]:
    """What closing takes with it, a sentence for each kind."""
    places = [
        words
        for count, words in (
            (lost.resellers, ngettext("%(num)d reseller", "%(num)d resellers", lost.resellers)),
            (lost.groups, ngettext("%(num)d group", "%(num)d groups", lost.groups)),
            (lost.users, ngettext("%(num)d user", "%(num)d users", lost.users)),
            (lost.streams, ngettext("%(num)d media stream", "%(num)d media streams", lost.streams)),
        )
        if count
    ]
    said = [_("All that is below it is closed: %(what)s.", what=", ".join(places))] if places else []
    if lost.numbers:
        said.append(
            ngettext(
                "%(num)d CPaaS number stops texting at once and is given back.",
                "%(num)d CPaaS numbers stop texting at once and are given back.",
                lost.numbers,
            )
        )
    said += _messages(lost.messages)
    if lost.licences:
        said.append(ngettext("%(num)d licence ends.", "%(num)d licences end.", lost.licences))
    if lost.portal_users:
        said.append(
            ngettext(
                "%(num)d portal user can no longer sign in.",
                "%(num)d portal users can no longer sign in.",
                lost.portal_users,
            )
        )
    return said


def _messages(count: int) -> list[str]:
    if count > COUNTED:
        return [_("More than %(count)d saved messages are erased.", count=COUNTED)]
    if not count:
        return []
    return [ngettext("%(num)d saved message is erased.", "%(num)d saved messages are erased.", count)]


def _parent(scope: Scope) -> Scope:
    """Where the list stands that the place was in."""
    above = ABOVE.get(scope.level)
    if above is None:
        return Scope(Level.SYSTEM)
    return Scope(above, getattr(nodes.one(scope), f"{above}_id"))
