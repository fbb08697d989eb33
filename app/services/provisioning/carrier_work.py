"""A number is claimed with a lease while its carrier is asked; a killed worker's claim runs out by itself."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field

from sqlalchemy import or_, update

from app.access.scope import EVERYTHING, fetch
from app.carriers.base import Carrier
from app.carriers.registry import receiver_header
from app.clock import now
from app.db import db, transactional
from app.models import Assignment, Platform
from app.services.provisioning import platforms
from app.vocabulary import AssignmentState

# Longer than one step at the carrier may take (registering reads back as well); each step renews it.
LEASE = dt.timedelta(seconds=32)


class ClaimLost(Exception):
    """Somebody deleted the number, or another worker has it: stop without a word."""


@dataclass(frozen=True)
class Work:
    """What one job needs, copied out of the database so that no transaction is open."""

    assignment_id: int
    claim: str
    number: str
    takes_over: bool
    key_version: int
    url: str
    header_name: str
    header_value: str = field(repr=False)
    carrier: Carrier = field(repr=False)
    state: AssignmentState = AssignmentState.PROVISIONING


@transactional
def claim(assignment_id: int, state: AssignmentState) -> Work | None:
    """Take the row for one lease; None when it is not due, in another state, or taken."""
    mark = secrets.token_hex(8)
    taken = db.session.execute(
        update(Assignment)
        .where(Assignment.id == assignment_id, Assignment.state == state, Assignment.due_at <= now())
        .where(or_(Assignment.claimed_until.is_(None), Assignment.claimed_until < now()))
        .values(claim=mark, claimed_until=now() + LEASE, tries=Assignment.tries + 1),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    row = fetch(Assignment, assignment_id, EVERYTHING)
    platform = fetch(Platform, row.platform_id, EVERYTHING)
    return Work(
        assignment_id=row.id,
        claim=mark,
        number=row.number,
        takes_over=row.takes_over,
        key_version=platform.key_version,
        url=platforms.receiver_url(platform),
        header_name=receiver_header(platform.carrier),
        header_value=platform.receiver_header_key or "",
        carrier=platforms.carrier_of(platform),
        state=state,
    )


@transactional
def renew(work: Work) -> None:
    """Another lease from now on, before each step. Raises ClaimLost."""
    held = db.session.execute(
        update(Assignment)
        .where(
            Assignment.id == work.assignment_id,
            Assignment.claim == work.claim,
            Assignment.state == work.state,
        )
        .values(claimed_until=now() + LEASE),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        raise ClaimLost


def mine(work: Work) -> Assignment | None:
    """The row, locked, if the claim still stands."""
    row = fetch(Assignment, work.assignment_id, EVERYTHING, lock=True)
    if row.claim != work.claim or row.state is not work.state:
        return None
    row.claim = row.claimed_until = None
    return row
