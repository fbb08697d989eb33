"""Signing in, and every way in which the carrier says no."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from app.carriers.base import CarrierRefused, CarrierSilent, CarrierUnavailable, Endpoints, Keys, KeysRefused
from app.carriers.registry import connect, customer_portal_url, receiver_header, receiving
from app.vocabulary import CarrierName

NUMBER = "+12015550123"
NONE_FOUND = {"statusCode": "430", "status": "No Result Found"}
FAULT = {"fault": {"code": 900901, "message": "Invalid Credentials", "description": "Access failure"}}
BABBLE = ["<html>Welcome to the hotel</html>", "", "[]", "null", "{}", '{"statusCode": "maybe"}']
NO_WEBHOOKS = {"success": True, "reason": "SUCCESS", "authConfig": {"authorizations": []}}


def look_up(account):
    return account.carrier.find_number(NUMBER)


def test_both_pairs_of_keys_are_tried(signed_in):
    signed_in.broker("selectAuthorization", NO_WEBHOOKS)

    signed_in.carrier.check_keys()

    [login] = signed_in.logins()
    assert login["client_id"] == [signed_in.keys.account_key]
    assert login["client_secret"] == [signed_in.keys.token_secret]
    [listing] = signed_in.calls("selectAuthorization")
    assert listing.request.headers["Authorization"] == f"Bearer {signed_in.keys.outbound_api_key}"


def test_keys_are_tried_even_when_a_login_is_kept(signed_in):
    signed_in.services("tnDetail", NONE_FOUND)
    look_up(signed_in)
    signed_in.mock.replace("POST", signed_in.calls("token")[0].request.url, status=401, json={})

    with pytest.raises(KeysRefused):
        signed_in.carrier.check_keys()


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, {"error": "invalid_client"}), (400, {"error": "invalid_client"}), (401, FAULT), (401, "no")],
)
def test_a_refused_login_names_the_services_pair(account, status, body):
    account._answer("https://token.carrier.example/oauth2/token", body, status)

    with pytest.raises(KeysRefused) as refusal:
        account.carrier.check_keys()

    assert refusal.value.keys == "services"
    assert "Account/Key and Token/Secret" in refusal.value.message


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, FAULT),
        (200, FAULT),
        (401, ""),
        (200, {"statusCode": 401001, "status": "Invalid credentials"}),
        (200, {"success": False, "reason": "FAILURE", "detail": "Invalid API Key"}),
    ],
)
def test_a_refused_outbound_key_names_the_broker(signed_in, status, body):
    signed_in.broker("selectAuthorization", body, status)

    with pytest.raises(KeysRefused) as refusal:
        signed_in.carrier.check_keys()

    assert refusal.value.keys == "broker"
    assert "Outbound API Key" in refusal.value.message


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel", "\ud800"])
def test_a_key_that_no_header_can_carry_is_refused_without_asking(signed_in, key):
    keys = Keys(signed_in.keys.account_key, signed_in.keys.token_secret, key)
    endpoints = Endpoints("https://s.example", "https://t.example", "https://b.example")

    with pytest.raises(KeysRefused) as refusal:
        connect(CarrierName.INTELIQUENT, keys, endpoints).webhooks()

    assert refusal.value.keys == "broker"


def test_a_login_is_kept_and_the_private_key_is_in_the_body(signed_in):
    signed_in.services("tnDetail", NONE_FOUND)

    look_up(signed_in)
    look_up(signed_in)

    assert len(signed_in.logins()) == 1
    assert len(signed_in.calls("credential")) == 1
    assert [body["privateKey"] for body in signed_in.sent_to("tnDetail")] == [signed_in.private_key] * 2
    assert signed_in.calls("tnDetail")[0].request.headers["Authorization"] == f"Bearer {signed_in.token}"


@pytest.mark.parametrize("expires_in", [0, "0", -5])
def test_a_token_that_is_over_is_not_used_again(account, expires_in):
    account.signs_in(expires_in=expires_in)
    account.services("tnDetail", NONE_FOUND)

    look_up(account)
    look_up(account)

    assert len(account.logins()) == 2


@pytest.mark.parametrize("expires_in", [None, "soon", 3600.5, "nan", [], "9" * 400])
def test_an_odd_expiry_does_no_harm(account, expires_in):
    account.signs_in(expires_in=expires_in)
    account.services("tnDetail", NONE_FOUND)

    assert look_up(account) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, FAULT),
        (200, {"statusCode": "401001"}),
        (200, {"statusCode": "408", "status": "Invalid privateKey"}),
    ],
)
def test_a_kept_login_that_is_refused_is_replaced_once(signed_in, status, body):
    signed_in.services("tnDetail", NONE_FOUND)
    look_up(signed_in)
    url = signed_in.calls("tnDetail")[0].request.url
    signed_in.mock.remove("POST", url)
    signed_in.services("tnDetail", body, status)
    signed_in.services("tnDetail", NONE_FOUND)

    assert look_up(signed_in) is None
    assert len(signed_in.logins()) == 2


def test_a_fresh_login_that_is_refused_is_not_replaced(signed_in):
    signed_in.services("tnDetail", FAULT, 401)

    with pytest.raises(KeysRefused):
        look_up(signed_in)

    assert len(signed_in.logins()) == 1


def test_threads_sign_in_once_between_them(signed_in):
    signed_in.services("tnDetail", NONE_FOUND)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: look_up(signed_in), range(16))) == [None] * 16

    assert len(signed_in.logins()) == 1


def test_other_keys_never_meet_an_old_login(signed_in):
    signed_in.services("tnDetail", NONE_FOUND)
    look_up(signed_in)
    endpoints = Endpoints(
        "https://services.carrier.example/Services/2.0.0",
        "https://token.carrier.example/oauth2/token",
        "https://broker.carrier.example/rest",
    )
    other = Keys(signed_in.keys.account_key, "another secret", signed_in.keys.outbound_api_key)

    connect(CarrierName.INTELIQUENT, other, endpoints).find_number(NUMBER)

    assert len(signed_in.logins()) == 2


def test_an_account_without_a_private_key_is_refused_with_advice(account):
    account._answer("https://token.carrier.example/oauth2/token", {"access_token": "t"}, 200)
    account.services("credential", {"statusCode": "200", "credential": {}})

    with pytest.raises(CarrierRefused, match="private key"):
        look_up(account)


@pytest.mark.parametrize("code", ["408", "409", "411", "414", "417", "425", "403"])
@pytest.mark.parametrize("as_status", [True, False])
def test_a_no_is_refused_with_the_code_and_a_sentence(signed_in, code, as_status):
    body = {"statusCode": code, "status": "The very reason"}
    signed_in.services("tnDetail", body, int(code) if as_status else 200)

    with pytest.raises(CarrierRefused) as refusal:
        look_up(signed_in)

    assert refusal.value.code == code
    assert f"{code}: The very reason" in refusal.value.message
    assert not isinstance(refusal.value, KeysRefused)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"statusCode": "431"}),
        (431, {"statusCode": "431"}),
        (431, ""),
        (429, ""),
        (429, {"fault": {"code": 900800}}),
    ],
)
def test_try_again_is_unavailable_even_for_a_send(signed_in, status, body, text):
    signed_in.services("tnDetail", body, status)
    signed_in.broker("publishMessages", body, status)

    with pytest.raises(CarrierUnavailable, match="try again"):
        look_up(signed_in)
    with pytest.raises(CarrierUnavailable, match="try again"):
        signed_in.carrier.send(text)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, body) for body in BABBLE]
    + [(500, "oops"), (503, {"success": False}), (302, ""), (404, "<html>"), (200, {"statusCode": "500"})],
)
def test_babble_is_unavailable_for_a_look_and_silent_for_a_deed(signed_in, status, body, text):
    for operation in ("tnDetail", "tnAssignedList", "tnMessaging", "messageDetailSearch"):
        signed_in.services(operation, body, status)
    for operation in (
        "selectAuthorization",
        "configureAuthorization",
        "removeAuthorization",
        "publishMessages",
    ):
        signed_in.broker(operation, body, status)
    carrier = signed_in.carrier

    for look in (
        lambda: carrier.find_number(NUMBER),
        carrier.list_numbers,
        carrier.webhooks,
        lambda: carrier.remove_webhook("20"),
        lambda: carrier.turn_on_messaging(NUMBER, mms=True),
    ):
        with pytest.raises(CarrierUnavailable):
            look()
    for deed in (
        lambda: carrier.send(text),
        lambda: carrier.register_webhook(NUMBER, "https://us.example/r", "X-Receiver-Key", "v"),
    ):
        with pytest.raises(CarrierSilent):
            deed()


@pytest.mark.parametrize("step", ["token", "credential"])
@pytest.mark.parametrize(("status", "body"), [(200, "<html>"), (500, "oops"), (200, "{}"), (200, "[]")])
def test_babble_while_signing_in_is_unavailable(account, step, status, body):
    if step == "credential":
        account._answer("https://token.carrier.example/oauth2/token", {"access_token": "t"}, 200)
        account.services("credential", body, status)
    else:
        account._answer("https://token.carrier.example/oauth2/token", body, status)

    with pytest.raises(CarrierUnavailable):
        account.carrier.check_keys()


def test_no_secret_gets_into_a_sentence_or_a_log(signed_in, caplog):
    caplog.set_level(logging.DEBUG)
    keys = signed_in.keys
    secrets = [
        keys.account_key,
        keys.token_secret,
        keys.outbound_api_key,
        signed_in.private_key,
        signed_in.token,
    ]
    signed_in.services(
        "tnDetail", {"statusCode": "409", "status": "bad: " + " ".join(secrets) + "\x1b[31m\n"}
    )

    with pytest.raises(CarrierRefused) as refusal:
        look_up(signed_in)

    assert not [secret for secret in secrets if secret in refusal.value.message + caplog.text + repr(keys)]
    assert "\x1b" not in refusal.value.message
    assert "inteliquent tnDetail: CarrierRefused 409 in " in caplog.text


def test_no_connection_is_unavailable(account):
    account._answer("https://token.carrier.example/oauth2/token", requests.ConnectTimeout(), 200)

    with pytest.raises(CarrierUnavailable, match="Nothing was changed"):
        account.carrier.check_keys()


def test_the_registry_knows_each_carrier():
    for carrier in CarrierName:
        assert receiving(carrier)
        assert receiver_header(carrier) == "X-Receiver-Key"
        assert customer_portal_url(carrier).startswith("https://")
