"""What goes on in the queues of a group or of one user: who waits, and how many texts came and went."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func

from app.access.scope import Scope, node_of, visible
from app.clock import now
from app.db import db
from app.models import ContactCenter, Conversation, MediaStream, Message, Queue, QueueMember
from app.vocabulary import ConversationState, Direction, Level

DAYS = 14


@dataclass(frozen=True)
class QueueActivity:
    """One queue. `since` is when the longest waiting person last wrote."""

    name: str
    contact_center: str
    members: int
    streams: int
    waiting: int
    since: dt.datetime | None


@dataclass(frozen=True)
class Day:
    """The texts of one day of the viewer."""

    date: dt.date
    received: int
    sent: int


@dataclass(frozen=True)
class Activity:
    queues: list[QueueActivity]
    days: list[Day]


def of(scope: Scope, timezone: str) -> Activity:
    """The open queues of a group, or those that a user is a member of; days as in `timezone`."""
    queues = _queues(scope)
    group = _group(scope)
    members = _count(group, QueueMember, QueueMember.queue_id)
    streams = _count(group, MediaStream, MediaStream.queue_id, MediaStream.closed_at.is_(None))
    waiting = _waiting(group)
    return Activity(
        [
            QueueActivity(
                queue.name,
                center,
                members.get(queue.id, 0),
                streams.get(queue.id, 0),
                *waiting.get(queue.id, (0, None)),
            )
            for queue, center in queues
        ],
        _days(group, [queue.id for queue, _ in queues], ZoneInfo(timezone)),
    )


def _group(scope: Scope) -> Scope:
    """A user answers the queues of its own group only."""
    return scope if scope.level is Level.GROUP else Scope(Level.GROUP, node_of(scope).group_id)


def _queues(scope: Scope) -> list[tuple[Queue, str]]:
    query = (
        visible(Queue, _group(scope))
        .join(ContactCenter, ContactCenter.id == Queue.contact_center_id)
        .where(Queue.closed_at.is_(None))
        .order_by(ContactCenter.name, Queue.name, Queue.id)
        .add_columns(ContactCenter.name)
    )
    if scope.level is Level.USER:
        own = visible(QueueMember, scope).with_only_columns(QueueMember.queue_id)
        query = query.where(Queue.id.in_(own))
    return [(queue, center) for queue, center in db.session.execute(query)]


def _count(scope: Scope, model: Any, key: Any, *conditions: Any) -> dict[int, int]:
    query = visible(model, scope).where(*conditions).with_only_columns(key, func.count()).group_by(key)
    return {row[0]: row[1] for row in db.session.execute(query)}


def _waiting(group: Scope) -> dict[int, tuple[int, dt.datetime | None]]:
    query = (
        visible(Conversation, group)
        .join(MediaStream, MediaStream.id == Conversation.stream_id)
        .where(Conversation.state == ConversationState.WAITING)
        .with_only_columns(MediaStream.queue_id, func.count(), func.min(Conversation.last_message_at))
        .group_by(MediaStream.queue_id)
    )
    return {queue_id: (count, since) for queue_id, count, since in db.session.execute(query)}


def _days(group: Scope, queue_ids: list[int], zone: ZoneInfo) -> list[Day]:
    """One pass over the texts of the last days; a day begins at the viewer's midnight."""
    today = now().astimezone(zone).date()
    dates = [today - dt.timedelta(days=back) for back in reversed(range(DAYS))]
    if not queue_ids:
        return [Day(date, 0, 0) for date in dates]
    starts = [dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC) for date in dates]
    ends = [*starts[1:], dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), zone)]
    sums = [
        func.coalesce(
            func.sum(
                case(
                    (
                        and_(
                            Message.direction == way,
                            Message.created_at >= start,
                            Message.created_at < end,
                        ),
                        1,
                    ),
                    else_=0,
                )
            ),
            0,
        )
        for start, end in zip(starts, ends, strict=True)
        for way in (Direction.INBOUND, Direction.OUTBOUND)
    ]
    streams = visible(MediaStream, group).where(MediaStream.queue_id.in_(queue_ids))
    query = (
        visible(Message, group)
        .where(
            Message.stream_id.in_(streams.with_only_columns(MediaStream.id)),
            Message.created_at >= starts[0],
        )
        .with_only_columns(*sums)
    )
    counts = list(db.session.execute(query).one())
    return [Day(date, counts[2 * i], counts[2 * i + 1]) for i, date in enumerate(dates)]
