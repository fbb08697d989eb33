"""A number sends at most so many texts in any minute; what is over waits its turn (D14)."""

from __future__ import annotations

import datetime as dt
from bisect import bisect
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, func, or_, select, tuple_, update

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.db import db
from app.models import Attempt, Message
from app.vocabulary import MessageState

MINUTE = dt.timedelta(seconds=60)
_RANK = tuple_(Message.priority, Message.id)
_AT_ONCE = 1000  # texts that are given a later time together, so that nobody looks at each of them again


def sent_lately(assignment_id: Any, since: Any) -> ScalarSelect[int]:
    """How many texts a number sent since a minute ago, as a part of a query. To be asked inside the
    transaction that begins the attempts, after the numbers were locked: of two workers the second counts the
    attempts of the first.
    """
    counted = select(func.count()).where(Attempt.assignment_id == assignment_id, Attempt.started_at > since)
    return counted.scalar_subquery()


def turn(number_id: int, priority: int, message_id: int, limit: int) -> dt.datetime:
    """When this text may leave, now that its number's minute is full. In the same transaction.

    Whatever else of the number is due is given a later time as well, each its own; an answer takes its place
    in front of bulk that waits, which is then moved on when its own turn comes.
    """
    # The attempts of the last minute, and in which order their places are free again.
    starts = db.session.scalars(
        select(Attempt.started_at)
        .where(Attempt.assignment_id == number_id, Attempt.started_at > now() - MINUTE)
        .order_by(Attempt.started_at.desc())
        .limit(limit)
    ).all()
    places = [start + MINUTE for start in reversed(starts)] or [now() + MINUTE]
    _put_off(number_id, places)
    return _place(places, _in_front(number_id, priority, message_id))


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


def _in_front(assignment_id: int, priority: int, message_id: int) -> int:
    """How many texts of this number have their place before this one: more urgent ones, and earlier ones."""
    earlier = _waiting(assignment_id).where(tuple_(priority, message_id) > _RANK)
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
        .with_only_columns(Message.priority, Message.id)
        .order_by(Message.priority, Message.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ranks = [tuple(row) for row in db.session.execute(due)]
    if not ranks:
        return
    first = _in_front(assignment_id, *ranks[0])
    between = _waiting(assignment_id).where(tuple_(*ranks[0]) < _RANK, tuple_(*ranks[-1]) > _RANK)
    others = db.session.execute(between.with_only_columns(Message.priority, Message.id))
    ordered = sorted(tuple(row) for row in others)
    later = [
        {"id": rank[1], "due_at": _place(places, first + position + bisect(ordered, rank))}
        for position, rank in enumerate(ranks)
    ]
    db.session.execute(update(Message), later, execution_options={"scope": EVERYTHING})
