"""A trial starts by itself at the first sign-in of a user who never held a licence, and ends by the clock."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Select

from app.access.policy import SYSTEM, Actor
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.models import Licence, User
from app.services.accounts import automatic_assignment, licences, trial_length
from app.services.audit.record import Action, record
from app.vocabulary import Level, LicenceKind, Product

_AT_ONCE = 200


@transactional
def begin(actor: Actor, user_id: int, product: Product = Product.DESKTOP) -> Licence | None:
    """Start the trial of a user who never held a licence; its length is that of the place, 0 for none."""
    user = fetch(User, user_id, actor.scope, lock=True)  # two clients at once start one
    place = Scope(Level.USER, user.id)
    if db.session.scalar(visible(Licence, place).limit(1)):
        return None
    days = trial_length.effective(place).days
    if not days:
        return None
    ends = now() + dt.timedelta(days=days)
    return licences.grant(actor, user.id, product, LicenceKind.TRIAL, ends, action=Action.TRIAL_STARTED)


def are_due() -> bool:
    """Whether a trial ran out and nobody has looked after it yet."""
    return db.session.scalar(_due().limit(1)) is not None


def end_due() -> None:
    """End what ran out and give the user what follows. Any number of workers may do this at once."""
    while licence_ids := [row.id for row in db.session.scalars(_due().limit(_AT_ONCE))]:
        for licence_id in licence_ids:
            _end(licence_id)


def _due() -> Select[Licence]:
    return (
        visible(Licence, EVERYTHING)
        .where(Licence.ended_at.is_(None), Licence.expires_at <= now(), Licence.kind == LicenceKind.TRIAL)
        .order_by(Licence.expires_at)
    )


@transactional
def _end(licence_id: int) -> None:
    """One trial, once: whoever comes second finds it ended."""
    licence = fetch(Licence, licence_id, EVERYTHING)
    user = fetch(User, licence.user_id, EVERYTHING, lock=True)
    query = _due().where(Licence.id == licence_id).execution_options(populate_existing=True)
    if db.session.scalar(query.with_for_update()) is None:
        return
    licence.ended_at = now()
    licence.revision += 1
    record(SYSTEM, Action.TRIAL_ENDED, licence)
    follows = automatic_assignment.effective(user)[licence.product].product
    if follows is not None and follows not in {one.product for one in licences.of_user(EVERYTHING, user.id)}:
        licences.grant(SYSTEM, user.id, follows, action=Action.LICENCE_ASSIGNED)
