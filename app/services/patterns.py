"""What a person types into a search box, as a LIKE pattern."""

from __future__ import annotations


def pattern(typed: str) -> str:
    r"""Wildcards are added by themselves; `*` is one too; `%` and `_` are literal (S15).

    To be used with `escape="\\"`.
    """
    escaped = typed.strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped.replace('*', '%')}%"
