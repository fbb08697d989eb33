"""Closing a provider, reseller, group or user: everything below closes with it, in one transaction.

Rows stay, since they were charged for. Texting and billing stop at once (D4); the carrier's webhooks and the
words of messages go in jobs, which find their work in the database.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update

from app.access.policy import Actor
from app.access.scope import NODES, Scope, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Conflict
from app.models import (
    Assignment,
    AuditEntry,
    ClientSession,
    ContactCenter,
    Group,
    Licence,
    MediaStream,
    Message,
    OneTimeLink,
    Platform,
    PortalSession,
    PortalUser,
    Queue,
    Reseller,
    ServerHostname,
    User,
)
from app.services.accounts.nodes import open_node
from app.services.accounts.tree import lineage
from app.services.audit.record import Action, record
from app.vocabulary import AssignmentState, Level

COUNTED = 1000  # messages are counted up to here: more of them are "more than"
# From the top: whatever is made below a row at the same moment is seen by the statement for its level.
_PLACES: tuple[Any, ...] = (Reseller, Group, ContactCenter, Queue, User, MediaStream)
_CLOSED = {
    Level.PROVIDER: Action.PROVIDER_CLOSED,
    Level.RESELLER: Action.RESELLER_CLOSED,
    Level.GROUP: Action.GROUP_CLOSED,
    Level.USER: Action.USER_CLOSED,
}


class OwnPlace(Conflict):
    message = "Your own account is at this place. Somebody whose account is above it can close it."


class ProviderInUse(Conflict):
    message = (
        "A provider can be closed when none of its numbers is running and its CPaaS platforms are deleted: "
        "their keys are needed to give the numbers back."
    )


@dataclass(frozen=True)
class Below:
    """What is at a place and below it, and still open. Of messages, `COUNTED` + 1 stands for more."""

    resellers: int = 0
    groups: int = 0
    users: int = 0
    streams: int = 0
    numbers: int = 0
    messages: int = 0
    portal_users: int = 0
    licences: int = 0


@dataclass(frozen=True)
class Closing:
    """When a place was closed, and by whom, where that may be known."""

    at: dt.datetime
    by: str


def below(scope: Scope) -> Below:
    """What closing takes with it, in one query. Raises NotFound."""
    running = _running_numbers(scope)
    saved = visible(Message, scope).where(
        Message.erased_at.is_(None), Message.assignment_id.in_(running.with_only_columns(Assignment.id))
    )
    some = saved.with_only_columns(Message.id).limit(COUNTED + 1).subquery()
    counted = [
        _count(_open(Reseller, scope)),
        _count(_open(Group, scope)),
        _count(_open(User, scope)),
        _count(_open(MediaStream, scope)),
        _count(running),
        select(func.count()).select_from(some).scalar_subquery(),
        _count(visible(PortalUser, scope).where(PortalUser.is_enabled)),
        _count(_running_licences(scope)),
    ]
    row = db.session.execute(select(*counted), execution_options={"scope": scope}).one()
    found = Below(*row)
    own = {Level.RESELLER: "resellers", Level.GROUP: "groups", Level.USER: "users"}.get(scope.level)
    return found if own is None else Below(**{**asdict(found), own: 0})


def refusal(actor: Actor, scope: Scope) -> Conflict | None:
    """Why this person cannot close this place now; None when they can."""
    if actor.scope == scope:
        return OwnPlace()
    if scope.level is Level.PROVIDER:
        platforms = visible(Platform, scope).where(Platform.deleted_at.is_(None))
        running = visible(Assignment, scope).where(Assignment.ended_at.is_(None))
        for query in (platforms.with_only_columns(Platform.id), running.with_only_columns(Assignment.id)):
            if db.session.scalar(query.limit(1)) is not None:
                return ProviderInUse()
    return None


@transactional
def close(actor: Actor, scope: Scope) -> Below:
    """Close a place and all below it; returns what was there.

    The place is locked, as it is by whoever makes something below it.
    Raises OwnPlace, ProviderInUse, Closed, NotFound.
    """
    node = open_node(scope)
    if (why := refusal(actor, scope)) is not None:
        raise why
    lost, at = below(scope), now()
    node.closed_at, node.revision = at, node.revision + 1
    db.session.flush()
    for model in _PLACES:
        _update(model, scope, model.closed_at.is_(None), closed_at=at)
    _release_numbers(scope, at)
    _update(Licence, scope, Licence.ended_at.is_(None), ended_at=at)
    _update(ClientSession, scope, ClientSession.ended_at.is_(None), ended_at=at)
    _sign_out_staff(scope, at)
    _give_up_hostnames(scope)
    record(actor, _CLOSED[scope.level], node, **{name: n for name, n in asdict(lost).items() if n})
    return lost


def closing_of(actor: Actor, scope: Scope) -> Closing | None:
    """When and by whom a place, or one above it, was closed; None for an open one. Raises NotFound."""
    places = lineage(scope)
    if not places or places[-1].closed_at is None:
        return None
    own = [
        (AuditEntry.target_kind == NODES[place.scope.level].__tablename__)
        & (AuditEntry.target_id == place.scope.node_id)
        for place in places
    ]
    query = visible(AuditEntry, actor.scope).where(
        AuditEntry.action.in_([*_CLOSED.values(), Action.STREAM_CLOSED]), or_(*own)
    )
    entry = db.session.scalar(query.order_by(AuditEntry.id.desc()).limit(1))
    return Closing(places[-1].closed_at, entry.actor if entry else "")


def _release_numbers(scope: Scope, at: dt.datetime) -> None:
    """As `assignment.release` does with one: the sweep finds them (D4)."""
    _update(
        Assignment,
        scope,
        Assignment.ended_at.is_(None),
        Assignment.release_requested_at.is_(None),
        state=AssignmentState.RELEASING,
        release_requested_at=at,
        failure_kind=None,
        failure_reason="",
        due_at=at,
        tries=0,
        claim=None,
    )


def _sign_out_staff(scope: Scope, at: dt.datetime) -> None:
    """Portal users at and below the place are disabled; their sessions and mailed links end."""
    people = visible(PortalUser, scope).with_only_columns(PortalUser.id)
    users = visible(User, scope).with_only_columns(User.id)
    _update(PortalUser, scope, PortalUser.is_enabled.is_(True), is_enabled=False)
    for which, model in (
        (PortalSession.portal_user_id.in_(people) & PortalSession.ended_at.is_(None), PortalSession),
        (OneTimeLink.portal_user_id.in_(people) & OneTimeLink.used_at.is_(None), OneTimeLink),
        (OneTimeLink.user_id.in_(users) & OneTimeLink.used_at.is_(None), OneTimeLink),
    ):
        ended = "ended_at" if model is PortalSession else "used_at"
        statement = update(model).where(which).values({ended: at})
        db.session.execute(statement, execution_options=_options(scope))


def _give_up_hostnames(scope: Scope) -> None:
    """A closed provider keeps no host name from others; nobody could take it away later."""
    if scope.level is Level.PROVIDER:
        here: Any = visible(ServerHostname, scope).whereclause
        db.session.execute(delete(ServerHostname).where(here), execution_options=_options(scope))


def _update(model: Any, scope: Scope, *which: ColumnElement[bool], **values: Any) -> None:
    here: Any = visible(model, scope).where(*which).whereclause
    db.session.execute(update(model).where(here).values(**values), execution_options=_options(scope))


def _options(scope: Scope) -> dict[str, Any]:
    return {"scope": scope, "synchronize_session": False}


def _open(model: Any, scope: Scope) -> Select[Any]:
    return visible(model, scope).where(model.closed_at.is_(None))


def _running_numbers(scope: Scope) -> Select[Any]:
    return visible(Assignment, scope).where(
        Assignment.ended_at.is_(None), Assignment.release_requested_at.is_(None)
    )


def _running_licences(scope: Scope) -> Select[Any]:
    still = or_(Licence.expires_at.is_(None), Licence.expires_at > now())
    return visible(Licence, scope).where(Licence.ended_at.is_(None), still)


def _count(query: Select[Any]) -> Any:
    return query.with_only_columns(func.count()).scalar_subquery()
