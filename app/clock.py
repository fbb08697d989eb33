"""The time. One function, so that tests can hold it still."""

import datetime as dt


def in_words(length: dt.timedelta) -> str:
    """A length of time in English, in the largest unit that is whole: `15 minutes`, `1 hour`, `3 days`."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def now() -> dt.datetime:
    """The present moment, aware, in UTC (D25)."""
    return dt.datetime.now(dt.UTC)
