"""How many mails one person can cause: to one address, altogether, and at one provider.

Counted in the rows of the outbox, so it holds without Redis and after a restart. Mails that the portal sends
by itself are not limited. What strangers ask for costs staff nothing: `one_time_links` limits that.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.access.policy import Actor
from app.clock import now
from app.db import db
from app.email_address import sign_in_form
from app.errors import Conflict
from app.models import Notice
from app.vocabulary import Level, NoticeCause

_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
_WHEN = {_HOUR: "Try again in an hour.", _DAY: "Try again tomorrow."}


class TooManyMails(Conflict):
    """The limit for mails that a person can cause is reached; nothing was sent or changed."""


@dataclass(frozen=True)
class Limit:
    """So many mails in any stretch of that length."""

    most: int
    within: dt.timedelta


TO_ADDRESS = Limit(10, _HOUR), Limit(20, _DAY)
BY_PERSON = Limit(60, _HOUR), Limit(300, _DAY)
AT_PROVIDER = Limit(200, _HOUR), Limit(1000, _DAY)


@dataclass(frozen=True)
class Cause:
    """Who makes the portal send a mail, as it is kept in its row."""

    kind: NoticeCause = NoticeCause.PORTAL
    account_id: int | None = None
    provider_id: int | None = None


BY_PORTAL = Cause()
BY_STRANGER = Cause(NoticeCause.STRANGER)


def by(actor: Actor, row: object) -> Cause:
    """Caused by a signed-in portal user, about a row of the tree; by nobody for a command on the server."""
    if actor.account_id is None:
        return BY_PORTAL
    return Cause(NoticeCause.STAFF, actor.account_id, getattr(row, f"{Level.PROVIDER}_id", None))


def require(recipient: str, cause: Cause) -> None:
    """Raises TooManyMails, with a sentence that says which limit it is and when to try again."""
    if cause.kind is not NoticeCause.STAFF:
        return
    checks: tuple[tuple[InstrumentedAttribute[object], object, tuple[Limit, ...], str], ...] = (
        (Notice.recipient_key, sign_in_form(recipient), TO_ADDRESS, "Too many mails went to this address."),
        (Notice.caused_by_id, cause.account_id, BY_PERSON, "You had too many mails sent."),
        (Notice.provider_id, cause.provider_id, AT_PROVIDER, "Too many mails were sent for this provider."),
    )
    for column, value, limits, words in checks:
        for limit in limits:
            if value is not None and _is_reached(column, value, NoticeCause.STAFF, limit):
                raise TooManyMails(f"{words} {_WHEN[limit.within]}")


def _is_reached(
    column: InstrumentedAttribute[object], value: object, cause: NoticeCause, limit: Limit
) -> bool:
    """Whether the oldest of the last `most` mails is younger than the stretch is long."""
    newest = (
        select(Notice.created_at)
        .where(column == value, Notice.cause == cause)
        .order_by(Notice.created_at.desc())
        .offset(limit.most - 1)
        .limit(1)
    )
    oldest = db.session.scalar(newest)
    return oldest is not None and oldest > now() - limit.within
