"""What is to be said about rows of an upload: the words of the number form, or that the number can be added.

All rows of a batch share one look at each table and one question to the carrier (S8, S10, D1, D3).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from app.access.scope import EVERYTHING, Scope, fetch, place_of, visible
from app.carriers.base import CarrierRefused, NumberRecord
from app.db import db, end_read
from app.errors import CarrierTrouble, Invalid
from app.models import Assignment, Platform, User
from app.services.provisioning import assignment, lookup
from app.services.provisioning.assignment import Checked, MmsNotOffered, NumberInUse, NumberWish
from app.services.provisioning.bulk_file import wants_mms

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """One row, copied out of the database."""

    id: int
    broadworks_id: str
    number: str
    friendly_name: str
    messaging_type: str
    tries: int


@dataclass(frozen=True)
class Ready:
    """A row that nothing speaks against: who gets the number, and what `keep` writes."""

    holder: Scope
    checked: Checked


@dataclass(frozen=True)
class NotNow:
    """The carrier could not be asked."""

    words: str


Verdict = Ready | NotNow | str  # a string says why not


@dataclass
class _Known:
    """What the database and the carrier say about the rows of a batch."""

    platform: Platform
    platform_id: int
    mms_available: bool
    user_can_block: bool
    users: dict[str, tuple[Scope, bool]]
    taken: set[str]
    at_carrier: dict[str, NumberRecord] = field(default_factory=dict)


def judged(place: Scope, platform_id: int, rows: list[Row]) -> list[tuple[Row, Verdict]]:
    """What is to be said about each row, for users at this place and below."""
    known = _known(place, platform_id, rows)
    if isinstance(known, str):
        return [(row, known) for row in rows]
    first = {row.id: _before_the_carrier(row, known) for row in rows}
    asked = [verdict.checked.number for verdict in first.values() if isinstance(verdict, Ready)]
    trouble: NotNow | str | None = None
    try:
        known.at_carrier = lookup.ask_about(known.platform, asked) if asked else {}
    except CarrierRefused as refusal:
        trouble = refusal.message
    except CarrierTrouble as passing:
        logger.warning("numbers of platform %s: %s", platform_id, passing.message)
        trouble = NotNow(passing.message)
    end_read()
    return [
        (row, verdict if isinstance(verdict, str) else trouble or _at_the_carrier(verdict, known))
        for row in rows
        for verdict in [first[row.id]]
    ]


def _known(place: Scope, platform_id: int, rows: list[Row]) -> _Known | str:
    platform = fetch(Platform, platform_id, EVERYTHING)
    if platform.deleted_at is not None:
        return "This CPaaS platform was deleted in the meantime."
    keys = {row.broadworks_id.lower() for row in rows}
    users = visible(User, place).where(User.broadworks_key.in_(keys))
    found: dict[str, tuple[Scope, bool]] = {}
    for user in db.session.scalars(users.order_by(User.id)):
        if user.closed_at is None or user.broadworks_key not in found:
            found[user.broadworks_key] = place_of(user), user.closed_at is not None
    running = visible(Assignment, EVERYTHING).where(
        Assignment.number.in_({assignment.parsed(row.number) for row in rows}),
        Assignment.ended_at.is_(None),
    )
    return _Known(
        platform,
        platform.id,
        platform.mms_available,
        platform.user_can_block,
        found,
        set(db.session.scalars(running.with_only_columns(Assignment.number))),
    )


def _before_the_carrier(row: Row, known: _Known) -> Ready | str:
    holder, is_closed = known.users.get(row.broadworks_id.lower(), (None, False))
    if holder is None:
        return "There is no user with this id here."
    if is_closed:
        return "This user was closed."
    number, mms = assignment.parsed(row.number), wants_mms(row.messaging_type)
    if number in known.taken:
        return NumberInUse(number).message
    if mms and not known.mms_available:
        return MmsNotOffered.message
    mms = known.mms_available if mms is None else mms
    wish = NumberWish(number, known.platform_id, row.friendly_name, mms, known.user_can_block)
    return Ready(holder, Checked(number, known.platform_id, wish))


def _at_the_carrier(ready: Ready, known: _Known) -> Ready | str:
    try:
        lookup.require_texting(known.at_carrier.get(ready.checked.number), mms=ready.checked.wish.mms)
    except Invalid as refusal:
        return refusal.message
    return ready
