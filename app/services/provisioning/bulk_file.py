"""A CSV of numbers: read however a spreadsheet saved it, and what is wrong with a row by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app import csv_format
from app.errors import Invalid
from app.phone import NotANumber, parse_us, ten_digits

LARGEST = 2_000_000  # bytes
MOST_ROWS = 5_000
COLUMNS = ("User ID", "Number", "Friendly name", "Type")
TEMPLATE = [COLUMNS, ("una@example.com", "2015550123", "Front desk", "MMS & SMS")]
_FIELDS = ("broadworks_id", "number", "friendly_name", "messaging_type")
_HEADINGS = {
    "userid": 0,
    "user": 0,
    "broadworksid": 0,
    "broadworksuserid": 0,
    "number": 1,
    "cpaasnumber": 1,
    "phonenumber": 1,
    "telephonenumber": 1,
    "friendlyname": 2,
    "name": 2,
    "type": 3,
    "messagingtype": 3,
}
_PHONE = re.compile(r"\W*(?:\d\W*){10,15}")
_KEPT = (200, 60, 200, 40)  # characters: what the table holds
_LONGEST_ID, _LONGEST_NAME = 161, 120
_TYPES = {
    "": None,
    "sms": False,
    "smsonly": False,
    "mms": True,
    "mmssms": True,
    "smsmms": True,
    "mmsandsms": True,
    "smsandmms": True,
}


@dataclass(frozen=True)
class Line:
    """One row as it was typed, and the sentence that says why it cannot be right, if it cannot."""

    broadworks_id: str
    number: str
    friendly_name: str
    messaging_type: str
    objection: str = ""


def read(data: bytes) -> list[Line]:
    """The rows of a file. A header row names the columns in any order; without one they are as in COLUMNS.

    Raises Invalid: with what is wrong with the file as a whole.
    """
    found = csv_format.read(data, most_bytes=LARGEST, most_rows=MOST_ROWS + 1, is_row=_is_row)
    rows = [row for row in ([_clean(cell) for cell in one.cells] for one in found) if any(row)]
    order = _header(rows[0]) if rows else None
    rows = rows[1:] if order else rows
    if not rows:
        raise Invalid("There are no rows in it. Each row holds a user id and a number.", field="file")
    if len(rows) > MOST_ROWS:
        raise csv_format.too_many_rows(MOST_ROWS)
    seen: dict[str, int] = {}
    return [_line(row, order or [0, 1, 2, 3], seen, place) for place, row in enumerate(rows, 1)]


def wants_mms(messaging_type: str) -> bool | None:
    """What the column Type says; None follows the platform. Raises Invalid."""
    word = re.sub(r"[^a-z]", "", messaging_type.lower())
    if word not in _TYPES or (messaging_type and not word):
        raise Invalid("The type must be SMS, or MMS & SMS.")
    return _TYPES[word]


def _is_row(cells: list[str]) -> bool:
    """A header, or a row with a cell that looks like a phone number."""
    return _header(cells) is not None or any(_PHONE.fullmatch(cell) is not None for cell in cells)


def _clean(cell: str) -> str:
    """On one line, without marks that nobody sees."""
    return "".join(c if c.isprintable() else " " for c in cell).strip()


def _header(row: list[str]) -> list[int | None] | None:
    """Where each column stands; None when this is no header."""
    named = [_HEADINGS.get(re.sub(r"[^a-z]", "", cell.lower())) for cell in row]
    if 0 not in named or 1 not in named:
        return None
    return [named.index(column) if column in named else None for column in range(len(_FIELDS))]


def _line(row: list[str], order: list[int | None] | list[int], seen: dict[str, int], place: int) -> Line:
    cells = [row[at] if at is not None and at < len(row) else "" for at in order]
    objection = _objection(cells, seen, place)
    kept = {name: cell[:most] for name, cell, most in zip(_FIELDS, cells, _KEPT, strict=True)}
    return Line(**kept, objection=objection)


def _objection(cells: list[str], seen: dict[str, int], place: int) -> str:
    broadworks_id, number, name, kind = cells
    if not broadworks_id:
        return "The user id is missing."
    if len(broadworks_id) > _LONGEST_ID:
        return "This user id is too long."
    try:
        parsed = parse_us(number if len(number) <= _KEPT[1] else "")  # what is cut is another number
        wants_mms(kind)
    except (NotANumber, Invalid) as wrong:
        return str(wrong)
    if seen.setdefault(parsed, place) != place:
        return f"{ten_digits(parsed)} is in row {seen[parsed]:,} already."
    if len(name) > _LONGEST_NAME:
        return f"The friendly name is longer than {_LONGEST_NAME} characters."
    return ""
