"""The tree as navigation shows it: the path to a place, and the branch that is open. Two queries in all.

Closed places are left out, except those on the way to where somebody looks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal, union_all

from app.access.scope import EVERYTHING, NODES, Scope, visible
from app.db import db
from app.errors import NotFound
from app.vocabulary import Level

CHILD = {
    Level.SYSTEM: Level.PROVIDER,
    Level.PROVIDER: Level.RESELLER,
    Level.RESELLER: Level.GROUP,
    Level.GROUP: Level.USER,
}
ABOVE = {
    Level.RESELLER: Level.PROVIDER,
    Level.GROUP: Level.RESELLER,
    Level.USER: Level.GROUP,
    Level.STREAM: Level.GROUP,
}


@dataclass(frozen=True)
class Place:
    """A node as navigation shows it. `has_more`: not all that is below it is in `children`."""

    scope: Scope
    title: str
    children: tuple[Place, ...] = ()
    has_more: bool = False
    closed_at: dt.datetime | None = None
    trial_days: int | None = None


SYSTEM = Place(EVERYTHING, "System")


def lineage(scope: Scope) -> list[Place]:
    """A place and all above it, from the provider down; nothing for the system. Raises NotFound."""
    if scope.level is Level.SYSTEM:
        return []
    levels: list[Level] = [scope.level]
    while levels[0] in ABOVE:
        levels.insert(0, ABOVE[levels[0]])
    own = NODES[scope.level]
    query: Select[Any] = visible(own, scope).where(own.id == scope.node_id)
    for level in levels[:-1]:
        model = NODES[level]
        query = query.join(model, model.id == getattr(own, f"{level}_id"))
    columns = [
        column
        for level in levels
        for model in [NODES[level]]
        for column in (model.id, model.name, model.closed_at, model.trial_days)
    ]
    row = db.session.execute(query.with_only_columns(*columns)).one_or_none()
    if row is None:
        raise NotFound
    found = []
    for position, level in enumerate(levels):
        node_id, name, closed_at, trial_days = row[position * 4 : position * 4 + 4]
        found.append(Place(Scope(level, node_id), name, closed_at=closed_at, trial_days=trial_days))
    return found


def path(actor_scope: Scope, scope: Scope) -> list[Place]:
    """From the actor's own place down to `scope`: the breadcrumb. Nothing above the actor is shown."""
    places = lineage(scope)
    if actor_scope.level is Level.SYSTEM:
        return [SYSTEM, *places]
    own = [place.scope for place in places].index(actor_scope)
    return places[own:]


def grown(path: list[Place], limit: int = 50) -> Place:
    """What the sidebar shows: the first place of a path, and below it the branch that is open."""
    open_places = [place for place in path if place.scope.level in CHILD]
    listed = _listed([place.scope for place in open_places], limit)
    below: Place | None = None
    for place in reversed(path):
        rows = listed.get(place.scope.level, [])
        children = [
            below if below is not None and child.scope == below.scope else child for child in rows[:limit]
        ]
        if below is not None and below.scope not in {child.scope for child in children}:
            children.append(below)
        below = Place(place.scope, place.title, tuple(children), len(rows) > limit, place.closed_at)
    assert below is not None  # noqa: S101 - a path has a place
    return below


def _listed(places: list[Scope], limit: int) -> dict[Level, list[Place]]:
    """The open children of each place, by name, one more than `limit`; all in one query."""
    if not places:
        return {}
    parts = []
    for scope in places:
        model = NODES[CHILD[scope.level]]
        part = (
            visible(model, scope)
            .where(model.closed_at.is_(None))
            .with_only_columns(literal(scope.level.value).label("level"), model.id, model.name)
            .order_by(model.name, model.id)
            .limit(limit + 1)
        )
        parts.append(part.subquery().select())
    rows = db.session.execute(union_all(*parts), execution_options={"scope": EVERYTHING})
    found: dict[Level, list[Place]] = {}
    for level, node_id, name in rows:
        found.setdefault(Level(level), []).append(Place(Scope(CHILD[Level(level)], node_id), name))
    for children in found.values():
        children.sort(key=lambda place: (place.title, place.scope.node_id or 0))
    return found
