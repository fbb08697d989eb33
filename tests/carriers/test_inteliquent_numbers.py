"""What the carrier says about numbers, in our words."""

import pytest

from app.carriers.base import CarrierRefused, CarrierUnavailable, NumberRecord
from app.vocabulary import NumberStatus

NUMBER = "+12015550123"


def detail(**item):
    return {"statusCode": "200", "status": "Success", "tnList": {"tnItem": [{"tn": "2015550123", **item}]}}


def with_type(message_type):
    feature = {"messaging": {"messageClass": "P2P", "messageType": message_type}}
    return detail(tnStatus="In Service", tnFeature=feature)


@pytest.mark.parametrize(
    ("message_type", "sms", "mms"),
    [
        ("SMS", True, False),
        ("MMS", False, True),
        ("SMSMMS", True, True),
        ("SMS_ALT", True, False),
        ("MMS_ALT", False, True),
        ("SMSMMS_ALT", True, True),
        ("smsmms", True, True),
        ("", False, False),
        (None, False, False),
    ],
)
def test_the_message_type_says_what_is_on(signed_in, message_type, sms, mms):
    signed_in.services("tnDetail", with_type(message_type))

    expected = NumberRecord(NUMBER, NumberStatus.IN_SERVICE, sms=sms, mms=mms)
    assert signed_in.carrier.find_number(NUMBER) == expected
    assert signed_in.sent_to("tnDetail")[0]["tnSearchList"] == {"tnSearchItem": [{"tnMask": "2015550123"}]}


@pytest.mark.parametrize("feature", [None, {}, {"messaging": {}}, {"messaging": None}, [], "none"])
def test_no_messaging_feature_is_messaging_off(signed_in, feature):
    signed_in.services("tnDetail", detail(tnStatus="In Service", tnFeature=feature))

    found = signed_in.carrier.find_number(NUMBER)
    assert found is not None
    assert (found.sms, found.mms) == (False, False)


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("In Service", NumberStatus.IN_SERVICE),
        ("INSVC", NumberStatus.IN_SERVICE),
        ("Pending", NumberStatus.PENDING),
        ("PNDNG", NumberStatus.PENDING),
        ("Pending Disconnect", NumberStatus.DISCONNECTING),
        ("PDISC", NumberStatus.DISCONNECTING),
        ("Aging", NumberStatus.OTHER),
        (None, NumberStatus.OTHER),
    ],
)
def test_every_status_has_a_word(signed_in, written, status):
    signed_in.services("tnDetail", detail(tnStatus=written))

    assert signed_in.carrier.find_number(NUMBER).status is status


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"statusCode": "430", "status": "No Result Found"}),
        (430, {"statusCode": "430", "status": "No Result Found"}),
        (200, {"statusCode": "200", "tnList": {"tnItem": []}}),
        (200, {"statusCode": "200", "tnList": {}}),
        (200, {"statusCode": "200", "tnList": {"tnItem": [{"tn": "2015550199"}]}}),
    ],
)
def test_a_number_that_is_not_listed_is_not_on_the_account(signed_in, status, body):
    signed_in.services("tnDetail", body, status)

    assert signed_in.carrier.find_number(NUMBER) is None


@pytest.mark.parametrize("item", [{"tn": 2015550123}, {"tn": "12015550123"}, {"tn": "+12015550123"}])
def test_the_number_is_recognised_in_every_spelling(signed_in, item):
    signed_in.services("tnDetail", {"statusCode": 200, "tnList": {"tnItem": item}})

    assert signed_in.carrier.find_number(NUMBER).number == NUMBER


@pytest.mark.parametrize("body", [{}, {"tnList": None}, {"tnList": "x"}, {"tnList": []}])
def test_an_answer_without_a_list_is_not_a_no(signed_in, body):
    signed_in.services("tnDetail", {"statusCode": "200", "status": "Success", **body})

    with pytest.raises(CarrierUnavailable):
        signed_in.carrier.find_number(NUMBER)


@pytest.mark.parametrize("number", ["+442071838750", "40404", "ACME", "+11015550123", ""])
def test_numbers_that_the_carrier_cannot_hold_are_not_asked_about(account, number):
    assert account.carrier.find_number(number) is None
    assert not account.mock.calls


def test_all_numbers_are_two_lists_as_one(signed_in):
    signed_in.services(
        "tnAssignedList",
        {
            "statusCode": "200",
            "tnBasicList": {
                "tnBasicItem": [
                    {"tn": "2015550101", "tnStatus": "In Service"},
                    {"tn": "2015550102", "tnStatus": "Pending"},
                    {"tn": "2015550103", "tnStatus": "In Service"},
                ]
            },
        },
    )
    page = {"statusCode": "200", "totalPages": "2"}
    first = {**page, "tnFeatureList": {"tnFeatureItem": [{"tn": "2015550101", "messageType": "SMSMMS"}]}}
    second = {**page, "tnFeatureList": {"tnFeatureItem": [{"tn": "2015550103", "messageType": "SMS"}]}}
    signed_in.services("tnFeatureMessageList", first)
    signed_in.services("tnFeatureMessageList", second)

    assert signed_in.carrier.list_numbers() == [
        NumberRecord("+12015550101", NumberStatus.IN_SERVICE, sms=True, mms=True),
        NumberRecord("+12015550102", NumberStatus.PENDING, sms=False, mms=False),
        NumberRecord("+12015550103", NumberStatus.IN_SERVICE, sms=True, mms=False),
    ]
    assert [body["pageSort"]["page"] for body in signed_in.sent_to("tnFeatureMessageList")] == [1, 2]


def test_a_long_list_is_walked_with_the_carriers_own_iterator(signed_in):
    one = {"tnBasicList": {"tnBasicItem": {"tn": "2015550101", "tnStatus": "In Service"}}}
    signed_in.services("tnAssignedList", {"statusCode": "200", **one})
    for number in ("2015550101", "2015550102"):
        entries = {"tnFeatureItem": [{"tn": number, "messageType": "SMS"}]}
        page = {"statusCode": "200", "totalPages": 2, "searchId": "x" * 400, "tnFeatureList": entries}
        signed_in.services("tnFeatureMessageList", page)

    signed_in.carrier.list_numbers()

    assert signed_in.sent_to("tnFeatureMessageList")[1]["pageSort"] == {"searchId": "x" * 400}


def test_a_carrier_that_ignores_page_numbers_does_not_keep_us(signed_in):
    signed_in.services("tnAssignedList", {"statusCode": "200", "tnBasicList": {"tnBasicItem": []}})
    entries = {"tnFeatureItem": [{"tn": "2015550101", "messageType": "SMS"}]}
    page = {"statusCode": "200", "totalPages": "999999999", "tnFeatureList": entries}
    signed_in.services("tnFeatureMessageList", page)

    assert signed_in.carrier.list_numbers() == []
    assert len(signed_in.calls("tnFeatureMessageList")) == 2


def test_an_account_without_numbers_has_none(signed_in):
    signed_in.services("tnAssignedList", {"statusCode": "430"}, 430)

    assert signed_in.carrier.list_numbers() == []


def test_numbers_without_messaging_are_still_listed(signed_in):
    one = {"tnBasicList": {"tnBasicItem": [{"tn": "2015550101", "tnStatus": "In Service"}]}}
    signed_in.services("tnAssignedList", {"statusCode": "200", **one})
    signed_in.services("tnFeatureMessageList", {"statusCode": "430"}, 430)

    [found] = signed_in.carrier.list_numbers()
    assert (found.sms, found.mms) == (False, False)


@pytest.mark.parametrize(
    ("number", "mms", "message_class", "message_type"),
    [
        (NUMBER, True, "P2P", "SMSMMS"),
        (NUMBER, False, "P2P", "SMS"),
        ("+18005550123", False, "A2P8XX", "SMS"),
        ("+18885550123", True, "A2P8XX", "SMSMMS"),
    ],
)
def test_messaging_is_switched_on(signed_in, number, mms, message_class, message_type):
    signed_in.services("tnMessaging", {"statusCode": "200", "status": "Success"})

    signed_in.carrier.turn_on_messaging(number, mms=mms)

    [sent] = signed_in.sent_to("tnMessaging")
    expected = {"tn": number[2:], "messageClass": message_class, "messageType": message_type}
    assert sent == {"privateKey": signed_in.private_key, **expected}


def test_messaging_that_cannot_be_switched_on_says_whom_to_ask(signed_in):
    signed_in.services("tnMessaging", {"statusCode": "425", "status": "Unable to provision"}, 425)

    with pytest.raises(CarrierRefused, match="messaging team"):
        signed_in.carrier.turn_on_messaging(NUMBER, mms=False)
