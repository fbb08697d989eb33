"""What a person types into a search box, and the columns in which it is looked for (S15).

Case, accents and Unicode composition make no difference: both sides are folded (`app/folding.py`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from app.folding import fold
from app.models import Assignment, MediaStream, User
from app.phone import ten_digits

_LONGEST = 400  # of the column


def pattern(typed: str) -> str:
    r"""Wildcards are added by themselves; `*` is one too; `%` and `_` are literal (S15).

    To be used with `escape="\\"`.
    """
    escaped = typed.replace("\0", "").strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped.replace('*', '%')}%"


def contains(column: Any, typed: str) -> ColumnElement[bool]:
    """Whether a folded column holds what was typed, anywhere in it."""
    found: ColumnElement[bool] = column.like(pattern(fold(typed)), escape="\\")
    return found


def begins_with(column: Any, typed: str) -> ColumnElement[bool]:
    """Whether a folded column begins with what was typed."""
    found: ColumnElement[bool] = column.like(pattern(fold(typed)).removeprefix("%"), escape="\\")
    return found


def refresh(assignment: Assignment, holder: User | MediaStream) -> None:
    """Write what lists sort and search by (S15): after every change of the number or of its holder.

    `search_text` is one column for one index: number, friendly name and holder, folded. It ends where the
    column does: the longest of all four together are longer.
    """
    assignment.holder_name = holder.name
    assignment.shown_name = assignment.friendly_name or ten_digits(assignment.number)
    parts = (
        assignment.number,
        assignment.friendly_name or "",
        holder.name,
        getattr(holder, "broadworks_id", ""),
    )
    assignment.search_text = fold(" ".join(part for part in parts if part))[:_LONGEST]
