"""Texts that are held are delivered when nothing holds them any longer (D7, D28)."""

from __future__ import annotations

from sqlalchemy import Select

from app.access.scope import EVERYTHING, Scope, visible
from app.clock import now
from app.db import db, transactional
from app.models import Assignment, Message
from app.services.accounts import licences
from app.services.messaging.inbound.decision import hold_reason
from app.services.messaging.inbound.process import publish
from app.vocabulary import Direction, Level, OptIn


@transactional
def release_held_of_user(user_id: int) -> None:
    """Deliver what waited for a license of this user (D28)."""
    for assignment in db.session.scalars(visible(Assignment, Scope(Level.USER, user_id))):
        release_held(assignment)


@transactional
def release_held(assignment: Assignment) -> None:
    """Deliver what was held for this number, oldest first, if nothing holds it any longer."""
    has_license = licences.is_licensed(assignment.user_id)
    is_suppressed = assignment.opt_in is OptIn.OPTED_OUT
    if is_suppressed or hold_reason(assignment.opt_in, has_license=has_license) is not None:
        return
    held = list(
        db.session.scalars(_held().where(Message.assignment_id == assignment.id).order_by(Message.id))
    )
    for message in held:
        message.handed_over_at = now()
    publish(held)


def users_with_overdue_texts() -> list[int]:
    """Users with texts that are held although nothing holds them any longer: a lost wake-up. 100 at most."""
    is_free = Assignment.opt_in.in_([OptIn.NOT_REQUIRED, OptIn.OPTED_IN]) & licences.has_license(
        Message.user_id
    )
    query = _held().join(Assignment, Assignment.id == Message.assignment_id).where(is_free)
    return list(db.session.scalars(query.with_only_columns(Message.user_id).distinct().limit(100)))


def _held() -> Select[Message]:
    return visible(Message, EVERYTHING).where(
        Message.direction == Direction.INBOUND, Message.handed_over_at.is_(None), Message.erased_at.is_(None)
    )
