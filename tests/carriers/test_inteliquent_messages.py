"""Sending, and looking a message up afterwards."""

import datetime as dt

import pytest
import requests

from app.carriers.base import CarrierRefused, CarrierSilent, CarrierUnavailable, MessageRecord, OutboundText

SENDER, RECIPIENT = "+12015550123", "+12125550142"
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def accepted(status="SUCCESS", to="12125550142", **result):
    responses = [{"to": to, "status": status}]
    return {
        "success": True,
        "reason": "SUCCESS",
        "result": {"referenceId": "r-1", "resultResponses": responses, **result},
    }


def test_an_sms_goes_out_as_eleven_digits_without_media(account, text):
    account.broker("publishMessages", accepted())

    assert account.carrier.send(text).carrier_reference == "r-1"
    assert account.sent_to("publishMessages") == [
        {"from": "12015550123", "to": ["12125550142"], "text": "See you at eight"}
    ]


def test_an_mms_carries_its_addresses_as_a_list(account):
    account.broker("publishMessages", accepted())

    account.carrier.send(OutboundText(SENDER, RECIPIENT, "", ("https://us.example/m/1",)))

    [sent] = account.sent_to("publishMessages")
    assert sent == {"from": "12015550123", "to": ["12125550142"], "mediaUrls": ["https://us.example/m/1"]}


def test_a_short_code_and_a_foreign_number_are_written_in_digits(account):
    account.broker("publishMessages", accepted(to="40404"))
    account.carrier.send(OutboundText(SENDER, "40404", "INFO"))
    account.carrier.send(OutboundText(SENDER, "+442071838750", "hi"))

    assert [sent["to"] for sent in account.sent_to("publishMessages")] == [["40404"], ["442071838750"]]


@pytest.mark.parametrize(
    "status",
    [None, "", "SUCCESS", "success", "Accepted", "SENT", "queued", "OK", "0", 0, "ENROUTE", "Handed over"],
)
def test_a_status_that_does_not_say_no_is_success(account, text, status):
    account.broker("publishMessages", accepted(status))

    assert account.carrier.send(text).carrier_reference == "r-1"


@pytest.mark.parametrize(
    "status", ["FAILED", "Failure", "rejected", "INVALID TN", "Blocked", "error 5", "UNDELIVERABLE"]
)
def test_a_recipient_that_failed_is_a_refusal_whatever_the_top_says(account, text, status):
    account.broker("publishMessages", accepted(status))

    with pytest.raises(CarrierRefused) as refusal:
        account.carrier.send(text)

    assert status in refusal.value.message


def test_the_status_of_our_recipient_counts(account, text):
    answer = accepted()
    answer["result"]["resultResponses"] = [
        {"to": "19995550000", "status": "FAILED"},
        {"to": 2125550142, "status": "SUCCESS"},
    ]
    account.broker("publishMessages", answer)

    assert account.carrier.send(text)


@pytest.mark.parametrize("status", [200, 400, 408])
def test_success_false_is_a_refusal_with_the_reason_and_without_the_text(account, text, status):
    detail = f"From is not on this account: {text.text}"
    account.broker("publishMessages", {"success": False, "reason": "FAILURE", "detail": detail}, status)

    with pytest.raises(CarrierRefused) as refusal:
        account.carrier.send(text)

    assert "From is not on this account" in refusal.value.message
    assert text.text not in refusal.value.message


@pytest.mark.parametrize("reference", [None, "", " ", True, [], {}, "x" * 129])
def test_success_without_a_reference_is_silent(account, text, reference):
    account.broker("publishMessages", accepted(referenceId=reference))

    with pytest.raises(CarrierSilent):
        account.carrier.send(text)


@pytest.mark.parametrize("result", [None, [], "x"])
def test_success_without_a_result_is_silent(account, text, result):
    account.broker("publishMessages", {"success": True, "result": result})

    with pytest.raises(CarrierSilent):
        account.carrier.send(text)


def test_a_reference_may_be_a_number(account, text):
    account.broker("publishMessages", accepted(referenceId=12345))

    assert account.carrier.send(text).carrier_reference == "12345"


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (requests.ConnectTimeout(), CarrierUnavailable),
        (requests.ReadTimeout(), CarrierSilent),
        (requests.ConnectionError("Connection aborted."), CarrierSilent),
        (requests.exceptions.ChunkedEncodingError(), CarrierSilent),
    ],
)
def test_a_send_is_only_repeatable_when_it_never_left(account, text, trouble, expected):
    account.broker("publishMessages", trouble)

    with pytest.raises(expected):
        account.carrier.send(text)
    assert len(account.calls("publishMessages")) == 1


def record(**row):
    own = {
        "source": "12015550123",
        "destination": "12125550142",
        "direction": "Outbound",
        "status": "Successful",
    }
    return {**own, "timeStamp": "2026-11-22T12:01:00.000Z", **row}


def search(account, *rows):
    account.services("messageDetailSearch", {"statusCode": "200", "messageDetails": list(rows)})
    return account.carrier.search_messages(SENDER, RECIPIENT, NOON, NOON + dt.timedelta(minutes=15))


def test_records_are_asked_for_in_the_carriers_words(signed_in):
    assert search(signed_in) == []
    assert signed_in.sent_to("messageDetailSearch") == [
        {
            "privateKey": signed_in.private_key,
            "startDate": "2026-11-22T12:00:00.000Z",
            "endDate": "2026-11-22T12:15:00.000Z",
            "direction": "Outbound",
            "sourceTn": "12015550123",
            "destinationTn": "12125550142",
        }
    ]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"timeStamp": "2026-11-22T07:01:00-05:00"},
        {"timeStamp": "2026-11-22T12:01:00.000+0000"},
        {"timeStamp": "2026-11-22 12:01:00"},
        {"timeStamp": 1795348860000},
        {"timeStamp": None, "date": "2026-11-22T12:01:00Z"},
        {"source": 2015550123, "destination": "+12125550142", "direction": None},
    ],
)
def test_a_record_is_read_in_every_spelling(signed_in, row):
    expected = MessageRecord(SENDER, RECIPIENT, NOON + dt.timedelta(minutes=1), "Successful", delivered=True)

    assert search(signed_in, record(**row)) == [expected]


@pytest.mark.parametrize(
    "row",
    [
        {"destination": "12125550199"},
        {"source": "12125550199"},
        {"direction": "Inbound"},
        {"timeStamp": "2026-11-22T12:16:00Z"},
        {"timeStamp": "2026-11-22T11:59:00Z"},
    ],
)
def test_records_of_other_messages_are_left_out(signed_in, row):
    assert search(signed_in, record(**row)) == []


@pytest.mark.parametrize("written", [None, "", "yesterday", "2026-11-22", 5, "20261122120100"])
def test_a_record_without_a_time_settles_nothing(signed_in, written):
    with pytest.raises(CarrierUnavailable):
        search(signed_in, record(timeStamp=written))


def test_no_records_are_none(signed_in):
    signed_in.services("messageDetailSearch", {"statusCode": "430"}, 430)

    assert signed_in.carrier.search_messages(SENDER, RECIPIENT, NOON, NOON) == []
