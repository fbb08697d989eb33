"""Paging by key: whichever way rows are found, pages hold what fits, in order, nothing twice or left out."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.models import Assignment
from app.services import keyset
from tests import make

ORDERS = {
    "number": (Assignment.number, Assignment.id),
    "end": (Assignment.ended_at, Assignment.id),  # holds nothing in many rows
}


@pytest.fixture(params=[(1, 1), (3, 4), (4, 30), (50, 1)], ids=str)
def _stretches(request, monkeypatch):
    """Stretches so short that every page crosses their edges."""
    monkeypatch.setattr(keyset, "_NEAR", request.param[0])
    monkeypatch.setattr(keyset, "_FAR", request.param[1])


@pytest.fixture
def rows():
    una = make.user()
    own = random.Random(7)
    for serial in range(40):
        ended = now() - dt.timedelta(days=own.randrange(5)) if own.random() < 0.5 else None
        number = f"+1201992{own.randrange(10_000):04}"
        make.assignment(
            una, number=number, ended_at=ended, friendly_name=f"fits {serial}" if serial % 3 else None
        )
    return make.every(Assignment)


def fitting(model):
    return [model.friendly_name.is_not(None)]


def walk(order, falling, fits, backwards=False):
    """The ids of all pages of three, one after the other."""
    found, mark = [], None
    if backwards:
        last = walk_pages(order, falling, fits)[-1]
        found, mark = [row.id for row in last.items], last.before
        while mark:
            page = ask(order, falling, fits, before=mark)
            found = [row.id for row in page.items] + found
            mark = page.before
        return found
    return [row.id for page in walk_pages(order, falling, fits) for row in page.items]


def walk_pages(order, falling, fits):
    pages = [ask(order, falling, fits)]
    while pages[-1].after:
        pages.append(ask(order, falling, fits, after=pages[-1].after))
    return pages


def ask(order, falling, fits, **marks):
    query = visible(Assignment, EVERYTHING)
    return keyset.page(query, order=ORDERS[order], limit=3, newest_first=falling, fits=fits, **marks)


def expected(rows, order, falling, fits):
    """Sorted by hand: rows without a value come last, or first when falling."""
    column = ORDERS[order][0].key

    def key(row):
        value = getattr(row, column)
        return (value is None, value or now(), row.id) if order == "end" else (value, row.id)

    chosen = [row for row in rows if fits is None or row.friendly_name is not None]
    return [row.id for row in sorted(chosen, key=key, reverse=falling)]


@pytest.mark.usefixtures("_stretches", "db")
@pytest.mark.parametrize("fits", [None, fitting], ids=["all", "some"])
@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("order", ORDERS)
def test_the_pages_one_after_the_other_are_everything_once(order, falling, fits, request):
    rows = request.getfixturevalue("rows")
    wanted = expected(rows, order, falling, fits)
    assert walk(order, falling, fits) == wanted
    assert walk(order, falling, fits, backwards=True) == wanted


@pytest.mark.usefixtures("_stretches", "db")
def test_where_nothing_fits_the_page_is_empty(request):
    request.getfixturevalue("rows")
    page = ask("number", False, lambda model: [model.friendly_name == "no such name"])
    assert (page.items, page.before, page.after) == ([], None, None)
