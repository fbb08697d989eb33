"""kill -9 while the carrier holds the request: nothing is lost, nothing is done twice (D2, D13)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.access.policy import SYSTEM
from app.access.scope import EVERYTHING, fetch, visible
from app.db import db
from app.models import Assignment, User
from app.services.provisioning import assignment
from app.services.provisioning.assignment import NumberWish
from app.vocabulary import AssignmentState
from tests.processes import eventually
from tests.running import Portal

pytestmark = pytest.mark.processes
WITHIN = 60


@pytest.fixture(autouse=True)
def _no_faults(portal: Portal) -> Iterator[None]:
    yield
    portal.sandbox.clear_faults()


@pytest.mark.parametrize(
    ("fault", "phase", "then", "number"),
    [
        ("hang_before", "before", "drop", "2019920705"),
        ("hang_before", "before", "accept", "2019920706"),
        ("hang_after", "after", None, "2019920707"),
    ],
)
def test_a_number_becomes_active_and_has_one_webhook(
    portal: Portal, fault: str, phase: str, then: str | None, number: str
) -> None:
    portal.sandbox.fault(
        fault, "configureAuthorization", times=1, seconds=8, **({"then": then} if then else {})
    )
    assignment_id = _assign(portal, number)
    portal.sandbox.wait_held("configureAuthorization", phase)

    portal.kill("worker-provisioning")

    eventually(lambda: _state(portal, assignment_id) is AssignmentState.ACTIVE, WITHIN)
    eventually(lambda: portal.sandbox.state()["held"] == [], 20)
    assert len(portal.sandbox.webhooks("demo", number)) == 1


@pytest.mark.parametrize(
    ("fault", "phase", "then", "phone"),  # a phone each: a receipt must fit one uncertain send alone
    [
        ("hang_before", "before", "drop", "+12125550151"),
        ("hang_before", "before", "accept", "+12125550152"),
        ("hang_after", "after", None, "+12125550153"),
    ],
)
def test_a_text_is_sent_once_or_uncertain(
    portal: Portal, fault: str, phase: str, then: str | None, phone: str
) -> None:
    client = portal.client("chris@demo.example")
    words = f"held {fault} {then}"
    _hold(portal, fault, "publishMessages", then)
    message = client.send(client.number("0780")["id"], phone, words, f"kill-{fault}-{then}")
    portal.sandbox.wait_held("publishMessages", phase)

    portal.kill("worker-outbound")

    settled = {"sent", "delivered", "uncertain"}
    state = eventually(lambda: (found := client.state(message["id"])) in settled and found, WITHIN)
    accepted = [one for one in portal.sandbox.outbox(to=phone) if one["text"] == words]
    assert len(accepted) == (0 if then == "drop" else 1)
    if then == "drop":
        assert state == "uncertain"
    else:  # the carrier's receipt fits exactly one uncertain send and settles it (D13)
        eventually(lambda: client.state(message["id"]) == "delivered", WITHIN)
    assert len([one for one in portal.sandbox.outbox(to=phone) if one["text"] == words]) == len(accepted)


def _hold(portal: Portal, fault: str, operation: str, then: str | None) -> None:
    portal.sandbox.fault(fault, operation, times=1, seconds=8, **({"then": then} if then else {}))


def _assign(portal: Portal, number: str) -> int:
    with portal.app():
        user = db.session.scalars(visible(User, EVERYTHING).filter_by(broadworks_id="fay@demo.example")).one()
        return assignment.assign(SYSTEM, EVERYTHING, user.id, NumberWish(number)).id


def _state(portal: Portal, assignment_id: int) -> AssignmentState:
    with portal.app():
        return fetch(Assignment, assignment_id, EVERYTHING).state
