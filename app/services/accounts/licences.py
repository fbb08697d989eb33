"""Any Unity licence counts, a trial included; without one texts wait (D28)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_

from app import queue
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, branch, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.models import Licence, User
from app.services.audit.record import Action, record
from app.vocabulary import Level, LicenceKind, Product


@transactional
def grant(
    actor: Actor,
    user_id: int,
    product: Product,
    kind: LicenceKind = LicenceKind.PERMANENT,
    expires_at: dt.datetime | None = None,
) -> Licence:
    """Give a user a licence; texts that waited for one are handed over. Raises NotFound."""
    user = fetch(User, user_id, actor.scope)
    licence = Licence(product=product, kind=kind, expires_at=expires_at, **branch(user))
    db.session.add(licence)
    record(actor, Action.LICENCE_GRANTED, licence, product=product, kind=kind)
    queue.later(queue.HAND_OVER, user_id=user.id)
    return licence


def is_licensed(user_id: int | None) -> bool:
    """Whether the user holds a licence at this moment. A media stream (None) needs none: its agents do."""
    return user_id is None or bool(of_user(EVERYTHING, user_id))


def of_user(scope: Scope, user_id: int) -> list[Licence]:
    """The licences that count now. Raises NotFound."""
    fetch(User, user_id, scope)
    query = visible(Licence, Scope(Level.USER, user_id)).where(
        Licence.ended_at.is_(None), or_(Licence.expires_at.is_(None), Licence.expires_at > now())
    )
    return list(db.session.scalars(query.order_by(Licence.product, Licence.id)))
