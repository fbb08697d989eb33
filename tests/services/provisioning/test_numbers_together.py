"""Many new numbers of a platform are registered with one request; trouble leads each its own way (D2)."""

from types import SimpleNamespace

import pytest

from app import queue
from app.models import Assignment
from app.services.provisioning import enabling
from app.vocabulary import AssignmentState, FailureKind
from tests import make

NUMBERS = [f"+120199207{last}" for last in (81, 82, 83, 84, 85)]
OTHER_SYSTEMS, NOT_OURS = "+12019920793", "+12019920789"


@pytest.fixture
def new(place: SimpleNamespace) -> list[Assignment]:
    return [_new(place, number) for number in NUMBERS]


def _new(place: SimpleNamespace, number: str) -> Assignment:
    waiting = AssignmentState.PROVISIONING
    return make.assignment(place.user, number=number, on=place.platform, state=waiting)


def states() -> list[AssignmentState]:
    return [row.state for row in make.every(Assignment)]


def test_new_numbers_take_one_request_and_two_looks_at_the_list(place, new, carrier):
    enabling.enable_together(place.platform.id)
    assert states() == [AssignmentState.ACTIVE] * 5
    counts = carrier.state()["counts"]
    assert (counts["configureAuthorization"], counts["selectAuthorization"]) == (1, 2)
    for number in NUMBERS:
        [hook] = carrier.webhooks("test", number[2:])
        assert place.platform.receiver_path_key in hook["webhookUrl"]


def test_what_another_system_receives_fails_alone(place, new, carrier):
    _new(place, OTHER_SYSTEMS)
    enabling.enable_together(place.platform.id)
    assert states() == [*[AssignmentState.ACTIVE] * 5, AssignmentState.FAILED]
    assert make.every(Assignment)[-1].failure_kind is FailureKind.OTHER_SYSTEM
    assert len(carrier.webhooks("test", OTHER_SYSTEMS[2:])) == 1


def test_one_that_the_carrier_refuses_does_not_take_the_others_with_it(place, new):
    _new(place, NOT_OURS)
    enabling.enable_together(place.platform.id)
    assert states() == [*[AssignmentState.ACTIVE] * 5, AssignmentState.FAILED]


@pytest.mark.parametrize("then", ["drop", "accept"])
def test_after_trouble_each_is_tried_again_by_itself_and_registered_once(place, new, carrier, then, due_now):
    carrier.fault("answer_500", "configureAuthorization", times=1, then=then)
    enabling.enable_together(place.platform.id)
    assert states() == [AssignmentState.PROVISIONING] * 5
    assert {row.tries for row in make.every(Assignment)} == {1}
    for row in new:
        due_now(row)
    assert {task for task, _ in enabling.due()} == {queue.ENABLE_NUMBER}
    for row in new:
        enabling.enable(row.id)
    assert states() == [AssignmentState.ACTIVE] * 5
    assert all(len(carrier.webhooks("test", number[2:])) == 1 for number in NUMBERS)


def test_refused_keys_are_told_once_for_each_without_asking_again(place, new, carrier):
    carrier.fault("refuse_logins", "selectAuthorization")
    enabling.enable_together(place.platform.id)
    assert states() == [AssignmentState.FAILED] * 5
    assert {row.failure_kind for row in make.every(Assignment)} == {FailureKind.KEYS_REFUSED}
    assert carrier.state()["counts"]["selectAuthorization"] == 1


def test_the_sweep_takes_many_new_numbers_together_and_few_one_by_one(place, new):
    assert enabling.due() == [(queue.ENABLE_NUMBERS, {"platform_id": place.platform.id})]
    for row in new[:2]:
        enabling.enable(row.id)
    assert {task for task, _ in enabling.due()} == {queue.ENABLE_NUMBER}


def test_a_longer_list_is_worked_off_a_piece_at_a_time(place, new, monkeypatch, queued):
    monkeypatch.setattr(enabling, "_TOGETHER", 3)
    enabling.enable_together(place.platform.id)
    assert states().count(AssignmentState.ACTIVE) == 3
    assert queued() == [("enable_numbers", {"platform_id": place.platform.id})]
    enabling.enable_together(place.platform.id)
    assert states() == [AssignmentState.ACTIVE] * 5
