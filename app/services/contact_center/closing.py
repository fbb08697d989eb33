"""Closing a media stream, a queue or a contact center: rows stay, numbers are released (D4).

Closing a queue closes its media streams, closing a contact center its queues.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func

from app.access.policy import Actor
from app.access.scope import Scope, place_of, visible
from app.clock import now
from app.db import db, transactional
from app.models import Assignment, ContactCenter, MediaStream, Message, Queue
from app.services.accounts.nodes import open_node
from app.services.audit.record import Action, record
from app.services.contact_center.centers import still_open
from app.services.provisioning import assignment


@dataclass(frozen=True)
class Loss:
    """What goes with it: the names of queues and streams, the numbers (E.164), and how many messages."""

    queues: tuple[str, ...]
    streams: tuple[str, ...]
    numbers: tuple[str, ...]
    messages: int


def loss_of_stream(scope: Scope) -> Loss:
    """What closing a media stream would lose."""
    return _loss(scope, visible(MediaStream, scope))


def loss_of_queue(group: Scope, queue_id: int) -> Loss:
    """What closing a queue would lose."""
    return _loss(group, visible(MediaStream, group).where(MediaStream.queue_id == queue_id))


def loss_of_center(group: Scope, center_id: int) -> Loss:
    """What closing a contact center would lose."""
    queues = _open_queues(group, center_id)
    streams = visible(MediaStream, group).where(
        MediaStream.queue_id.in_(queues.with_only_columns(Queue.id).order_by(None))
    )
    names = tuple(queue.name for queue in db.session.scalars(queues))
    return _loss(group, streams, names)


@transactional
def close_stream(actor: Actor, scope: Scope) -> MediaStream:
    """Its number is released: texting stops at once. Raises Closed, NotFound."""
    stream: MediaStream = open_node(scope)
    _close_streams(actor, [stream])
    return stream


@transactional
def close_queue(actor: Actor, group: Scope, queue_id: int) -> Queue:
    """Raises Closed, NotFound."""
    open_node(group)
    queue = still_open(Queue, queue_id, group)
    _close_queue(actor, group, queue)
    return queue


@transactional
def close_center(actor: Actor, group: Scope, center_id: int) -> ContactCenter:
    """Raises Closed, NotFound."""
    open_node(group)
    center = still_open(ContactCenter, center_id, group)
    for queue in db.session.scalars(_open_queues(group, center_id).with_for_update()).all():
        _close_queue(actor, group, queue)
    center.closed_at = now()
    record(actor, Action.CONTACT_CENTER_CLOSED, center)
    return center


def _close_queue(actor: Actor, group: Scope, queue: Queue) -> None:
    streams = visible(MediaStream, group).where(
        MediaStream.queue_id == queue.id, MediaStream.closed_at.is_(None)
    )
    _close_streams(actor, db.session.scalars(streams.with_for_update()).all())
    queue.closed_at = now()
    record(actor, Action.QUEUE_CLOSED, queue)


def _close_streams(actor: Actor, streams: Iterable[MediaStream]) -> None:
    for stream in streams:
        scope = place_of(stream)
        running = visible(Assignment, scope).where(Assignment.release_requested_at.is_(None))
        for number in db.session.scalars(running).all():
            assignment.release(actor, scope, number.id)
        stream.closed_at = now()
        record(actor, Action.STREAM_CLOSED, stream)


def _open_queues(group: Scope, center_id: int) -> Select[Queue]:
    return (
        visible(Queue, group)
        .where(Queue.contact_center_id == center_id, Queue.closed_at.is_(None))
        .order_by(Queue.name, Queue.id)
    )


def _loss(scope: Scope, streams: Select[MediaStream], queues: tuple[str, ...] = ()) -> Loss:
    open_streams = streams.where(MediaStream.closed_at.is_(None)).order_by(MediaStream.name, MediaStream.id)
    found = {stream.id: stream.name for stream in db.session.scalars(open_streams)}
    running = visible(Assignment, scope).where(
        Assignment.stream_id.in_(found), Assignment.release_requested_at.is_(None)
    )
    numbers = {row.id: row.number for row in db.session.scalars(running.order_by(Assignment.number))}
    kept = visible(Message, scope).where(Message.assignment_id.in_(numbers), Message.erased_at.is_(None))
    messages = db.session.scalar(kept.with_only_columns(func.count())) or 0
    return Loss(queues, tuple(found.values()), tuple(numbers.values()), messages)
