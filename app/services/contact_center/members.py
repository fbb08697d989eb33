"""Who answers a queue and who supervises it: users of the same group (D22)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_

from app.access.policy import Actor
from app.access.scope import Scope, branch, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Conflict, NotFound
from app.models import Licence, Queue, QueueMember, User
from app.services.accounts.nodes import open_node
from app.services.audit.record import Action, record
from app.services.contact_center.centers import still_open
from app.services.search_index import contains
from app.vocabulary import Product

_OFFERED = 8
_ANSWERING = (Product.AGENT, Product.SUPERVISOR)


@dataclass(frozen=True)
class Member:
    """`is_licensed`: with Unity Agent or Supervisor, without which nobody answers a queue."""

    user: User
    is_supervisor: bool
    is_licensed: bool


@transactional
def put(actor: Actor, group: Scope, queue_id: int, user_id: int, *, is_supervisor: bool) -> User:
    """Make a user of the group a member or supervisor of a queue, whatever the user was before.

    Raises Conflict, Closed, NotFound.
    """
    open_node(group)
    queue = still_open(Queue, queue_id, group)
    user = fetch(User, user_id, group)
    if user.closed_at is not None:
        raise Conflict("This user was closed.")
    member = _member(group, queue_id, user_id)
    if member is None:
        db.session.add(QueueMember(queue_id=queue.id, is_supervisor=is_supervisor, **branch(user)))
        record(
            actor,
            Action.QUEUE_MEMBER_ADDED,
            queue,
            member=user.name,
            user_id=user.broadworks_id,
            supervisor=is_supervisor,
        )
    elif member.is_supervisor != is_supervisor:
        member.is_supervisor = is_supervisor
        change = {"supervisor": [not is_supervisor, is_supervisor]}
        record(actor, Action.QUEUE_MEMBER_CHANGED, queue, member=user.name, **change)
    return user


@transactional
def remove(actor: Actor, group: Scope, queue_id: int, user_id: int) -> User:
    """Raises Closed, NotFound."""
    open_node(group)
    queue, user = still_open(Queue, queue_id, group), fetch(User, user_id, group)
    member = _member(group, queue_id, user_id)
    if member is None:
        raise NotFound("This user is no member of the queue.")
    db.session.delete(member)
    record(actor, Action.QUEUE_MEMBER_REMOVED, queue, member=user.name, user_id=user.broadworks_id)
    return user


def of_queue(group: Scope, queue_id: int) -> list[Member]:
    """Supervisors first, then by name."""
    licences = visible(Licence, group).where(
        Licence.user_id == User.id,
        Licence.product.in_(_ANSWERING),
        Licence.ended_at.is_(None),
        or_(Licence.expires_at.is_(None), Licence.expires_at > now()),
    )
    query = (
        visible(User, group)
        .join(QueueMember, QueueMember.user_id == User.id)
        .where(QueueMember.queue_id == queue_id, User.closed_at.is_(None))
        .add_columns(QueueMember.is_supervisor, licences.exists())
        .order_by(QueueMember.is_supervisor.desc(), User.name, User.id)
    )
    return [Member(*row) for row in db.session.execute(query)]


def candidates(group: Scope, queue_id: int, search: str) -> list[User]:
    """Users of the group who are not in the queue yet; the search fits names and user ids."""
    inside = visible(QueueMember, group).where(QueueMember.queue_id == queue_id)
    query = visible(User, group).where(
        User.closed_at.is_(None), User.id.not_in(inside.with_only_columns(QueueMember.user_id))
    )
    if search.strip():
        query = query.where(contains(User.search_text, search))
    return list(db.session.scalars(query.order_by(User.name, User.id).limit(_OFFERED)))


def _member(group: Scope, queue_id: int, user_id: int) -> QueueMember | None:
    query = visible(QueueMember, group).where(
        QueueMember.queue_id == queue_id, QueueMember.user_id == user_id
    )
    return db.session.scalar(query)
