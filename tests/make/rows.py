"""Keeping a row, and looking at rows again."""

from __future__ import annotations

from itertools import count
from typing import Any, TypeVar

from sqlalchemy import inspect, select

from app.access.scope import EVERYTHING
from app.db import db

T = TypeVar("T")
serial = count(1)


def kept(row: T) -> T:
    """Committed (a rule begins with fresh reads), and no change that would need a line of history."""
    db.session.add(row)
    db.session.commit()
    db.session.info.pop("audit", None)
    return row


def again(row: T) -> T:
    """The row as it stands in the database now."""
    db.session.rollback()
    found = every(type(row), id=row.id)  # type: ignore[attr-defined]
    assert found, f"{row!r} is gone"
    return found[0]


def every(model: type[T], **fields: Any) -> list[T]:
    """All rows of a table, or those with these values, oldest first."""
    db.session.rollback()
    query = select(model).filter_by(**fields).order_by(*inspect(model).primary_key)  # type: ignore[attr-defined]
    return list(db.session.scalars(query, execution_options={"scope": EVERYTHING, "populate_existing": True}))
