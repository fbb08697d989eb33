"""What a person types into a search box, and the one column in which a number is looked for (S15)."""

from __future__ import annotations

from app.models import Assignment, MediaStream, User
from app.phone import ten_digits

_LONGEST = 400  # of the column


def pattern(typed: str) -> str:
    r"""Wildcards are added by themselves; `*` is one too; `%` and `_` are literal (S15).

    To be used with `escape="\\"`.
    """
    escaped = typed.replace("\0", "").strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped.replace('*', '%')}%"


def describe(assignment: Assignment, holder: User | MediaStream) -> None:
    """Write what lists sort and search by (S15): after every change of the number or of its holder.

    `search_text` is one column for one index: number, friendly name and holder, in lower case. It ends
    where the column does: the longest of all four together are longer.
    """
    assignment.holder_name = holder.name
    assignment.shown_name = assignment.friendly_name or ten_digits(assignment.number)
    parts = (
        assignment.number,
        assignment.friendly_name or "",
        holder.name,
        getattr(holder, "broadworks_id", ""),
    )
    assignment.search_text = " ".join(part for part in parts if part).lower()[:_LONGEST]
