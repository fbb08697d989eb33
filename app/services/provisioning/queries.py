"""What the numbers tab and a number's page show (S15, S16)."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_
from sqlalchemy.orm import joinedload

from app.access.scope import EVERYTHING, Scope, missing, visible
from app.db import db, end_read
from app.models import Assignment, Platform
from app.phone import as_searched
from app.services.keyset import Fits, Order, Page, page
from app.services.search_index import contains
from app.vocabulary import AssignmentState

_SHOWN = (joinedload(Assignment.user), joinedload(Assignment.stream), joinedload(Assignment.platform))
_LISTED = (joinedload(Assignment.platform), joinedload(Assignment.provider))
_BATCH = 1_000


class Life(enum.StrEnum):
    """Which numbers a list shows: those that somebody has, those that somebody had, or both."""

    RUNNING = "running"
    ENDED = "ended"
    ALL = "all"


class Sort(enum.StrEnum):
    NUMBER = "number"
    HOLDER = "holder"
    NAME = "name"
    END = "end"


_ORDERS: dict[Sort, Order] = {
    Sort.NUMBER: (Assignment.number, Assignment.id),
    Sort.HOLDER: (Assignment.holder_name, Assignment.id),
    Sort.NAME: (Assignment.shown_name, Assignment.id),
    Sort.END: (Assignment.ended_at, Assignment.id),
}


@dataclass(frozen=True)
class Wanted:
    """Which numbers of a place, and in which order."""

    search: str = ""
    life: Life = Life.RUNNING
    state: AssignmentState | None = None
    mms: bool | None = None
    platform_id: int | None = None
    sort: Sort = Sort.NUMBER
    falling: bool = False


def numbers_page(
    scope: Scope, wanted: Wanted, *, after: str | None = None, before: str | None = None, limit: int = 50
) -> Page[Assignment]:
    """The numbers at this place and below, with their platforms and providers."""
    return page(
        _living(scope, wanted),
        order=_ORDERS[wanted.sort],
        after=after,
        before=before,
        limit=limit,
        newest_first=wanted.falling,
        fits=_fits(wanted),
        options=_LISTED,
    )


def numbers_in_batches(scope: Scope, wanted: Wanted) -> Iterator[list[Assignment]]:
    """All of them, a thousand at a time: neither memory nor a transaction grows with their count.

    For a thread of its own session's: what was read before is forgotten after each batch.
    """
    mark, fits = None, _fits(wanted)
    query = _living(scope, wanted).where(*(fits(Assignment) if fits else []))
    while True:
        batch = page(
            query,
            order=_ORDERS[wanted.sort],
            after=mark,
            limit=_BATCH,
            newest_first=wanted.falling,
            options=_LISTED,
        )
        yield batch.items
        db.session.expunge_all()
        end_read()
        mark = batch.after
        if mark is None:
            return


def number(scope: Scope, assignment_id: int) -> Assignment:
    """One assignment with its holder and platform. Raises NotFound."""
    query = visible(Assignment, scope).options(*_SHOWN)
    found = db.session.scalar(query.where(Assignment.id == assignment_id))
    if found is None:
        raise missing(Assignment, assignment_id)
    return found


def numbers_of_user(scope: Scope) -> list[Assignment]:
    """All assignments of a user, running ones first."""
    query = visible(Assignment, scope).options(*_SHOWN)
    return list(db.session.scalars(query.order_by(Assignment.ended_at.is_not(None), Assignment.number)))


def _living(scope: Scope, wanted: Wanted) -> Select[Any]:
    query: Select[Any] = visible(Assignment, scope)
    return query.where(Assignment.ended_at.is_(None)) if wanted.life is Life.RUNNING else query


def _fits(wanted: Wanted) -> Fits | None:
    """Conditions that nearly all numbers may meet, or hardly any; None when there are none."""
    without_mms = _platforms_without_mms() if wanted.mms is not None else []

    def conditions(of: Any) -> list[ColumnElement[bool]]:
        found = []
        if wanted.search.strip():
            found.append(contains(of.search_text, as_searched(wanted.search)))
        if wanted.life is Life.ENDED:
            found.append(of.state == AssignmentState.ENDED)
        if wanted.state is not None:
            found.append(of.state == wanted.state)
        if wanted.mms is True:
            found += [of.mms.is_not(False), of.platform_id.not_in(without_mms)]
        if wanted.mms is False:
            found.append(or_(of.mms.is_(False), of.platform_id.in_(without_mms)))
        if wanted.platform_id is not None:
            found.append(of.platform_id == wanted.platform_id)
        return found

    return conditions if conditions(Assignment) else None


def _platforms_without_mms() -> list[int]:
    """Their numbers are SMS whatever they say themselves (S9)."""
    query = visible(Platform, EVERYTHING).where(Platform.mms_available.is_(False))
    return list(db.session.scalars(query.with_only_columns(Platform.id)))
