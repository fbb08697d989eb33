"""Jobs for the worker's tests."""

from __future__ import annotations

import time
from pathlib import Path


def note(path: str, word: str) -> None:
    """Add a word to a file."""
    with Path(path).open("a") as file:
        file.write(f"{word}\n")


def note_slowly(path: str, word: str, seconds: float) -> None:
    """Say that it has begun, take a while, then say that it is done."""
    note(path, f"{word} begun")
    time.sleep(seconds)
    note(path, f"{word} done")


def fail_once(path: str) -> None:
    """Fail the first time it is called, then note the second."""
    if not Path(path).exists():
        note(path, "first")
        raise ValueError("the first time goes wrong")
    note(path, "second")
