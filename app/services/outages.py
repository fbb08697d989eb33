"""Whether a failure is the database's being away, or busy, and not a mistake of ours."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree


def is_away(error: BaseException) -> bool:
    """Nobody there, a lost connection, none free, or two that waited for each other: worth another try."""
    if isinstance(error, NoConnectionFree):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
