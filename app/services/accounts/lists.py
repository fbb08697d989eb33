"""What is one level below a node, as a list: searched, sorted, the closed ones where they are asked for."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func

from app.access.scope import NODES, Scope, visible
from app.db import db
from app.models import Assignment
from app.services.accounts.tree import CHILD
from app.services.keyset import Page, page
from app.services.search_index import contains
from app.vocabulary import Level


class Show(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


class Sort(enum.StrEnum):
    NAME = "name"
    NAME_DOWN = "-name"
    ADDED = "added"
    ADDED_DOWN = "-added"


@dataclass(frozen=True)
class Wanted:
    """What of a list somebody wants to see."""

    search: str = ""
    show: Show = Show.OPEN
    sort: Sort = Sort.NAME


def children_page(
    scope: Scope, wanted: Wanted = Wanted(), *, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """The nodes one level below. The search fits names, and user ids of users."""
    model = NODES[CHILD[scope.level]]
    query: Select[Any] = visible(model, scope)
    if wanted.show is not Show.ALL:
        is_open = model.closed_at.is_(None)
        query = query.where(is_open if wanted.show is Show.OPEN else ~is_open)
    if wanted.search.strip():
        query = query.where(contains(model.search_text, wanted.search))
    by_name = wanted.sort in {Sort.NAME, Sort.NAME_DOWN}
    return page(
        query,
        order=(model.name, model.id) if by_name else (model.id,),  # ids grow with the time of making
        after=after,
        before=before,
        newest_first=wanted.sort in {Sort.NAME_DOWN, Sort.ADDED_DOWN},
    )


def counts_below(scope: Scope, rows: list[Any]) -> dict[int, int]:
    """How many open nodes are directly below each row of a list; of a user, how many running numbers."""
    level = CHILD[scope.level]
    model: Any = Assignment if level is Level.USER else NODES[CHILD[level]]
    running = Assignment.ended_at.is_(None) if level is Level.USER else model.closed_at.is_(None)
    above = getattr(model, f"{level}_id")
    query = visible(model, scope).where(above.in_([row.id for row in rows]), running).group_by(above)
    return dict(db.session.execute(query.with_only_columns(above, func.count())).all()) if rows else {}
