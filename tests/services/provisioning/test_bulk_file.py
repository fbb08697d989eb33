"""A CSV of numbers is read however a spreadsheet saved it."""

import pytest

from app.errors import Invalid
from app.phone import parse_us
from app.services.provisioning import bulk_file

GOOD = "2019920781"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_however_a_spreadsheet_saved_it(separator, encoding):
    text = f"una@example.com{separator}{GOOD}{separator}Büro{separator}SMS\r\n"
    [line] = bulk_file.read(text.encode(encoding))
    assert (line.broadworks_id, line.number, line.friendly_name) == ("una@example.com", GOOD, "Büro")
    assert (line.messaging_type, line.objection) == ("SMS", "")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (f'front.desk@demo.example;{GOOD};"A,B,C"', "A,B,C"),
        (f'front.desk@demo.example,{GOOD},"A;B;C;D;E"', "A;B;C;D;E"),
        (f"front.desk@demo.example,{GOOD},A;B;C;D;E", "A;B;C;D;E"),
        (f'front.desk@demo.example\t{GOOD}\t"A,B;C,D;E"', "A,B;C,D;E"),
        (f'sep=;\rfront.desk@demo.example;{GOOD};"A,B,C"\r', "A,B,C"),
        (f'front.desk@demo.example, {GOOD}, "A, B"', "A, B"),
        (f'front.desk@demo.example;{GOOD};"Two\nlines"\n', "Two lines"),
    ],
)
def test_the_separator_is_where_the_quotes_and_the_numbers_say(file, name):
    """D26: the number is a number under one separator only."""
    [line] = bulk_file.read(file.encode())
    found = (line.broadworks_id, line.number, line.friendly_name, line.objection)
    assert found == ("front.desk@demo.example", GOOD, name, "")


def test_a_header_names_the_columns_in_any_order_and_the_rest_is_ignored():
    text = f"Messaging Type;Colour;NUMBER;user-id\nSMS;blue;{GOOD};una@example.com\n;;;\n"
    [line] = bulk_file.read(text.encode())
    assert (line.broadworks_id, line.number, line.messaging_type) == ("una@example.com", GOOD, "SMS")
    assert line.friendly_name == ""


def test_the_template_and_what_we_wrote_ourselves_can_be_read_back():
    template = "\n".join(",".join(row) for row in bulk_file.TEMPLATE)
    assert bulk_file.read(template.encode())[0].objection == ""
    [line] = bulk_file.read(f"una@example.com,'+1{GOOD},'=1+1\n".encode())
    assert (line.number, line.friendly_name, line.objection) == (f"+1{GOOD}", "=1+1", "")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "no rows"),
        (b"user id,number\n", "no rows"),
        (b"PK\x03\x04\x00\x00", "not a text file"),
        (b"a,b\n" * 5_001, "more than 5,000"),
        (b"x" * 2_000_001, "larger than 2 MB"),
        (b'"' + b"x" * 200_000, "Line 1: the quote that opens here is never closed"),
    ],
)
def test_a_file_that_is_none_says_why(file, words):
    with pytest.raises(Invalid, match=words) as refusal:
        bulk_file.read(file)
    assert refusal.value.field == "file"


@pytest.mark.parametrize(
    "typed",
    [
        "tel:2019920781",
        "2019920781.0",
        "201\u200e9920781",
        "(201) 992\u20110781",
        "+1 201 992 0781",
        "0012019920781",
    ],
)
def test_a_number_is_taken_in_any_spelling_and_each_once(typed):
    """D26."""
    first, second = bulk_file.read(f"una@example.com,{typed}\nida@example.com,{GOOD}\n".encode())
    assert (parse_us(first.number), first.objection) == (f"+1{GOOD}", "")
    assert second.objection == f"{GOOD} is in row 1 already."


@pytest.mark.parametrize(
    "typed",
    ["2019920781 ext 5", "201-992-CALL", "2.01992078E+09", "911", "40404", "+442071838750", "201\u200e" * 20],
)
def test_what_is_no_number_of_ours_is_objected_to(typed):
    """D15, D26: a cell that the table would cut is another number."""
    [line] = bulk_file.read(f"una@example.com,{typed}{' ' * 60}\n".encode())
    assert line.objection.endswith("for example 2015550123.")
