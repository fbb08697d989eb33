"""The carrier on a bad day."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.processes import eventually

OURS, PHONE = "12019920781", "12125550142"


def test_refused_logins_meet_every_way_to_sign_in(api):
    api.sandbox.fault("refuse_logins")

    assert api.look_up("2019920781").json()["statusCode"] == "401001"
    assert api.broker("selectAuthorization").json()["fault"]["code"] == 900901
    grant = {"grant_type": "client_credentials"}
    answer = requests.post(
        f"{api.sandbox.url}/oauth2/token",
        data=grant,
        auth=(api.keys["account_key"], api.keys["token_secret"]),
        timeout=10,
    )
    assert answer.status_code == 401

    api.sandbox.clear_faults()
    assert api.look_up("2019920781").status_code == 200


def test_a_fault_is_limited_to_its_operation_and_its_times(api):
    api.sandbox.fault("answer_431", "tnDetail", times=2)

    assert api.services("tnAssignedList").status_code == 200
    assert [api.look_up("2019920781").status_code for _ in range(3)] == [431, 431, 200]
    assert api.sandbox.state()["faults"] == []


def test_a_fault_may_come_now_and_then(api):
    api.sandbox.fault("answer_431", "tnDetail", every=3)

    answers = [api.look_up("2019920781").status_code for _ in range(7)]
    assert answers == [200, 200, 431, 200, 200, 431, 200]


def test_a_500_and_babble_are_not_json_and_nothing_was_done(api):
    api.sandbox.fault("answer_500", "publishMessages", times=1)
    answer = api.broker("publishMessages", **{"from": OURS, "to": [PHONE], "text": "x"})
    assert answer.status_code == 500

    api.sandbox.fault("babble", "publishMessages", times=1)
    answer = api.broker("publishMessages", **{"from": OURS, "to": [PHONE], "text": "x"})
    assert answer.status_code == 200
    assert "json" not in answer.headers["Content-Type"]
    assert api.sandbox.outbox() == []


def test_a_500_may_also_come_after_the_text_was_taken_over(api):
    api.sandbox.fault("answer_500", "publishMessages", times=1, then="accept")

    assert api.broker("publishMessages", **{"from": OURS, "to": [PHONE], "text": "x"}).status_code == 500
    assert len(api.sandbox.outbox()) == 1


@pytest.mark.parametrize(
    ("fault", "phase", "more", "taken_over"),
    [
        ("hang_before", "before", {}, 0),
        ("hang_before", "before", {"then": "accept"}, 1),
        ("hang_after", "after", {}, 1),
    ],
)
def test_a_request_hangs_before_or_after_it_is_carried_out(api, fault, phase, more, taken_over):
    api.sandbox.fault(fault, "publishMessages", seconds=60, times=1, **more)
    outcome = []

    def send():
        try:
            outcome.append(api.send(OURS, PHONE)["success"])
        except requests.ConnectionError:
            outcome.append("closed")

    sender = threading.Thread(target=send)
    sender.start()
    api.sandbox.wait_held("publishMessages", phase)
    assert len(api.sandbox.outbox()) == (1 if phase == "after" else 0)

    api.sandbox.clear_faults()
    sender.join(10)
    assert outcome == [True if more else "closed"]
    assert len(api.sandbox.outbox()) == taken_over
    state = api.sandbox.state()
    assert state["held"] == []
    assert state["counts"]["publishMessages"] == 1
    assert state["carried_out"].get("publishMessages", 0) == taken_over


def test_a_slow_answer_is_a_good_answer(api):
    api.sandbox.fault("slow", "tnDetail", seconds=0.3, times=1)
    started = time.monotonic()

    assert api.look_up("2019920781").status_code == 200
    assert time.monotonic() - started >= 0.3


def test_thirty_requests_may_hang_and_the_rest_is_served(api):
    api.sandbox.fault("hang_before", "selectAuthorization", seconds=60)

    def hang(_):
        try:
            api.broker("selectAuthorization")
        except requests.ConnectionError:
            return "closed"
        return "answered"

    with ThreadPoolExecutor(30) as pool:
        outcomes = pool.map(hang, range(30))
        eventually(lambda: len(api.sandbox.state()["held"]) == 30)
        assert api.look_up("2019920781").status_code == 200
        api.sandbox.clear_faults()
        assert list(outcomes) == ["closed"] * 30


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("faults", {"fault": "explode"}, "fault must be one of: refuse_logins"),
        ("faults", {"fault": "slow", "operation": "fax"}, "operation must be one of: tnDetail"),
        ("faults", {"fault": "sign_hmac", "operation": "tnDetail"}, "leave operation out"),
        ("faults", {"fault": "slow", "times": 0}, "times"),
        ("faults", {"fault": "slow", "second": 3}, "second"),
        ("inbound", {"from": PHONE}, "to"),
        ("inbound", {"from": PHONE, "to": []}, "to"),
        ("inbound", {"from": PHONE, "to": OURS, "text": 5}, "text"),
        ("inbound", {"from": PHONE, "to": OURS, "numbers_as": "roman"}, "numbers_as"),
        ("inbound", {"from": PHONE, "to": OURS, "text": "\ud83d"}, "text"),
        ("receipt", {"referenceId": "unknown", "stat": "DELIVRD"}, "No accepted text"),
        ("receipt", {"referenceId": "unknown", "stat": "delivered"}, "stat"),
        ("accounts/nobody/keys", {}, "There is no account nobody"),
        ("faults", [], "The body must be a JSON object."),
    ],
)
def test_a_wrong_control_body_is_422_with_a_sentence(sandbox, path, body, word):
    answer = requests.post(f"{sandbox.url}/control/{path}", json=body, timeout=10)

    assert answer.status_code == 422
    assert word in answer.json()["error"]


def test_a_page_of_another_site_cannot_use_the_control_api(sandbox):
    answer = requests.post(
        f"{sandbox.url}/control/reset", headers={"Origin": "https://elsewhere.example"}, timeout=10
    )

    assert answer.status_code == 403
