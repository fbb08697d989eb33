"""Sending, receipts and the carrier's records."""

from __future__ import annotations

import datetime as dt

import pytest
import requests

from tests.processes import eventually

OURS, PHONE = "12019920781", "12125550142"


def receipts_in(receiver):
    return [call.body for call in receiver.calls if call.body["deliveryReceipt"]]


def test_a_text_is_taken_over_and_its_receipt_follows(api, receiver):
    api.register(receiver.url)
    answer = api.send(OURS, PHONE, "Hello you")

    assert answer["success"] is True
    assert answer["result"]["messageType"] == "SMS"
    assert answer["result"]["resultResponses"] == [{"to": PHONE, "status": "SUCCESS"}]
    receipt = eventually(lambda: receipts_in(receiver))[0]
    assert (receipt["from"], receipt["to"]) == (OURS, [PHONE])
    assert receipt["referenceId"] == answer["result"]["referenceId"]
    assert "stat:DELIVRD err:000 text:Hello you" in receipt["text"]
    item = eventually(lambda: [one for one in api.sandbox.outbox(to=PHONE) if one["receipt"]])[0]
    assert (item["from"], item["text"], item["receipt"]) == (OURS, "Hello you", "DELIVRD")


def test_a_picture_makes_it_an_mms(api):
    answer = api.send(OURS, PHONE, mediaUrls=["https://portal.example/m/1.jpg"])

    assert answer["result"]["messageType"] == "MMS"
    assert api.sandbox.outbox()[0]["mediaUrls"] == ["https://portal.example/m/1.jpg"]


@pytest.mark.parametrize(
    ("sender", "more", "reason"),
    [
        ("12019920780", {}, "INVALID_FROM"),
        ("2019920781", {}, "INVALID_FROM"),
        ("+12019920781", {}, "INVALID_FROM"),
        ("12019920788", {}, "MESSAGING_NOT_ENABLED"),
        ("12019920791", {}, "MESSAGING_NOT_ENABLED"),
        ("12019920787", {"mediaUrls": ["https://portal.example/m/1.jpg"]}, "MMS_NOT_ENABLED"),
        (OURS, {"text": ""}, "INVALID_REQUEST"),
    ],
)
def test_a_refusal_is_http_200_without_success(api, sender, more, reason):
    answer = api.broker("publishMessages", **({"from": sender, "to": [PHONE], "text": "x"} | more))

    assert (answer.status_code, answer.json()["success"], answer.json()["reason"]) == (200, False, reason)
    assert api.sandbox.outbox() == []


@pytest.mark.parametrize("to", ["+12125550142", "12125550198", "abc", "12"])
def test_the_outcome_is_told_per_recipient(api, to):
    answer = api.broker("publishMessages", **{"from": OURS, "to": [to, PHONE], "text": "x"}).json()

    assert answer["success"] is True
    assert answer["result"]["resultResponses"] == [
        {"to": to, "status": "FAILED"},
        {"to": PHONE, "status": "SUCCESS"},
    ]
    assert [item["to"] for item in api.sandbox.outbox()] == [PHONE]


@pytest.mark.parametrize(
    "body",
    [
        {"to": [PHONE], "text": "x"},
        {"from": OURS, "text": "x"},
        {"from": OURS, "to": PHONE, "text": "x"},
        {"from": OURS, "to": [12125550142], "text": "x"},
        {"from": OURS, "to": [PHONE], "text": 5},
        {"from": OURS, "to": [PHONE], "text": "half an emoji \ud83d"},
    ],
)
def test_a_body_of_the_wrong_shape_is_408(api, body):
    answer = api.broker("publishMessages", **body)

    assert (answer.status_code, answer.json()["statusCode"]) == (408, "408")


@pytest.mark.parametrize("raw", [b"[]", b"nonsense", b"\xff\xfe", b'"text"', b"null"])
def test_a_body_that_is_no_object_is_408(api, raw):
    answer = requests.post(
        f"{api.sandbox.url}/msgbroker/rest/publishMessages",
        data=raw,
        headers={"Authorization": f"Bearer {api.keys['outbound_api_key']}"},
        timeout=10,
    )

    assert answer.status_code == 408


def test_a_phone_that_is_always_off_gets_an_undelivered_receipt(api, receiver):
    api.register(receiver.url)
    api.send(OURS, "12125550199")

    assert "stat:UNDELIV err:001" in eventually(lambda: receipts_in(receiver))[0]["text"]


def test_receipts_can_be_dropped_doubled_or_early(api, receiver):
    api.register(receiver.url)
    api.sandbox.fault("early_receipts", times=1)
    api.send(OURS, PHONE, "early")
    assert len(receipts_in(receiver)) == 1  # it was there before the answer

    api.sandbox.fault("drop_receipts", times=1)
    api.send(OURS, PHONE, "dropped")
    api.sandbox.fault("double_receipts", times=1)
    api.send(OURS, PHONE, "double")

    eventually(lambda: api.sandbox.state()["pending_webhooks"] == 0)
    assert [body["text"].partition("text:")[2] for body in receipts_in(receiver)] == [
        "early", "double", "double",
    ]  # fmt: skip


def test_a_receipt_is_sent_on_demand_either_way_round(api, receiver):
    api.register(receiver.url)
    api.sandbox.fault("drop_receipts")
    reference = api.send(OURS, PHONE)["result"]["referenceId"]

    told = api.sandbox.receipt(reference, "EXPIRED", swap=True)
    assert told["deliveries"] == [{"url": receiver.url, "status": 200}]
    body = receipts_in(receiver)[0]
    assert (body["from"], body["to"]) == (PHONE, [OURS])
    assert "stat:EXPIRED" in body["text"]


def test_a_text_to_another_number_of_the_sandbox_arrives_there(api, receiver):
    api.register(receiver.url)
    api.sandbox.fault("drop_receipts")
    api.send(OURS, "12019920782", "Colleague")

    body = eventually(lambda: receiver.calls)[0].body
    assert (body["from"], body["to"], body["text"]) == (OURS, ["12019920782"], "Colleague")


def records(api, **search):
    now = dt.datetime.now(dt.UTC)
    span = {
        "startDate": (now - dt.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "endDate": (now + dt.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }
    answer = api.services("messageDetailSearch", **(span | search)).json()
    return [(one["source"], one["destination"], one["status"]) for one in answer["messageDetails"]]


def test_records_tell_what_became_of_a_text_also_without_a_receipt(api):
    api.sandbox.fault("drop_receipts")
    api.send(OURS, PHONE)
    api.send(OURS, "12125550199")
    assert (OURS, PHONE, "Enroute") in records(api, direction="Outbound")

    def settled():
        return records(api, direction="Outbound", sourceTn="2019920781") == [
            (OURS, PHONE, "Successful"),
            (OURS, "12125550199", "Failed"),
        ]

    eventually(settled)
    assert records(api, direction="Outbound", destinationTn=PHONE, disposition="Successful")
    assert records(api, direction="Outbound", sourceTn="2019920782") == []


def test_records_of_inbound_texts_and_bad_searches(api, receiver):
    api.register(receiver.url)
    api.sandbox.inbound(PHONE, OURS)

    assert records(api, direction="Inbound") == [(PHONE, OURS, "Successful")]
    assert api.services("messageDetailSearch", direction="Inbound").status_code == 414
    bad = {"startDate": "yesterday", "endDate": "2026-01-01T00:00:00.000Z", "direction": "Inbound"}
    assert api.services("messageDetailSearch", **bad).status_code == 409
