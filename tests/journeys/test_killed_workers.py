"""kill -9 while the carrier holds the request: nothing is lost, nothing is done twice (D2, D13)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from app.access.policy import SYSTEM
from app.access.scope import EVERYTHING, fetch, place_of, visible
from app.db import db
from app.models import Assignment, Message, User
from app.services.provisioning import assignment
from app.services.provisioning.assignment import NumberWish
from app.vocabulary import AssignmentState, MessageState
from tests.processes import eventually
from tests.running import Portal

pytestmark = pytest.mark.processes
WITHIN = 60


@pytest.fixture(autouse=True)
def _no_faults(portal: Portal) -> Iterator[None]:
    yield
    portal.sandbox.clear_faults()


@pytest.mark.parametrize(
    ("fault", "phase", "then", "number", "phone"),
    [  # a phone each: a receipt must fit one uncertain send alone
        ("hang_before", "before", "drop", "2019920705", "+12125550151"),
        ("hang_before", "before", "accept", "2019920706", "+12125550152"),
        ("hang_after", "after", None, "2019920707", "+12125550153"),
    ],
)
def test_a_number_becomes_active_and_a_text_is_sent_once_or_uncertain(
    portal: Portal, fault: str, phase: str, then: str | None, number: str, phone: str
) -> None:
    eventually(lambda: not _is_any_under_way(portal), WITHIN)  # the fault would meet a text of the demo
    client, words = portal.client("chris@demo.example"), f"held {fault} {then}"
    _hold(portal, fault, "configureAuthorization", then)
    _hold(portal, fault, "publishMessages", then)
    assignment_id = _assign(portal, number)
    portal.sandbox.wait_held("configureAuthorization", phase, WITHIN)
    message = client.send(client.number("0780")["id"], phone, words, f"kill-{fault}-{then}")
    portal.sandbox.wait_held("publishMessages", phase)

    portal.kill("worker-provisioning")
    portal.kill("worker-outbound")

    deadline = time.monotonic() + WITHIN
    eventually(lambda: _state(portal, assignment_id) is AssignmentState.ACTIVE, deadline - time.monotonic())
    is_settled = {"sent", "delivered", "uncertain"}.__contains__
    eventually(lambda: is_settled(client.state(message["id"])), deadline - time.monotonic())
    eventually(lambda: portal.sandbox.state()["held"] == [], 20)
    assert len(portal.sandbox.webhooks("demo", number)) == 1

    times_accepted = 0 if then == "drop" else 1
    if then == "drop":
        assert client.state(message["id"]) == "uncertain"
    else:  # the carrier's receipt fits exactly one uncertain send and settles it (D13)
        eventually(lambda: client.state(message["id"]) == "delivered", WITHIN)
    accepted = [one for one in portal.sandbox.outbox(to=phone) if one["text"] == words]
    assert len(accepted) == times_accepted


def _hold(portal: Portal, fault: str, operation: str, then: str | None) -> None:
    portal.sandbox.fault(fault, operation, times=1, seconds=8, **({"then": then} if then else {}))


def _is_any_under_way(portal: Portal) -> bool:
    under_way = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING)
    with portal.app():
        texts = visible(Message, EVERYTHING).where(Message.state.in_(under_way))
        return db.session.scalars(texts).first() is not None


def _assign(portal: Portal, number: str) -> int:
    with portal.app():
        user = db.session.scalars(visible(User, EVERYTHING).filter_by(broadworks_id="fay@demo.example")).one()
        return assignment.assign(SYSTEM, EVERYTHING, place_of(user), NumberWish(number)).id


def _state(portal: Portal, assignment_id: int) -> AssignmentState:
    with portal.app():
        return fetch(Assignment, assignment_id, EVERYTHING).state
