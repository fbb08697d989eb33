"""Webhooks: registered, chosen, signed, repeated until answered."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from tests.processes import eventually

NUMBER, PHONE = "2019920781", "2125550142"


def test_the_newest_webhook_of_the_number_wins_then_the_default_then_it_is_dropped(api, receiver):
    default = api.register(f"{receiver.url}/default")
    first = api.register(f"{receiver.url}/first", f"1{NUMBER}")
    second = api.register(f"{receiver.url}/second", NUMBER)

    for gone, path in ((second, "/second"), (first, "/first"), (default, "/default")):
        told = api.sandbox.inbound(PHONE, NUMBER, path)
        assert told["deliveries"] == [{"url": f"{receiver.url}{path}", "status": 200}]
        assert api.broker("removeAuthorization", authorizations=[{"authId": gone}]).json()["success"]

    assert api.sandbox.inbound(PHONE, NUMBER)["deliveries"] == [{"url": None, "status": "dropped"}]
    assert receiver.texts() == ["/second", "/first", "/default"]


def test_an_inbound_text_has_the_published_shape(api, receiver):
    api.register(receiver.url, NUMBER, headerName="X-Receiver-Key", headerValue="made up")
    told = api.sandbox.inbound(PHONE, NUMBER, "Hi", mediaUrls=["https://media.example/a.jpg"])

    assert receiver.calls[0].body == {
        "referenceId": told["referenceId"],
        "from": "12125550142",
        "to": ["12019920781"],
        "text": "Hi",
        "mediaUrls": ["https://media.example/a.jpg"],
        "deliveryReceipt": False,
    }
    assert receiver.calls[0].headers["X-Receiver-Key"] == "made up"


@pytest.mark.parametrize(
    ("form", "sender"),
    [("digits11", "12125550142"), ("digits10", PHONE), ("plus", "+12125550142"), ("integer", 12125550142)],
)
def test_numbers_come_in_every_form_seen_in_the_wild(api, receiver, form, sender):
    api.register(receiver.url)
    api.sandbox.inbound("+1 (212) 555-0142", NUMBER, numbers_as=form)

    assert receiver.calls[0].body["from"] == sender


def test_short_codes_and_words_stay_as_they_are(api, receiver):
    api.register(receiver.url)
    api.sandbox.inbound(72345, NUMBER, numbers_as="plus")
    api.sandbox.inbound("BANK", NUMBER, numbers_as="integer")

    assert [call.body["from"] for call in receiver.calls] == ["72345", "BANK"]


def test_a_group_text_is_told_once_for_each_number_of_ours(api, receiver):
    api.register(receiver.url)
    told = api.sandbox.inbound(PHONE, [NUMBER, "2019920782", "3105550117"], "All of you")

    assert sorted(str(one["status"]) for one in told["deliveries"]) == ["200", "200", "dropped"]
    assert all(call.body["to"] == ["12019920781", "12019920782", "13105550117"] for call in receiver.calls)


def signature(call):
    return call.headers.get("messageID"), call.headers.get("verificationToken")


def test_calls_are_signed_in_the_live_form_the_published_form_or_not_at_all(api, receiver):
    key = api.keys["outbound_api_key"]
    api.register(receiver.url, NUMBER, apiKey=key)

    api.sandbox.inbound(PHONE, NUMBER)
    api.sandbox.fault("sign_hmac", times=1)
    api.sandbox.inbound(PHONE, NUMBER)
    api.sandbox.fault("no_signature", times=1)
    api.sandbox.inbound(PHONE, NUMBER)

    message_id, token = signature(receiver.calls[0])
    assert token == hashlib.sha256(f"{key}{message_id}".encode()).hexdigest()
    message_id, token = signature(receiver.calls[1])
    assert token == hmac.new(key.encode(), message_id.encode(), hashlib.sha256).hexdigest()
    assert signature(receiver.calls[2]) == (None, None)


def test_without_an_api_key_at_the_webhook_calls_are_not_signed(api, receiver):
    api.register(receiver.url, NUMBER)
    api.sandbox.inbound(PHONE, NUMBER)

    assert signature(receiver.calls[0]) == (None, None)


def test_a_call_that_is_not_answered_with_200_is_repeated_with_the_same_message_id(api, receiver):
    api.register(receiver.url, NUMBER, apiKey=api.keys["outbound_api_key"])
    receiver.answers = [503]

    told = api.sandbox.inbound(PHONE, NUMBER, "Again")
    assert told["deliveries"] == [{"url": receiver.url, "status": 503}]
    assert api.sandbox.state()["pending_webhooks"] == 1

    eventually(lambda: api.sandbox.state()["pending_webhooks"] == 0)
    assert receiver.texts() == ["Again", "Again"]
    assert signature(receiver.calls[0]) == signature(receiver.calls[1])


def test_repeated_webhooks_are_the_same_call_twice(api, receiver):
    api.register(receiver.url, NUMBER, apiKey=api.keys["outbound_api_key"])
    api.sandbox.fault("repeat_webhooks", times=1)
    api.sandbox.inbound(PHONE, NUMBER)

    first, second = receiver.calls
    assert (first.body, signature(first)) == (second.body, signature(second))


def test_a_system_that_cannot_be_reached_is_no_answer(api):
    told = api.sandbox.inbound(PHONE, "2019920793")

    assert told["deliveries"] == [{"url": "https://sms.other-system.example/inbound", "status": "no answer"}]


def test_the_list_shows_keys_and_webhooks_with_their_ids(api):
    auth_id = api.register("https://portal.example/x", NUMBER, headerName="X-Key", headerValue="v")
    listed = api.broker("selectAuthorization").json()["authConfig"]["authorizations"]

    assert {
        "authId": int(auth_id),
        "inboundAuth": True,
        "tn": f"1{NUMBER}",
        "webhookUrl": "https://portal.example/x",
        "headerName": "X-Key",
        "headerValue": "v",
    } in listed
    assert [one["apiKey"] for one in listed if not one["inboundAuth"]] == [api.keys["outbound_api_key"]]


@pytest.mark.parametrize("auth_id", [lambda text: text, int])
def test_an_id_may_be_a_string_or_an_integer_and_works_once(api, auth_id):
    entry = {"authId": auth_id(api.register("https://portal.example/x", NUMBER))}

    assert api.broker("removeAuthorization", authorizations=[entry]).json()["success"] is True
    again = api.broker("removeAuthorization", authorizations=[entry])
    assert (again.status_code, again.json()["success"]) == (200, False)


@pytest.mark.parametrize(
    "entry",
    [
        {"inboundAuth": True},
        {"inboundAuth": False, "webhookUrl": "https://portal.example/x"},
        {"inboundAuth": True, "webhookUrl": "https://portal.example/x", "tn": "12019920780"},
        {"inboundAuth": True, "webhookUrl": "https://portal.example/x", "apiKey": "wrong"},
        {"inboundAuth": True, "webhookUrl": ["https://portal.example/x"]},
    ],
)
def test_a_webhook_that_makes_no_sense_is_politely_refused(api, entry):
    good = {"inboundAuth": True, "webhookUrl": "https://portal.example/good"}
    answer = api.broker("configureAuthorization", authorizations=[good, entry])

    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert len(api.sandbox.webhooks("test")) == 1


@pytest.mark.parametrize("operation", ["configureAuthorization", "removeAuthorization"])
def test_a_body_without_entries_is_408(api, operation):
    assert api.broker(operation).status_code == 408
    assert api.broker(operation, authorizations=["x"]).status_code == 408
