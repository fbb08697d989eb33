"""What the Contact Center tab shows: of a group everything, above it what there is and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func

from app.access.scope import Scope, inherited, visible
from app.db import db
from app.models import (
    Assignment,
    ContactCenter,
    Conversation,
    Group,
    InOfficeProfile,
    MediaStream,
    Platform,
    Queue,
    QueueMember,
    User,
)
from app.services.keyset import Page, page
from app.services.search_index import contains
from app.vocabulary import ConversationState


@dataclass(frozen=True)
class QueueLine:
    queue: Queue
    members: int
    streams: int
    waiting: int


@dataclass(frozen=True)
class CenterLine:
    center: ContactCenter
    group: str
    queues: int
    streams: int


@dataclass(frozen=True)
class StreamLine:
    """A media stream with the number that it holds, or held last."""

    stream: MediaStream
    queue: str
    center: str
    group: str
    waiting: int
    number: Assignment | None


def of_group(group: Scope, *, closed: bool = False) -> list[tuple[ContactCenter, list[QueueLine]]]:
    """The contact centers of a group with their queues, by name; closed ones as well if asked for."""
    centers, queues = visible(ContactCenter, group), visible(Queue, group)
    if not closed:
        centers = centers.where(ContactCenter.closed_at.is_(None))
        queues = queues.where(Queue.closed_at.is_(None))
    members = visible(QueueMember, group).join(User, User.id == QueueMember.user_id)
    streams = visible(MediaStream, group).where(MediaStream.queue_id == Queue.id)
    counted = queues.add_columns(
        _count(members.where(QueueMember.queue_id == Queue.id, User.closed_at.is_(None))),
        _count(streams.where(MediaStream.closed_at.is_(None))),
        _count(_waiting(group).where(MediaStream.queue_id == Queue.id)),
    )
    lines: dict[int, list[QueueLine]] = {}
    for queue, *counts in db.session.execute(counted.order_by(Queue.name, Queue.id)):
        lines.setdefault(queue.contact_center_id, []).append(QueueLine(queue, *counts))
    found = db.session.scalars(centers.order_by(ContactCenter.name, ContactCenter.id))
    return [(center, lines.get(center.id, [])) for center in found]


def has_closed(group: Scope) -> bool:
    """Whether a list of the group leaves something out."""
    rows = visible(Queue, group).where(Queue.closed_at.is_not(None)).with_only_columns(Queue.id).limit(1)
    centers = visible(ContactCenter, group).where(ContactCenter.closed_at.is_not(None))
    return bool(db.session.scalar(rows) or db.session.scalar(centers.limit(1)))


def centers_below(
    scope: Scope, search: str = "", *, after: str | None = None, before: str | None = None
) -> Page[ContactCenter]:
    """The open contact centers of all groups at and below a place, by name; the search fits groups too."""
    query = (
        visible(ContactCenter, scope)
        .join(Group, Group.id == ContactCenter.group_id)
        .where(ContactCenter.closed_at.is_(None))
    )
    if search.strip():
        query = query.where(contains(ContactCenter.search_text, search) | contains(Group.search_text, search))
    return page(query, order=(ContactCenter.name, ContactCenter.id), after=after, before=before)


def center_lines(scope: Scope, centers: list[ContactCenter]) -> list[CenterLine]:
    """The same with what is in them and where they are, in one query."""
    queues = visible(Queue, scope).where(Queue.contact_center_id == ContactCenter.id)
    streams = visible(MediaStream, scope).join(Queue, Queue.id == MediaStream.queue_id)
    query = (
        visible(ContactCenter, scope)
        .join(Group, Group.id == ContactCenter.group_id)
        .where(ContactCenter.id.in_([center.id for center in centers]))
        .add_columns(
            Group.name,
            _count(queues.where(Queue.closed_at.is_(None))),
            _count(
                streams.where(Queue.contact_center_id == ContactCenter.id, MediaStream.closed_at.is_(None))
            ),
        )
        .order_by(ContactCenter.name, ContactCenter.id)
    )
    return [CenterLine(*row) for row in db.session.execute(query)]


def streams_below(
    scope: Scope, search: str = "", *, after: str | None = None, before: str | None = None
) -> Page[MediaStream]:
    """The open media streams at and below a place, by name; the search fits groups too."""
    query = (
        visible(MediaStream, scope)
        .join(Group, Group.id == MediaStream.group_id)
        .where(MediaStream.closed_at.is_(None))
    )
    if search.strip():
        query = query.where(contains(MediaStream.search_text, search) | contains(Group.search_text, search))
    return page(query, order=(MediaStream.name, MediaStream.id), after=after, before=before)


def stream_lines(scope: Scope, streams: list[MediaStream]) -> list[StreamLine]:
    """The same with where they are, who waits, and their numbers, in two queries."""
    return _stream_lines(scope, MediaStream.id.in_([stream.id for stream in streams]))


def streams_of_queue(group: Scope, queue_id: int) -> list[StreamLine]:
    """The media streams of a queue, by name, closed ones as well."""
    return _stream_lines(group, MediaStream.queue_id == queue_id)


def _stream_lines(scope: Scope, which: ColumnElement[bool]) -> list[StreamLine]:
    query = (
        visible(MediaStream, scope)
        .join(Queue, Queue.id == MediaStream.queue_id)
        .join(ContactCenter, ContactCenter.id == Queue.contact_center_id)
        .join(Group, Group.id == MediaStream.group_id)
        .where(which)
        .add_columns(
            Queue.name,
            ContactCenter.name,
            Group.name,
            _count(
                visible(Conversation, scope).where(
                    Conversation.stream_id == MediaStream.id,
                    Conversation.state == ConversationState.WAITING,
                )
            ),
        )
        .order_by(MediaStream.name, MediaStream.id)
    )
    rows = db.session.execute(query).all()
    ids = [row[0].id for row in rows]
    numbers = visible(Assignment, scope).where(Assignment.stream_id.in_(ids)).order_by(Assignment.id)
    held = {number.stream_id: number for number in db.session.scalars(numbers)}
    return [
        StreamLine(stream, queue, center, group, waiting, held.get(stream.id))
        for stream, queue, center, group, waiting in rows
    ]


def has_platform(queue: Queue) -> bool:
    """Whether a media stream of this queue could have a number."""
    query = inherited(Platform, queue).where(Platform.deleted_at.is_(None))
    return db.session.scalar(query.limit(1)) is not None


def profiles(group: Scope) -> list[tuple[InOfficeProfile, int]]:
    """The In Office Profiles of a group by name, each with how many open media streams use it."""
    used = visible(MediaStream, group).where(
        MediaStream.in_office_profile_id == InOfficeProfile.id, MediaStream.closed_at.is_(None)
    )
    query = visible(InOfficeProfile, group).add_columns(_count(used))
    rows = db.session.execute(query.order_by(InOfficeProfile.name, InOfficeProfile.id))
    return [(profile, count) for profile, count in rows]


def waiting(scope: Scope) -> int:
    """How many conversations wait at a place and below."""
    rows = visible(Conversation, scope).where(Conversation.state == ConversationState.WAITING)
    return db.session.scalar(rows.with_only_columns(func.count())) or 0


def _waiting(scope: Scope) -> Select[Any]:
    return (
        visible(Conversation, scope)
        .join(MediaStream, MediaStream.id == Conversation.stream_id)
        .where(Conversation.state == ConversationState.WAITING)
    )


def _count(rows: Select[Any]) -> Any:
    """A column of the query around: how many rows belong to each of its own."""
    return rows.with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()
