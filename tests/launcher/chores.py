"""Tasks for the worker's tests, as a worker process has them that imports this."""

from __future__ import annotations

import os
import time
from pathlib import Path

from app.jobs.bodies import handles
from app.queued_jobs import TASKS, Task

NOTE = Task("note", queue="outbound", ids=("word",))
NOTE_SLOWLY = Task("note_slowly", queue="outbound", ids=("word", "milliseconds"))
TASKS.update({task.name: task for task in (NOTE, NOTE_SLOWLY)})


@handles(NOTE)
def note(word: int) -> None:
    """Add a word to the file that NOTES names."""
    _note(str(word))


@handles(NOTE_SLOWLY)
def note_slowly(word: int, milliseconds: int) -> None:
    """Say that it has begun, take a while, then say that it is done."""
    _note(f"{word} begun")
    time.sleep(milliseconds / 1000)
    _note(f"{word} done")


def _note(text: str) -> None:
    with Path(os.environ["NOTES"]).open("a") as file:
        file.write(f"{text}\n")
