"""Many numbers from a CSV: read, checked, added row by row, with an outcome for each (S8 to S11, D1, D3)."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from app.access.policy import Actor
from app.access.scope import EVERYTHING
from app.clock import now
from app.db import db
from app.errors import Invalid, NotFound
from app.models import Assignment, AuditEntry, BulkRow, BulkRun
from app.services.provisioning import assignment, bulk, bulk_work
from app.services.provisioning.bulk import MovedOn, NothingToAdd
from app.vocabulary import AssignmentState, BulkState, OptIn, Role, RowOutcome
from tests import make
from tests.services.provisioning.uploads import hurry, rows, state

GOOD, ALSO_GOOD, SMS_ONLY, MESSAGING_OFF = "2019920781", "2019920782", "2019920787", "2019920788"
PENDING, NOT_OURS = "2019920791", "2019920789"


def test_a_started_upload_assigns_what_was_ready_and_leaves_the_rest(checked, staff, place, una, work):
    """S8, S9, D2; the history has one line at each end and the usual one for each number."""
    run_id = checked(f"{una},{GOOD},Front desk,SMS", f"{una},{NOT_OURS}", f"{una},{ALSO_GOOD}")
    assert bulk.start(staff.actor, staff.scope, run_id) == 2
    work()

    first, second = make.every(Assignment)
    assert (first.number, first.friendly_name, first.mms) == (f"+1{GOOD}", "Front desk", False)
    assert (second.number, second.mms, second.user_can_block) == (f"+1{ALSO_GOOD}", None, None)
    assert {first.state, second.state} == {AssignmentState.ACTIVE}
    assert first.user_id == place.user.id
    assert [outcome for outcome, _ in rows(run_id)] == [
        RowOutcome.ASSIGNED,
        RowOutcome.REFUSED,
        RowOutcome.ASSIGNED,
    ]
    said = [(line.action, line.actor, line.change) for line in make.every(AuditEntry)]
    assert said[0] == ("Numbers uploaded", staff.actor.name, {"rows": 3})
    assert said[1] == (
        "Uploaded numbers are being added",
        staff.actor.name,
        {"numbers": 2, "left_out": 1},
    )
    assert [line[:2] for line in said if line[0] == "CPaaS number added"] == [
        ("CPaaS number added", staff.actor.name)
    ] * 2
    assert ("Uploaded numbers added", "system", {"numbers": 2, "left_out": 1}) in said


def test_users_are_asked_as_if_the_number_was_added_by_hand(checked, staff, place, una, queued, work):
    """S22."""
    place.platform.user_confirmation_required = True
    make.kept(place.platform)
    run_id = checked(f"{una},{GOOD}")
    bulk.start(staff.actor, staff.scope, run_id)
    work(("bulk",))
    assert make.every(Assignment)[0].opt_in is OptIn.PENDING
    assert {name for name, _ in queued()} == {"enable_numbers", "prompt_user"}


def test_what_changed_since_the_check_is_found_when_the_row_is_added(checked, staff, una, work, carrier):
    """D1, D3: each row is checked again."""
    run_id = checked(f"{una},{GOOD}", f"{una},{ALSO_GOOD}")
    make.assignment(make.user(), number=f"+1{GOOD}")
    bulk.start(staff.actor, staff.scope, run_id)
    work(("bulk",))
    assert rows(run_id) == [
        (RowOutcome.REFUSED, f"{GOOD} is already assigned."),
        (RowOutcome.ASSIGNED, ""),
    ]
    assert state(run_id) is BulkState.DONE


def test_the_database_has_the_last_word_about_a_number(checked, staff, una, monkeypatch):
    """D1: somebody is quicker between the look and the row."""
    run_id = checked(f"{una},{GOOD}", f"{una},{ALSO_GOOD}")
    bulk.start(staff.actor, staff.scope, run_id)
    real = assignment.keep

    def quicker(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(assignment, "keep", real)
        raise assignment.NumberInUse(f"+1{GOOD}")

    monkeypatch.setattr(assignment, "keep", quicker)
    bulk_work.work(run_id)
    assert [outcome for outcome, _ in rows(run_id)] == [RowOutcome.REFUSED, RowOutcome.ASSIGNED]


def test_a_worker_that_dies_between_rows_loses_none_and_repeats_none(checked, staff, una, monkeypatch):
    """The number and its row are one transaction; the lease ends by itself."""
    run_id = checked(f"{una},{GOOD}", f"{una},{ALSO_GOOD}")
    bulk.start(staff.actor, staff.scope, run_id)
    real, calls = assignment.keep, []

    def dies(*given: Any, **more: Any) -> Any:
        kept = real(*given, **more)
        calls.append(kept)
        if len(calls) == 2:
            raise KeyboardInterrupt  # as if killed just before the commit
        return kept

    monkeypatch.setattr(assignment, "keep", dies)
    with pytest.raises(KeyboardInterrupt):
        bulk_work.work(run_id)
    assert [row.number for row in make.every(Assignment)] == [f"+1{GOOD}"]
    bulk_work.work(run_id)  # the lease still runs: nothing happens
    assert len(make.every(Assignment)) == 1

    hurry(run_id)
    assert bulk_work.due() == [run_id]
    bulk_work.work(run_id)
    assert [row.number for row in make.every(Assignment)] == [f"+1{GOOD}", f"+1{ALSO_GOOD}"]
    assert [outcome for outcome, _ in rows(run_id)] == [RowOutcome.ASSIGNED] * 2
    assert state(run_id) is BulkState.DONE


def test_a_batch_takes_a_few_rows_and_then_lets_others_have_their_turn(send, una, queued):
    count = bulk_work.BATCH + 5
    run_id = send(*(f"{una},2015550{row:03}" for row in range(100, 100 + count)))
    bulk_work.work(run_id)
    outcomes = [outcome for outcome, _ in rows(run_id)]
    assert outcomes.count(RowOutcome.UNCHECKED) == 5
    assert queued()[-1] == ("bulk_rows", {"run_id": run_id})


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"role": Role.READ_ONLY}, None])
def test_the_job_stops_for_somebody_who_may_not_add_numbers_any_more(checked, staff, una, work, change):
    run_id = checked(f"{una},{GOOD}")
    bulk.start(staff.actor, staff.scope, run_id)
    person = make.again(staff.person)
    if change is None:
        db.session.delete(person)
        db.session.commit()
        db.session.info.pop("audit", None)
    else:
        for name, value in change.items():
            setattr(person, name, value)
        make.kept(person)
    work(("bulk",))
    assert make.every(Assignment) == []
    words = f"{staff.actor.name} may not add numbers here any more."
    assert rows(run_id) == [(RowOutcome.REFUSED, words)]
    assert state(run_id) is BulkState.DONE


def test_it_acts_for_whoever_started_it(checked, staff, una, work):
    other = make.portal_user(SimpleNamespace(provider_id=staff.scope.node_id))
    run_id = checked(f"{una},{GOOD}")
    bulk.start(Actor(other.email, Role.ADMINISTRATOR, staff.scope, other.id), staff.scope, run_id)
    work(("bulk",))
    [line] = make.every(AuditEntry, action="CPaaS number added")
    assert line.actor == other.email


def test_an_upload_is_started_once_and_only_with_something_to_add(checked, send, staff, una):
    run_id = checked(f"{una},{GOOD}")
    bulk.start(staff.actor, staff.scope, run_id)
    with pytest.raises(MovedOn):
        bulk.start(staff.actor, staff.scope, run_id)
    with pytest.raises(MovedOn):
        bulk.discard(staff.actor, staff.scope, run_id)
    with pytest.raises(MovedOn):
        bulk.start(staff.actor, staff.scope, send(f"{una},{GOOD}"))


def test_an_upload_of_nothing_but_refusals_cannot_be_started(checked, staff, una):
    with pytest.raises(NothingToAdd):
        bulk.start(staff.actor, staff.scope, checked(f"{una},{NOT_OURS}"))


def test_a_discarded_upload_is_gone_and_a_job_that_held_it_stops(send, staff, una, monkeypatch, work):
    run_id = send(f"{una},{GOOD}")
    real = bulk_work.judged

    def meanwhile(*given: Any) -> Any:
        found = real(*given)
        bulk.discard(staff.actor, staff.scope, run_id)
        return found

    monkeypatch.setattr(bulk_work, "judged", meanwhile)
    work(("bulk",))
    assert make.every(BulkRun) == []
    assert make.every(BulkRow) == []
    assert make.every(AuditEntry)[-1].action == "Uploaded numbers discarded"


def test_an_upload_belongs_to_its_place(send, staff, place, una):
    run_id = send(f"{una},{GOOD}")
    for stranger in (make.at(make.provider()), make.at(place.user), EVERYTHING):
        with pytest.raises(NotFound):
            bulk.one(stranger, run_id)
        assert bulk.listed(stranger) == []
    assert [run.id for run, _ in bulk.listed(staff.scope)] == [run_id]


def test_old_uploads_are_forgotten_and_their_numbers_stay(checked, staff, una, work):
    old, young = checked(f"{una},{GOOD}"), checked(f"{una},{ALSO_GOOD}")
    bulk.start(staff.actor, staff.scope, old)
    work(("bulk",))
    run = make.every(BulkRun, id=old)[0]
    run.created_at = now() - dt.timedelta(days=91)
    make.kept(run)
    bulk.forget_old()
    assert [left.id for left in make.every(BulkRun)] == [young]
    assert {row.run_id for row in make.every(BulkRow)} == {young}
    assert len(make.every(Assignment)) == 1


def test_a_number_by_hand_says_the_same_as_a_row(assign, checked, una):
    """Both go through the same look-up: nothing is told twice in two ways."""
    with pytest.raises(Invalid) as by_hand:
        assign(NOT_OURS)
    assert rows(checked(f"{una},{NOT_OURS}"))[0][1] == by_hand.value.message
