"""Bodies of tasks, and the sweep that finds what a lost wake-up left behind (D24)."""

from __future__ import annotations

import datetime as dt
import inspect

import pytest

from app import queue
from app.carriers.base import InboundMessage
from app.clock import now
from app.db import transactional
from app.jobs import HANDLERS, perform, schedule
from app.models import Group, Message, Notice
from app.services.alerts import notices
from app.services.alerts.letters import Letter
from app.services.messaging import sending
from app.services.messaging.inbound.process import process
from app.vocabulary import AssignmentState, MessageState
from tests import make


@pytest.fixture
def una():
    una = make.user()
    make.licence(una)
    return una


def names(waiting):
    return {name for name, _ids in waiting}


def sweep(app):
    app.extensions["redis"].flushdb()
    make.every(Message)  # ends what this test has read
    schedule.sweep(app)


def test_the_sweep_of_a_quiet_cloud_only_cleans_up(app, queued):
    sweep(app)
    assert queued() == [("clean_up", {})]


def test_the_sweep_queues_everything_that_is_due(app, una, queued):
    provisioning = make.assignment(una, state=AssignmentState.PROVISIONING)
    releasing = make.assignment(una, state=AssignmentState.RELEASING, release_requested_at=now())
    make.message(releasing)
    held = make.message(make.assignment(una), handed_over_at=None)
    number = make.assignment(una)
    sending.send(make.at(una), number.id, to="2125550142", text="Hi", client_ref="1")
    process(
        number.platform_id,
        InboundMessage("r1", make.PHONE, (number.number,), "", ("https://a.example/1",)),
        {},
    )
    notices.add("one", "ada@example.com", Letter("s", "b"))
    sweep(app)
    found = queued()
    assert names(found) == {
        "send_outbox",
        "send_notices",
        "fetch_files",
        "enable_number",
        "release_number",
        "erase_number",
        "hand_over",
        "clean_up",
    }
    assert ("enable_number", {"assignment_id": provisioning.id}) in found
    assert ("erase_number", {"assignment_id": releasing.id}) in found
    assert ("hand_over", {"user_id": held.user_id}) in found


def test_two_sweeps_in_a_row_wake_the_draining_tasks_once(app, queued):
    for _ in range(3):
        schedule.sweep(app)
    assert queued() == [("clean_up", {})]


def test_a_sweep_without_redis_still_frees_what_was_left_behind(app, una, stopped_redis):
    """D24."""
    message = make.message(
        make.assignment(una),
        state=MessageState.CLAIMED,
        claim="killed",
        claimed_until=now() - dt.timedelta(seconds=1),
    )
    schedule.sweep(app)
    assert make.again(message).state is MessageState.QUEUED


def test_a_task_leaves_after_the_commit_and_never_after_a_failure(queued):
    @transactional
    def fails():
        queue.later(queue.CLEAN_UP)
        raise ZeroDivisionError

    @transactional
    def works():
        queue.later(queue.CLEAN_UP)
        assert queued() == []

    with pytest.raises(ZeroDivisionError):
        fails()
    assert queued() == []
    works()
    assert queued() == [("clean_up", {})]


def test_every_task_is_safe_to_run_twice_and_on_rows_that_are_gone(real_database, una, carrier):
    """The row is the truth, the queue a hint."""
    given = make.assignment(una)
    run = make.bulk_run(make.every(Group, id=una.group_id)[0])
    ids = {
        "assignment_id": given.id,
        "user_id": una.id,
        "platform_id": given.platform_id,
        "run_id": run.id,
    }
    for name, task in _tasks().items():
        wanted = _arguments(name)
        for _ in range(2):
            make.every(Notice)
            perform(name, **{key: ids[key] for key in wanted})
        assert task.name == name
    assert make.again(given).state is AssignmentState.ACTIVE


def _tasks():
    return {one.name: one for one in vars(queue).values() if isinstance(one, queue.Task)}


def _arguments(name):
    return list(inspect.signature(HANDLERS[name]).parameters)


def test_delays_grow_and_the_last_one_stays():
    task = queue.Task("x", queue="outbound", retry_after=(5, 15, 60))
    assert [task.delay(tries) for tries in range(6)] == [0, 5, 15, 60, 60, 60]
