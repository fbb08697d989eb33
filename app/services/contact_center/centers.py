"""Contact centers of a group, and their queues, made and renamed (S13). Closing is in closing.py."""

from __future__ import annotations

from typing import TypeVar

from app.access.policy import Actor, Closed
from app.access.scope import Scope, branch, fetch, missing, visible
from app.db import db, transactional
from app.errors import Invalid
from app.models import ContactCenter, Queue
from app.services.accounts.nodes import open_node
from app.services.audit.record import Action, record
from app.services.revisions import require_current

T = TypeVar("T", ContactCenter, Queue)


@transactional
def create(actor: Actor, group: Scope, name: str) -> ContactCenter:
    """Raises Invalid, Closed, NotFound."""
    center = ContactCenter(name=tidy(name), **branch(open_node(group)))
    db.session.add(center)
    record(actor, Action.CONTACT_CENTER_CREATED, center)
    return center


@transactional
def create_queue(actor: Actor, group: Scope, center_id: int, name: str) -> Queue:
    """Raises Invalid, Closed, NotFound."""
    open_node(group)
    center = still_open(ContactCenter, center_id, group)
    queue = Queue(name=tidy(name), contact_center_id=center.id, **branch(center))
    db.session.add(queue)
    record(actor, Action.QUEUE_CREATED, queue, contact_center=center.name)
    return queue


@transactional
def rename(actor: Actor, group: Scope, center_id: int, name: str, *, seen: int) -> None:
    """Raises Invalid, Closed, ChangedMeanwhile, NotFound."""
    _rename(actor, still_open(ContactCenter, center_id, group), name, seen, Action.CONTACT_CENTER_CHANGED)


@transactional
def rename_queue(actor: Actor, group: Scope, queue_id: int, name: str, *, seen: int) -> None:
    """Raises Invalid, Closed, ChangedMeanwhile, NotFound."""
    _rename(actor, still_open(Queue, queue_id, group), name, seen, Action.QUEUE_CHANGED)


def still_open(model: type[T], row_id: int, scope: Scope) -> T:
    """The row, locked, so that it is not closed while something is changed in it. Raises Closed, NotFound."""
    row = fetch(model, row_id, scope, lock=True)
    if row.closed_at is not None:
        raise Closed
    return row


def one(scope: Scope, center_id: int) -> ContactCenter:
    """Raises NotFound."""
    return fetch(ContactCenter, center_id, scope)


def one_queue(scope: Scope, queue_id: int) -> tuple[Queue, ContactCenter]:
    """A queue and its contact center. Raises NotFound."""
    query = (
        visible(Queue, scope)
        .join(ContactCenter, ContactCenter.id == Queue.contact_center_id)
        .where(Queue.id == queue_id)
        .add_columns(ContactCenter)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise missing(Queue, queue_id)
    return row[0], row[1]


def _rename(actor: Actor, row: ContactCenter | Queue, name: str, seen: int, action: Action) -> None:
    require_current(row, seen)
    before, wanted = row.name, tidy(name)
    if wanted != before:
        row.name, row.revision = wanted, row.revision + 1
        record(actor, action, row, name=[before, wanted])


def tidy(name: str) -> str:
    """A name without blanks around it. Raises Invalid."""
    if not name.strip():
        raise Invalid("Enter a name.", field="name")
    return name.strip()
