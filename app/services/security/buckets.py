"""What is counted together, and how few rows there can be whatever somebody sends. Pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from app.vocabulary import ActorKind, SecurityEventKind

ROWS_PER_HOUR = 200  # of one kind; what comes then is counted in one row without address and account
ACTORS_PER_ADDRESS = 20  # of one kind and hour; then the address has one row for all other accounts


@dataclass(frozen=True)
class Who:
    """An account, or the name with which somebody tried to sign in (`is_claimed`): it may have no account."""

    kind: ActorKind = ActorKind.NOBODY
    name: str = field(default="", repr=False)
    id: int | None = None
    is_claimed: bool = False


NOBODY, SEVERAL = Who(), Who(ActorKind.SEVERAL)


class Bucket(NamedTuple):
    """One row: what is counted together. `hour` begins it (UTC), `address` is as `addresses.counted_as`."""

    hour: dt.datetime
    kind: SecurityEventKind
    address: str
    actor_kind: ActorKind
    actor: str


@dataclass(frozen=True)
class Tally:
    """How often, from when to when, and the route that was asked last."""

    count: int
    first_at: dt.datetime
    last_at: dt.datetime
    route: str = ""
    actor_id: int | None = None

    def __add__(self, other: Tally) -> Tally:
        newest = max(self, other, key=lambda one: one.last_at)
        return replace(
            newest,
            count=self.count + other.count,
            first_at=min(self.first_at, other.first_at),
            actor_id=newest.actor_id,
        )


def hour_of(at: dt.datetime) -> dt.datetime:
    """The beginning of the hour of a moment, both in UTC."""
    return at.replace(minute=0, second=0, microsecond=0)


def folded(wanted: Mapping[Bucket, Tally], existing: set[Bucket]) -> dict[Bucket, Tally]:
    """The same counts, in no more rows than there may be. `existing`: the rows of these hours and kinds."""
    rows = set(existing)
    of_kind: dict[tuple[dt.datetime, SecurityEventKind], int] = {}
    of_address: dict[tuple[dt.datetime, SecurityEventKind, str], int] = {}

    def note(row: Bucket) -> None:
        rows.add(row)
        of_kind[row[:2]] = of_kind.get(row[:2], 0) + 1
        of_address[row[:3]] = of_address.get(row[:3], 0) + 1

    for row in existing:
        note(row)
    found: dict[Bucket, Tally] = {}
    for bucket, tally in sorted(wanted.items()):
        row, counted = bucket, tally
        if row not in rows and of_address.get(row[:3], 0) >= ACTORS_PER_ADDRESS:
            row = row._replace(actor_kind=ActorKind.SEVERAL, actor="")
        if row not in rows and of_kind.get(row[:2], 0) >= ROWS_PER_HOUR:
            row = row._replace(address="", actor_kind=ActorKind.SEVERAL, actor="")
        if row is not bucket:
            counted = replace(tally, actor_id=None)
        if row not in rows:
            note(row)
        found[row] = found[row] + counted if row in found else counted
    return found
