"""Numbers as people type them and as carriers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.phone import (
    NotANumber,
    can_be_answered,
    from_carrier,
    is_american,
    parse_any,
    parse_us,
    ten_digits,
)


@pytest.mark.parametrize(
    "typed",
    [
        "2019920780",
        "12019920780",
        "+12019920780",
        "(201) 992-0780",
        "201.992.0780",
        " 1-201-992-0780 ",
        "+1 201 992 0780",
    ],
)
def test_people_type_a_us_number_in_many_ways(typed):
    assert parse_us(typed) == "+12019920780"
    assert parse_any(typed) == "+12019920780"


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
        "2019920780 ext 5",
        "hello",
        "\0",
        "2019920780" * 50,
        "+442071838750",
        "6045550123",
        "8765550123",
    ],
)
def test_what_is_not_a_us_number_says_what_to_type(typed):
    with pytest.raises(NotANumber, match="for example 2015550123"):
        parse_us(typed)


def test_any_country_is_taken_where_people_are_texted():
    assert parse_any("+44 20 7183 8750") == "+442071838750"
    assert parse_any("+49 30 123456") == "+4930123456"
    assert parse_any("604 555 0123") == "+16045550123"


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
    ("raw", "address"),
    [
        ("2019920780", "+12019920780"),
        (2019920780, "+12019920780"),
        ("12019920780", "+12019920780"),
        (12019920780, "+12019920780"),
        ("+12019920780", "+12019920780"),
        (" (201) 992-0780 ", "+12019920780"),
        ("442071838750", "+442071838750"),
        ("+442071838750", "+442071838750"),
        ("+4930123456", "+4930123456"),  # ten digits, and not American
        ("40404", "40404"),
        (40404, "40404"),
        ("ACME Ltd.", "ACME Ltd."),
        ("٢٠١٩٩٢٠٧٨٠", "٢٠١٩٩٢٠٧٨٠"),  # digits of other scripts are not what a carrier writes
        ("", ""),
    ],
)
def test_carriers_write_addresses_in_many_ways(raw, address):
    assert from_carrier(raw) == address


@given(
    st.one_of(
        st.text(max_size=20), st.integers(min_value=0, max_value=10**16), st.from_regex(r"\+?[0-9]{0,16}")
    )
)
def test_our_own_form_stays_as_it_is(raw):
    once = from_carrier(raw)

    assert from_carrier(once) == once


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_number_or_a_sentence(typed):
    try:
        number = parse_any(typed)
    except NotANumber as refusal:
        assert str(refusal).endswith(".")
    else:
        assert number.startswith("+")
        assert number[1:].isdigit()
        assert from_carrier(number) == number


def test_pages_show_ten_digits():
    assert ten_digits("+12019920780") == "2019920780"
    assert ten_digits("+442071838750") == "+442071838750"
    assert ten_digits("40404") == "40404"


def test_only_numbers_can_be_answered():
    assert can_be_answered("+12019920780")
    assert can_be_answered("40404")
    assert not can_be_answered("ACME")
    assert not can_be_answered("")
    assert not can_be_answered("٤٠٤٠٤")
