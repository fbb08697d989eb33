"""The search over the tree: nodes by name, users by user id as well, each with its path.

Fewer than three letters fit beginnings only, since no index knows where two letters stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, null, or_, text, union_all

from app.access.scope import NODES, Scope, visible
from app.db import db
from app.models import User
from app.services.accounts.tree import ABOVE
from app.services.search_index import begins_with, contains
from app.vocabulary import Level

SHORT = 3  # letters that an index of parts of words needs
_LOOKED_AT = 200  # that fit, of each kind, before the best of them are chosen
_PATH = (Level.PROVIDER, Level.RESELLER, Level.GROUP)


@dataclass(frozen=True)
class Hit:
    """`path` names what is above it, below the place that was searched."""

    scope: Scope
    title: str
    path: tuple[str, ...] = ()


def found(scope: Scope, search: str, limit: int = 8) -> dict[Level, list[Hit]]:
    """Open nodes below `scope` that fit, by level; names that begin so come first."""
    if not search.strip():
        return {}
    parts = [_of_level(level, scope, search, limit).subquery().select() for level in NODES]
    with _by_index():
        rows = db.session.execute(union_all(*parts), execution_options={"scope": scope}).all()
    result: dict[Level, list[Hit]] = {}
    for level in NODES:
        hits = [
            Hit(Scope(level, row.id), row.name, tuple(name for name in row[3:-1] if name))
            for row in sorted((row for row in rows if row.level == level), key=lambda row: row.place)
        ]
        if hits:
            result[level] = hits
    return result


@contextmanager
def _by_index() -> Iterator[None]:
    """Of a word that few have, PostgreSQL expects more, and would read all users until it has enough of them.

    Reading the index is always quick here. What is set ends with the transaction, or before.
    """
    say = text("SELECT set_config('enable_seqscan', :switch, true), set_config('jit', :switch, true)")
    db.session.execute(say, {"switch": "off"})
    yield
    db.session.execute(say, {"switch": "on"})


def _of_level(level: Level, scope: Scope, search: str, limit: int) -> Select[Any]:
    model = NODES[level]
    some = (
        visible(model, scope)
        .where(model.closed_at.is_(None), _fits(model, search))
        .with_only_columns(model.id)
        .limit(_LOOKED_AT)
        .subquery()
    )
    begins_so = case((begins_with(model.search_text, search), 0), else_=1)
    order = (begins_so, model.name, model.id)
    query: Select[Any] = visible(model, scope).join(some, some.c.id == model.id)
    named = _above(level, scope)
    for above in named:
        parent = NODES[above]
        query = query.join(parent, parent.id == getattr(model, f"{above}_id"))
    names = [NODES[above].name if above in named else cast(null(), String) for above in _PATH]
    return (
        query.with_only_columns(
            literal(level.value).label("level"),
            model.id.label("id"),
            model.name.label("name"),
            *(name.label(f"in_{above}") for name, above in zip(names, _PATH, strict=True)),
            func.row_number().over(order_by=order).label("place"),
        )
        .order_by(*order)
        .limit(limit)
    )


def _above(level: Level, scope: Scope) -> list[Level]:
    """The levels between the place that is searched and this one."""
    found: list[Level] = []
    while level in ABOVE and ABOVE[level] is not scope.level:
        level = ABOVE[level]
        found.insert(0, level)
    reached = scope.level is Level.SYSTEM or level in ABOVE
    return found if reached else []


def _fits(model: Any, search: str) -> ColumnElement[bool]:
    letters = search.replace("*", "").strip()
    if len(letters) >= SHORT:
        return contains(model.search_text, search)
    begins = begins_with(model.search_text, search)
    return or_(begins, begins_with(User.broadworks_key, search)) if model is User else begins
