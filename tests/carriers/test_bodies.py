"""Bodies that are JSON, nearly JSON, and not (D34)."""

from __future__ import annotations

import json

import pytest

from app.carriers.base import InboundMessage, NotACarrierCall
from app.carriers.bodies import DEEPEST, read_object
from app.carriers.registry import receiving
from app.vocabulary import CarrierName

CALL = {"referenceId": "r1", "from": "12125550142", "to": ["12019920781"], "text": "Grüße 😀"}
WELL = json.dumps(CALL, ensure_ascii=False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_that_json_ever_had_is_read(encoding):
    assert read_object(WELL.encode(encoding)) == CALL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "\0"),
        ("", "\0\0\0\0"),
        ("\ufeff\ufeff", ""),
        ("\n\r\t ", " \r\n\r\n"),
        ("\x02", "\x03"),
        ("\u00a0", "\u2028\x1a"),
        ("", "\x7f\x85"),
    ],
)
def test_what_stands_around_the_object_and_says_nothing_is_left_out(before, after):
    assert read_object((before + WELL + after).encode()) == CALL


@pytest.mark.parametrize("character", [chr(code) for code in (*range(1, 0x20), 0x7F, 0x85, 0x2028)])
def test_control_characters_inside_a_text_are_read(character):
    assert read_object(WELL.replace("Grüße", f"a{character}b").encode())["text"] == f"a{character}b 😀"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"caf\xe9", "caf\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"cut \xf0\x9f\x98", "cut \ufffd"),
        (b"\xc0\xaf", "\ufffd\ufffd"),
        (b"\xf5\x80", "\ufffd\ufffd"),
    ],
)
def test_invalid_utf_8_is_replaced(raw, text):
    assert read_object(b'{"referenceId": "r1", "text": "' + raw + b'"}')["text"] == text


def test_an_emoji_as_two_halves_is_one_character():
    """As JSON spells it, and as systems do that write UTF-16 units one by one (CESU-8)."""
    for raw in (rb"\ud83d\ude00", b"\xed\xa0\xbd\xed\xb8\x80"):
        body = b'{"referenceId": "r1", "text": "' + raw + b'"}'
        event = receiving(CarrierName.INTELIQUENT).parse(read_object(body))
        assert isinstance(event, InboundMessage)
        assert event.text == "😀"


@pytest.mark.parametrize(
    "number", ["12019920781", "12019920781.0", "1.2019920781e10", "1.2019920781E+10", "12019920781.00000000"]
)
@pytest.mark.parametrize("field", ["from", "to", "referenceId"])
def test_a_number_as_a_float_is_that_number(number, field):
    body = f'{{"referenceId": 7, "from": 1, "to": 1, "{field}": {number}}}'
    event = receiving(CarrierName.INTELIQUENT).parse(read_object(body.encode()))
    assert isinstance(event, InboundMessage)
    found = {"from": event.sender, "to": event.recipients[0], "referenceId": event.carrier_reference}[field]
    assert found.removeprefix("+") == "12019920781"


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("1.5", 1.5),
        ("9007199254740993.0", "9007199254740993.0"),
        ("9007199254740992.0", 9007199254740992.0),
        ("1e999", "1e999"),
        ("-1e999999999999", "-1e999999999999"),
        ("1e" + "9" * 30, "1e" + "9" * 30),
        ("9" * 500 + "e" + "1" * 40, "9" * 500 + "e" + "1" * 40),
        ("1e-" + "9" * 30, "1e-" + "9" * 30),
        ("1234567890.12345678901", "1234567890.12345678901"),
        ("9" * 5000, "9" * 5000),
        ("NaN", None),
        ("Infinity", None),
        ("-Infinity", None),
    ],
)
def test_two_numbers_never_become_one(literal, value):
    assert read_object(f'{{"referenceId": {literal}}}'.encode()) == {"referenceId": value}


def test_of_a_name_that_stands_twice_the_last_counts():
    assert read_object(b'{"referenceId": "r1", "text": "a", "text": "b"}')["text"] == "b"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"\0", "not JSON"),
        (WELL.encode()[:-3], "not JSON"),
        (WELL.encode() + WELL.encode(), "not JSON"),
        (WELL.encode() + b" thanks", "not JSON"),
        (b'{"referenceId": "r1",}', "not JSON"),
        (b"{'referenceId': 'r1'}", "not JSON"),
        (b"referenceId=r1&text=Hi", "not JSON"),
        (b"<call><referenceId>r1</referenceId></call>", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"\xef\xbb\xbfnull", "not a JSON object"),
    ],
    ids=lambda part: repr(part[:30]),
)
def test_what_would_have_to_be_guessed_is_not_read(body, says):
    with pytest.raises(NotACarrierCall, match=says):
        read_object(body)


@pytest.mark.parametrize("depth", [*range(DEEPEST - 3, DEEPEST + 3), *range(900, 1100, 7)])
def test_what_is_read_can_be_written_down_again(depth):
    body = b'{"referenceId": "r1", "surprise": ' + b"[" * depth + b"]" * depth + b"}"
    try:
        payload = read_object(body)
    except NotACarrierCall:
        assert depth >= DEEPEST - 1
    else:
        assert depth < DEEPEST + 1
        json.dumps(payload)


def test_many_brackets_in_a_text_are_not_deep():
    assert read_object(json.dumps(CALL | {"text": "[" * 5000}).encode())["text"] == "[" * 5000


def test_no_refusal_quotes_the_body():
    for body in (b'{"text": "secret words"', b'["secret words"]', b"secret words", b'{"text": "secret\xff'):
        with pytest.raises(NotACarrierCall) as refusal:
            read_object(body)
        assert "secret" not in str(refusal.value)
