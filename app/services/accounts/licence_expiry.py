"""Mails about licences that end: 30, 7 and 1 days before and on the day, one mail a day to each recipient.

A day is one of UTC. What was mailed is known by the mail's key, so nothing is mailed twice.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, cast, exists, func, or_
from sqlalchemy.orm import joinedload

from app.access.scope import EVERYTHING, Scope, fetch, place_of, visible
from app.clock import in_words, now
from app.db import db, transactional
from app.models import Licence, Notice, PortalUser
from app.services.accounts import branding, licences
from app.services.accounts.hostnames import portal_address
from app.services.accounts.portal_users import is_reached
from app.services.alerts import letters, notices
from app.services.alerts.letters import Ending
from app.vocabulary import Level

_DAYS_BEFORE = (30, 7, 1, 0)
_LONGEST_LIST = 50


def are_due() -> bool:
    """Whether somebody is still to be mailed today."""
    return bool(_recipients())


def mail_due() -> None:
    """Mail everybody who is still to be mailed today."""
    for person_id in _recipients():
        _mail(person_id)


def _recipients() -> list[int]:
    """Who asked for it and has such a licence below, without today's mail; places are compared here, so that
    the database looks at each licence and each person once.
    """
    ending = visible(Licence, EVERYTHING).where(_ends_soon()).distinct()
    branches = db.session.execute(
        ending.with_only_columns(Licence.provider_id, Licence.reseller_id, Licence.group_id)
    ).all()
    places = {
        Scope(level, node_id)
        for row in branches
        for level, node_id in zip((Level.PROVIDER, Level.RESELLER, Level.GROUP), row, strict=True)
    }
    if not places:
        return []
    key = _key(cast(PortalUser.id, String))
    waiting = visible(PortalUser, EVERYTHING).where(
        PortalUser.send_licence_expiry_alerts, is_reached(), ~exists().where(Notice.dedup_key == key)
    )
    people = db.session.scalars(waiting.order_by(PortalUser.id))
    return [person.id for person in people if place_of(person) in places]


@transactional
def _mail(person_id: int) -> None:
    person = fetch(PortalUser, person_id, EVERYTHING)
    place = place_of(person)
    ending = visible(Licence, place).where(_ends_soon())
    count = db.session.scalar(ending.with_only_columns(func.count())) or 0
    first = ending.options(joinedload(Licence.user)).order_by(Licence.expires_at, Licence.id)
    lines = [_line(row, person) for row in db.session.scalars(first.limit(_LONGEST_LIST))]
    if lines:
        address = f"{portal_address(person)}/{place}/licences/?state=expiring"
        letter = letters.licences_ending(
            person.name, lines, count - len(lines), address, held=in_words(licences.HELD_KEPT)
        )
        notices.add(
            str(_key(str(person.id))), person.email, letter, branding.letterhead(person), about=person
        )


def _line(row: Licence, person: PortalUser) -> Ending:
    assert row.expires_at is not None  # noqa: S101 - the query asked for it
    days = (row.expires_at.astimezone(dt.UTC).date() - now().date()).days
    at = row.expires_at.astimezone(ZoneInfo(person.timezone)).strftime("%Y-%m-%d @ %H:%M:%S")
    return Ending(days, row.user.name, row.user.broadworks_id, row.product, row.kind, at)


def _ends_soon() -> ColumnElement[bool]:
    """On one of the days on which it is mailed."""
    today = dt.datetime.combine(now().date(), dt.time(), dt.UTC)
    spans = [(today + dt.timedelta(days=days), today + dt.timedelta(days=days + 1)) for days in _DAYS_BEFORE]
    on_a_day = or_(*((Licence.expires_at >= begin) & (Licence.expires_at < end) for begin, end in spans))
    return Licence.ended_at.is_(None) & on_a_day


def _key(person_id: str | ColumnElement[str]) -> str | ColumnElement[str]:
    return f"licences-ending:{now().date()}:" + person_id
