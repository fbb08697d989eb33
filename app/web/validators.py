"""Early warnings beside a field. Each asks a service, and the service asks again when it writes."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape
from wtforms.validators import StopValidation, ValidationError

from app.errors import DomainError, NotFound
from app.services.accounts import portal_users
from app.services.provisioning import lookup, platforms
from app.web.languages import sentence


class OnCarrierAccount:
    """The number exists on the provider's carrier account and can text (S10, D3).

    The form has `scope`, the place of the user, and says by `wants_messaging_on` whether messaging is to be
    switched on first. Sets the form's `offers_messaging` where that would help.
    """

    def __call__(self, form: Any, field: Any) -> None:
        if field.errors or form.wants_messaging_on:
            return
        wish = form.number_wish()
        try:
            platform = lookup.platform_for(form.scope, form.scope, wish.platform_id)
            lookup.require_usable(platform, wish.number, mms=False)
        except lookup.NumberNotOnAccount as refusal:
            raise ValidationError(_with_link(refusal)) from refusal
        except lookup.MessagingOff as refusal:
            form.offers_messaging = True
            raise ValidationError(sentence(refusal.message)) from refusal
        except NotFound:
            raise
        except DomainError as refusal:
            raise ValidationError(sentence(refusal.message)) from refusal


class AlertRecipientExists:
    """Somebody at the provider is alerted before a platform can be added (S3). The form has `scope`."""

    def __call__(self, form: Any, field: Any) -> None:
        try:
            platforms.require_alert_recipient(form.scope)
        except platforms.NoAlertRecipient as refusal:
            form.form_errors.append(sentence(refusal.message))
            raise StopValidation from refusal


class KeepsAnAlertRecipient:
    """Send Alerts may go off only while somebody else at the provider still has it (S4).

    The form has `scope`, and `person` where it changes somebody.
    """

    def __call__(self, form: Any, field: Any) -> None:
        if form.person is None or (field.data and form.is_enabled.data):
            return
        try:
            portal_users.require_other_recipient(form.scope, form.person.id)
        except portal_users.LastAlertRecipient as refusal:
            raise ValidationError(sentence(refusal.message)) from refusal


def _with_link(refusal: lookup.NumberNotOnAccount) -> Markup:
    """S10: "Inteliquent customer portal" in the source's words is a link."""
    words = "Inteliquent customer portal"
    link = Markup('<a href="{}" rel="noreferrer">{}</a>').format(refusal.portal_url, words)
    return escape(sentence(refusal.message)).replace(words, link)
