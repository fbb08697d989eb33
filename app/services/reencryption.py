"""What is encrypted is written again with the first of ENCRYPTION_KEYS (D6), while work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, LargeBinary, Table, select, type_coerce, update

from app.access.scope import EVERYTHING
from app.config import settings
from app.db import Base, EncryptedText, db, transactional

_AT_ONCE = 500  # rows of one transaction
_ANY = {"scope": EVERYTHING}


@dataclass(frozen=True)
class Renewed:
    """What became of one column: values written anew, and those that none of our keys can read."""

    column: str
    written: int
    unreadable: int


def renew() -> Iterator[Renewed]:
    """Write each value again that another key than the first one encrypted; column by column, in small steps.

    Rows that somebody writes meanwhile are left as that person wrote them. It can be stopped and begun again.
    """
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, EncryptedText):
                yield _renew_column(table, column)


def _renew_column(table: Table, column: Column[Any]) -> Renewed:
    written = unreadable = after = 0
    while True:
        last, done, lost = _step(table, column, after)
        written, unreadable = written + done, unreadable + lost
        if last is None:
            return Renewed(f"{table.name}.{column.name}", written, unreadable)
        after = last


@transactional
def _step(table: Table, column: Column[Any], after: int) -> tuple[int | None, int, int]:
    """The last id that was looked at, None at the end; how many were written, how many nobody can read."""
    first, *_others = keys = [Fernet(key) for key in settings().encryption_keys]
    raw = type_coerce(column, LargeBinary)
    query = select(table.c.id, raw).where(table.c.id > after, column.is_not(None))
    rows = db.session.execute(query.order_by(table.c.id).limit(_AT_ONCE), execution_options=_ANY).all()
    written = unreadable = 0
    for row_id, value in rows:
        try:
            again = None if _reads(first, value) else MultiFernet(keys).rotate(value)
        except InvalidToken:
            unreadable += 1
            continue
        if again is not None:
            same = (table.c.id == row_id, raw == value)
            changed = update(table).where(*same).values({column: type_coerce(again, LargeBinary)})
            written += db.session.execute(changed, execution_options=_ANY).rowcount  # type: ignore[attr-defined]
    return rows[-1][0] if rows else None, written, unreadable


def _reads(key: Fernet, value: bytes) -> bool:
    try:
        key.decrypt(value)
    except InvalidToken:
        return False
    return True
