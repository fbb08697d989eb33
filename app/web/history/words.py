"""A line of the history in words: what was changed, from what to what, and where it is now."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.scope import place_of
from app.email_address import spelled
from app.phone import ten_digits
from app.vocabulary import (
    CarrierName,
    Level,
    LicenceKind,
    MailFailure,
    MailKind,
    MediaType,
    OptIn,
    Product,
    Role,
)
from app.web.filters import language_name, moment, shown, word
from app.web.languages import sentence
from app.web.navigation import url_of

LONG = 80  # characters; more is folded away
_NAMES: dict[str, str | LazyString] = {
    "name": _l("Name"),
    "broadworks_id": _l("User ID / MAC Address"),
    "email": _l("Email Address"),
    "account_reference": _l("Account Reference"),
    "external_reference": _l("External Reference"),
    "trial_days": _l("Trial Length"),
    "texts_per_minute": _l("Texts per minute"),
    "role": _l("Role"),
    "timezone": _l("Timezone"),
    "language": _l("Language"),
    "is_enabled": _l("May Sign In"),
    "send_technical_emails": _l("Send Technical Emails"),
    "send_alerts": _l("Send Alerts"),
    "send_invoices": _l("Send Invoices & Receipts"),
    "send_licence_expiry_alerts": _l("Send License Expiry Alerts"),
    "account_key": _l("Account/Key"),
    "token_secret": _l("Token/Secret"),
    "outbound_api_key": _l("Outbound API Key"),
    "user_confirmation_required": _l("User Confirmation Required"),
    "user_can_block": _l("User Can Block Numbers"),
    "mms_available": _l("MMS Available"),
    "accepts_legacy": _l("Accept Calls at the Legacy Address"),
    "mms": _l("MMS"),
    "friendly_name": _l("Friendly Name"),
    "opt_in": _l("User Opt-In State"),
    "kind": _l("Kind"),
    "licence_kind": _l("Kind"),
    "product": _l("Product"),
    "expires_at": _l("Until"),
    "reason": _l("Reason"),
    "mail": _l("Mail"),
    "mail_address": _l("Address"),
    "mail_failure": _l("Reason"),
    "prompt_text": _l("Question to the user"),
    "stop_text": _l("Answer to STOP"),
    "start_text": _l("Answer to START"),
    "help_text": _l("Answer to HELP"),
    "opt_out_words": _l("Further opt-out words"),
    "retention_days": _l("Texts are kept"),
    "messages": _l("Messages"),
    "texts": _l("Texts"),
    "older_than": _l("Older than"),
    "word": _l("Word"),
    "address": _l("IP address"),
    "device": _l("Device"),
    "format": _l("Format"),
    "after_a_desktop_trial": _l("After a trial of Unity Desktop"),
    "after_a_agent_trial": _l("After a trial of Unity Agent"),
    "after_a_supervisor_trial": _l("After a trial of Unity Supervisor"),
    "after_a_reception_trial": _l("After a trial of Unity Reception"),
}
_SECRETS = {"account_key", "token_secret", "outbound_api_key"}
_FOLLOWS_PLATFORM = {"mms", "user_can_block"}
_FROM_ABOVE = {"trial_days"}
_OURS = {"prompt_text", "stop_text", "start_text", "help_text"}
_ENUMS = {
    "role": Role,
    "product": Product,
    "kind": LicenceKind,
    "licence_kind": LicenceKind,
    "carrier": CarrierName,
    "media_type": MediaType,
    "mail": MailKind,
    "mail_failure": MailFailure,
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|\+00:00)")
# The tab on which a row of this table is found at its place; nodes are their own place.
_TABS = {
    "platforms": "details",
    "portal_users": "portal_users",
    "licences": "licences",
    "user_templates": "user_templates",
    "brandings": "branding",
    "server_hostnames": "hostnames",
    "assignments": "numbers",
    "bulk_runs": "bulk",
    "contact_centers": "contact_centers",
    "queues": "contact_centers",
    "queue_members": "contact_centers",
    "in_office_profiles": "contact_centers",
}


@dataclass(frozen=True)
class Change:
    """`before` is None where something was set and there was nothing before."""

    name: str
    before: str | None
    after: str

    @property
    def is_long(self) -> bool:
        return len(self.before or "") + len(self.after) > LONG


def changes(entry: Any) -> list[Change]:
    """What a line of the history holds besides what was done."""
    return [_change(name, value) for name, value in entry.change.items()]


def target(entry: Any) -> str:
    """What it was done to, as it was called then."""
    if entry.target_kind == "licences":
        return _in_words("product", entry.target)
    if entry.target_kind == "platforms":
        return _in_words("carrier", entry.target)
    return ten_digits(entry.target) if entry.target_kind == "assignments" else str(entry.target)


def where(entry: Any) -> str:
    """The address of the place where the target is now; a deleted one's list."""
    place = place_of(entry)
    if entry.target_kind == "assignments" and place.level in {Level.USER, Level.STREAM}:
        return url_for("numbers.show", scope=place, assignment_id=entry.target_id)
    return url_of(place, _TABS.get(entry.target_kind, "details"))


def _change(name: str, value: Any) -> Change:
    label = str(_NAMES.get(name, "")) or sentence(name.replace("_", " ").capitalize())
    if isinstance(value, list) and len(value) == 2:
        return Change(label, _in_words(name, value[0]), _in_words(name, value[1]))
    return Change(label, None, _in_words(name, value))


def _in_words(name: str, value: Any) -> str:
    if name in _SECRETS:
        return "••••"
    if value is None or value == "":
        return _nothing(name)
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    if isinstance(value, list):
        return ", ".join(_in_words("", one) for one in value) or _nothing(name)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_in_words('', one)}" for key, one in value.items())
    return _named(name, str(value))


def _named(name: str, value: str) -> str:
    words = _ENUMS.get(name) or (Product if name.startswith("after_a_") else None)
    if words is not None and value in set(words):
        return word(words(value))
    if name.startswith("after_a_"):
        return sentence("No licence" if value == "none" else "As above")
    if name == "opt_in" and value in set(OptIn):
        return str(shown(OptIn(value)).word)
    if name in _SPELLED:
        return _SPELLED[name](value)
    if _MOMENT.fullmatch(value):
        return moment(dt.datetime.fromisoformat(value))
    return value


def _in_days(value: str) -> str:
    return ngettext("%(num)d day", "%(num)d days", int(value))


_SPELLED = {"language": language_name, "email": spelled, "mail_address": spelled, "retention_days": _in_days}


def _nothing(name: str) -> str:
    if name in _FOLLOWS_PLATFORM:
        return _("as the platform")
    if name in _FROM_ABOVE:
        return _("as above")
    if name in _OURS:
        return _("the portal's own")
    if name == "retention_days":
        return _("until deleted")
    return _("no end") if name == "expires_at" else _("empty")
