"""Paging by key: no count and no offset, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.orm.interfaces import ORMOption

from app.db import UtcDateTime, db

T = TypeVar("T")
Order = tuple[InstrumentedAttribute[Any], ...]
Fits = Callable[[Any], list[ColumnElement[bool]]]
_LARGEST_ID = 2**31
_NEAR = 4_000  # rows that are looked at in their order before all that fit are gathered


@dataclass(frozen=True)
class Page(Generic[T]):
    """`before` and `after` are opaque marks for the neighbouring pages; None where there is none."""

    items: list[T]
    before: str | None = None
    after: str | None = None


def page(
    query: Select[T],
    *,
    order: Order,
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
    newest_first: bool = False,
    fits: Fits | None = None,
    options: Sequence[ORMOption] = (),
) -> Page[T]:
    """One page of `query` in the order of the given columns, of which the last is unique.

    The first may hold nothing: such rows come last, or first where the newest are. `fits(model)` are
    conditions that many rows may meet or none, `options` how to load the rows. `after` and `before` are
    marks of another page; a mark that makes no sense begins at the start.
    """
    mark = _read(after or before, order)
    backwards = before is not None and mark is not None
    walk = _Walk(order, newest_first != backwards, fits, options)
    rows: list[T] = []
    for part in walk.parts(mark):
        if len(rows) <= limit:
            rows += walk.rows(query.where(*part), limit + 1 - len(rows))
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    has_before, has_after = (more, True) if backwards else (mark is not None, more)
    return Page(
        rows,
        before=_write(rows[0], order) if rows and has_before else None,
        after=_write(rows[-1], order) if rows and has_after else None,
    )


@dataclass(frozen=True)
class _Walk:
    """Through the rows of a query, in one direction of an order."""

    order: Order
    falling: bool
    fits: Fits | None
    options: Sequence[ORMOption]

    def parts(self, mark: list[Any] | None) -> Iterator[list[ColumnElement[bool]]]:
        """What is beyond the mark, in pieces of which each is one range of an index."""
        first = self.order[0]
        if not first.nullable:
            yield [] if mark is None else [self._beyond(self.order, mark)]
            return
        filled: list[ColumnElement[bool]] = [first.is_not(None)]
        empty: list[ColumnElement[bool]] = [first.is_(None)]
        pieces = [empty, filled] if self.falling else [filled, empty]
        if mark is None:
            yield from pieces
        elif mark[0] is None:
            yield [*empty, self._beyond(self.order[1:], mark[1:])]
            yield from pieces[1:] if self.falling else []
        else:
            yield [self._beyond(self.order, mark)]
            yield from [] if self.falling else pieces[1:]

    def rows(self, query: Select[T], limit: int) -> list[T]:
        if self.fits is None:
            wanted = self._ordered(query, self.order).limit(limit)
        else:
            ids = self._near(query, self.fits, limit)
            if len(ids) < limit:
                ids = self._all(query, self.fits, limit)
            if not ids:
                return []
            wanted = self._ordered(query.where(self.order[-1].in_(ids)), self.order)
        return list(db.session.scalars(wanted.options(*self.options)))

    def _near(self, query: Select[Any], fits: Fits, limit: int) -> list[int]:
        """Ids of what fits among the next few thousand rows: quick where many fit, and never slow."""
        few = aliased(self.order[-1].class_, self._ordered(query, self.order).limit(_NEAR).subquery())
        columns = [getattr(few, column.key) for column in self.order]
        found = self._ordered(select(columns[-1]).where(*fits(few)), columns)
        return list(db.session.scalars(found.limit(limit)))

    def _all(self, query: Select[Any], fits: Fits, limit: int) -> list[int]:
        """Ids of the first of all that fits, gathered before it is sorted: quick where few fit.

        Without the fence a database walks the whole order for rows that it wrongly expects to come soon.
        """
        found = query.where(*fits(self.order[-1].class_)).with_only_columns(*self.order)
        gathered = found.cte("gathered").prefix_with("MATERIALIZED")
        columns = [gathered.c[column.key] for column in self.order]
        return list(db.session.scalars(self._ordered(select(columns[-1]), columns).limit(limit)))

    def _beyond(self, columns: Order, mark: list[Any]) -> ColumnElement[bool]:
        key, edge = tuple_(*columns), tuple_(*mark, types=[column.type for column in columns])
        return key < edge if self.falling else key > edge

    def _ordered(self, query: Select[Any], columns: Sequence[Any]) -> Select[Any]:
        return query.order_by(*(column.desc() if self.falling else column.asc() for column in columns))


def _write(row: Any, order: Order) -> str:
    values = [getattr(row, column.key) for column in order]
    plain = [value.isoformat() if isinstance(value, dt.datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()


def _read(mark: str | None, order: Order) -> list[Any] | None:
    """Marks come from the address bar, so they may hold anything."""
    if not mark:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(mark.encode()))
        if not isinstance(values, list) or len(values) != len(order):
            return None
        return [_value(value, column) for value, column in zip(values, order, strict=True)]
    except (ValueError, RecursionError, OverflowError):
        return None


def _value(value: Any, column: InstrumentedAttribute[Any]) -> Any:
    """Raises ValueError: when it is nothing that this column holds on every database.

    No NUL and no half character, no more than an INTEGER holds, no time without a zone.
    """
    if value is None and column.nullable:
        return None
    if isinstance(column.type, UtcDateTime):
        return _moment(value)
    if type(value) is not column.type.python_type:
        raise ValueError(value)
    if isinstance(value, int) and not 0 <= value < _LARGEST_ID:
        raise ValueError(value)
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
        raise ValueError(value)
    return value


def _moment(value: Any) -> dt.datetime:
    at = dt.datetime.fromisoformat(value if isinstance(value, str) else "")
    if at.tzinfo is None:
        raise ValueError(value)
    return at.astimezone(dt.UTC)
