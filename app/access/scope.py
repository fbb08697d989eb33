"""What somebody can see. The only module that compares a tenant column."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ClauseElement, Select, Table, event, false, func, literal, select
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql.visitors import iterate

from app.config import settings
from app.db import Base, db
from app.errors import NotFound
from app.models import Group, InTree, MediaStream, Provider, Reseller, User
from app.vocabulary import Level

T = TypeVar("T", bound=InTree)
NODES: dict[Level, Any] = {
    Level.PROVIDER: Provider,
    Level.RESELLER: Reseller,
    Level.GROUP: Group,
    Level.USER: User,
    Level.STREAM: MediaStream,
}


@dataclass(frozen=True)
class Scope:
    """A place in the tree, and with it everything below. `is_closed` is known once it was narrowed to."""

    level: Level
    node_id: int | None = None
    is_closed: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.level if self.node_id is None else f"{self.level}-{self.node_id}"


EVERYTHING = Scope(Level.SYSTEM)


class System(InTree):
    """The root of the tree, which has no row."""


class UnscopedQuery(RuntimeError):
    """A programming error, not a refusal: somebody read the tree without saying for whom."""


def visible(model: type[T], scope: Scope) -> Select[T]:
    """Rows at this place in the tree and below it."""
    query = select(model).execution_options(scope=scope)
    if scope.level is Level.SYSTEM:
        return query
    owner = getattr(model, f"{scope.level}_id", None)
    return query.where(false() if owner is None else owner == scope.node_id)


def at(model: type[T], scope: Scope) -> Select[T]:
    """Rows at exactly this place, for rows that can stand at several levels (portal users)."""
    query = visible(model, scope)
    levels = list(NODES)
    below = levels if scope.level is Level.SYSTEM else levels[levels.index(scope.level) + 1 :]
    for level in below:
        column = getattr(model, f"{level}_id", None)
        if column is not None:
            query = query.where(column.is_(None))
    return query


def inherited(model: type[T], node: Any) -> Select[T]:
    """Rows that a node may use because its provider owns them. Looking up, not down."""
    return visible(model, Scope(Level.PROVIDER, node.provider_id))


def upwards(model: type[T], row: Any) -> Select[T]:
    """Rows at the place of `row` or above it, the system's too. Instead of a row, a class to join with."""
    query = select(model).execution_options(scope=EVERYTHING)
    for level in NODES:
        column = getattr(model, f"{level}_id", None)
        if column is not None:
            query = query.where(column.is_(None) | (column == getattr(row, f"{level}_id", None)))
    return query


def fetch(model: type[T], row_id: int, scope: Scope, *, lock: bool = False) -> T:
    """One row.

    Raises NotFound: a stranger's row and a missing row look the same from outside.
    """
    query = visible(model, scope).where(model.id == row_id)  # type: ignore[attr-defined]
    # Nobody else may change it, but rows that refer to it may be made: they would wait for each other.
    row = db.session.scalar(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        raise missing(model, row_id)
    return row


def missing(model: type[InTree], row_id: int) -> NotFound:
    """The refusal for a row that is not visible at a place."""
    refusal = NotFound()
    refusal.sought = (model, row_id)
    return refusal


def is_foreign(refusal: NotFound, own: Scope) -> bool:
    """Whether what was not found exists outside of `own`, the part of the tree of whoever asked.

    One query, the same for a stranger's row and for none.
    """
    if refusal.sought is None or own.level is Level.SYSTEM:
        return False
    model, row_id = refusal.sought
    if model is System:
        return True
    owner = getattr(model, f"{own.level}_id", None)
    query: Select[Any] = visible(model, EVERYTHING).where(model.id == row_id)  # type: ignore[attr-defined]
    found = db.session.scalar(
        query.with_only_columns(literal(0) if owner is None else func.coalesce(owner, 0))
    )
    return found is not None and found != own.node_id


def node_of(scope: Scope) -> Any:
    """The row of a place in the tree; None for the system. The scope must have been narrowed before."""
    if scope.level is Level.SYSTEM:
        return None
    return fetch(NODES[scope.level], scope.node_id or 0, scope)


def narrow(scope: Scope, to: Scope) -> Scope:
    """The part of the tree under `to`. A node is in your tree exactly when you can fetch it.

    Raises NotFound: when it is not.
    """
    if to.level is not Level.SYSTEM:
        node: Any = fetch(NODES[to.level], to.node_id or 0, scope)
        return replace(to, is_closed=node.closed_at is not None)
    if scope.level is not Level.SYSTEM:
        raise missing(System, 0)
    return to


def place_of(row: Any) -> Scope:
    """The lowest node that a row hangs on; a node hangs on itself."""
    for level in reversed(NODES):
        node_id = getattr(row, f"{level}_id", None)
        if node_id is not None:
            return Scope(level, node_id)
    return EVERYTHING


def branch(row: Any) -> dict[str, int]:
    """The tenant columns of a row, to give to a row that hangs on it."""
    return {
        f"{level}_id": value for level in NODES if (value := getattr(row, f"{level}_id", None)) is not None
    }


def above(row: Any) -> list[Scope]:
    """The places above a row and its own, from the provider down (D8)."""
    return [Scope(level, branch(row)[f"{level}_id"]) for level in NODES if f"{level}_id" in branch(row)]


@event.listens_for(Session, "do_orm_execute")
def _refuse_unscoped(state: ORMExecuteState) -> None:
    """A tripwire, not a wall: it catches forgetting. Raw SQL and rows already in memory pass it."""
    if state.is_insert or state.is_column_load or state.is_relationship_load or not settings().checks:
        return
    parts = list(iterate(cast(ClauseElement, state.statement)))
    touched = {part.name for part in parts if isinstance(part, Table)}
    scoped = "scope" in state.execution_options or any(
        isinstance(part, Select) and "scope" in part.get_execution_options() for part in parts
    )
    if not scoped and touched & _tree_tables():
        raise UnscopedQuery(str(state.statement))


@cache
def _tree_tables() -> frozenset[str]:
    return frozenset(
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, InTree)
    )
