"""When operators are mailed about security events: one mail for each episode of a kind (adr/0026)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select

from app import queue
from app.access.scope import EVERYTHING
from app.clock import now
from app.config import settings
from app.db import db, insert_once, transactional
from app.models import SecurityAlert, SecurityEvent
from app.services.accounts import portal_users
from app.services.alerts import letters, notices
from app.services.security.buckets import hour_of
from app.vocabulary import SecurityEventKind

_MOST_SOURCES = 5
NAMES: dict[SecurityEventKind, str] = {
    SecurityEventKind.FOREIGN_ROW: "Item of another tenant",
    SecurityEventKind.MISSING_ROW: "Item that does not exist",
    SecurityEventKind.FORBIDDEN: "Action without permission",
    SecurityEventKind.WRONG_CSRF_TOKEN: "Wrong form token (CSRF)",
    SecurityEventKind.FAILED_SIGN_IN: "Failed sign-in",
    SecurityEventKind.LOCKED_ACCOUNT: "Sign-in to a locked account",
    SecurityEventKind.WRONG_SECOND_FACTOR: "Wrong second factor",
    SecurityEventKind.WRONG_PASSWORD: "Wrong password while signed in",
    SecurityEventKind.WRONG_CLIENT_TOKEN: "Wrong client token",
    SecurityEventKind.REFUSED_REFRESH: "Refused refresh token",
    SecurityEventKind.ONE_TIME_LINK: "Used or unknown one-time link",
    SecurityEventKind.ATTACHMENT_LINK: "Unknown attachment link",
    SecurityEventKind.RATE_LIMIT: "Rate limit reached",
    SecurityEventKind.REFUSED_CALL: "Refused carrier call",
    SecurityEventKind.BAD_HOST: "Invalid host name",
    SecurityEventKind.TOO_LARGE: "Upload too large",
}


@dataclass(frozen=True)
class Hot:
    """A kind that reached its threshold in this hour."""

    kind: SecurityEventKind
    count: int
    last_at: dt.datetime


def threshold(kind: SecurityEventKind) -> int:
    """From how many an hour on there is an alert; 0 for never."""
    limits = settings().security_alert_per_hour
    return limits.get(kind, limits.get("", 0))


def is_new_episode(last_over_at: dt.datetime | None, at: dt.datetime, quiet: dt.timedelta) -> bool:
    """Whether a kind that is above its threshold at `at` has been below it for longer than the quiet time."""
    return last_over_at is None or at - last_over_at > quiet


def are_due() -> bool:
    """Whether a kind is above its threshold, and more came since that was written down."""
    seen = select(SecurityAlert.kind, SecurityAlert.last_over_at)
    over = {row.kind: row.last_over_at for row in db.session.execute(seen)}
    return any(one.kind not in over or over[one.kind] < one.last_at for one in _hot())


def mail_due() -> None:
    """Mail operators with Send Alerts about what is above its threshold, once an episode."""
    queue.woken(queue.SECURITY_ALERTS)
    for one in _hot():
        _alert(one)


def _hot() -> list[Hot]:
    """In the present hour by the clock: an alert comes while something can be done."""
    query = (
        select(SecurityEvent.kind, func.sum(SecurityEvent.count), func.max(SecurityEvent.last_at))
        .where(SecurityEvent.hour == hour_of(now()))
        .group_by(SecurityEvent.kind)
    )
    found = [Hot(kind, int(count), last_at) for kind, count, last_at in db.session.execute(query)]
    return [one for one in found if 0 < threshold(one.kind) <= one.count]


@transactional
def _alert(hot: Hot) -> None:
    """The row of the kind is locked: of two workers one finds the episode begun."""
    query = select(SecurityAlert).where(SecurityAlert.kind == hot.kind).with_for_update()
    row = db.session.scalar(query)
    if row is None:
        values = {"kind": hot.kind, "began_at": hot.last_at, "last_over_at": hot.last_at}
        if insert_once(SecurityAlert, **values) is not None:
            _mail(hot, hot.last_at)
        return
    if row.last_over_at >= hot.last_at:
        return
    if is_new_episode(row.last_over_at, hot.last_at, settings().security_alert_quiet):
        row.began_at = hot.last_at
        _mail(hot, hot.last_at)
    row.last_over_at = hot.last_at


def _mail(hot: Hot, began_at: dt.datetime) -> None:
    address = f"{settings().public_url}/system/security-events/?kind={hot.kind}"
    for person in portal_users.alert_recipients(EVERYTHING):
        letter = letters.security_alert(
            person.name,
            NAMES[hot.kind],
            letters.Hour(hot.count, threshold(hot.kind), _sources(hot.kind)),
            address,
        )
        notices.add(f"security:{hot.kind}:{began_at.timestamp():.0f}:{person.id}", person.email, letter)


def _sources(kind: SecurityEventKind) -> list[tuple[str, int]]:
    """The addresses that most came from, and how many."""
    total = func.sum(SecurityEvent.count)
    query = (
        select(SecurityEvent.address, total)
        .where(SecurityEvent.hour == hour_of(now()), SecurityEvent.kind == kind)
        .group_by(SecurityEvent.address)
        .order_by(total.desc(), SecurityEvent.address)
        .limit(_MOST_SOURCES)
    )
    return [(address, int(count)) for address, count in db.session.execute(query)]
