"""How values are shown: numbers, times and states. The same everywhere, so that a page never decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from flask import Flask, g, request, url_for
from flask_babel import LazyString, format_date, get_locale, gettext, ngettext
from flask_babel import lazy_gettext as _l

from app.clock import now
from app.email_address import spelled
from app.phone import ten_digits
from app.services.accounts.licences import SOON
from app.services.provisioning.settings import effective, messaging_type
from app.vocabulary import (
    CARRIER_NAMES,
    AssignmentState,
    AttemptOutcome,
    BulkState,
    CallFault,
    CarrierName,
    Direction,
    Level,
    LicenceKind,
    LicenceState,
    MailFailure,
    MailKind,
    MediaType,
    MessageState,
    NumberStatus,
    OptIn,
    Product,
    Role,
    RowOutcome,
    SecurityEventKind,
    SentAs,
    SignatureMode,
)
from app.web.session import viewer

_SHAPE = "%Y-%m-%d @ %H:%M:%S"


@dataclass(frozen=True)
class Shown:
    """A state as people read it. `tone` colours the dot; a state that is not final is asked again."""

    word: str | LazyString
    tone: str
    is_final: bool = True


_SHOWN: dict[StrEnum, Shown] = {
    AssignmentState.PROVISIONING: Shown(_l("Provisioning"), "busy", is_final=False),
    AssignmentState.ACTIVE: Shown(_l("Active"), "good"),
    AssignmentState.FAILED: Shown(_l("Failed"), "bad"),
    AssignmentState.RELEASING: Shown(_l("Releasing"), "busy", is_final=False),
    AssignmentState.ENDED: Shown(_l("Ended"), "calm"),
    MessageState.RECEIVED: Shown(_l("Received"), "good"),
    MessageState.QUEUED: Shown(_l("Queued"), "calm", is_final=False),
    MessageState.CLAIMED: Shown(_l("Queued"), "calm", is_final=False),  # a lease is nobody's business (D13)
    MessageState.SENDING: Shown(_l("Sending"), "busy", is_final=False),
    MessageState.SENT: Shown(_l("Sent"), "calm", is_final=False),
    MessageState.DELIVERED: Shown(_l("Delivered"), "good"),
    MessageState.FAILED: Shown(_l("Failed"), "bad"),
    MessageState.UNCERTAIN: Shown(_l("Uncertain"), "warn"),
    AttemptOutcome.STARTED: Shown(_l("Under way"), "busy", is_final=False),
    AttemptOutcome.NOT_SENT: Shown(_l("Not sent"), "warn"),
    OptIn.NOT_REQUIRED: Shown(_l("Not required"), "calm"),
    OptIn.PENDING: Shown(_l("Not answered yet"), "warn"),
    OptIn.OPTED_IN: Shown(_l("User opted-in"), "good"),
    OptIn.OPTED_OUT: Shown(_l("User opted-out"), "bad"),
    BulkState.CHECKING: Shown(_l("Checking"), "busy", is_final=False),
    BulkState.CHECKED: Shown(_l("Checked"), "warn"),
    BulkState.RUNNING: Shown(_l("Adding"), "busy", is_final=False),
    BulkState.DONE: Shown(_l("Done"), "good"),
    RowOutcome.UNCHECKED: Shown(_l("Not checked yet"), "calm", is_final=False),
    RowOutcome.READY: Shown(_l("Can be added"), "good"),
    RowOutcome.REFUSED: Shown(_l("Refused"), "bad"),
    RowOutcome.ASSIGNED: Shown(_l("Added"), "good"),
    CallFault.SIGNATURE: Shown(_l("Wrong signature"), "bad"),
    CallFault.HEADER: Shown(_l("Wrong header"), "bad"),
    CallFault.UNREADABLE: Shown(_l("Cannot be read"), "bad"),
    CallFault.REUSED_ID: Shown(_l("Message ID reused with other content"), "bad"),
    CallFault.LEGACY_OFF: Shown(_l("Legacy address is off"), "bad"),
    SignatureMode.ENFORCE: Shown(_l("Enforced"), "good"),
    SignatureMode.OBSERVE: Shown(_l("Only observed"), "warn"),
    LicenceState.ACTIVE: Shown(_l("Active"), "good"),
    LicenceState.EXPIRING: Shown(_l("Expires within %(days)d days", days=SOON.days), "warn"),
    LicenceState.EXPIRED: Shown(_l("Expired"), "bad"),
    LicenceState.ENDED: Shown(_l("Ended"), "calm"),
}
_WORDS: dict[StrEnum, str | LazyString] = {
    Level.SYSTEM: _l("System"),
    Level.PROVIDER: _l("Provider"),
    Level.RESELLER: _l("Reseller"),
    Level.GROUP: _l("Group"),
    Level.USER: _l("User"),
    Level.STREAM: _l("Media stream"),
    CarrierName.INTELIQUENT: CARRIER_NAMES[CarrierName.INTELIQUENT],
    NumberStatus.IN_SERVICE: _l("In service"),
    NumberStatus.PENDING: _l("Pending"),
    NumberStatus.DISCONNECTING: _l("Being disconnected"),
    NumberStatus.OTHER: _l("Not in service"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.READ_ONLY: _l("Read only"),
    Product.DESKTOP: "Unity Desktop",
    Product.AGENT: "Unity Agent",
    Product.SUPERVISOR: "Unity Supervisor",
    Product.RECEPTION: "Unity Reception",
    LicenceKind.PERMANENT: _l("Permanent"),
    LicenceKind.UNTIL: _l("Until a date"),
    LicenceKind.TRIAL: _l("Trial"),
    MediaType.SMS: "SMS",
    Direction.INBOUND: _l("Inbound"),
    Direction.OUTBOUND: _l("Outbound"),
    MailKind.INVITATION: _l("Invitation"),
    MailKind.PASSWORD_LINK: _l("Link to set a new password"),
    MailKind.CLIENT_PASSWORD_LINK: _l("Link to set the client password"),
    MailKind.ADDRESS_LINK: _l("Link to confirm the new address"),
    MailKind.ACCOUNT_CHANGED: _l("Notice of a change"),
    MailKind.ALERT: _l("Alert"),
    MailKind.OTHER: _l("Mail"),
    MailFailure.ADDRESS_REFUSED: _l("The mail server does not accept this address."),
    MailFailure.REFUSED: _l("The mail server refused the mail."),
    MailFailure.NO_ANSWER: _l("The mail server does not answer."),
    MailFailure.NOT_TRUSTED: _l("The certificate of the mail server is not trusted."),
    MailFailure.BROKEN: _l("The mail could not be created. Tell the operator of the portal."),
    MailFailure.UNKNOWN: _l("The connection to the mail server was lost; the mail may not have arrived."),
    SentAs.MMS: "MMS",
    SentAs.LINK: _l("SMS with a link"),
    SecurityEventKind.FOREIGN_ROW: _l("Item of another tenant"),
    SecurityEventKind.MISSING_ROW: _l("Item that does not exist"),
    SecurityEventKind.FORBIDDEN: _l("Action without permission"),
    SecurityEventKind.WRONG_CSRF_TOKEN: _l("Wrong form token (CSRF)"),
    SecurityEventKind.FAILED_SIGN_IN: _l("Failed sign-in"),
    SecurityEventKind.LOCKED_ACCOUNT: _l("Sign-in to a locked account"),
    SecurityEventKind.WRONG_SECOND_FACTOR: _l("Wrong second factor"),
    SecurityEventKind.WRONG_PASSWORD: _l("Wrong password while signed in"),
    SecurityEventKind.WRONG_CLIENT_TOKEN: _l("Wrong client token"),
    SecurityEventKind.REFUSED_REFRESH: _l("Refused refresh token"),
    SecurityEventKind.ONE_TIME_LINK: _l("Used or unknown one-time link"),
    SecurityEventKind.ATTACHMENT_LINK: _l("Unknown attachment link"),
    SecurityEventKind.RATE_LIMIT: _l("Rate limit reached"),
    SecurityEventKind.REFUSED_CALL: _l("Refused carrier call"),
    SecurityEventKind.BAD_HOST: _l("Invalid host name"),
    SecurityEventKind.TOO_LARGE: _l("Upload too large"),
}


def register(app: Flask) -> None:
    """Give templates the filters, and `here` and `asset`."""
    app.jinja_env.filters.update(
        phone=ten_digits,
        moment=moment,
        utc=utc,
        since=since,
        clock=clock,
        day=day,
        lately=lately,
        size=size,
        shown=shown,
        word=word,
        masked=masked,
        messaging=messaging,
        thousands=thousands,
        language_name=language_name,
        address=spelled,
    )
    app.jinja_env.globals.update(here=here, asset=asset)


def moment(at: dt.datetime) -> str:
    """`2021-06-15 @ 13:00:30` in the zone of the person who looks (D25)."""
    return at.astimezone(zone()).strftime(_SHAPE)


def clock(at: dt.datetime) -> str:
    """The hour and the minute, in the zone of the person who looks: `13:00`."""
    return at.astimezone(zone()).strftime("%H:%M")


def day(at: dt.datetime) -> str:
    """The day as people say it: today, yesterday, else its name and date."""
    that, today = at.astimezone(zone()).date(), now().astimezone(zone()).date()
    near = {0: gettext("Today"), 1: gettext("Yesterday")}.get((today - that).days)
    return near or str(format_date(that, "full"))


def lately(at: dt.datetime) -> str:
    """As short as it can be said in a list: the time if it was today, else the day."""
    that, today = at.astimezone(zone()).date(), now().astimezone(zone()).date()
    if that == today:
        return clock(at)
    return gettext("Yesterday") if (today - that).days == 1 else that.isoformat()


def size(count: int) -> str:
    """How large a file is: `412 kB`."""
    if count < 1_000:
        return ngettext("%(num)d byte", "%(num)d bytes", count)
    return f"{count / 1_000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def utc(at: dt.datetime) -> str:
    """The same moment in UTC, for the tooltip."""
    return at.astimezone(dt.UTC).strftime(_SHAPE) + " UTC"


def since(at: dt.datetime) -> str:
    """How long ago, roughly: `3 minutes ago`."""
    seconds = int((now() - at).total_seconds())
    if days := seconds // 86400:
        return ngettext("%(num)d day ago", "%(num)d days ago", days)
    if hours := seconds // 3600:
        return ngettext("%(num)d hour ago", "%(num)d hours ago", hours)
    if minutes := seconds // 60:
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", minutes)
    return gettext("just now")


def shown(state: StrEnum) -> Shown:
    """Word and tone of a state."""
    return _SHOWN[state]


def word(value: StrEnum) -> str:
    """The words for a level, a role, a product or a kind of licence."""
    return str(_WORDS[value])


def language_name(code: str) -> str:
    """A language, called as the viewer's language calls it."""
    return str(Locale(code).get_language_name(get_locale()) or code)


def thousands(count: int) -> str:
    """A count as people read it: `1,204`."""
    return f"{count:,}"


def masked(secret: str | None) -> str:
    """A stored secret as it may be shown: `••••1234` (D6). A short one shows nothing of itself."""
    if not secret:
        return ""
    return f"••••{secret[-4:]}" if len(secret) >= 12 else "••••"


def messaging(assignment: Any) -> str:
    """The messaging type that counts for a number, in the words of the source (S9, S15)."""
    return messaging_type(mms=effective(assignment, assignment.platform).mms)


def here(**changes: Any) -> str:
    """The address of this page with other query values; None removes one."""
    values = {**request.args.to_dict(), **changes}
    query = urlencode({name: value for name, value in values.items() if value not in (None, "")})
    return f"{request.path}?{query}" if query else request.path


def asset(name: str) -> str:
    """The address of a file in `static`, changing with its content, so that nobody keeps an old one.

    Made once for each answer: a list of fifty rows shows as many symbols.
    """
    made: dict[str, str] = g.setdefault("assets", {})
    if name not in made:
        made[name] = url_for("static", filename=name, v=_version(name))
    return made[name]


@cache
def _version(name: str) -> str:
    path = Path(__file__).parent.parent / "static" / name
    return format(path.stat().st_mtime_ns // 1_000_000, "x") if path.is_file() else "0"


def zone() -> dt.tzinfo:
    """Where the viewer is."""
    who = viewer()
    if who is None:
        return dt.UTC
    try:
        return ZoneInfo(who.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC
