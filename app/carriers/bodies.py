"""Reading what a carrier sends us: JSON as it should be, and JSON as it comes (D34). Pure, no I/O.

Read all the same: control characters inside strings, invalid UTF-8 (replaced), a byte order mark, UTF-16 and
UTF-32, NUL and other control characters around the object, floats that are whole numbers, numbers of any
length, NaN and Infinity (as null), half a surrogate pair, the same name twice (the last counts). Not read:
anything that would have to be guessed, such as trailing commas, a second object, or an end that is missing.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from app.carriers.base import NotACarrierCall

DEEPEST = 100  # levels of nesting; a call has two
_LONGEST_NUMBER = 400  # digits; more stay a string: Python reads no whole number of more than 4300
_EXACT = 16  # characters of a float that always fit into one


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body holds.

    Raises NotACarrierCall with a sentence that quotes nothing of the body.
    """
    for text in _decoded(body):
        try:
            payload = _DECODER.decode(text)
        except (ValueError, RecursionError):
            continue
        if not isinstance(payload, dict):
            raise NotACarrierCall("The body is not a JSON object.")
        if _is_deep(payload, text):
            raise NotACarrierCall(f"The body is nested more than {DEEPEST} levels deep.")
        return payload
    raise NotACarrierCall("The body is not JSON.")


def _decoded(body: bytes) -> Iterator[str]:
    """The body as text: as JSON's rules say, and if that is no JSON, as UTF-8 without what is around it."""
    encoding = json.detect_encoding(body)
    with suppress(UnicodeDecodeError):
        # Halves of surrogate pairs may pass: some systems write them as if they were characters (CESU-8).
        yield body.decode(encoding, "surrogatepass")
    for name in dict.fromkeys((encoding, "utf-8")):
        yield _trimmed(body.decode(name, "replace"))


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _is_padding(text[start]):
        start += 1
    while end > start and _is_padding(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_padding(character: str) -> bool:
    return character.isspace() or character == "\ufeff" or unicodedata.category(character) == "Cc"


def _float(literal: str) -> float | str:
    """A float where it is exactly what was written; else as it was written, so that two numbers stay two."""
    value = float(literal)
    if len(literal) <= _EXACT and math.isfinite(value):
        return value
    with suppress(InvalidOperation):  # an exponent that no decimal has
        if Decimal(literal) == Decimal(value):
            return value
    return literal


def _whole(literal: str) -> int | str:
    return int(literal) if len(literal) <= _LONGEST_NUMBER else literal


def _constant(_literal: str) -> None:
    """NaN and Infinity: a number that the sender does not have."""


# Control characters inside strings are taken as they are (not strict).
_DECODER = json.JSONDecoder(strict=False, parse_float=_float, parse_int=_whole, parse_constant=_constant)


def _is_deep(payload: dict[str, Any], text: str) -> bool:
    """What is nested so deep that writing it down again might fail."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    level: list[Any] = [payload]
    for _ in range(DEEPEST):
        nested = [part for part in level if isinstance(part, dict | list)]
        level = [inner for part in nested for inner in (part.values() if isinstance(part, dict) else part)]
        if not level:
            return False
    return any(isinstance(part, dict | list) for part in level)
