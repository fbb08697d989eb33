"""What a person types into a search box, and the one column in which a number is looked for (S15)."""

from __future__ import annotations

from app.models import Assignment, User

_LONGEST = 400  # of the column


def pattern(typed: str) -> str:
    r"""Wildcards are added by themselves; `*` is one too; `%` and `_` are literal (S15).

    To be used with `escape="\\"`.
    """
    escaped = typed.replace("\0", "").strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped.replace('*', '%')}%"


def search_text(assignment: Assignment, user: User) -> str:
    """One column for one index: number, friendly name and holder, in lower case (S15).

    It ends where the column does: the longest of all four together are longer.
    """
    parts = (assignment.number, assignment.friendly_name or "", user.name, user.broadworks_id)
    return " ".join(part for part in parts if part).lower()[:_LONGEST]
