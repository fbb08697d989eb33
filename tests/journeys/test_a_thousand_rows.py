"""A thousand rows while the carrier says "try again" now and then, and a worker is killed (D1, D2)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, place_of, visible
from app.db import db
from app.models import Assignment, BulkRow, BulkRun, PortalUser, User
from app.services.provisioning import bulk
from app.services.provisioning.bulk import Upload
from app.vocabulary import AssignmentState, BulkState, RowOutcome
from tests.processes import eventually
from tests.running import Portal

pytestmark = pytest.mark.processes
ROWS, FIRST, WITHIN = 1_000, 2013300000, 600


@pytest.fixture(autouse=True)
def _no_faults(portal: Portal) -> Iterator[None]:
    yield
    portal.sandbox.clear_faults()


def test_a_thousand_rows_are_checked_and_added_once_each(portal: Portal, record_property: Any) -> None:
    portal.sandbox.add_numbers("demo", str(FIRST), ROWS)
    portal.sandbox.fault("answer_431", every=12)
    began = time.monotonic()
    actor, place, run_id = _upload(portal)
    eventually(lambda: _state(portal, run_id) is BulkState.CHECKED, WITHIN)
    checked = time.monotonic()
    assert _outcomes(portal, run_id) == {RowOutcome.READY: ROWS}

    with portal.app():
        bulk.start(actor, place, run_id)
    eventually(lambda: _outcomes(portal, run_id).get(RowOutcome.ASSIGNED, 0) > ROWS // 5, WITHIN)
    portal.kill("worker-provisioning")
    eventually(lambda: _state(portal, run_id) is BulkState.DONE, WITHIN)
    added = time.monotonic()
    assert _outcomes(portal, run_id) == {RowOutcome.ASSIGNED: ROWS}
    eventually(lambda: _active(portal) == ROWS, WITHIN)
    steps = {"checked": checked - began, "added": added - checked, "active": time.monotonic() - added}
    took = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in steps.items())
    record_property("tried", f"{ROWS} rows: {took}")

    hooks = Counter(hook["tn"][-10:] for hook in portal.sandbox.webhooks("demo"))
    assert {hooks[str(FIRST + row)] for row in range(ROWS)} == {1}


def _upload(portal: Portal) -> tuple[Actor, Scope, int]:
    with portal.app():
        person = db.session.scalars(
            visible(PortalUser, EVERYTHING).where(PortalUser.email == "provider@example.com")
        ).one()
        place = place_of(person)
        actor = Actor(person.email, person.role, place, person.id)
        users = [user.broadworks_id for user in db.session.scalars(visible(User, place))]
        file = "\n".join(f"{users[row % len(users)]},{FIRST + row}" for row in range(ROWS))
        return actor, place, bulk.upload(actor, place, Upload("many.csv", file.encode()))


def _state(portal: Portal, run_id: int) -> BulkState:
    with portal.app():
        return db.session.scalars(visible(BulkRun, EVERYTHING).where(BulkRun.id == run_id)).one().state


def _outcomes(portal: Portal, run_id: int) -> dict[RowOutcome, int]:
    with portal.app():
        counted = select(BulkRow.outcome, func.count()).where(BulkRow.run_id == run_id)
        return {row[0]: row[1] for row in db.session.execute(counted.group_by(BulkRow.outcome))}


def _active(portal: Portal) -> int:
    with portal.app():
        query = visible(Assignment, EVERYTHING).where(
            Assignment.number.like("+1201330%"), Assignment.state == AssignmentState.ACTIVE
        )
        return len(list(db.session.scalars(query.with_only_columns(Assignment.id))))
