"""The list of numbers as a CSV file: what the filters let through, however long (S15)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response, stream_with_context
from flask_babel import gettext as _

from app.phone import ten_digits
from app.web.filters import messaging, shown

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(batches: Iterator[list[Any]], *, with_platform: bool, with_provider: bool, name: str) -> Response:
    """A download that is written while it is read: no more than one batch is in memory."""
    head = [
        _("User/Media Stream"),
        _("CPaaS Number"),
        _("Friendly Name"),
        _("Messaging Type"),
        _("State"),
        _("End Date"),
        *([_("Platform")] if with_platform else []),
        *([_("Provider")] if with_provider else []),
    ]
    running = _("Active Assignment")

    def lines() -> Iterator[str]:
        yield _line(head)
        for batch in batches:
            yield "".join(
                _line(_cells(row, running, with_platform=with_platform, with_provider=with_provider))
                for row in batch
            )

    response = Response(stream_with_context(lines()), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _cells(row: Any, running: str, *, with_platform: bool, with_provider: bool) -> list[str]:
    return [
        row.holder_name,
        ten_digits(row.number),
        row.shown_name,
        messaging(row),
        str(shown(row.state).word),
        row.ended_at.isoformat(timespec="seconds") if row.ended_at else running,
        *([row.platform.name] if with_platform else []),
        *([row.provider.name] if with_provider else []),
    ]


def _line(cells: Iterable[str]) -> str:
    """What a spreadsheet would run as a formula gets an apostrophe."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) else cell for cell in cells])
    return line.getvalue()
