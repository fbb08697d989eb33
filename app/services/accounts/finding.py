"""The search over the tree: nodes by name, users by user id as well."""

from __future__ import annotations

from app.access.scope import NODES, Scope, visible
from app.db import db
from app.models import User
from app.services.accounts.tree import Place
from app.services.patterns import pattern
from app.vocabulary import Level


def found(scope: Scope, search: str, limit: int = 8) -> dict[Level, list[Place]]:
    """Nodes below `scope` whose name (or user id) fits, by level."""
    if not search.strip():
        return {}
    fits = pattern(search)
    result: dict[Level, list[Place]] = {}
    for level, model in NODES.items():
        query = visible(model, scope).where(model.closed_at.is_(None))
        condition = model.name.ilike(fits, escape="\\")
        if model is User:
            condition |= User.broadworks_key.like(fits.lower(), escape="\\")
        rows = db.session.scalars(query.where(condition).order_by(model.name, model.id).limit(limit))
        if places := [Place(Scope(level, row.id), row.name) for row in rows]:
            result[level] = places
    return result
