"""CSV, read and written in one place: every upload goes through `read`, every export through `line`.

`read` finds the encoding, the separator and the line ends of whatever a spreadsheet saved (RFC 4180 and its
relatives). `line` writes what no spreadsheet runs as a formula, and `read` takes that protection off again:
`read("".join(line(row) for row in table).encode())` gives the same cells back.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.errors import Invalid

BOM = "\ufeff"  # by which Excel knows UTF-8

_SEPARATORS = ",;\t|"
_SAID = re.compile(r"sep=([,;\t|])(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
_END = re.compile(r"\r\n|\r|\n")
RowTest = Callable[[list[str]], bool]
_PADDING = re.compile(r"(?<=[\r\n])\0+\Z")  # with which some programs fill up the last block of a file
_OPENS_ELSEWHERE = re.compile(r'[,;\t|] *"')
_SAMPLE_ROWS = 100
_SAMPLE_CHARACTERS = 64_000
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# What a spreadsheet begins a formula with; the full-width, small, raised and lowered spellings count too.
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207c\u207a\u207b\u208c\u208a\u208b\u2212"
# Blanks, controls, and what is not seen: it may stand before the sign. Quotes and apostrophes as well.
_UNSEEN = (
    "\\x00-\\x20\\x7f-\\xa0\\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# Where a cell begins for somebody's spreadsheet, which may split at another separator than ours.
_BEGINS = r"(?:\A|(?<=[,;\t|\r\n]))"
_CALCULATED = rf"['\"{_UNSEEN}]*[{_FORMULA}]|\A'*[\t\r\n]"
_UNSAFE = re.compile(rf"{_BEGINS}(?={_CALCULATED})")
_DEFUSED = re.compile(rf"{_BEGINS}'(?=['\"{_UNSEEN}]*[{_FORMULA}])|\A'(?='*[\t\r\n])")


@dataclass(frozen=True)
class Row:
    """The cells of one row, and the line of the file on which it begins (from 1).

    `is_split_wrong`: in a cell without quotes, a quote opens behind another separator than ours.
    """

    line: int
    cells: list[str]
    is_split_wrong: bool = False


def line(cells: Iterable[str]) -> str:
    """One row of a file, with its line end (CRLF, RFC 4180).

    Every cell is quoted. Before what a spreadsheet would calculate stands an apostrophe, also in the middle
    of a cell after a separator, since a spreadsheet set to semicolons splits our commas differently. Numbers
    with a sign are no exception: `+12015550123` would else become 1.2E+10, and lose its plus.
    """
    return ",".join(f'"{defused(cell).replace(chr(34), chr(34) * 2)}"' for cell in cells) + "\r\n"


def defused(cell: str) -> str:
    """A cell in which nothing is calculated by a spreadsheet."""
    return _UNSAFE.sub("'", cell)


def undefused(cell: str) -> str:
    """The cell again from which `defused` made this."""
    return _DEFUSED.sub("", cell)


def read(data: bytes, *, most_bytes: int, most_rows: int, is_row: RowTest | None = None) -> list[Row]:
    """All rows of a file that hold anything, without the protection of `line`.

    Encodings: UTF-8, UTF-16 and UTF-32 by their marks, UTF-16 without one, else Windows-1252. Separators:
    comma, semicolon, tab, bar; the one under which the quotes make sense and rows have columns, or the one
    that a first line `sep=;` names. `is_row` says of cells whether they look like a row of this file, which
    decides where quotes do not. Line ends: CRLF, LF, CR, mixed; inside of quotes they belong to the cell.

    Raises Invalid (field `file`): too large, too many rows, not text, a quote that does not fit; the sentence
    names the line.
    """
    if len(data) > most_bytes:
        raise _refused(
            f"The file is larger than {most_bytes / 1_000_000:g} MB. Split it and upload the parts."
        )
    text = _decoded(data)
    said = _SAID.match(text)
    start = said.end() if said else 0
    separator = said[1] if said else _separator(text, is_row)
    rows: list[Row] = []
    for row in _rows(text, separator, start):
        if len(rows) == most_rows:
            raise too_many_rows(most_rows)
        rows.append(Row(row.line, [undefused(cell) for cell in row.cells]))
    return rows


def too_many_rows(most: int) -> Invalid:
    """The refusal of a file with more rows than are taken."""
    return _refused(f"There are more than {most:,} rows in it. Split it and upload the parts.")


class _WrongQuote(Invalid):
    """A quote that does not fit. `is_open`: it is never closed."""

    def __init__(self, words: str, *, is_open: bool):
        self.is_open = is_open
        super().__init__(words, field="file")


def _refused(words: str) -> Invalid:
    return Invalid(words, field="file")


def _decoded(data: bytes) -> str:
    if data[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}:
        raise _refused("This is a workbook, not a text file. Save the table as CSV and upload that.")
    encodings = _encodings(data)
    for mark, encoding in encodings:
        try:
            text = _PADDING.sub("", data[len(mark) :].decode(encoding))
        except UnicodeDecodeError:
            continue
        place = text.find("\0")
        if place < 0:
            return text
        words = f"Line {_lines(text[:place]) + 1:,} holds a NUL character, so this is not a text file. "
        raise _refused(words + "Save the table as CSV and upload that.")
    raise _refused("This is not a text file. Save the table as CSV and upload that.")


def _encodings(data: bytes) -> list[tuple[bytes, str]]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return [(mark, encoding)]
    head = data[:2000]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):  # the empty halves of Latin letters
        if len(data) % 2 == 0 and head[first::2].count(0) > len(head) // 4 and 0 not in head[1 - first :: 2]:
            return [(b"", encoding)]
    return [(b"", "utf-8"), (b"", "cp1252")]


def _lines(text: str) -> int:
    return len(_END.findall(text))


def _separator(text: str, is_row: RowTest | None) -> str:
    """By the first rows: the quotes fit, rows are what they should be, many have columns, equally many."""
    sample = text[:_SAMPLE_CHARACTERS]
    is_all = len(sample) == len(text)
    return min(_SEPARATORS, key=lambda one: _strangeness(sample, one, is_row, is_all=is_all))


def _strangeness(sample: str, separator: str, is_row: RowTest | None, *, is_all: bool) -> tuple[int, ...]:
    rows: list[list[str]] = []
    faults = 0
    try:
        for row in _rows(sample, separator, 0):
            rows.append(row.cells)
            faults += row.is_split_wrong
            if len(rows) == _SAMPLE_ROWS:
                break
    except _WrongQuote as wrong:
        faults += int(is_all or not wrong.is_open)  # the sample may end inside of quotes
    widths = Counter(len(row) for row in rows)
    width, often = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    wide = sum(count for columns, count in widths.items() if columns > 1)
    right = sum(is_row(row) for row in rows) if is_row else 0
    prose = sum(cell[:1] == " " for row in rows for cell in row)  # a blank after a comma
    return faults, -right, -wide, -often if width > 1 else 0, prose, -width


def _rows(text: str, separator: str, start: int) -> Iterator[Row]:
    """The rows from a place in the text that hold anything. Raises _WrongQuote."""
    line = 1 + len(_END.findall(text, 0, start))
    boundary = re.compile(rf"[{re.escape(separator)}\r\n]|\Z")
    quoted = re.compile(r'[ \t]*+"' if separator != "\t" else ' *+"')
    place, begun, cells, is_split_wrong = start, line, list[str](), False
    while True:
        if opening := quoted.match(text, place):
            cell, place = _quoted(text, opening.end(), line)
            line += len(_END.findall(cell))
            blanks = " " if separator == "\t" else " \t"
            while place < len(text) and text[place] in blanks:
                place += 1
            end = boundary.match(text, place)
            if end is None:
                words = "after a closing quote comes more text. Write a quote inside of quotes twice."
                raise _WrongQuote(f"Line {line:,}: {words}", is_open=False)
        else:
            end = boundary.search(text, place)
            assert end is not None  # noqa: S101 - the end of the text is one
            cell = text[place : end.start()]
            is_split_wrong |= '"' in cell and _OPENS_ELSEWHERE.search(cell) is not None
        cells.append(cell)
        place = end.end()
        if end[0] == separator:
            continue
        if any(cells):
            yield Row(begun, cells, is_split_wrong)
        if not end[0]:
            return
        if end[0] == "\r" and text.startswith("\n", place):
            place += 1
        line += 1
        begun, cells, is_split_wrong = line, [], False


def _quoted(text: str, place: int, line: int) -> tuple[str, int]:
    """A cell from behind its opening quote, and the place behind the closing one."""
    begin = place
    while True:
        place = text.find('"', place)
        if place < 0:
            raise _WrongQuote(f"Line {line:,}: the quote that opens here is never closed.", is_open=True)
        if not text.startswith('"', place + 1):
            return text[begin:place].replace('""', '"'), place + 1
        place += 2
