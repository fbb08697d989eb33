"""What a person types into a search box, and the one column in which a number is looked for (S15)."""

from __future__ import annotations

from app.models import Assignment, User


def pattern(typed: str) -> str:
    r"""Wildcards are added by themselves; `*` is one too; `%` and `_` are literal (S15).

    To be used with `escape="\\"`.
    """
    escaped = typed.strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped.replace('*', '%')}%"


def search_text(assignment: Assignment, user: User) -> str:
    """One column for one index: number, friendly name and holder, in lower case (S15)."""
    parts = (assignment.number, assignment.friendly_name or "", user.name, user.broadworks_id)
    return " ".join(part for part in parts if part).lower()
