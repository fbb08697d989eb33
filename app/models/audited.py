"""Marks of rows: their changes belong in the history; people edit them in forms."""

from sqlalchemy.orm import Mapped, mapped_column


class Audited:
    """Changing such a row without writing an AuditEntry in the same transaction is refused."""


class Revised:
    """Edited in a form. `revision` counts the edits, so that the second of two editors is told."""

    revision: Mapped[int] = mapped_column(default=1)
