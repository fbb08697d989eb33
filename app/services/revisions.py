"""Two administrators edit the same thing: the second is told, and nothing is silently overwritten."""

from __future__ import annotations

from typing import Any

from app.access.scope import EVERYTHING, visible
from app.db import db
from app.errors import Conflict
from app.models import AuditEntry, Revised


class ChangedMeanwhile(Conflict):
    """Somebody else saved first. `revision` is the one to send to replace their values knowingly."""

    def __init__(self, by: str, change: dict[str, Any], revision: int):
        self.revision = revision
        what = "; ".join(
            f"{name.replace('_', ' ')} is now “{value[1]}”"
            for name, value in change.items()
            if isinstance(value, list) and len(value) == 2
        )
        super().__init__(
            f"{by} changed this while you were editing{': ' + what if what else ''}. What you typed is kept "
            "below and not saved yet: save again to replace their values, or open the page anew to keep them."
        )


def require_current(row: Revised, seen: int) -> None:
    """Lock a row for an edit that began at revision `seen`.

    To be called first, inside the transaction of the edit, which counts `revision` up when it changes
    something. Raises ChangedMeanwhile.
    """
    # PostgreSQL locks nothing that an outer join may leave out, so never what was loaded with the row.
    db.session.refresh(row, with_for_update={"of": type(row), "key_share": True})
    if row.revision != seen:
        by, change = _last_edit(row)
        raise ChangedMeanwhile(by, change, row.revision)


def _last_edit(row: Any) -> tuple[str, dict[str, Any]]:
    query = visible(AuditEntry, EVERYTHING).where(
        AuditEntry.target_kind == row.__tablename__, AuditEntry.target_id == row.id
    )
    entry = db.session.scalar(query.order_by(AuditEntry.id.desc()).limit(1))
    return (entry.actor, entry.change) if entry else ("Somebody", {})
