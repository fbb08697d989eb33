"""How an address is spelled: what people, files and carriers put around its digits, taken away (D26)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_SCHEME = re.compile(r"^(?:tel|sms):", re.IGNORECASE)
_PLMN = re.compile(r"/ *TYPE *= *PLMN$", re.IGNORECASE)  # RFC 3191; MMS gateways write it
# RFC 3966 and 3261. Other parameters (ext, isub) lead to somebody else behind the same number.
_PARAMETER = re.compile(r" *(?:user=phone|npdi|phone-context=(?P<context>\+?[\w.+-]*)) *", re.IGNORECASE)
_DIGITS_AND_MARKS = re.compile(r"[ (\[]*(?P<plus>\+?)(?P<rest>[0-9 ()\[\]./-]*)")
_DECIMAL = re.compile(r"(\+?1[2-9][0-9]{9}|[2-9][0-9]{9})\.0")  # a number that a script took for a quantity
_PREFIXES = ("011", "00")  # of the US, and of most other plans
_LONGEST_LOCAL = 9  # digits that cannot be a prefix and a number
_AROUND = " \"'<>,:;.\u201c\u201d\u2018\u2019\u00ab\u00bb"
_DASHES = frozenset("\u00b7\u02d7\u2022\u2027\u2043\u2212\u30fb\u30fc")  # besides the category Pd
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u20e3\u3164\uffa0") | frozenset(
    chr(code)
    for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(first, last + 1)
)  # besides the category Cf: fillers, variation selectors, the frame of a keycap


@dataclass(frozen=True)
class Spelling:
    """An address taken apart.

    `plain` is ASCII where it can be, without scheme and type. `digits` is "" where something else than digits
    and their punctuation is in it; then nothing else is said. `is_bare`: nothing stands between the digits.
    `international` are the digits with their country code, where something announces one.
    """

    text: str
    plain: str
    digits: str = ""
    has_plus: bool = False
    is_bare: bool = False
    international: tuple[str, ...] = ()


def take_apart(text: str) -> Spelling:
    """Read the spelling of an address. Pure; never fails."""
    plain, contexts = _without_frame(as_ascii(text))
    if decimal := _DECIMAL.fullmatch(plain):
        plain = decimal[1]
    match = _DIGITS_AND_MARKS.fullmatch(plain) if contexts is not None else None
    digits = digits_in(match["rest"]) if match else ""
    if not match or not digits:
        return Spelling(text, plain)
    prefix = next((p for p in _PREFIXES if digits.startswith(p)), "") if len(digits) > _LONGEST_LOCAL else ""
    with_context = tuple(context + digits for context in contexts or ())
    announced = (digits,) if match["plus"] else (digits.removeprefix(prefix),) if prefix else with_context
    return Spelling(text, plain, digits, bool(match["plus"]), match["rest"] == digits, announced)


def storable(text: str) -> str:
    """Without what no database takes: NUL and half a surrogate pair."""
    return "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff").strip()


def as_ascii(text: str) -> str:
    """Digits, blanks, dashes and punctuation of any script as ASCII has them, without invisible marks."""
    return text if text.isascii() and text.isprintable() else "".join(map(_ascii_of, text))


def _ascii_of(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    category = unicodedata.category(character)
    if category == "Cf" or character in _UNSEEN:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character in _DASHES:
        return "-"
    if category in {"Zs", "Zl", "Zp", "Cc"}:
        return " "
    alike = unicodedata.normalize("NFKC", character)
    return character if digits_in(alike) else alike  # a superscript 2 is a footnote


def digits_in(text: str) -> str:
    """The ASCII digits of a text."""
    return re.sub(r"[^0-9]", "", text)


def _without_frame(plain: str) -> tuple[str, tuple[str, ...] | None]:
    """Without scheme, type and parameters; with the country codes that parameters name.

    None in their place: a parameter leads to somebody else behind this number.
    """
    plain = _SCHEME.sub("", plain.lstrip(_AROUND)).strip(_AROUND)
    bare, *parameters = _PLMN.sub("", plain).split(";")
    known = [match for parameter in parameters if (match := _PARAMETER.fullmatch(parameter))]
    if len(known) != len(parameters):
        return plain, None
    contexts = [match["context"] or "" for match in known]
    return bare.strip(_AROUND), tuple(one[1:] for one in contexts if re.fullmatch(r"\+[0-9]{1,3}", one))
