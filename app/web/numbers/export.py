"""The list of numbers as a CSV file: what the filters let through, however long (S15)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response
from flask_babel import gettext as _

from app.phone import ten_digits
from app.web.csv_file import csv_file
from app.web.filters import messaging, shown


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

    def rows() -> Iterator[list[list[str]]]:
        yield [head]
        for batch in batches:
            yield [
                _cells(row, running, with_platform=with_platform, with_provider=with_provider)
                for row in batch
            ]

    return csv_file(rows(), name)


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
