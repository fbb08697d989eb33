"""CSV: whatever a spreadsheet saved is read, what we write is safe to open, and we read what we wrote."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import csv_format
from app.errors import Invalid


def cells(text, **more):
    data = text if isinstance(text, bytes) else text.encode()
    return [row.cells for row in csv_format.read(data, most_bytes=100_000, most_rows=1_000, **more)]


QUOTED = {
    "semicolons around commas": ('a;b;"A,B,C"', [["a", "b", "A,B,C"]]),
    "commas around semicolons": ('a,b,"A;B;C;D"', [["a", "b", "A;B;C;D"]]),
    "tabs around both": ('a\tb\t"A,B;C,D"', [["a", "b", "A,B;C,D"]]),
    "bars": ('a|b|"A,B"', [["a", "b", "A,B"]]),
    "quoted first": ('"A,B";c', [["A,B", "c"]]),
    "quoted all": ('"a";"b;c"', [["a", "b;c"]]),
    "doubled quotes": ('a;"say ""hi"", you"', [["a", 'say "hi", you']]),
    "blanks around quotes": ('a, "b, c" ,d', [["a", "b, c", "d"]]),
    "a quote that is a letter": ('a,5" pipe,b\nc,d,e', [["a", '5" pipe', "b"], ["c", "d", "e"]]),
    "more rows decide": ("a;b, c\nd;e\nf;g", [["a", "b, c"], ["d", "e"], ["f", "g"]]),
    "one column": ("a\nb", [["a"], ["b"]]),
    "said": ("sep=;\r\na;b,c", [["a", "b,c"]]),
    "said in capitals, by a tab": ("SEP=\t\na\tb,c", [["a", "b,c"]]),
}


@pytest.mark.parametrize(("text", "rows"), QUOTED.values(), ids=QUOTED)
def test_the_separator_is_the_one_under_which_the_quotes_fit(text, rows):
    assert cells(text) == rows


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_every_way_and_those_inside_of_quotes_belong_to_the_cell(end):
    text = end.join(["a,b", f'"c{end}d",e', "", "f,g"])
    rows = csv_format.read(text.encode(), most_bytes=100, most_rows=9)
    assert [row.cells for row in rows] == [["a", "b"], [f"c{end}d", "e"], ["f", "g"]]
    assert [row.line for row in rows] == [1, 2, 5]


def test_what_other_programs_take_for_a_line_end_is_a_letter():
    assert cells("a\u2028b,c\x0bd,e\x85f") == [["a\u2028b", "c\x0bd", "e\x85f"]]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_every_encoding_of_a_spreadsheet_is_known(encoding):
    assert cells("Bücher;Größe, m".encode(encoding)) == [["Bücher", "Größe, m"]]


REFUSED = {
    "NUL": (b"a,b\nc,\0d\n", "Line 2 holds a NUL"),
    "workbook": (b"PK\x03\x04\x14\0", "a workbook"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "a workbook"),
    "no text": (b"\x81\x8d\x8f", "not a text file"),
    "half a character": (b"\xff\xfea", "not a text file"),
    "never closed": (b'a,b\nc,"d\ne,f\n', "Line 2: the quote that opens here is never closed"),
    "closed too early": (b'a,b\n"c" d,e\n', "Line 2: after a closing quote comes more text"),
    "in the third line": (b'"a\nb",c\nd,"e"f"\n', "Line 3: after a closing quote"),
    "too large": (b"a" * 100_001, "larger than 0.1 MB"),
    "too many": (b"a,b\n" * 1_001, "more than 1,000 rows"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_read_says_why_and_where(data, words):
    with pytest.raises(Invalid, match=words) as refusal:
        cells(data)
    assert refusal.value.field == "file"


def test_what_fills_up_the_last_block_of_a_file_is_nothing():
    assert cells(b"a,b\n\0\0\0") == [["a", "b"]]


FORMULAS = [
    *(f"{sign}1+1" for sign in "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫⁼⁺⁻−"),
    *(
        f"{before}=1+1"
        for before in (
            " ",
            "\u00a0",
            "\u200b",
            "\ufeff",
            "\u2060",
            "\u00ad",
            "\u3000",
            "\x01",
            "'",
            '"',
            "\ufe0f",
        )
    ),
    "-5",
    "+12015550123",
]
SPLIT = [
    "Desk;=1+1",
    "Desk,=1+1",
    "Desk\t=1+1",
    "Desk|=1+1",
    "Desk\n=1+1",
    "a; \u200b＝1",
    'a;"=HYPERLINK(""x"");b',
]


@pytest.mark.parametrize("cell", [*FORMULAS, *SPLIT])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_nothing_begins_a_formula_in_a_spreadsheet_that_splits_at_another_separator(cell, separator):
    written = csv_format.line(["before", cell, "after"])
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
        for part in row:
            assert part.strip(' \t\r\n\u00a0\u200b\ufeff\u2060\u00ad\u3000\x01\ufe0f"')[:1] not in set(
                "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻−"
            )
    assert cells(written) == [["before", cell, "after"]]


@pytest.mark.parametrize(
    "cell", ["", "Ünïcode", "3-4", "a@b.example", "1+1=2", "O'Brien", "a; b", 'the "desk"']
)
def test_what_is_harmless_is_written_as_it_is_and_in_quotes(cell):
    doubled = cell.replace('"', '""')
    assert csv_format.line([cell]) == f'"{doubled}"\r\n'


@given(
    st.lists(
        st.lists(st.text("=+-@＝'\";, \t\r\n\u200bab1é"), min_size=2, max_size=4), min_size=1, max_size=4
    )
)
def test_we_read_back_what_we_wrote(table):
    written = csv_format.BOM + "".join(csv_format.line(row) for row in table)
    assert cells(written) == [row for row in table if any(row)]
