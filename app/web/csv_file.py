"""CSV downloads, written while they are read. The format, and why it is safe, is `app/csv_format.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Response, stream_with_context

from app import csv_format


def csv_file(batches: Iterator[Iterable[Iterable[str]]], name: str) -> Response:
    """A download, UTF-8 with a byte order mark, of rows that come in batches: one of them is in memory.

    `batches`: rows of cells, the header among them. `name`: of the file, as it is offered for saving.
    """

    def parts() -> Iterator[str]:
        yield csv_format.BOM
        for batch in batches:
            yield "".join(csv_format.line(cells) for cells in batch)

    response = Response(stream_with_context(parts()), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
