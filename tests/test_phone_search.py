"""Numbers as they are looked for: in search boxes and in the query of an address (S15, D26)."""

import pytest

from app.phone import as_searched, with_lost_plus


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("201-992-0780", "2019920780"),
        ("+1 (201) 992-0780", "2019920780"),
        ("tel:2019920780", "2019920780"),
        ("201\u200e9920780", "2019920780"),
        ("\uff12\uff10\uff11\uff19\uff19\uff12", "201992"),
        ("(201) 992", "201992"),
        ("201/992", "201992"),
        ("(2", "2"),
        ("*0780", "*0780"),
        ("201*80", "201*80"),
        ("011442071838750", "+442071838750"),
        ("+4420", "+4420"),
        ("24/7", "24/7"),
        ("2-4", "2-4"),
        ("Desk 201", "Desk 201"),
        ("una", "una"),
        ("", ""),
    ],
)
def test_a_number_is_looked_for_by_any_part_in_any_way_of_writing(typed, looked_for):
    """S15."""
    assert as_searched(typed) == looked_for


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (" 442071838750", "+442071838750"),
        (" 12125550142", "+12125550142"),
        (" 4930123456", "+4930123456"),
        (" 2125550142", " 2125550142"),
        ("+442071838750", "+442071838750"),
        ("2125550142", "2125550142"),
        (" 40404", " 40404"),
        (" ACME", " ACME"),
        ("", ""),
    ],
)
def test_a_plus_that_a_query_string_lost_is_found_again(value, meant):
    assert with_lost_plus(value) == meant
