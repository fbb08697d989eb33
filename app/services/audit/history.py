"""The History Log of a node: what was done there and below."""

from __future__ import annotations

from app.access.scope import Scope, visible
from app.models import AuditEntry
from app.services.keyset import Page, page


def history_page(scope: Scope, *, after: str | None = None, before: str | None = None) -> Page[AuditEntry]:
    """Newest first."""
    return page(
        visible(AuditEntry, scope), order=(AuditEntry.id,), after=after, before=before, newest_first=True
    )
