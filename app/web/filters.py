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

from flask import Flask, request, url_for
from flask_login import current_user

from app.clock import now
from app.phone import ten_digits
from app.services.provisioning.settings import effective, messaging_type
from app.vocabulary import AssignmentState, CarrierName, LicenceKind, MessageState, OptIn, Product, Role
from app.web.session import actor

_SHAPE = "%Y-%m-%d @ %H:%M:%S"


@dataclass(frozen=True)
class Shown:
    """A state as people read it. `tone` colours the dot; a state that is not final is asked again."""

    word: str
    tone: str
    is_final: bool = True


_SHOWN: dict[StrEnum, Shown] = {
    AssignmentState.PROVISIONING: Shown("Provisioning", "busy", is_final=False),
    AssignmentState.ACTIVE: Shown("Active", "good"),
    AssignmentState.FAILED: Shown("Failed", "bad"),
    AssignmentState.RELEASING: Shown("Releasing", "busy", is_final=False),
    AssignmentState.ENDED: Shown("Ended", "calm"),
    MessageState.RECEIVED: Shown("Received", "good"),
    MessageState.QUEUED: Shown("Queued", "calm", is_final=False),
    MessageState.CLAIMED: Shown("Queued", "calm", is_final=False),  # a lease is nobody's business (D13)
    MessageState.SENDING: Shown("Sending", "busy", is_final=False),
    MessageState.SENT: Shown("Sent", "calm", is_final=False),
    MessageState.DELIVERED: Shown("Delivered", "good"),
    MessageState.FAILED: Shown("Failed", "bad"),
    MessageState.UNCERTAIN: Shown("Uncertain", "warn"),
    OptIn.NOT_REQUIRED: Shown("Not required", "calm"),
    OptIn.PENDING: Shown("Not answered yet", "warn"),
    OptIn.OPTED_IN: Shown("User opted-in", "good"),
    OptIn.OPTED_OUT: Shown("User opted-out", "bad"),
}
_WORDS: dict[StrEnum, str] = {
    CarrierName.INTELIQUENT: "Inteliquent",
    Role.ADMINISTRATOR: "Administrator",
    Role.READ_ONLY: "Read only",
    Product.DESKTOP: "Unity Desktop",
    Product.AGENT: "Unity Agent",
    Product.SUPERVISOR: "Unity Supervisor",
    Product.RECEPTION: "Unity Reception",
    LicenceKind.PERMANENT: "Permanent",
    LicenceKind.UNTIL: "With an expiry date",
    LicenceKind.TRIAL: "Trial",
}


def register(app: Flask) -> None:
    """Give templates the filters, and `here` and `asset`."""
    app.jinja_env.filters.update(
        phone=ten_digits,
        moment=moment,
        utc=utc,
        since=since,
        shown=shown,
        word=word,
        masked=masked,
        messaging=messaging,
        change=change,
    )
    app.jinja_env.globals.update(here=here, asset=asset)


def moment(at: dt.datetime) -> str:
    """`2021-06-15 @ 13:00:30` in the zone of the person who looks (D25)."""
    return at.astimezone(_zone()).strftime(_SHAPE)


def utc(at: dt.datetime) -> str:
    """The same moment in UTC, for the tooltip."""
    return at.astimezone(dt.UTC).strftime(_SHAPE) + " UTC"


def since(at: dt.datetime) -> str:
    """How long ago, roughly: `3 minutes ago`."""
    seconds = int((now() - at).total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def shown(state: StrEnum) -> Shown:
    """Word and tone of a state."""
    return _SHOWN[state]


def word(value: StrEnum) -> str:
    """The words for a role, a product or a kind of licence."""
    return _WORDS[value]


def masked(secret: str | None) -> str:
    """A stored secret as it may be shown: `••••1234` (D6). A short one shows nothing of itself."""
    if not secret:
        return ""
    return f"••••{secret[-4:]}" if len(secret) >= 12 else "••••"


def messaging(assignment: Any) -> str:
    """The messaging type that counts for a number, in the words of the source (S9, S15)."""
    return messaging_type(mms=effective(assignment, assignment.platform).mms)


def change(value: Any, name: str) -> str:
    """One change of the History Log: `send alerts: off → on`."""
    label = name.replace("_", " ")
    if isinstance(value, list) and len(value) == 2:
        return f"{label}: {_plain(value[0], name)} → {_plain(value[1], name)}"
    return f"{label}: {_plain(value, name)}"


def _plain(value: Any, name: str) -> str:
    if value is None:
        return "as the platform" if name in {"mms", "user_can_block"} else "empty"
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if value != "" else "empty"


def here(**changes: Any) -> str:
    """The address of this page with other query values; None removes one."""
    values = {**request.args.to_dict(), **changes}
    query = urlencode({name: value for name, value in values.items() if value not in (None, "")})
    return f"{request.path}?{query}" if query else request.path


def asset(name: str) -> str:
    """The address of a file in `static`, changing with its content, so that nobody keeps an old one."""
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    path = Path(__file__).parent.parent / "static" / name
    return format(path.stat().st_mtime_ns // 1_000_000, "x") if path.is_file() else "0"


def _zone() -> dt.tzinfo:
    if not getattr(current_user, "is_authenticated", False):
        return dt.UTC
    try:
        return ZoneInfo(actor().timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC
