"""Any Unity licence counts, a trial included; without one texts wait (D28)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, literal, literal_column, or_, select

from app import queue
from app.access.policy import Actor, Closed
from app.access.scope import EVERYTHING, Scope, branch, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Conflict, Invalid
from app.models import Licence, User
from app.services.audit.record import Action, differences, record
from app.services.revisions import require_current
from app.vocabulary import Level, LicenceKind, LicenceState, Product

SOON = dt.timedelta(days=30)
HELD_KEPT = dt.timedelta(days=30)  # texts for users without any licence (D28)
_LONGEST = dt.timedelta(days=100 * 366)


class AlreadyHeld(Conflict):
    def __init__(self) -> None:
        super().__init__(
            "This user already holds a licence of this product. Change that one instead.", field="product"
        )


class NotRunning(Conflict):
    message = "This licence has ended. Grant a new one instead."


@dataclass(frozen=True)
class Term:
    """How long a licence lasts, as a form says it; `last_day` is a day where the user is."""

    kind: LicenceKind
    last_day: dt.date | None = None

    def expires_at(self, user: User) -> dt.datetime | None:
        """The last second of the last day; None for a permanent one. Raises Invalid."""
        if self.kind is LicenceKind.PERMANENT:
            return None
        zone = ZoneInfo(user.timezone)
        today = now().astimezone(zone).date()
        if self.last_day is None:
            raise Invalid("Enter the last day of the licence.", field="last_day")
        if self.last_day < today:
            raise Invalid("Enter a day that is not over yet.", field="last_day")
        if self.last_day > today + _LONGEST:
            raise Invalid("Enter a day within the next hundred years.", field="last_day")
        return dt.datetime.combine(self.last_day, dt.time(23, 59, 59), zone)


@transactional
def grant(
    actor: Actor,
    user_id: int,
    product: Product,
    kind: LicenceKind = LicenceKind.PERMANENT,
    expires_at: dt.datetime | None = None,
    *,
    action: Action = Action.LICENCE_GRANTED,
) -> Licence:
    """Give a user a licence; texts that waited for one are handed over.

    Raises AlreadyHeld, Closed, NotFound.
    """
    user = fetch(User, user_id, actor.scope, lock=True)
    if user.closed_at is not None:
        raise Closed
    _require_none(user, product)
    licence = Licence(product=product, kind=kind, expires_at=expires_at, **branch(user))
    db.session.add(licence)
    record(actor, action, licence, product=product, kind=kind, **_until(expires_at))
    queue.later(queue.HAND_OVER, user_id=user.id)
    return licence


@transactional
def grant_for(actor: Actor, scope: Scope, product: Product, term: Term) -> Licence:
    """Give the user at this place a licence. Raises AlreadyHeld, Invalid, NotFound."""
    user = fetch(User, scope.node_id or 0, scope)
    return grant(actor, user.id, product, term.kind, term.expires_at(user))


@transactional
def change(actor: Actor, scope: Scope, licence_id: int, term: Term, seen: int) -> Licence:
    """Another kind or end date; one that ran out counts again.

    Raises ChangedMeanwhile, NotRunning, AlreadyHeld, Invalid, NotFound.
    """
    licence = fetch(Licence, licence_id, scope)
    user = fetch(User, licence.user_id, scope, lock=True)
    require_current(licence, seen)
    if licence.ended_at is not None:
        raise NotRunning
    changes = differences(licence, {"kind": term.kind})
    if term.kind is LicenceKind.PERMANENT or term.last_day != _last_day(licence, user):
        changes |= differences(licence, {"expires_at": term.expires_at(user)})
    if not changes:
        return licence
    _require_none(user, licence.product, but=licence.id)
    for name, (_, value) in changes.items():
        setattr(licence, name, value)
    licence.revision += 1
    shown = {name: [_plain(value) for value in pair] for name, pair in changes.items()}
    record(actor, Action.LICENCE_CHANGED, licence, **shown)
    queue.later(queue.HAND_OVER, user_id=user.id)
    return licence


@transactional
def end(actor: Actor, scope: Scope, licence_id: int) -> Licence:
    """Take a licence away at once. Raises NotRunning, NotFound."""
    licence = fetch(Licence, licence_id, scope, lock=True)
    if licence.ended_at is not None:
        raise NotRunning
    licence.ended_at = now()
    licence.revision += 1
    record(actor, Action.LICENCE_ENDED, licence)
    return licence


def is_licensed(user_id: int | None) -> bool:
    """Whether the user holds a licence at this moment. A media stream (None) needs none: its agents do."""
    return user_id is None or bool(db.session.scalar(select(has_license(literal(user_id)))))


def has_license(user_id: Any, at: ColumnElement[dt.datetime] | None = None) -> ColumnElement[bool]:
    """The same as a condition of a statement. `user_id` is a column; `at` is now when left out (D28)."""
    held = visible(Licence, EVERYTHING).where(Licence.user_id == user_id, running(at))
    return or_(user_id.is_(None), held.with_only_columns(literal_column("1")).exists())


def of_user(scope: Scope, user_id: int) -> list[Licence]:
    """The licences that count now. Raises NotFound."""
    own = Scope(Level.USER, user_id)
    if scope != own:  # else it was looked up to make that scope
        fetch(User, user_id, scope)
    query = visible(Licence, own).where(running())
    return list(db.session.scalars(query.order_by(Licence.product, Licence.id)))


def last_day(scope: Scope, licence: Licence) -> dt.date | None:
    """The day that `Term` was given, for the form."""
    return _last_day(licence, fetch(User, licence.user_id, scope))


def one(scope: Scope, licence_id: int) -> Licence:
    """Raises NotFound."""
    return fetch(Licence, licence_id, scope)


def running(at: ColumnElement[dt.datetime] | None = None) -> ColumnElement[bool]:
    """Of licences: counts at this moment, or at the moment `at` of a statement that is kept."""
    moment = now() if at is None else at
    return Licence.ended_at.is_(None) & or_(Licence.expires_at.is_(None), Licence.expires_at > moment)


def state(licence: Licence) -> LicenceState:
    """What it is worth now. One that ran out is *expired*, whether a job has noticed or not."""
    at, ended = now(), licence.ended_at
    if licence.expires_at is not None and licence.expires_at <= (ended or at):
        return LicenceState.EXPIRED
    if ended is not None:
        return LicenceState.ENDED
    is_soon = licence.expires_at is not None and licence.expires_at <= at + SOON
    return LicenceState.EXPIRING if is_soon else LicenceState.ACTIVE


def _require_none(user: User, product: Product, but: int = 0) -> None:
    """The user's row is locked, so two at once cannot both give the same product."""
    held = visible(Licence, Scope(Level.USER, user.id)).where(running(), Licence.product == product)
    if db.session.scalar(held.where(Licence.id != but).limit(1)):
        raise AlreadyHeld


def _last_day(licence: Licence, user: User) -> dt.date | None:
    return licence.expires_at.astimezone(ZoneInfo(user.timezone)).date() if licence.expires_at else None


def _until(expires_at: dt.datetime | None) -> dict[str, object]:
    return {"expires_at": _plain(expires_at)} if expires_at else {}


def _plain(value: object) -> object:
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value
