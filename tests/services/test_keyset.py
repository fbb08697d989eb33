"""Paging by key: whichever way rows are found, pages hold what fits, in order, nothing twice or left out."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.models import Assignment
from app.services import keyset
from app.services.provisioning import queries
from app.services.provisioning.queries import Life, Sort, Wanted
from app.vocabulary import AssignmentState
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


@pytest.fixture
def steps(monkeypatch):
    """What is done for a page: the length of each stretch, and `all` when all that fits is gathered."""
    for name, value in {"_NEAR": 4, "_FAR": 12, "_SURELY": 2}.items():
        monkeypatch.setattr(keyset, name, value)
    taken, stretch, gather = [], keyset._Walk._stretch, keyset._Walk._all

    def stretched(walk, query, fits, length, limit):
        taken.append(length)
        return stretch(walk, query, fits, length, limit)

    def gathered(*args):
        taken.append("all")
        return gather(*args)

    monkeypatch.setattr(keyset._Walk, "_stretch", stretched)
    monkeypatch.setattr(keyset._Walk, "_all", gathered)
    return taken


def numbers(count, *, fitting=(), **fields):
    una = make.user(name="Una")
    return [
        make.assignment(
            una,
            number=f"+1201992{n:04}",
            friendly_name="wanted" if n in fitting else "other",
            **fields,
        )
        for n in range(count)
    ]


def places(limit, **wanted):
    """The last digits of the numbers that are found."""
    page = queries.numbers_page(EVERYTHING, Wanted(search="wanted", **wanted), limit=limit)
    return [int(row.number[-4:]) for row in page.items]


@pytest.mark.parametrize(
    ("fitting", "finds", "expected"),
    [
        ({0, 1, 3}, [0, 1], [4]),
        ({0, 3, 5, 15}, [0, 3], [4, 12]),  # one more in the stretch that follows: its first rows
        ({0, 3, 4, 15}, [0, 3], [4, 12]),
        ({0, 3, 15}, [0, 3], [4, 12]),  # its last row
        ({0, 3, 16}, [0, 3], [4, 12, "all"]),  # the first row beyond it
        ({0, 16, 17, 18}, [0, 16], [4, "all"]),  # too little near to look further
        ({17, 18, 19}, [17, 18], [4, "all"]),
        ({3}, [3], [4, "all"]),
        (set(), [], [4, "all"]),
    ],
)
def test_a_list_is_looked_at_in_order_as_long_as_enough_fits(steps, fitting, finds, expected):
    numbers(20, fitting=fitting)
    assert places(2) == finds
    assert steps == expected


def test_falling_orders_walk_the_other_way(steps):
    numbers(20, fitting={19, 16, 4, 3})
    assert places(2, falling=True) == [19, 16]
    assert steps == [4, 12]


@pytest.mark.parametrize("count", [0, 3, 4, 5, 15, 16, 17])
def test_no_more_is_looked_at_than_there_is(steps, count):
    numbers(count, fitting={0, 3})
    assert places(2) == [place for place in (0, 3) if place < count]
    assert steps == ([4] if count < 4 else [4, 12] if count < 16 else [4, 12, "all"])


@pytest.mark.parametrize("falling", [False, True])
def test_rows_without_a_value_are_walked_like_the_others(steps, falling):
    """Sorted by their end, of which a running number has none: the two halves have an edge each."""
    una = make.user()
    running = [row.id for row in numbers(9, fitting=range(0, 9, 2))]
    ended = [
        make.assignment(
            una,
            number=f"+1201993{n:04}",
            friendly_name="" if n % 2 else "wanted",
            state=AssignmentState.ENDED,
            ended_at=una.created_at,
        ).id
        for n in range(9)
    ]
    fitting = [*ended[::2], *running[::2]]
    wanted = Wanted(search="wanted", life=Life.ALL, sort=Sort.END, falling=falling)
    page = queries.numbers_page(EVERYTHING, wanted, limit=20)
    assert [row.id for row in page.items] == (fitting[::-1] if falling else fitting)
    assert "all" in steps
