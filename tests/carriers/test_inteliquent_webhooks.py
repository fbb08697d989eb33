"""The carrier's list of inbound webhooks."""

import pytest
import requests

from app.carriers.base import CarrierRefused, CarrierSilent, CarrierUnavailable, KeysRefused, Webhook

NUMBER = "+12015550123"
URL = "https://us.example/receiver/inteliquent/abc"
YES = {"success": True, "reason": "SUCCESS", "detail": "SUCCESS"}


def listing(*authorizations):
    return {**YES, "authConfig": {"authorizations": list(authorizations)}}


def entry(auth_id=20, tn="12015550123", url=URL, name="X-Receiver-Key", value="v1"):
    own = {
        "authId": auth_id,
        "inboundAuth": True,
        "webhookUrl": url,
        "headerName": name,
        "headerValue": value,
    }
    return own if tn is None else {**own, "tn": tn}


def register(account):
    return account.carrier.register_webhook(NUMBER, URL, "X-Receiver-Key", "v1")


def test_webhooks_are_listed_and_keys_are_left_behind(account):
    account.broker(
        "selectAuthorization",
        listing(
            {"authId": 19, "inboundAuth": False, "apiKey": "made-up-key"},
            entry(),
            entry("abc", tn=2015550199, name=None, value=None),
            entry(22, tn=None),
            entry(23, tn=""),
            {"inboundAuth": True, "webhookUrl": "https://other.example/", "tn": "2015550101"},
            "nonsense",
            {"webhookUrl": 5},
        ),
    )

    assert account.carrier.webhooks() == [
        Webhook("20", URL, NUMBER, "X-Receiver-Key", "v1"),
        Webhook("abc", URL, "+12015550199"),
        Webhook("22", URL, None, "X-Receiver-Key", "v1"),
        Webhook("23", URL, None, "X-Receiver-Key", "v1"),
        Webhook("", "https://other.example/", "+12015550101"),
    ]
    assert account.sent_to("selectAuthorization") == [{}]


@pytest.mark.parametrize("body", [YES, {**YES, "authConfig": None}, {**YES, "authConfig": []}])
def test_an_answer_without_the_list_is_not_an_empty_one(account, body):
    account.broker("selectAuthorization", body)

    with pytest.raises(CarrierUnavailable):
        account.carrier.webhooks()


@pytest.mark.parametrize("config", [{}, {"authorizations": None}, {"authorizations": []}])
def test_an_empty_list_is_one(account, config):
    account.broker("selectAuthorization", {**YES, "authConfig": config})

    assert account.carrier.webhooks() == []


@pytest.mark.parametrize("tn", ["12015550123", "2015550123", 12015550123])
def test_a_webhook_is_registered_signed_with_a_header_and_read_back(account, tn):
    account.broker("configureAuthorization", YES)
    account.broker(
        "selectAuthorization", listing(entry(20, tn=tn), entry(31, tn=tn), entry(32, tn="2015550199"))
    )

    assert register(account).auth_id == "31"

    [sent] = account.sent_to("configureAuthorization")
    assert sent == {
        "authorizations": [
            {
                "inboundAuth": True,
                "webhookUrl": URL,
                "tn": "12015550123",
                "apiKey": account.keys.outbound_api_key,
                "headerName": "X-Receiver-Key",
                "headerValue": "v1",
            }
        ]
    }


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [entry(value="v2")],
        [entry(url="https://other.example/")],
        [entry(tn="2015550199")],
        [entry(tn=None)],
        [entry(name="Authorization")],
    ],
)
def test_a_webhook_that_is_not_shown_afterwards_is_silent(account, listed):
    account.broker("configureAuthorization", YES)
    account.broker("selectAuthorization", listing(*listed))

    with pytest.raises(CarrierSilent, match="does not show"):
        register(account)


@pytest.mark.parametrize(("status", "body"), [(500, ""), (401, ""), (200, {"statusCode": "431"})])
def test_a_list_that_cannot_be_read_afterwards_is_silent(account, status, body):
    account.broker("configureAuthorization", YES)
    account.broker("selectAuthorization", body, status)

    with pytest.raises(CarrierSilent):
        register(account)


def test_a_refused_webhook_says_why_without_our_secrets(account):
    detail = f"{URL} v1-secret is not welcome"
    account.broker("configureAuthorization", {"success": False, "reason": "FAILURE", "detail": detail})

    with pytest.raises(CarrierRefused) as refusal:
        account.carrier.register_webhook(NUMBER, URL, "X-Receiver-Key", "v1-secret")

    assert "FAILURE" in refusal.value.message
    assert "is not welcome" in refusal.value.message
    assert "v1-secret" not in refusal.value.message
    assert URL not in refusal.value.message
    assert not account.calls("selectAuthorization")


def test_a_registration_that_never_connected_may_be_repeated(account):
    account.broker("configureAuthorization", requests.ConnectTimeout())

    with pytest.raises(CarrierUnavailable):
        register(account)


@pytest.mark.parametrize(
    ("auth_id", "sent"), [("20", 20), ("0", 0), ("abc", "abc"), ("007", "007"), ("9" * 30, "9" * 30)]
)
def test_a_webhook_is_removed_by_its_id_in_either_form(account, auth_id, sent):
    account.broker("removeAuthorization", YES)

    account.carrier.remove_webhook(auth_id)

    assert account.sent_to("removeAuthorization") == [{"authorizations": [{"authId": sent}]}]


@pytest.mark.parametrize("body", [{"success": False, "detail": "No such id"}, {"statusCode": "430"}])
def test_removing_what_is_gone_is_fine(account, body):
    account.broker("removeAuthorization", body)
    account.broker("selectAuthorization", listing(entry(21)))

    account.carrier.remove_webhook("20")


def test_a_removal_that_is_refused_while_it_stands_is_refused(account):
    account.broker("removeAuthorization", {"success": False, "detail": "Locked"})
    account.broker("selectAuthorization", listing(entry(20)))

    with pytest.raises(CarrierRefused, match="Locked"):
        account.carrier.remove_webhook("20")


def test_refused_keys_are_not_taken_for_gone(account):
    account.broker("removeAuthorization", {}, 401)

    with pytest.raises(KeysRefused):
        account.carrier.remove_webhook("20")
    with pytest.raises(CarrierRefused, match="no id"):
        account.carrier.remove_webhook("")
