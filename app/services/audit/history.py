"""The History Log of a place: what was done there and below, narrowed as somebody asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select

from app.access.scope import EVERYTHING, Scope, visible
from app.db import db, end_read
from app.models import AuditEntry
from app.services.audit.record import Action
from app.services.keyset import Page, page
from app.services.search_index import pattern

# Lines are numbered as they are written, not exactly as their times go.
_SLACK = dt.timedelta(hours=1)
_BATCH = 1000


@dataclass(frozen=True)
class Wanted:
    """What the log is narrowed to; "" and None ask for all. `until` is the first moment that is not."""

    person: str = ""
    target: str = ""
    action: Action | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def __bool__(self) -> bool:
        return self != Wanted()


def history_page(
    scope: Scope, wanted: Wanted = Wanted(), *, after: str | None = None, before: str | None = None
) -> Page[AuditEntry]:
    """Newest first."""
    return _page(scope, wanted, after=after, before=before)


def history_in_batches(scope: Scope, wanted: Wanted) -> Iterator[list[AuditEntry]]:
    """All of it, a thousand lines at a time: neither memory nor a transaction grows with their count.

    For a thread of its own session's: what was read before is forgotten after each batch.
    """
    mark = None
    while True:
        batch = _page(scope, wanted, after=mark, limit=_BATCH)
        yield batch.items
        db.session.expunge_all()
        end_read()
        mark = batch.after
        if mark is None:
            return


def _page(scope: Scope, wanted: Wanted, **more: Any) -> Page[AuditEntry]:
    query = visible(AuditEntry, scope).where(*_between(wanted))
    fits = None
    if wanted.person.strip() or wanted.target.strip() or wanted.action:
        fits = lambda model: _fits(model, wanted)  # noqa: E731
    return page(query, order=(AuditEntry.id,), newest_first=True, fits=fits, **more)


def _fits(model: Any, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = []
    for column, typed in ((model.actor, wanted.person), (model.target, wanted.target)):
        if typed.strip():
            conditions.append(column.ilike(pattern(typed), escape="\\"))
    if wanted.action:
        conditions.append(model.action == wanted.action.value)
    return conditions


def _between(wanted: Wanted) -> list[ColumnElement[bool]]:
    """The times, and the line numbers in which they lie: the log is walked by number."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
        first = _first_from(wanted.since - _SLACK)
        conditions += [] if first is None else [AuditEntry.id >= first]
    if wanted.until is not None:
        conditions.append(AuditEntry.at < wanted.until)
        first = _first_from(wanted.until + _SLACK)
        conditions += [] if first is None else [AuditEntry.id < first]
    return conditions


def _first_from(moment: dt.datetime) -> int | None:
    query: Select[Any] = visible(AuditEntry, EVERYTHING).where(AuditEntry.at >= moment)
    return db.session.scalar(query.with_only_columns(AuditEntry.id).order_by(AuditEntry.at).limit(1))
