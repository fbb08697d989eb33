"""The mark of rows whose changes belong in the history."""


class Audited:
    """Changing such a row without writing an AuditEntry in the same transaction is refused."""
