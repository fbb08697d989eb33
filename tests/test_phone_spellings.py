"""No spelling of a number is another number: ten thousand by people, ten thousand by carriers (D26)."""

from __future__ import annotations

import unicodedata
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.phone import Kind, NotANumber, parse, parse_recipient

SPELLINGS, AT_ONCE = 10_000, 20  # one by one, Hypothesis takes minutes


def _numbers() -> list[str]:
    """Valid numbers of every plan that the library knows, as E.164."""
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    examples = (
        phonenumbers.example_number_for_type(region, kind)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in kinds
    )
    form = phonenumbers.PhoneNumberFormat.E164
    return sorted({phonenumbers.format_number(one, form) for one in examples if one})


ABROAD = [number for number in _numbers() if not number.startswith("+1")]
UNSEEN = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2069\ufeff\u00ad\u061c\ufe0f"
)
BLANKS = " \t\u00a0\u2002\u2009\u202f\u205f\u3000\n"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\uff0d\u00b7\u30fc"
PUNCTUATION = "()[]."
ZEROS = "0\uff10\u0660\u06f0\u0966\U0001d7ce"
ADDED = [
    "x5",
    " ext 5",
    "#12",
    ",3",
    ";ext=7",
    " extension 9",
    "p1",
    "A",
    "abc",
    " Jo",
    "O",
    "l",
    "E5",
    "\u00b2",
]


def spelt(chance, *, by_carrier):
    """A number, a spelling of it, and whether it has to be understood."""
    local = chance.choice(["2", "9", f"{chance.randint(2, 9)}"]) + f"{chance.randrange(10**9):09}"
    american = f"+1{local}"
    number = chance.choice([american, chance.choice(ABROAD)])
    digits, is_american = number[1:], number.startswith("+1")
    prefixes = ["+", "00", "011", "tel:+", "TEL:00", "(+"]
    if is_american:
        prefixes += ["", "tel:", "+1", "001"]
    elif by_carrier and len(digits) >= 11:
        prefixes += ["", "001"]  # ten digits without anything are of the US
    prefix = chance.choice(prefixes)
    if is_american and prefix in {"", "tel:"}:
        digits = chance.choice([digits, digits[1:]])
    zero = ord(chance.choice(ZEROS))
    marks = [*UNSEEN, *BLANKS, *DASHES, *PUNCTUATION, *("/" if is_american else "")]
    marks += [""] * len(marks)
    written = [chr(zero + int(digit)) + chance.choice(marks) for digit in digits]
    tail = chance.choice(["", "/TYPE=PLMN", chance.choice(ADDED)])
    written.insert(chance.randint(1, len(written)) if tail.isalpha() else len(written), tail)
    text = chance.choice(["", *UNSEEN, *BLANKS]) + prefix + "".join(written)
    # A quantity, or a number of few digits behind 00, may be something else.
    is_doubtful = not is_american and (".0" in as_ascii("".join(written[-4:])) or len(digits) < 8)
    return number, text, tail not in ADDED and not is_doubtful


def as_ascii(text):
    return "".join(str(unicodedata.decimal(one, one)) for one in text)


def _tries(record_property, read, *, by_carrier):
    """Read ten thousand spellings; count what came of them."""
    seen = {"same": 0, "refused": 0}

    @settings(max_examples=SPELLINGS // AT_ONCE, deadline=None, derandomize=True, database=None)
    @given(st.integers(min_value=0, max_value=2**64))
    def check(seed):
        chance = Random(seed)
        for _ in range(AT_ONCE):
            number, text, has_to_be_read = spelt(chance, by_carrier=by_carrier)
            found = read(text)
            assert found in {number, None}, f"{text!r} is {number}, not {found}"
            assert found == number or not has_to_be_read, f"{text!r} is {number}, and was refused"
            seen["same" if found else "refused"] += 1

    check()
    tried = sum(seen.values())
    record_property(
        "tried", f"{tried:,} spellings: {seen['same']:,} the same number, {seen['refused']:,} refused"
    )
    assert tried >= SPELLINGS
    assert min(seen.values()) > SPELLINGS / 10


def test_no_spelling_of_a_person_is_another_number(record_property):
    def read(text):
        try:
            return parse_recipient(text)
        except NotANumber:
            return None

    _tries(record_property, read, by_carrier=False)


def test_no_spelling_of_a_carrier_is_another_number(record_property):
    def read(text):
        address = parse(text, by_carrier=True)
        return address.value if address.kind is Kind.NUMBER else None

    _tries(record_property, read, by_carrier=True)


@pytest.mark.parametrize("number", [*ABROAD[::7], "+12125550142"])
def test_no_number_is_taken_for_an_emergency(number):
    assert not parse(number).is_emergency
    assert parse_recipient(number) == number
