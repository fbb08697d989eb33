"""Phone numbers: what people and carriers write, and the one form that we keep (D26)."""

from __future__ import annotations

import re

import phonenumbers

_AMERICAN = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# A plus is always followed by a country code: +49 30 123456 also has ten digits.
_CARRIER_US = re.compile(r"(?:\+?1)?([2-9][0-9]{9})")


class NotANumber(ValueError):
    """The message is a sentence for the person who typed it."""


def parse_us(typed: str) -> str:
    """A US number as people type it, as E.164.

    Takes ten digits, a leading 1, +1 and punctuation (S8, S11, D26).

    Raises NotANumber: with a sentence that says what to type.
    """
    number = parse_any(typed)
    if not is_american(number):
        raise NotANumber("Enter a ten-digit US number, for example 2015550123.")
    return number


def parse_any(typed: str) -> str:
    """A number of any country as E.164; numbers without a country code are read as US.

    Raises NotANumber: with a sentence that says what to type.
    """
    try:
        parsed = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        raise NotANumber("Enter a phone number with its area code, for example 2015550123.") from None
    if parsed.extension or not phonenumbers.is_possible_number(parsed):
        raise NotANumber("Enter a phone number with its area code, for example 2015550123.")
    if parsed.country_code == 1 and not _CARRIER_US.fullmatch(f"{parsed.national_number}"):
        raise NotANumber("Enter a phone number with its area code, for example 2015550123.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def is_american(number: str) -> bool:
    """Whether the numbering plan gives this E.164 number to the US, a US territory or toll-free (D15)."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    if parsed.country_code != 1:
        return False
    region = phonenumbers.region_code_for_number(parsed)
    return region in _AMERICAN or phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE


def from_carrier(raw: str | int) -> str:
    """An address as a carrier wrote it, in our form.

    10, 11 digits or +E.164, string or integer, become E.164; short codes and alphanumeric senders stay
    as they come (D26).
    """
    text = str(raw).strip()
    digits = re.sub(r"[\s().-]", "", text)
    if match := _CARRIER_US.fullmatch(digits):
        return f"+1{match[1]}"
    if _SHORT_CODE.fullmatch(digits):
        return digits
    if re.fullmatch(r"\+[0-9]{7,15}", digits):
        return digits
    if re.fullmatch(r"[0-9]{9,15}", digits):
        return f"+{digits}"
    return text


def ten_digits(number: str) -> str:
    """E.164 as pages show it: ten digits for +1 numbers, anything else unchanged (D26)."""
    return number[2:] if re.fullmatch(r"\+1[0-9]{10}", number) else number


def can_be_answered(address: str) -> bool:
    """Alphanumeric senders cannot be answered (D26)."""
    return re.fullmatch(r"\+?[0-9]{3,15}", address) is not None
