"""The tree: providers, resellers, groups. Users are in users.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from app.access.policy import Actor
from app.access.scope import NODES, Scope, above, branch, fetch, node_of, visible
from app.db import db, transactional
from app.errors import Invalid
from app.models import Group, Provider, Reseller, User
from app.services.audit.record import Action, differences, record
from app.services.keyset import Page, page
from app.services.patterns import pattern
from app.vocabulary import Level

CHILD = {
    Level.SYSTEM: Level.PROVIDER,
    Level.PROVIDER: Level.RESELLER,
    Level.RESELLER: Level.GROUP,
    Level.GROUP: Level.USER,
}
_CREATED = {
    Level.PROVIDER: Action.PROVIDER_CREATED,
    Level.RESELLER: Action.RESELLER_CREATED,
    Level.GROUP: Action.GROUP_CREATED,
}


@dataclass(frozen=True)
class NodeWish:
    """What a form says about a provider, reseller or group."""

    name: str
    account_reference: str = ""

    def values(self) -> dict[str, str]:
        """Tidied. Raises Invalid."""
        if not self.name.strip():
            raise Invalid("Enter a name.", field="name")
        return {"name": self.name.strip(), "account_reference": self.account_reference.strip()}


@dataclass(frozen=True)
class Place:
    """A node as navigation shows it."""

    scope: Scope
    title: str
    children: tuple[Place, ...] = ()


@transactional
def create(actor: Actor, parent: Scope, wish: NodeWish) -> Provider | Reseller | Group:
    """Add a provider, reseller or group below `parent`. Raises Invalid, NotFound."""
    level = CHILD[parent.level]
    node = node_of(parent)
    row = NODES[level](**wish.values(), **(branch(node) if node else {}))
    db.session.add(row)
    record(actor, _CREATED[level], row)
    made: Provider | Reseller | Group = row
    return made


@transactional
def change(actor: Actor, scope: Scope, wish: NodeWish) -> None:
    """Change the details of a provider, reseller or group. Raises Invalid, NotFound."""
    node = node_of(scope)
    changes = differences(node, wanted := wish.values())
    for name, value in wanted.items():
        setattr(node, name, value)
    if changes:
        record(actor, Action.DETAILS_CHANGED, node, **changes)


def one(scope: Scope) -> Any:
    """The row of a node. Raises NotFound."""
    return node_of(scope)


def children_page(
    scope: Scope, search: str = "", *, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """The nodes one level below, by name."""
    model = NODES[CHILD[scope.level]]
    query: Select[Any] = visible(model, scope)
    if search.strip():
        query = query.where(model.name.ilike(pattern(search), escape="\\"))
    return page(query, order=(model.name, model.id), after=after, before=before)


def path(actor_scope: Scope, scope: Scope) -> list[Place]:
    """From the actor's own place down to `scope`: the breadcrumb. Nothing above the actor is shown."""
    if scope.level is Level.SYSTEM:
        return [Place(scope, "System")]
    places = [Place(place, node_of(place).name) for place in above(node_of(scope))]
    if actor_scope.level is Level.SYSTEM:
        return [Place(Scope(Level.SYSTEM), "System"), *places]
    own = [place.scope for place in places].index(actor_scope)
    return places[own:]


def tree(actor_scope: Scope, scope: Scope, limit: int = 50) -> Place:
    """What the sidebar shows: the actor's place, and below it the branch that leads to `scope`."""
    open_places = {place.scope for place in path(actor_scope, scope)}
    return _grow(actor_scope, open_places, limit)


def found(scope: Scope, search: str, limit: int = 8) -> dict[Level, list[Place]]:
    """Nodes below `scope` whose name (or user id) fits, by level."""
    if not search.strip():
        return {}
    fits = pattern(search)
    result: dict[Level, list[Place]] = {}
    for level, model in NODES.items():
        query = visible(model, scope)
        condition = model.name.ilike(fits, escape="\\")
        if model is User:
            condition |= User.broadworks_key.like(fits.lower(), escape="\\")
        rows = db.session.scalars(query.where(condition).order_by(model.name, model.id).limit(limit))
        if places := [Place(Scope(level, row.id), row.name) for row in rows]:
            result[level] = places
    return result


def _grow(place: Scope, open_places: set[Scope], limit: int) -> Place:
    title = (
        "System" if place.level is Level.SYSTEM else fetch(NODES[place.level], place.node_id or 0, place).name
    )
    if place not in open_places or place.level not in CHILD:
        return Place(place, title)
    level = CHILD[place.level]
    model = NODES[level]
    rows = list(db.session.scalars(visible(model, place).order_by(model.name, model.id).limit(limit)))
    children = [
        _grow(scope, open_places, limit) if scope in open_places else Place(scope, row.name)
        for row in rows
        for scope in [Scope(level, row.id)]
    ]
    missing = [
        scope for scope in open_places if scope.level is level and scope.node_id not in {r.id for r in rows}
    ]
    children += [_grow(scope, open_places, limit) for scope in missing]
    return Place(place, title, tuple(children))
