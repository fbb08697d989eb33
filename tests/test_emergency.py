"""Which codes are emergencies, and in which spellings (D26)."""

from __future__ import annotations

import re

import pytest
from phonenumbers.phonemetadata import PhoneMetadata
from phonenumbers.shortnumberinfo import SUPPORTED_SHORT_REGIONS

from app.emergency import CODES, LEFT_OUT, is_emergency
from app.phone import EmergencyNumber, NotANumber, from_carrier, parse, parse_recipient, parse_remote

SENTENCE = "Call 911; texts from here do not reach emergency services"


def _of_the_library():
    """Every emergency code of up to five digits, and the example of each region."""
    patterns, examples = set(), set()
    for region in SUPPORTED_SHORT_REGIONS:
        about = PhoneMetadata.short_metadata_for_region(region)
        if about and about.emergency and about.emergency.national_number_pattern:
            patterns.add(about.emergency.national_number_pattern)
            examples.add(about.emergency.example_number)
    either = re.compile("|".join(f"(?:{one})" for one in sorted(patterns)))
    digits = (f"{n:0{length}}" for length in (2, 3, 4, 5) for n in range(10**length))
    return {code for code in digits if either.fullmatch(code)} | (examples - {None})


def test_the_list_holds_every_code_of_the_library_but_those_left_out_on_purpose():
    known = _of_the_library()
    assert len(known) > 200
    assert known - CODES - LEFT_OUT == set()
    assert CODES - known == {"988", "9911", "061", "062", "091", "092"}
    assert CODES.isdisjoint(LEFT_OUT)


@pytest.mark.parametrize("code", ["911", "112", "988", "999", "000", "110", "119", "9-911"])
@pytest.mark.parametrize(
    "spelling",
    [
        "{}",
        " {} ",
        "{}.",
        "({})",
        "tel:{}",
        "TEL:{}",
        "tel:{};phone-context=+1",
        "{}/TYPE=PLMN",
        "\u200e{}",
        "{}#",
        "*{}",
    ],
)
def test_a_text_to_an_emergency_code_is_refused_in_any_spelling(code, spelling):
    with pytest.raises(EmergencyNumber) as refusal:
        parse_recipient(spelling.format(code))
    assert str(refusal.value) == SENTENCE


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+911", "911"),
        ("+1911", "911"),
        ("+1 911", "911"),
        ("+1-9-1-1", "911"),
        ("+1988", "988"),
        ("+44 999", "999"),
        ("+49112", "112"),
        ("+61 000", "000"),
        ("tel:+1911", "911"),
        ("1911", "1911"),
        ("0112", "0112"),
        ("011911", "011911"),
        ("01144999", "01144999"),
        ("00112", "00112"),
        ("1-1-2", "112"),
        ("9 1 1", "911"),
        ("9.1.1", "911"),
        ("\uff19\uff11\uff11", "911"),
        ("\u0669\u0661\u0661", "911"),
        ("9\u200b1\u20601", "911"),
        ("9\u20111\u20131", "911"),
    ],
)
def test_it_can_be_received_from_and_blocked(typed, stored):
    with pytest.raises(EmergencyNumber):
        parse_recipient(typed)
    assert parse_remote(typed) == from_carrier(typed) == stored
    with pytest.raises(EmergencyNumber):
        parse_recipient(stored)


@pytest.mark.parametrize(
    "typed",
    [
        "311",
        "211",
        "411",
        "40404",
        "49112",
        "44999",
        "741741",
        "7726",
        "911911",
        "2125550911",
        "+12125550112",
    ],
)
def test_short_codes_and_numbers_that_only_look_like_one_are_taken(typed):
    assert not parse(typed).is_emergency
    assert parse_recipient(typed).endswith(typed.removeprefix("+"))


@pytest.mark.parametrize("digits", ["", "1", "9", "0", "00", "91", "112911", "9111"])
def test_other_digits_are_none(digits):
    assert is_emergency(digits) is (digits == "91")  # Ethiopia's police


@pytest.mark.parametrize("typed", ["+19112", "call 911", "911 now", "911 ext 5"])
def test_what_holds_a_code_is_not_sent_either(typed):
    with pytest.raises(NotANumber):
        parse_recipient(typed)
