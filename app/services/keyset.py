"""Paging by key: no count and no offset, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.orm.interfaces import ORMOption

from app.db import UtcDateTime, db

T = TypeVar("T")
Order = tuple[InstrumentedAttribute[Any], ...]
Part = list[ColumnElement[bool]]
Fits = Callable[[Any], Part]
_LARGEST_ID = 2**31
# Rows that are looked at in their order before all that fit are gathered: at first, and when enough fit.
_NEAR, _FAR = 2_000, 20_000
_SURELY = 2  # going on must promise this many times what is missing


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
            rows += walk.rows(query, part, limit + 1 - len(rows))
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

    def parts(self, mark: list[Any] | None) -> Iterator[Part]:
        """What is beyond the mark, in pieces of which each is one range of an index."""
        first = self.order[0]
        if not first.nullable:
            yield [] if mark is None else [self._beyond(self.order, mark)]
            return
        filled: Part = [first.is_not(None)]
        empty: Part = [first.is_(None)]
        pieces = [empty, filled] if self.falling else [filled, empty]
        if mark is None:
            yield from pieces
        elif mark[0] is None:
            yield [*empty, self._beyond(self.order[1:], mark[1:])]
            yield from pieces[1:] if self.falling else []
        else:
            yield [self._beyond(self.order, mark)]
            yield from [] if self.falling else pieces[1:]

    def rows(self, query: Select[T], part: Part, limit: int) -> list[T]:
        if self.fits is None:
            wanted = self._ordered(query.where(*part), self.order).limit(limit)
        else:
            ids = self._ids(query, part, self.fits, limit)
            if not ids:
                return []
            wanted = self._ordered(query.where(self.order[-1].in_(ids)), self.order)
        return list(db.session.scalars(wanted.options(*self.options)))

    def _ids(self, query: Select[Any], part: Part, fits: Fits, limit: int) -> list[int]:
        """Ids of the first that fit: in their order as long as that finds enough, else out of all."""
        ids, edge = self._stretch(query.where(*part), fits, _NEAR, limit)
        if edge is not None and len(ids) * _FAR >= _SURELY * (limit - len(ids)) * _NEAR:
            part = next(self.parts(edge))
            more, edge = self._stretch(query.where(*part), fits, _FAR, limit - len(ids))
            ids += more
        if edge is not None:
            part = next(self.parts(edge))
            ids += self._all(query.where(*part), fits, limit - len(ids))
        return ids

    def _stretch(
        self, query: Select[Any], fits: Fits, length: int, limit: int
    ) -> tuple[list[int], list[Any] | None]:
        """Ids of what fits among the next rows, and the mark of the last row when more is to be looked at.

        Quick where many fit, since it ends with the last that is wanted, and never slow.
        """
        place = func.row_number().over(order_by=self._directed(self.order)).label("place")
        part = self._ordered(query, self.order).add_columns(place).limit(length).subquery()
        few = aliased(self.order[-1].class_, part)
        columns = [getattr(few, column.key) for column in self.order]
        fitting = and_(*fits(few))
        seen = select(fitting, part.c.place, *columns).where(or_(fitting, part.c.place == length))
        rows = db.session.execute(self._ordered(seen, columns).limit(limit)).all()
        ids = [row[-1] for row in rows if row[0]]
        is_at_edge = len(ids) < limit and bool(rows) and rows[-1].place == length
        return ids, list(rows[-1][2:]) if is_at_edge else None

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
        return query.order_by(*self._directed(columns))

    def _directed(self, columns: Sequence[Any]) -> list[ColumnElement[Any]]:
        return [column.desc() if self.falling else column.asc() for column in columns]


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
