"""Names in mails: plain text in which no mail program finds anything to press."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 60  # characters of a name in a mail
_JOINERS = "\u200c\u200d"  # of scripts and emoji; they hide and turn nothing
_DOTS = ".\u3002\uff0e\uff61\u2024\ufe52"  # whatever a browser reads as the dot of a host name (UTS 46)
_COLONS = ":\uff1a\ufe55\ua789"
_AT = "@\uff20\ufe6b"
_SLASHES = re.compile(r"[/\\]{2,}")
_JOINS = re.compile(rf"([{re.escape(_DOTS + _COLONS)}]+)(?=\S)")
_ADDRESS = re.compile(rf"\s*([{re.escape(_AT)}])\s*")


def plain(words: str, longest: int = LONGEST) -> str:
    """Somebody's words, for a mail: on one line, `longest` characters at most, without anything to press.

    Mail programs make links of `https://evil.example`, `evil.example`, `www.evil.example`, `tel:+12125550142`
    and `ida@evil.example`, in plain text too. A blank behind each dot and colon and around each @,
    and no double slash, prevent it, and people still read what was meant. Marks that are invisible, or turn
    the direction of writing, go. Returns `-` where nothing is left.
    """
    kept = "".join(_kept(c) for c in words)
    apart = _ADDRESS.sub(r" \1 ", _JOINS.sub(r"\1 ", _SLASHES.sub("", kept)))
    tidy = " ".join(apart.split())
    return (tidy if len(tidy) <= longest else f"{tidy[: longest - 1].rstrip()}…") or "-"


def _kept(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cf":
        return character if character in _JOINERS else ""
    return " " if kind in {"Cc", "Cs", "Zl", "Zp", "Zs"} else character
