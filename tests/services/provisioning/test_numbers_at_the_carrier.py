"""The work at the carrier behind a number: set up, adopt, take over, remove (S11, D2, D4)."""

import datetime as dt
import threading

import pytest

from app.clock import now
from app.models import AuditEntry
from app.services.provisioning import assignment as assignments
from app.services.provisioning import enabling, platforms
from app.services.provisioning.assignment import WrongState
from app.vocabulary import AssignmentState, FailureKind
from tests import make
from tests.processes import eventually

ACTIVE, FAILED, PROVISIONING = AssignmentState.ACTIVE, AssignmentState.FAILED, AssignmentState.PROVISIONING
GOOD, OTHER_SYSTEM = "2019920781", "2019920793"


def urls(carrier, number=GOOD):
    return [hook["webhookUrl"] for hook in carrier.webhooks("test", number)]


def test_a_number_becomes_active_with_our_webhook_at_the_carrier(assign, enable, carrier, place):
    """S11, D2."""
    given = enable(assign(GOOD))

    assert (given.state, given.registered_key_version) == (ACTIVE, 1)
    assert urls(carrier) == [platforms.receiver_url(make.again(place.platform))]
    assert carrier.webhooks("test", GOOD)[0]["headerName"] == "X-Receiver-Key"
    assert make.every(AuditEntry)[-1].action == "CPaaS number active"


def test_a_webhook_that_is_there_already_is_adopted(assign, enable, carrier):
    """D2: what a killed worker had registered is not registered twice."""
    given = enable(assign(GOOD))
    given.state = PROVISIONING
    make.kept(given)

    assert enable(given).state is ACTIVE
    assert carrier.state()["counts"]["configureAuthorization"] == 1


def test_a_registration_whose_answer_was_lost_is_found_and_counted_once(assign, enable, carrier, due_now):
    """D2: silent, then adopt."""
    carrier.fault("hang_after", "configureAuthorization", times=1, seconds=0.2)
    given = enable(assign(GOOD))
    assert given.state is PROVISIONING
    assert given.due_at > now()

    due_now(given)
    assert enable(given).state is ACTIVE
    assert len(urls(carrier)) == 1
    assert carrier.state()["carried_out"]["configureAuthorization"] == 1


def test_a_registration_that_never_arrived_is_made_again(assign, enable, carrier, due_now):
    carrier.fault("hang_before", "configureAuthorization", times=1, seconds=0.2)
    given = enable(assign(GOOD))
    due_now(given)
    assert enable(given).state is ACTIVE
    assert len(urls(carrier)) == 1


@pytest.mark.parametrize("fault", ["answer_431", "answer_500", "babble"])
def test_a_carrier_in_trouble_is_asked_again_later(assign, enable, carrier, due_now, fault):
    given = assign(GOOD)
    carrier.fault(fault)
    waiting = enable(given)
    assert (waiting.state, waiting.tries) == (PROVISIONING, 1)
    assert dt.timedelta(seconds=5) < waiting.due_at - now() <= dt.timedelta(seconds=10)
    assert waiting.failure_reason

    carrier.clear_faults()
    assert enable(waiting).state is PROVISIONING, "it is not due yet"
    due_now(waiting)
    assert enable(waiting).state is ACTIVE


def test_after_a_dozen_tries_it_is_failed_and_can_be_retried(assign, enable, carrier, due_now, place):
    given = assign(GOOD)
    carrier.fault("answer_431")
    for _ in range(12):
        due_now(given)
        given = enable(given)
    assert (given.state, given.failure_kind) == (FAILED, None)
    assert given.failure_reason

    carrier.clear_faults()
    assignments.retry(place.actor, place.scope, given.id)
    assert enable(given).state is ACTIVE


def test_refused_keys_fail_at_once_with_their_kind(assign, enable, carrier, place):
    given = assign(GOOD)
    carrier.fault("refuse_logins", "selectAuthorization")
    failed = enable(given)
    assert (failed.state, failed.failure_kind) == (FAILED, FailureKind.KEYS_REFUSED)
    assert make.every(AuditEntry)[-1].action == "CPaaS number failed"


def test_a_number_that_another_system_receives_fails_and_names_its_host(assign, enable, carrier):
    """D2."""
    failed = enable(assign(OTHER_SYSTEM))
    assert (failed.state, failed.failure_kind) == (FAILED, FailureKind.OTHER_SYSTEM)
    assert "sms.other-system.example" in failed.failure_reason
    assert urls(carrier, OTHER_SYSTEM) == ["https://sms.other-system.example/inbound"]


def test_retry_alone_does_not_take_a_number_from_another_system(assign, enable, carrier, place):
    """D2: Take over is a decision of its own."""
    failed = enable(assign(OTHER_SYSTEM))
    assignments.retry(place.actor, place.scope, failed.id)
    assert enable(failed).state is FAILED
    assert urls(carrier, OTHER_SYSTEM) == ["https://sms.other-system.example/inbound"]


def test_take_over_puts_our_webhook_in_the_place_of_the_other(assign, enable, carrier, place):
    """D2."""
    failed = enable(assign(OTHER_SYSTEM))
    assignments.take_over(place.actor, place.scope, failed.id)
    taken = enable(failed)
    assert (taken.state, taken.takes_over) == (ACTIVE, False)
    assert urls(carrier, OTHER_SYSTEM) == [platforms.receiver_url(make.again(place.platform))]
    assert "CPaaS number taken over" in [entry.action for entry in make.every(AuditEntry)]


@pytest.mark.parametrize("state", [s for s in AssignmentState if s is not FAILED])
def test_only_a_failed_number_is_retried(place, state):
    given = make.assignment(place.user, state=state)
    with pytest.raises(WrongState):
        assignments.retry(place.actor, place.scope, given.id)


@pytest.mark.parametrize("kind", [None, FailureKind.KEYS_REFUSED, FailureKind.CARRIER_REFUSED])
def test_there_is_nothing_to_take_over_where_no_other_system_was_met(place, kind):
    given = make.assignment(place.user, state=FAILED, failure_kind=kind)
    with pytest.raises(WrongState):
        assignments.take_over(place.actor, place.scope, given.id)
    assert make.again(given).takes_over is False


def test_a_deleted_number_is_removed_at_the_carrier_and_only_then_free(
    assign, enable, carrier, place, queued
):
    """D4."""
    given = enable(assign(GOOD))
    assignments.release(place.actor, place.scope, given.id)

    releasing = make.again(given)
    assert (releasing.state, releasing.ended_at) == (AssignmentState.RELEASING, None)
    assert releasing.release_requested_at is not None
    assert {"release_number", "erase_number"} <= {name for name, _ in queued()}
    with pytest.raises(assignments.NumberInUse):
        assign(GOOD)

    enabling.release(given.id)
    ended = make.again(given)
    assert (ended.state, urls(carrier)) == (AssignmentState.ENDED, [])
    assert ended.ended_at is not None
    assert assign(GOOD).id != given.id


@pytest.mark.parametrize("fault", ["answer_431", "babble", "answer_500", "refuse_logins"])
def test_a_removal_is_tried_until_it_succeeds(assign, enable, carrier, place, due_now, fault):
    """D4: it never fails for good, whatever the carrier says."""
    given = enable(assign(GOOD))
    assignments.release(place.actor, place.scope, given.id)
    carrier.fault(fault)
    for _ in range(14):
        due_now(given)
        enabling.release(given.id)
    assert make.again(given).state is AssignmentState.RELEASING

    carrier.clear_faults()
    due_now(given)
    enabling.release(given.id)
    assert make.again(given).state is AssignmentState.ENDED
    assert urls(carrier) == []


def test_a_removal_whose_answer_was_lost_ends_all_the_same(assign, enable, carrier, place, due_now):
    given = enable(assign(GOOD))
    assignments.release(place.actor, place.scope, given.id)
    carrier.fault("hang_after", "removeAuthorization", times=1, seconds=0.2)
    enabling.release(given.id)
    due_now(given)
    enabling.release(given.id)
    assert make.again(given).state is AssignmentState.ENDED


def test_deleting_a_failed_number_leaves_the_other_systems_webhook_alone(assign, enable, carrier, place):
    failed = enable(assign(OTHER_SYSTEM))
    assignments.release(place.actor, place.scope, failed.id)
    enabling.release(failed.id)
    assert make.again(failed).state is AssignmentState.ENDED
    assert urls(carrier, OTHER_SYSTEM) == ["https://sms.other-system.example/inbound"]


def test_two_workers_at_once_register_one_webhook(real_database, carrier, keys, at_once):
    una = make.user()
    on = make.platform(una, **keys)
    given = make.assignment(una, on=on, number=f"+1{GOOD}", state=PROVISIONING)
    assignment_id = given.id

    at_once(*[lambda: enabling.enable(assignment_id)] * 4)

    assert make.again(given).state is ACTIVE
    assert carrier.state()["counts"]["configureAuthorization"] == 1


def test_a_number_deleted_while_it_is_being_set_up_stays_deleted(real_database, app, carrier, keys, due_now):
    """The claim of the job is lost; the release waits for its lease and finds what the job left behind."""
    una = make.user()
    on = make.platform(una, **keys)
    given = make.assignment(una, on=on, number=f"+1{GOOD}", state=PROVISIONING)
    assignment_id, actor, scope = given.id, make.admin_of(una), make.at(una)
    carrier.fault("hang_before", "configureAuthorization", times=1, seconds=20, then="accept")

    def job():
        with app.app_context():
            enabling.enable(assignment_id)

    thread = threading.Thread(target=job)
    real_database.session.rollback()
    thread.start()
    carrier.wait_held("configureAuthorization")
    assignments.release(actor, scope, assignment_id)
    carrier.clear_faults()
    thread.join(20)
    assert make.again(given).state is AssignmentState.RELEASING

    eventually(lambda: urls(carrier))
    enabling.release(assignment_id)
    assert make.again(given).state is AssignmentState.RELEASING, "the lease still runs"
    due_now(given)
    enabling.release(assignment_id)
    assert make.again(given).state is AssignmentState.ENDED
    assert urls(carrier) == []


def test_a_killed_workers_claim_runs_out_and_the_sweep_finds_the_number(assign, enable):
    given = assign(GOOD)
    given = make.again(given)
    given.claim, given.claimed_until = "of a killed worker", now() + dt.timedelta(seconds=5)
    make.kept(given)
    assert enabling.due() == []
    assert enable(given).state is PROVISIONING

    given.claimed_until = now() - dt.timedelta(seconds=1)
    make.kept(given)
    assert [(task.name, ids) for task, ids in enabling.due()] == [
        ("enable_number", {"assignment_id": given.id})
    ]
    assert enable(given).state is ACTIVE


def test_what_is_due_names_the_task_for_each_state(place):
    rows = {state: make.assignment(place.user, state=state) for state in AssignmentState}
    waits = make.assignment(place.user, state=PROVISIONING, due_at=now() + dt.timedelta(minutes=1))
    found = {(task.name, ids["assignment_id"]) for task, ids in enabling.due()}
    assert found == {
        ("enable_number", rows[PROVISIONING].id),
        ("release_number", rows[AssignmentState.RELEASING].id),
    }
    assert make.again(waits).claim is None
