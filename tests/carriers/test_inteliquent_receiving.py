"""What the carrier calls us with: signatures, the fixed header, messages and receipts."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.carriers.base import DeliveryReceipt, InboundMessage, NotACarrierCall
from app.carriers.registry import receiving
from app.vocabulary import CarrierName

inteliquent = receiving(CarrierName.INTELIQUENT)
KEY, MESSAGE_ID = "made-up-key", "a1b2c3"
PLAIN = hashlib.sha256((KEY + MESSAGE_ID).encode()).hexdigest()
KEYED = hmac.new(KEY.encode(), MESSAGE_ID.encode(), hashlib.sha256)


def parse(**payload):
    return inteliquent.parse({"referenceId": "r-1", **payload})


@pytest.mark.parametrize(
    "token",
    [
        PLAIN,
        PLAIN.upper(),
        KEYED.hexdigest(),
        KEYED.hexdigest().upper(),
        base64.b64encode(KEYED.digest()).decode(),
    ],
)
@pytest.mark.parametrize(
    "names",
    [
        ("messageID", "verificationToken"),
        ("Messageid", "Verificationtoken"),
        ("MESSAGEID", "VERIFICATIONTOKEN"),
    ],
)
def test_a_signature_is_accepted_in_every_form(token, names):
    assert inteliquent.is_signed(dict(zip(names, (MESSAGE_ID, token), strict=True)), KEY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"messageID": MESSAGE_ID},
        {"verificationToken": PLAIN},
        {"messageID": "", "verificationToken": hashlib.sha256(KEY.encode()).hexdigest()},
        {"messageID": MESSAGE_ID, "verificationToken": ""},
        {"messageID": MESSAGE_ID + "x", "verificationToken": PLAIN},
        {"messageID": MESSAGE_ID, "verificationToken": PLAIN[:-1]},
        {"messageID": MESSAGE_ID, "verificationToken": "ü\ud800"},
        {"messageID": MESSAGE_ID, "verificationToken": base64.b64encode(KEYED.digest()).decode().lower()},
    ],
)
def test_anything_else_is_not_signed(headers):
    assert not inteliquent.is_signed(headers, KEY)


def test_an_empty_or_another_key_signs_nothing():
    headers = {"messageID": MESSAGE_ID, "verificationToken": hashlib.sha256(MESSAGE_ID.encode()).hexdigest()}

    assert not inteliquent.is_signed(headers, "")
    assert not inteliquent.is_signed({"messageID": MESSAGE_ID, "verificationToken": PLAIN}, "another-key")


def test_the_fixed_header_is_compared_whole():
    assert inteliquent.has_header({"x-receiver-key": "abc"}, "abc")
    assert not inteliquent.has_header({"X-Receiver-Key": "abcd"}, "abc")
    assert not inteliquent.has_header({"X-Receiver-Key": "ABC"}, "abc")
    assert not inteliquent.has_header({}, "abc")
    assert not inteliquent.has_header({"X-Receiver-Key": ""}, "")


def test_an_inbound_message_as_published():
    body = json.loads(
        '{"referenceId": "AccO", "from": 13125550129, "text": "Fun", "deliveryReceipt": false,'
        ' "to": [12345678901, "4567890232", "+18098767654"], "mediaUrls": ["https://m.example/1"]}'
    )

    assert inteliquent.parse(body) == InboundMessage(
        carrier_reference="AccO",
        sender="+13125550129",
        recipients=("+12345678901", "+14567890232", "+18098767654"),
        text="Fun",
        media_urls=("https://m.example/1",),
    )


def test_only_the_reference_is_required():
    assert inteliquent.parse({"referenceId": 77}) == InboundMessage("77", "", (), "")


@pytest.mark.parametrize("payload", [{}, {"referenceId": None}, {"referenceId": ""}, {"referenceId": " \0"}])
def test_without_a_reference_it_is_no_call(payload):
    with pytest.raises(NotACarrierCall, match="referenceId is missing"):
        inteliquent.parse(payload)


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("2015550123", "+12015550123"),
        (2015550123, "+12015550123"),
        ("12015550123", "+12015550123"),
        ("+12015550123", "+12015550123"),
        ("+442071838750", "+442071838750"),
        (40404, "40404"),
        ("ACME", "ACME"),
        ("AC\0ME\ud800", "ACME\ufffd"),
        (None, ""),
    ],
)
def test_a_sender_in_every_spelling(written, sender):
    assert parse(**{"from": written}).sender == sender


@pytest.mark.parametrize(
    ("written", "recipients"),
    [
        (None, ()),
        ([], ()),
        ("2015550123", ("+12015550123",)),
        (2015550123, ("+12015550123",)),
        (["2015550123", 12015550123, "", None, "+12015550124"], ("+12015550123", "+12015550124")),
    ],
)
def test_recipients_are_one_many_or_none_and_each_once(written, recipients):
    assert parse(to=written).recipients == recipients


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (None, ""),
        ("", ""),
        (" kept as it is \n", " kept as it is \n"),
        (5, "5"),
        (1.5, "1.5"),
        ("a\0b", "ab"),
        ("half \ud83d", "half \ufffd"),
        ("\ude00 other half", "\ufffd other half"),
        ("\ud83d\0\ude00", "😀"),
        ("😀", "😀"),
    ],
)
def test_text_is_what_every_database_takes(written, text):
    assert parse(text=written).text == text


def test_media_are_strings_and_empty_ones_are_dropped():
    assert parse(mediaUrls=None).media_urls == ()
    assert parse(mediaUrls="https://m.example/1").media_urls == ("https://m.example/1",)
    assert parse(mediaUrls=["", " https://m.example/1 ", "\0"]).media_urls == ("https://m.example/1",)


@pytest.mark.parametrize(
    "payload",
    [
        {"referenceId": "x" * 129},
        {"referenceId": 10**128},
        {"referenceId": True},
        {"referenceId": 1.5},
        {"referenceId": ["r"]},
        {"from": "9" * 65},
        {"from": 10**5000},
        {"from": -5},
        {"from": {}},
        {"to": [[]]},
        {"to": [True]},
        {"to": {}},
        {"text": True},
        {"text": ["a"]},
        {"text": 10**5000},
        {"mediaUrls": [1]},
        {"mediaUrls": {}},
        {"mediaUrls": [None]},
        {"mediaUrls": ["https://m.example/" + "x" * 5000]},
        {"deliveryReceipt": "perhaps"},
        {"deliveryReceipt": 1},
        {"deliveryReceipt": []},
    ],
)
def test_what_has_another_shape_is_no_call(payload):
    with pytest.raises(NotACarrierCall):
        parse(**payload)


def test_what_is_not_an_object_is_no_call():
    for body in ([], "referenceId", 5, None):
        with pytest.raises(NotACarrierCall):
            inteliquent.parse(body)


@pytest.mark.parametrize(
    ("stat", "delivered"),
    [
        ("DELIVRD", True),
        ("delivrd", True),
        ("UNDELIV", False),
        ("REJECTD", False),
        ("EXPIRED", False),
        ("DELETED", False),
        ("ACCEPTD", None),
        ("ENROUTE", None),
        ("UNKNOWN", None),
        ("SOMETHING_NEW", None),
    ],
)
@pytest.mark.parametrize("flag", [True, "true", "True"])
def test_a_receipt_says_what_became_of_the_text(stat, delivered, flag):
    text = f"id:1 sub:001 dlvrd:001 submit date:2611221201 done date:2611221202 stat:{stat} err:000 text:Hi"

    receipt = parse(**{"from": 12125550142, "to": ["2015550123"], "text": text, "deliveryReceipt": flag})

    assert receipt == DeliveryReceipt("r-1", ("+12125550142", "+12015550123"), stat.upper(), delivered)


@pytest.mark.parametrize("text", [None, "", "no word", "id:1 text:stat:DELIVRD", "nonstat:DELIVRD", "stat:"])
def test_a_receipt_without_a_stat_changes_nothing(text):
    receipt = parse(text=text, deliveryReceipt=True)

    assert receipt == DeliveryReceipt("r-1", (), "UNKNOWN", None)


@pytest.mark.parametrize("flag", [False, None, "false", "FALSE", ""])
def test_everything_else_is_a_message(flag):
    assert isinstance(parse(text="stat:DELIVRD", deliveryReceipt=flag), InboundMessage)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["referenceId", "from", "to", "text", "mediaUrls", "deliveryReceipt"])


@given(st.dictionaries(names | st.text(max_size=5), anything))
def test_any_object_is_read_or_is_no_call(payload):
    check(payload)


@given(
    st.fixed_dictionaries({"referenceId": st.text(st.characters(exclude_categories=()), min_size=1)}),
    anything,
    anything,
    anything,
)
def test_any_object_with_a_reference_is_read_or_is_no_call(payload, sender, to, text):
    check({**payload, "from": sender, "to": to, "text": text})


def check(payload):
    try:
        call = inteliquent.parse(payload)
    except NotACarrierCall:
        return
    strings = [call.carrier_reference]
    if isinstance(call, InboundMessage):
        strings += [call.sender, *call.recipients, call.text, *call.media_urls]
    else:
        strings += [*call.numbers, call.stat]
    for string in strings:
        assert "\0" not in string
        string.encode()  # no half of a surrogate pair
    assert call.carrier_reference
