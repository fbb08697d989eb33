"""What stops a start: one sentence, and the line that mends it."""

from __future__ import annotations


class Problem(Exception):
    """A start cannot go on.

    sentence: what is wrong, in one sentence.
    remedy: the line that mends it.
    details: the end of a tool's own output, when the sentence alone does not say enough.
    """

    def __init__(self, sentence: str, remedy: str, details: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.details = details

    def __str__(self) -> str:
        lines = [self.sentence]
        lines += [f"    | {line}" for line in self.details.splitlines()]
        return "\n".join([*lines, f"  {self.remedy}"])


def tail(text: str, lines: int = 12) -> str:
    """The last `lines` lines of output that are not empty; of a traceback, only what it says."""
    told = [line for line in text.splitlines() if line.strip()]
    if "Traceback (most recent call last)" in text:
        return told[-1]
    return "\n".join(told[-lines:])
