"""Look-ups: one number for each outcome."""

from __future__ import annotations

import pytest


def detail(api, tn):
    return api.look_up(tn).json()["tnList"]["tnItem"][0]


@pytest.mark.parametrize(
    ("tn", "status", "messaging"),
    [
        ("2019920781", "In Service", "SMSMMS"),
        ("2019920787", "In Service", "SMS"),
        ("2019920788", "In Service", None),
        ("2019920790", "In Service", None),
        ("2019920791", "Pending", "SMSMMS"),
        ("2019920792", "Pending Disconnect", "SMSMMS"),
        ("2019920793", "In Service", "SMSMMS"),
    ],
)
def test_a_number_of_the_account_is_described(api, tn, status, messaging):
    item = detail(api, tn)

    assert (item["tn"], item["tnStatus"]) == (tn, status)
    assert item["tnFeature"]["messaging"].get("messageType") == messaging


def test_a_number_that_is_on_no_account_is_not_found(api):
    answer = api.look_up("2019920789")

    assert answer.status_code == 430
    assert answer.json() == {"statusCode": "430", "status": "No Result Found"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 414),
        ({"tnSearchList": {"tnSearchItem": []}}, 414),
        ({"tnSearchList": {"tnSearchItem": ["2019920781"]}}, 409),
        ({"tnSearchList": {"tnSearchItem": [{"tnMask": "+12019920781"}]}}, 409),
        ({"tnSearchList": {"tnSearchItem": [{"tnMask": 2019920781}]}}, 409),
        ({"tnSearchList": {"tnSearchItem": [{"tnMask": "2019920781"}]}, "pageSort": {"size": 10001}}, 417),
        ({"tnSearchList": {"tnSearchItem": [{"tnMask": "2019920781"}]}, "pageSort": {"page": "x"}}, 409),
    ],
)
def test_a_bad_search_is_answered_with_the_published_code(api, body, code):
    answer = api.services("tnDetail", **body)

    assert (answer.status_code, answer.json()["statusCode"]) == (code, str(code))


def test_a_mask_and_a_status_narrow_the_search(api):
    search = {"tnSearchItem": [{"tnMask": "20199207xx", "tnStatus": "PNDNG"}]}
    items = api.services("tnDetail", tnSearchList=search).json()["tnList"]["tnItem"]

    assert [item["tn"] for item in items] == ["2019920791"]


def test_messaging_is_turned_on_and_off(api):
    on = api.services("tnMessaging", tn="2019920788", messageClass="P2P", messageType="SMSMMS")
    assert (on.status_code, on.json()["status"]) == (200, "Success")
    assert detail(api, "2019920788")["tnFeature"]["messaging"]["messageType"] == "SMSMMS"

    api.services("tnMessaging", tn="2019920788", removeMessaging="Y")
    assert detail(api, "2019920788")["tnFeature"]["messaging"] == {}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tn": "2019920790", "messageClass": "P2P", "messageType": "SMS"}, 425),
        ({"tn": "2019920791", "messageClass": "P2P", "messageType": "SMS"}, 425),
        ({"tn": "2019920780", "messageClass": "P2P", "messageType": "SMS"}, 414),
        ({"tn": "2019920788", "messageClass": "P2P"}, 414),
        ({"tn": "2019920788", "messageClass": "P2P", "messageType": "FAX"}, 409),
    ],
)
def test_messaging_that_cannot_be_turned_on(api, body, code):
    answer = api.services("tnMessaging", **body)

    assert (answer.status_code, answer.json()["statusCode"]) == (code, str(code))


def test_lists_hold_every_number_page_by_page(api):
    assigned = api.services("tnAssignedList").json()["tnBasicList"]["tnBasicItem"]
    assert len(assigned) == 12
    assert {"tn": "2019920792", "tnStatus": "Pending Disconnect"} in assigned

    pages = [
        api.services("tnFeatureMessageList", pageSort={"page": page, "size": 4}).json() for page in (1, 2, 3)
    ]
    items = [item["tn"] for page in pages for item in page["tnFeatureList"]["tnFeatureItem"]]
    assert pages[0]["totalPages"] == "3"
    assert items == [n["tn"] for n in assigned if n["tn"] not in ("2019920788", "2019920790")]


def test_the_state_names_the_outcome_of_each_number(api):
    numbers = api.sandbox.state()["accounts"]["test"]["numbers"]
    outcomes = {number["tn"]: number["outcome"] for number in numbers}

    assert outcomes["2019920781"] == "works, MMS & SMS"
    assert outcomes["2019920787"] == "works, SMS only"
    assert outcomes["2019920788"] == "messaging off, can be turned on"
    assert outcomes["2019920790"] == "messaging off for good"
    assert outcomes["2019920791"] == "pending at the carrier"
    assert outcomes["2019920792"] == "disconnecting at the carrier"
    assert outcomes["2019920793"] == "another system receives it"


def test_an_account_gets_a_block_of_numbers_until_the_next_reset(api):
    api.sandbox.add_numbers("test", "2012200000", 3)
    assert api.look_up("2012200002").json()["tnList"]["tnItem"][0]["tnStatus"] == "In Service"
    api.sandbox.reset()
    assert api.look_up("2012200002").json()["statusCode"] == "430"
