"""In which alphabet a text goes out, and in how many parts the carrier counts it.

What is counted is what is stored is what is sent: `normalised` is called once, before a text is kept, and
makes every line end one line feed. Texts that arrive are counted as they came.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TypedDict

from app.vocabulary import TextEncoding

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # an escape and a character: two, and never torn apart
# Units in a text of one part, and in each part of a longer one (its header takes the rest).
_LENGTHS = {TextEncoding.GSM_7: (160, 153), TextEncoding.UCS_2: (70, 67)}
_PLANE = 0xFFFF  # what is above it is a surrogate pair in UTF-16

_PLAIN = {
    **dict.fromkeys("‘’‚‛′‹›`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "…": "...",
    # Blanks of other widths, and those at which no line breaks.
    **dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " "
    ),
    **dict.fromkeys("\u2028\u2029", "\n"),
    # Nothing to be seen. The joiner of emoji is not among them.
    **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
}
_PLAINER = str.maketrans(_PLAIN)
_LINE_END = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Segments:
    """`units` of the alphabet are used, `remaining` are left before another part begins.

    `turning` are the characters that turn the text to UCS-2, each once, as they come.
    """

    encoding: TextEncoding
    parts: int
    units: int
    remaining: int
    turning: tuple[str, ...]


def count(text: str) -> Segments:
    """How a text goes out. An empty one has no parts."""
    turning = tuple(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENSION))
    encoding = TextEncoding.UCS_2 if turning else TextEncoding.GSM_7
    single, several = _LENGTHS[encoding]
    costs = [_cost(character, encoding) for character in text]
    units = sum(costs)
    if units <= single:
        return Segments(encoding, 1 if units else 0, units, single - units, turning)
    parts, used = 1, 0
    for cost in costs:
        if used + cost > several:  # neither an escape nor a surrogate pair is torn apart
            parts, used = parts + 1, 0
        used += cost
    return Segments(encoding, parts, units, several - used, turning)


class Counted(TypedDict):
    """The columns of a message that keep its count."""

    encoding: TextEncoding | None
    segments: int | None


def counted(text: str | None) -> Counted:
    """The columns of a message that keep its count; none for a picture without words."""
    if not text:
        return {"encoding": None, "segments": None}
    found = count(text)
    return {"encoding": found.encoding, "segments": found.parts}


def normalised(text: str) -> str:
    """A text as it is stored, sent and counted: every line end is a line feed, blanks around it go."""
    return _LINE_END.sub("\n", text.replace("\x00", "")).strip()


def plainer(text: str) -> str:
    """The text with plain quotes, dashes, dots and blanks, in fewer parts perhaps.

    It is offered to the sender and never done by itself. Emoji and letters stay.
    """
    composed = unicodedata.normalize("NFC", _LINE_END.sub("\n", text))
    return unicodedata.normalize("NFC", composed.translate(_PLAINER))


def _cost(character: str, encoding: TextEncoding) -> int:
    if encoding is TextEncoding.GSM_7:
        return 2 if character in _EXTENSION else 1
    return 2 if ord(character) > _PLANE else 1
