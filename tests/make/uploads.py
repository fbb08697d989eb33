"""Uploads of many numbers."""

from __future__ import annotations

from typing import Any

from app.access.scope import branch
from app.models import BulkRow, BulkRun, Platform
from app.vocabulary import BulkState, RowOutcome
from tests.make.rows import every, kept, serial


def bulk_run(node: Any, *rows: dict[str, Any], **fields: Any) -> BulkRun:
    """A checked upload at a node; each row is ready unless it says otherwise, and there is at least one."""
    platforms = every(Platform, provider_id=node.provider_id)
    given = {
        "name": "numbers.csv",
        "state": BulkState.CHECKED,
        "actor": "ada@example.com",
        "total": len(rows) or 1,
        "platform_id": platforms[0].id if platforms else None,
        **branch(node),
    }
    run = kept(BulkRun(**{**given, **fields}))
    for ordinal, row in enumerate(rows or ({},), 1):
        kept(BulkRow(**{"run_id": run.id, "ordinal": ordinal, **_dull(), **row}))
    return run


def _dull() -> dict[str, Any]:
    return {
        "broadworks_id": "una@example.com",
        "number": str(2_019_920_000 + next(serial)),
        "friendly_name": "",
        "messaging_type": "SMS",
        "outcome": RowOutcome.READY,
    }
