"""Text as searches compare it: without case, accents and differences of Unicode composition.

Folded in Python, when a search column is written and when a query is read: what `lower()` does in PostgreSQL
depends on the server's locale.
"""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """`École`, `ÉCOLE` and `e\\u0301cole` all become `ecole`; `Straße` becomes `strasse`.

    Compatibility forms become plain ones (full-width letters, ligatures), marks on letters go, case goes.
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def fold_unless_ascii(text: str | None) -> str | None:
    """For a column beside the text itself: None where lower() of any locale finds the text."""
    return None if text is None or text.isascii() else fold(text)
