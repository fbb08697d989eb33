"""Forms of a number: ten digits in our inventory, eleven on the carrier's wire, anything in the wild."""

from __future__ import annotations

import re
from typing import Literal

Form = Literal["digits11", "digits10", "plus", "integer"]


def carrier_form(value: str | int) -> str:
    """US numbers as eleven digits, other numbers and short codes as digits, words as they come.

    `value` may carry a plus and punctuation: "+1 (212) 555-0142" gives "12125550142".
    """
    text = str(value).strip()
    digits = re.sub(r"[\s().+-]", "", text)
    if not digits.isascii() or not digits.isdigit():
        return text
    return f"1{digits}" if len(digits) == 10 else digits


def ten_digits(value: str | int) -> str:
    """As the inventory and the pages write it: a US number without its leading 1."""
    address = carrier_form(value)
    return address[1:] if is_us(address) else address


def is_us(address: str) -> bool:
    """Whether an address in carrier form is a number of the +1 plan."""
    return len(address) == 11 and address.isdigit() and address.startswith("1")


def is_textable(address: str) -> bool:
    """Whether the carrier would try to send to it: digits only, a short code or an international number."""
    return address.isascii() and address.isdigit() and 5 <= len(address) <= 15


def as_seen(address: str, form: Form) -> str | int:
    """One of the forms that carriers use in their calls; what is not a number stays as it is."""
    if not address.isdigit():
        return address
    if form == "integer":
        return int(address)
    if form == "digits10":
        return ten_digits(address)
    if form == "plus" and is_us(address):
        return f"+{address}"
    return address
