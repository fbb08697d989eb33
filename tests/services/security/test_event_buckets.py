"""However many different requests somebody sends, there are few rows, and no request is missing in them."""

import datetime as dt
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.services.security.buckets import (
    ACTORS_PER_ADDRESS,
    ROWS_PER_HOUR,
    Bucket,
    Tally,
    folded,
    hour_of,
)
from app.vocabulary import ActorKind, SecurityEventKind

AT = dt.datetime(2027, 3, 1, 12, 30, tzinfo=dt.UTC)
KINDS = [SecurityEventKind.FAILED_SIGN_IN, SecurityEventKind.FOREIGN_ROW]
buckets = st.builds(
    Bucket,
    st.sampled_from([hour_of(AT), hour_of(AT) + dt.timedelta(hours=1)]),
    st.sampled_from(KINDS),
    st.integers(0, 60).map(lambda n: f"192.0.2.{n}"),
    st.just(ActorKind.UNKNOWN),
    st.integers(0, 60).map(str),
)


def of(count: int = 1) -> Tally:
    return Tally(count, AT, AT)


@given(st.lists(st.dictionaries(buckets, st.integers(1, 9), max_size=300), max_size=4))
def test_no_count_is_lost_and_rows_are_few(rounds):
    existing: set[Bucket] = set()
    wanted: Counter[tuple[object, ...]] = Counter()
    kept: Counter[tuple[object, ...]] = Counter()
    for one in rounds:
        rows = folded({bucket: of(n) for bucket, n in one.items()}, existing)
        existing |= set(rows)
        for bucket, n in one.items():
            wanted[bucket[:2]] += n
        for bucket, tally in rows.items():
            kept[bucket[:2]] += tally.count
    assert kept == wanted
    assert max(Counter(b[:2] for b in existing).values(), default=0) <= ROWS_PER_HOUR + 1
    named = Counter(b[:3] for b in existing if b.actor_kind is not ActorKind.SEVERAL)
    assert max(named.values(), default=0) <= ACTORS_PER_ADDRESS


def test_a_row_that_is_there_is_counted_on_however_many_there_are():
    first = Bucket(hour_of(AT), KINDS[0], "192.0.2.1", ActorKind.STAFF, "ada@x.example")
    crowd = {first._replace(address=f"10.0.{n // 250}.{n % 250}") for n in range(ROWS_PER_HOUR + 50)}
    assert set(folded({first: of()}, {first, *crowd})) == {first}


def test_counts_add_up_with_the_first_and_the_last_moment():
    early, late = Tally(2, AT, AT, "a"), Tally(3, AT - dt.timedelta(1), AT + dt.timedelta(1), "b")
    assert early + late == Tally(5, AT - dt.timedelta(1), AT + dt.timedelta(1), "b")
