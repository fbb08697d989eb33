"""Is a whole text one of the words that people text to a machine: STOP, START, HELP (D11)?

Pure functions: from a text to the keyword that it is, for everything that asks.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Collection

# As `normalize` writes them, so OPT-OUT is OPT OUT.
OPT_OUT_WORDS = frozenset(
    {
        "STOP",
        "STOPALL",
        "STOP ALL",
        "END",
        "CANCEL",
        "UNSUBSCRIBE",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "OPT OUT",
    }
)
RESUME_WORDS = frozenset({"START", "UNSTOP", "YES"})
HELP_WORDS = frozenset({"HELP", "INFO"})
LONGEST_WORD = 40  # characters; the record of an opt-out has room for as many
# What is longer, blanks at the ends apart, is no STOP: normalizing must not cost a receiver under attack more
# than a millisecond (Unicode's order of marks takes the square of their number).
_LONGEST_TEXT = 400
_DOTTED_I, _DOTLESS_I = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "\N{LATIN SMALL LETTER DOTLESS I}"
_TURKISH = str.maketrans({_DOTTED_I: "I", _DOTLESS_I: "i"})
# Emoji that NFKC would turn into letters or digits: keycaps, TM, information, circled M, Japanese buttons.
_EMOJI_OF_LETTERS = re.compile(
    "[0-9#*]\ufe0f?\u20e3|[\u2122\u2139\u24c2\u3297\u3299\U0001f201\U0001f202\U0001f210-\U0001f265]"
)
# Shown as nothing, though Unicode calls them letters, marks or symbols: joiner, fillers, variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_BLANKS = frozenset("\u2212\u2800")  # a minus is a dash; the empty Braille pattern is a blank


class Keyword(enum.StrEnum):
    """What a word asks for, and which of our texts answers it."""

    STOP = "stop"
    START = "start"
    HELP = "help"


_MEANINGS = {
    **dict.fromkeys(OPT_OUT_WORDS, Keyword.STOP),
    **dict.fromkeys(RESUME_WORDS, Keyword.START),
    **dict.fromkeys(HELP_WORDS, Keyword.HELP),
}


def normalize(text: str | None) -> str:
    """A text as keywords are compared (D11): "Stop.", "“stop”" and full-width letters all become "STOP".

    Unicode NFKC, without format and control characters and variation selectors, without blanks, quotes,
    punctuation and emoji at both ends, in capitals. Blanks of any kind and dashes inside become one blank; a
    Turkish phone's dotted or dotless I is an I. Returns "" for a text with no letter or digit, and for one
    that is too long for a keyword: more than 400 characters, or more than LONGEST_WORD when normalized.
    """
    text = (text or "").strip()
    if not text or len(text) > _LONGEST_TEXT:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _EMOJI_OF_LETTERS.sub(" ", text))
        text = _INVISIBLE.sub("", text)
    text = " ".join(_trimmed(_plain(text)).split())
    if not text.isascii():  # without what stood between them, letters and marks may be one letter
        text = unicodedata.normalize("NFKC", text).translate(_TURKISH).casefold()
    text = unicodedata.normalize("NFKC", text.upper())
    return text if len(text) <= LONGEST_WORD else ""


def meaning_of(word: str, further: Collection[str] = ()) -> Keyword | None:
    """What a normalized text asks for. `further` are the provider's own opt-out words, normalized."""
    return _MEANINGS.get(word) or (Keyword.STOP if word and word in further else None)


def is_keyword(text: str | None) -> bool:
    """Whether a text may be more than a text, apart from the provider's own words."""
    return meaning_of(normalize(text)) is not None


def is_compliance_keyword(text: str | None, further: Collection[str] = ()) -> bool:
    """Whether no machine may greet this (D20). YES is left out: it may be the answer to anything."""
    word = normalize(text)
    return word != "YES" and meaning_of(word, further) is not None


def _plain(text: str) -> str:
    """Without format and control characters, with plain blanks. "" once there are too many letters."""
    kept, letters = [], 0
    for character in text:
        kind = unicodedata.category(character)
        if character.isspace() or character in _BLANKS or kind == "Pd":
            kept.append(" ")
        elif kind not in {"Cc", "Cf"}:
            kept.append(character)
            letters += character.isalnum()
            if letters > LONGEST_WORD:
                return ""
    return "".join(kept)


def _trimmed(text: str) -> str:
    """From the first letter or digit to the last, with the marks on it."""
    first, last = 0, len(text)
    while first < last and not text[first].isalnum():
        first += 1
    while last > first and not text[last - 1].isalnum():
        last -= 1
    marked = last
    while marked < len(text) and unicodedata.category(text[marked])[0] == "M":
        marked += 1
    return text[first:marked]
