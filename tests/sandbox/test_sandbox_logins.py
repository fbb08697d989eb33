"""The three ways to sign in, and what each says to a wrong key."""

from __future__ import annotations

import requests


def token(api, **form):
    return requests.post(f"{api.sandbox.url}/oauth2/token", timeout=10, **form)


def test_a_token_opens_the_services_api(api):
    grant = {"grant_type": "client_credentials"}
    basic = token(api, data=grant, auth=(api.keys["account_key"], api.keys["token_secret"]))
    form = token(
        api,
        data=grant | {"client_id": api.keys["account_key"], "client_secret": api.keys["token_secret"]},
    )

    assert basic.status_code == form.status_code == 200
    assert form.json()["expires_in"] == 3600
    answer = requests.post(
        f"{api.sandbox.url}/Services/2.0.0/credential",
        json={},
        headers={"Authorization": f"Bearer {form.json()['access_token']}"},
        timeout=10,
    )
    assert answer.json()["credential"]["privateKey"] == api.keys["private_key"]


def test_a_wrong_secret_gets_no_token(api):
    answer = token(api, data={"grant_type": "client_credentials"}, auth=(api.keys["account_key"], "wrong"))

    assert answer.status_code == 401
    assert answer.json()["fault"]["code"] == 900901


def test_another_grant_is_refused(api):
    answer = token(
        api, data={"grant_type": "password"}, auth=(api.keys["account_key"], api.keys["token_secret"])
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_wrong_secret_at_the_services_api_is_401001(api):
    api.keys["token_secret"] = "wrong"
    answer = api.look_up("2019920781")

    assert answer.status_code == 401
    assert answer.json() == {"status": "Invalid credentials", "statusCode": "401001"}


def test_an_unknown_token_is_900901(api):
    answer = requests.post(
        f"{api.sandbox.url}/Services/2.0.0/tnDetail",
        json={},
        headers={"Authorization": "Bearer wrong"},
        timeout=10,
    )

    assert (answer.status_code, answer.json()["fault"]["code"]) == (401, 900901)


def test_the_private_key_is_required_and_checked(api):
    missing, wrong = (api.services("tnAssignedList", privateKey=key) for key in ("", "wrong"))

    assert (missing.status_code, missing.json()["statusCode"]) == (408, "408")
    assert (wrong.status_code, wrong.json()["statusCode"]) == (401, "401001")


def test_a_wrong_outbound_key_is_900901(api):
    api.keys["outbound_api_key"] = "wrong"
    answer = api.broker("selectAuthorization")

    assert (answer.status_code, answer.json()["fault"]["code"]) == (401, 900901)


def test_the_keys_of_one_account_do_not_open_the_other(api):
    assert api.look_up("2019920780").json()["statusCode"] == "430"
    assert api.send("12019920780", "12125550142")["success"] is False


def test_a_second_outbound_key_works_until_it_is_removed(api):
    first = api.keys["outbound_api_key"]
    api.keys["outbound_api_key"] = second = api.sandbox.add_key("test")
    assert api.broker("selectAuthorization").status_code == 200

    api.sandbox.remove_key("test", second)
    assert api.broker("selectAuthorization").status_code == 401

    api.keys["outbound_api_key"] = first
    assert api.broker("selectAuthorization").status_code == 200


def test_keys_are_random_and_shown_nowhere_in_the_state(api):
    shown = requests.get(f"{api.sandbox.url}/control/state", timeout=10).text
    keys = [key for account in api.sandbox.accounts().values() for key in account.values()]

    assert len(set(keys)) == 8
    assert not any(key in shown for key in keys)
