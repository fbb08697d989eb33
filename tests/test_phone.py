"""Numbers as people type them and as carriers write them (D26)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.phone import (
    Kind,
    NotANumber,
    Problem,
    from_carrier,
    is_american,
    is_number,
    parse,
    parse_recipient,
    parse_remote,
    parse_us,
    refusal_to_answer,
    ten_digits,
)

WRITTEN_IN_MANY_WAYS = [
    "2019920780",
    "12019920780",
    "+12019920780",
    "(201) 992-0780",
    "[201] 992-0780",
    "201.992.0780",
    "201/992-0780",
    " 1-201-992-0780 ",
    "+1 201 992 0780",
    "(+1) 201 992 0780",
    "+1 (1) 201 992 0780",
    "tel:2019920780",
    "TEL: +1-201-992-0780",
    "tel://201-992-0780",
    "tel:+1-201-992-0780;phone-context=+1",
    "tel:201-992-0780;phone-context=+1",
    "sms:+12019920780",
    "+12019920780/TYPE=PLMN",
    "12019920780 / type = plmn",
    "0012019920780",
    "01112019920780",
    "011 1 201 992 0780",
    '"2019920780"',
    "<+12019920780>",
    "2019920780,",
    "2019920780.0",
    "201\u200e9920780",  # left-to-right mark
    "\u202a+12019920780\u202c",  # embedding: pasted from a contact list
    "\ufeff201\u2060992\u200b0780",
    "201\u00ad992\u00ad0780",  # soft hyphens
    "\u2066201 992 0780\u2069",
    "201\ufe0f9920780",
    "201\u2011992\u20130780",
    "201\u2212992\uff0d0780",
    "201\u00b7992\u30fb0780",
    "201\u00a0992\u202f0780",
    "201\u3000992\u20090780",
    "201\t992\n0780",
    "\uff0b\uff11\uff08\uff12\uff10\uff11\uff09\uff19\uff19\uff12\uff0d\uff10\uff17\uff18\uff10",
    "\u0662\u0660\u0661\u0669\u0669\u0662\u0660\u0667\u0668\u0660",  # Arabic-Indic digits
    "\u0968\u0966\u0967\u096f\u096f\u0968\u0966\u096d\u096e\u0966",  # Devanagari digits
    "\U0001d7d00\U0001d7cf9920780",  # mathematical digits
    "2\ufe0f\u20e30\ufe0f\u20e31\ufe0f\u20e39920780",  # keycaps
]


@pytest.mark.parametrize("written", WRITTEN_IN_MANY_WAYS)
def test_a_us_number_is_written_in_many_ways_by_people_and_carriers(written):
    assert parse_us(written) == "+12019920780"
    assert parse_recipient(written) == "+12019920780"
    assert parse_remote(written) == "+12019920780"
    assert from_carrier(written) == "+12019920780"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "1",
        "9920780",
        "20199207801",
        "201992078",
        "0019920780",
        "1019920780",
        "0 201 992 0780",
        "hello",
        "\0",
        "\u200e",
        "2019920780" * 50,
        "1" * 100_000 + "x",
        "2019920780\u00b2",  # a footnote is no digit
        "201992078\u2460",
        "201992078\u00bd",
        "2019920780 2019920781",
        "2019920780 / 2019920781",
        "201992 + 0780",
        "++12019920780",
        "+442071838750",
        "6045550123",
        "8765550123",
        "2019920780 ext 5",
        "2.01992078E+09",  # what a spreadsheet makes of it
    ],
)
def test_what_is_not_a_us_number_says_what_to_type(typed):
    with pytest.raises(NotANumber, match="for example 2015550123"):
        parse_us(typed)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+44 20 7183 8750", "+442071838750"),
        ("+44 (0)20 7183 8750", "+442071838750"),
        ("0044 20 7183 8750", "+442071838750"),
        ("011 44 20 7183 8750", "+442071838750"),
        ("tel:+44-20-7183-8750", "+442071838750"),
        ("tel:2071838750;phone-context=+44", "+442071838750"),
        ("+49 30 123456", "+4930123456"),  # ten digits, and not American
        ("+39 06 1234 5678", "+390612345678"),  # its zero belongs to it
        ("604 555 0123", "+16045550123"),
    ],
)
def test_any_country_is_taken_where_people_are_texted(typed, number):
    assert parse_recipient(typed) == number
    assert from_carrier(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "2125550142 ext 5",
        "2125550142 ext. 5",
        "2125550142 extension 55",
        "2125550142x123",
        "2125550142 X 123",
        "2125550142#5",
        "2125550142,5",
        "2125550142,,5",
        "2125550142;5",
        "tel:+12125550142;ext=5",
        "tel:+12125550142;isub=5",
    ],
)
def test_texts_do_not_reach_an_extension(typed):
    for accept in (parse_us, parse_recipient, parse_remote):
        with pytest.raises(NotANumber, match=r"extension|without letters"):
            accept(typed)
    assert parse(typed, by_carrier=True).kind is Kind.NAME


@pytest.mark.parametrize(
    "typed",
    [
        "555-0142ext",
        "555-0142 Jo",
        "1-800-FLOWERS",
        "212-555-CALL",
        "212555O142",  # the letter O
        "2I25550142",
        "call 2125550142",
        "2125550142 Una",
        "+1212555014z",
        "2.125550142e9",
        "0x2125550142",
    ],
)
def test_letters_are_never_turned_into_digits(typed):
    for accept in (parse_us, parse_recipient):
        with pytest.raises(NotANumber, match="for example 2015550123"):
            accept(typed)
    address = parse(typed)
    assert (address.kind, address.value) in {(Kind.INVALID, typed), (Kind.NAME, typed)}
    assert from_carrier(typed) == typed


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("+2019920780", Problem.WITHOUT_1),
        ("011 201 992 0780", Problem.WITHOUT_1),
        ("+49 30 123456/57", Problem.NO_NUMBER),
        ("+4930123456.0", Problem.NO_NUMBER),
        ("+499999999999999999", Problem.NO_NUMBER),
        ("+999123456789", Problem.NO_NUMBER),
        ("442071838750", Problem.NO_NUMBER),
    ],
)
def test_what_may_be_another_number_is_refused(typed, problem):
    with pytest.raises(NotANumber) as refusal:
        parse_recipient(typed)
    assert str(refusal.value) == problem


@pytest.mark.parametrize(
    ("number", "american"),
    [
        ("+12019920780", True),
        ("+17875550123", True),  # Puerto Rico
        ("+13405550123", True),  # US Virgin Islands
        ("+16715550123", True),  # Guam
        ("+16845550123", True),  # American Samoa
        ("+16705550123", True),  # Northern Mariana Islands
        ("+18005550123", True),  # toll-free
        ("+16045550123", False),  # Canada
        ("+18765550123", False),  # Jamaica
        ("+442071838750", False),
        ("40404", False),
        ("ACME", False),
        ("", False),
    ],
)
def test_american_is_decided_by_the_area_code(number, american):
    assert is_american(number) is american


@pytest.mark.parametrize(
    ("raw", "address", "kind"),
    [
        (2019920780, "+12019920780", Kind.NUMBER),
        (12019920780, "+12019920780", Kind.NUMBER),
        (442071838750, "+442071838750", Kind.NUMBER),
        ("442071838750", "+442071838750", Kind.NUMBER),
        ("011442071838750", "+442071838750", Kind.NUMBER),
        ("00442071838750", "+442071838750", Kind.NUMBER),
        ("001442071838750", "+442071838750", Kind.NUMBER),
        ("+4402071838750", "+442071838750", Kind.NUMBER),
        ("tel:+442071838750", "+442071838750", Kind.NUMBER),
        ("+442071838750/TYPE=PLMN", "+442071838750", Kind.NUMBER),
        ("+44/20/7183/8750", "+442071838750", Kind.NUMBER),
        ("+44\u201120\u20117183\u20118750", "+442071838750", Kind.NUMBER),
        ("+999123456789", "+999123456789", Kind.NUMBER),  # of a plan that we do not know
        ("40404", "40404", Kind.SHORT_CODE),
        (40404, "40404", Kind.SHORT_CODE),
        ("tel:40404", "40404", Kind.SHORT_CODE),
        ("+40404", "40404", Kind.SHORT_CODE),
        ("40404/TYPE=PLMN", "40404", Kind.SHORT_CODE),
        ("24683579", "24683579", Kind.SHORT_CODE),
        ("ACME Ltd.", "ACME Ltd.", Kind.NAME),
        (" ACME ", "ACME", Kind.NAME),
        ("24/7 Help", "24/7 Help", Kind.NAME),
        ("Promo20260101", "Promo20260101", Kind.NAME),
        ("+2019920780", "+2019920780", Kind.NAME),  # of the US or of Egypt: nobody knows
        ("0019920780", "0019920780", Kind.NAME),
        ("", "", Kind.NAME),
    ],
)
def test_a_carrier_writes_one_person_in_many_ways(raw, address, kind):
    read = parse(raw, by_carrier=True)
    assert (read.value, read.kind) == (address, kind)
    assert from_carrier(raw) == from_carrier(address) == address


@given(
    st.one_of(
        st.text(max_size=20), st.integers(min_value=0, max_value=10**16), st.from_regex(r"\+?[0-9]{0,16}")
    )
)
@example("+4400123456789")
def test_our_own_form_stays_as_it_is(raw):
    once = from_carrier(raw)

    assert from_carrier(once) == once


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_number_or_a_sentence(typed):
    try:
        number = parse_recipient(typed)
    except NotANumber as refusal:
        assert str(refusal) in list(Problem)
    else:
        assert number.removeprefix("+").isdigit()
        assert from_carrier(number) == parse_remote(number) == number


def test_pages_show_ten_digits():
    assert ten_digits("+12019920780") == "2019920780"
    assert ten_digits("+442071838750") == "+442071838750"
    assert ten_digits("40404") == "40404"


@pytest.mark.parametrize(
    ("stored", "refusal"),
    [
        ("+12019920780", None),
        ("+442071838750", None),
        ("40404", None),
        ("24683579", Problem.NAME),
        ("ACME", Problem.NAME),
        ("24/7 Help", Problem.NAME),
        ("+2019920780", Problem.NAME),
        ("", Problem.NAME),
        ("911", Problem.EMERGENCY),
        ("988", Problem.EMERGENCY),
    ],
)
def test_numbers_and_short_codes_can_be_answered(stored, refusal):
    assert refusal_to_answer(stored) == refusal
    assert is_number(stored) is (stored in {"+12019920780", "+442071838750"})


@pytest.mark.parametrize(
    ("typed", "remote"),
    [
        ("24683579", "24683579"),
        ("404-04", "40404"),
        ("ACME", "ACME"),
        (" ACME ", "ACME"),
        ("24/7 Help", "24/7 Help"),
        ("911", "911"),
    ],
)
def test_who_cannot_be_answered_can_be_blocked_and_looked_for(typed, remote):
    assert parse_remote(typed) == remote


@pytest.mark.parametrize("typed", ["555-0142", "555-0142ext", "2125550171 ext 5", "", "+", "212555017"])
def test_half_a_number_is_nobody_to_block(typed):
    """It would be stored as an address that no text comes from."""
    with pytest.raises(NotANumber):
        parse_remote(typed)
