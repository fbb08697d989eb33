"""The History Log as a CSV file: what the filters let through, however long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import pgettext

from app.web.csv_file import csv_file
from app.web.filters import moment, utc
from app.web.history.words import changes, target
from app.web.languages import sentence


def csv_of(batches: Iterator[list[Any]], name: str) -> Response:
    """A download that is written while it is read."""
    head = [_("Time"), "UTC", _("What"), pgettext("done on", "On"), _("By"), _("Details")]

    def rows() -> Iterator[list[list[str]]]:
        yield [head]
        for batch in batches:
            yield [_cells(entry) for entry in batch]

    return csv_file(rows(), name)


def _cells(entry: Any) -> list[str]:
    told = (f"{one.name}: {one.after}" if one.before is None else _from_to(one) for one in changes(entry))
    return [
        moment(entry.at),
        utc(entry.at),
        sentence(entry.action),
        target(entry),
        entry.actor,
        "; ".join(told),
    ]


def _from_to(one: Any) -> str:
    return f"{one.name}: {one.before} → {one.after}"
