"""The time. One function, so that tests can hold it still."""

import datetime as dt


def now() -> dt.datetime:
    """The present moment, aware, in UTC (D25)."""
    return dt.datetime.now(dt.UTC)
