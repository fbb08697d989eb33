"""A number sends at most so many texts in any minute; what is over waits its turn (D14)."""

from __future__ import annotations

import datetime as dt
from bisect import bisect

from sqlalchemy import Select, and_, func, or_, select, update

from app.access.scope import EVERYTHING, fetch, visible
from app.clock import now
from app.db import db
from app.models import Assignment, Attempt, Message, Platform, Provider
from app.vocabulary import MessageState

MINUTE = dt.timedelta(seconds=60)
_AT_ONCE = 1000  # texts that are given a later time together, so that nobody looks at each of them again


def limit_of(platform: Platform) -> int:
    """Texts a minute of each number: the platform's, else the provider's."""
    if platform.texts_per_minute is not None:
        return platform.texts_per_minute
    return fetch(Provider, platform.provider_id, EVERYTHING).texts_per_minute


def wait_for(assignment_id: int, limit: int, message_id: int) -> dt.datetime | None:
    """When this text may leave; None: now. To be asked inside the transaction that begins the attempt.

    The number is locked until its end, so that of two workers the second counts the attempt of the first.
    Whatever else of the number is due is given a later time as well, each its own.
    """
    db.session.execute(
        visible(Assignment, EVERYTHING)
        .where(Assignment.id == assignment_id)
        .with_only_columns(Assignment.id)
        .with_for_update(key_share=True)
    )
    # The attempts of the last minute, and in which order their places are free again.
    starts = db.session.scalars(
        select(Attempt.started_at)
        .where(Attempt.assignment_id == assignment_id, Attempt.started_at > now() - MINUTE)
        .order_by(Attempt.started_at.desc())
        .limit(limit)
    ).all()
    if len(starts) < limit:
        return None
    places = [start + MINUTE for start in reversed(starts)]
    _put_off(assignment_id, places)
    return _place(places, _in_front(assignment_id, message_id))


def _place(places: list[dt.datetime], position: int) -> dt.datetime:
    """Place 0 is the first that is free; each is free again a minute later."""
    rounds, which = divmod(position, len(places))
    return places[which] + rounds * MINUTE


def _waiting(assignment_id: int) -> Select[Message]:
    """Texts of this number that have a later time, or that somebody holds to give them one."""
    has_time = and_(Message.state == MessageState.QUEUED, Message.due_at > now())
    return visible(Message, EVERYTHING).where(
        Message.assignment_id == assignment_id, or_(has_time, Message.state == MessageState.CLAIMED)
    )


def _in_front(assignment_id: int, message_id: int) -> int:
    """How many earlier texts of this number wait for their place."""
    earlier = _waiting(assignment_id).where(Message.id < message_id)
    return db.session.scalar(earlier.with_only_columns(func.count())) or 0


def _put_off(assignment_id: int, places: list[dt.datetime]) -> None:
    """The other texts of this number that are due now, the earlier ones to the earlier places.

    Those that somebody is claiming at this moment are let be.
    """
    due = (
        visible(Message, EVERYTHING)
        .where(
            Message.assignment_id == assignment_id,
            Message.state == MessageState.QUEUED,
            Message.due_at <= now(),
        )
        .with_only_columns(Message.id)
        .order_by(Message.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.session.scalars(due))
    if not ids:
        return
    first = _in_front(assignment_id, ids[0])
    between = _waiting(assignment_id).where(Message.id > ids[0], Message.id < ids[-1])
    others = list(db.session.scalars(between.with_only_columns(Message.id).order_by(Message.id)))
    later = [
        {"id": one, "due_at": _place(places, first + position + bisect(others, one))}
        for position, one in enumerate(ids)
    ]
    db.session.execute(update(Message), later, execution_options={"scope": EVERYTHING})
