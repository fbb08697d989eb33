"""CSV downloads: written while they are read, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response, stream_with_context

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(batches: Iterator[Iterable[Iterable[str]]], name: str) -> Response:
    """A download of rows that come in batches, of which one is in memory at a time."""
    lines = ("".join(csv_line(cells) for cells in batch) for batch in batches)
    response = Response(stream_with_context(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def csv_line(cells: Iterable[str]) -> str:
    """What a spreadsheet would run as a formula gets an apostrophe."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) else cell for cell in cells])
    return line.getvalue()
