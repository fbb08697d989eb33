"""Paging by key: no count and no offset, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.db import db

T = TypeVar("T")
_LARGEST_ID = 2**31


@dataclass(frozen=True)
class Page(Generic[T]):
    """`before` and `after` are opaque marks for the neighbouring pages; None where there is none."""

    items: list[T]
    before: str | None = None
    after: str | None = None


def page(
    query: Select[T],
    *,
    order: tuple[InstrumentedAttribute[Any], ...],
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
    newest_first: bool = False,
) -> Page[T]:
    """One page of `query` in the order of the given columns, of which the last is unique.

    `after` and `before` are marks of another page; a mark that makes no sense begins at the start.
    """
    mark = _read(after or before, [column.type.python_type for column in order])
    backwards = before is not None and mark is not None
    falling = newest_first != backwards
    if mark is not None:
        key = tuple_(*order)
        query = query.where(key < tuple_(*mark) if falling else key > tuple_(*mark))
    query = query.order_by(*(column.desc() if falling else column.asc() for column in order))
    rows = list(db.session.scalars(query.limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    names = [column.key for column in order]
    has_before, has_after = (more, True) if backwards else (mark is not None, more)
    return Page(
        rows,
        before=_write(rows[0], names) if rows and has_before else None,
        after=_write(rows[-1], names) if rows and has_after else None,
    )


def _write(row: Any, names: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([getattr(row, name) for name in names]).encode()).decode()


def _read(mark: str | None, kinds: list[type]) -> list[Any] | None:
    """Marks come from the address bar, so they may hold anything."""
    if not mark:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(mark.encode()))
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != len(kinds):
        return None
    is_mark = all(type(value) is kind and _fits(value) for value, kind in zip(values, kinds, strict=True))
    return values if is_mark else None


def _fits(value: Any) -> bool:
    """Whether every database takes it: no NUL and no half character, no more than an INTEGER holds."""
    if isinstance(value, int):
        return 0 <= value < _LARGEST_ID
    return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
