"""Phone numbers: what people and carriers write, and the one form that is compared and stored (D26).

`parse` is the only reader of numbers. What it finds is an `Address` of one of four kinds; callers say which
kinds they accept: `parse_us` (our own numbers), `parse_recipient` (who can be texted), `parse_remote` (who
can be blocked or looked for) and `from_carrier` (who texts or is texted, which is never refused).
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import ValidationResult

from app import emergency
from app.spelling import Spelling, as_ascii, digits_in, storable, take_apart

LONGEST_TYPED = 100  # characters of a number as it is typed, with everything that does not count
LONGEST_ADDRESS = 64  # characters of an address as it is stored
LONGEST_ANSWERED = 6  # digits of a short code that texts can go to; carriers write longer ones

_AMERICAN = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})

# The way most addresses come. A plus is always followed by a country code: +49 30 123456 has ten digits, too.
_PLAIN_US = re.compile(r"(?:\+?1)?([2-9][0-9]{9})")
_US_WITH_COUNTRY_CODE = re.compile(r"1{1,2}([2-9][0-9]{9})")  # a second 1 is the trunk prefix of the plan
_E164_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
_FOREIGN_DIGITS = re.compile(r"[2-9][0-9]{6,14}")
_EXTENSION = re.compile(r"(?:e?xt\w*\.?|x|#|,|;[a-z]*=?)[ :]*[0-9]{1,7}$", re.IGNORECASE)
# 123456/57 may be two numbers that share their beginning, and 123456.0 a quantity.
_DOUBTFUL_END = re.compile(r"[0-9] */ *[0-9]{1,3}$|\.0$")
_SHORTEST_SHORT_CODE, _LONGEST_SHORT_CODE = 3, 8
_PART_OF_NUMBER = re.compile(r"[0-9 +*()\[\]./-]*[0-9][0-9 +*()\[\]./-]*")


class Kind(enum.StrEnum):
    """What an address is."""

    NUMBER = "number"  # E.164
    SHORT_CODE = "short code"
    NAME = "name"  # of an alphanumeric sender; cannot be answered
    INVALID = "invalid"


class Problem(enum.StrEnum):
    """What is wrong with an address, for the person who typed it."""

    NO_NUMBER = "Enter a phone number with its area code, for example 2015550123."
    NOT_AMERICAN = "Enter a ten-digit US number, for example 2015550123."
    LETTERS = "Enter the phone number without letters, for example 2015550123."
    EXTENSION = "Enter the phone number without an extension, for example 2015550123."
    WITHOUT_1 = "Enter a US number as ten digits or with +1, for example 2015550123."
    NAME = "This sender has a name instead of a number and cannot be answered."
    EMERGENCY = "Call 911; texts from here do not reach emergency services"


@dataclass(frozen=True)
class Address:
    """What somebody wrote, spelling. `value` is what is stored; of an invalid one, what was written.

    `problem` is what is wrong with an invalid one that a person typed. `is_emergency`: an emergency or crisis
    code, in whatever way it was written.
    """

    kind: Kind
    value: str
    problem: Problem | None = None
    is_emergency: bool = False


class NotANumber(ValueError):
    """The message is a sentence for the person who typed it."""


class EmergencyNumber(NotANumber):
    """A text to an emergency or crisis code."""

    def __init__(self) -> None:
        super().__init__(str(Problem.EMERGENCY))


def parse(written: str | int, *, by_carrier: bool = False) -> Address:
    """Read an address as a person or, `by_carrier`, as a carrier wrote it.

    Takes ten digits, a leading 1, `+` and a country code, the prefixes 011, 00 and 001, `tel:`,
    `/TYPE=PLMN`, punctuation, and any blank or dash of Unicode. Invisible marks are ignored. A decimal digit
    of any script is its value, as NFKC has it for full-width ones; superscripts and circled digits are no
    digits. Letters are never turned into digits. An extension is refused, as texts do not reach one.

    The two differ in what they leave out: a person's digits without a prefix are of the US, and what cannot
    be read is INVALID. A carrier's are of the US or international, and what cannot be read is kept as it
    came, as a NAME.
    """
    text = storable(str(written).strip())
    if by_carrier and (plain := _PLAIN_US.fullmatch(text)):
        return Address(Kind.NUMBER, f"+1{plain[1]}")
    spelling = take_apart(text) if len(text) <= LONGEST_TYPED else Spelling(text[:LONGEST_TYPED], "")
    found = _emergency(spelling) or _with_country_code(spelling) or _american(spelling)
    if by_carrier:
        found = found or _carriers_short_code(spelling) or _foreign(spelling)
        return found or Address(Kind.NAME, text[:LONGEST_ADDRESS])
    return found or _short_code(spelling) or _name(spelling) or _invalid(spelling)


def parse_us(typed: str) -> str:
    """A US number (D15) as people type it, as E.164 (S8, S11, D26).

    Raises NotANumber: with a sentence that says what to type.
    """
    address = parse(typed)
    if address.kind is Kind.NUMBER and is_american(address.value):
        return address.value
    is_special = address.problem not in {None, Problem.NO_NUMBER}
    raise NotANumber(str(address.problem if is_special else Problem.NOT_AMERICAN))


def parse_recipient(typed: str) -> str:
    """Who a text goes to, as people type it: E.164, or a short code of 3 to 6 digits (D26).

    Raises EmergencyNumber; NotANumber: with a sentence that says what to type.
    """
    address = parse(typed)
    if address.is_emergency:
        raise EmergencyNumber
    if address.kind is Kind.NAME:
        raise NotANumber(str(Problem.LETTERS if digits_in(address.value) else Problem.NAME))
    is_too_long = address.kind is Kind.SHORT_CODE and len(address.value) > LONGEST_ANSWERED
    if address.kind is Kind.INVALID or is_too_long:
        raise NotANumber(str(address.problem or Problem.NO_NUMBER))
    return address.value


def parse_remote(typed: str) -> str:
    """Any remote party as people type it: a number, a short code or a name, also one that cannot be answered.

    Raises NotANumber: with a sentence that says what to type.
    """
    address = parse(typed)
    if address.kind is Kind.INVALID:
        raise NotANumber(str(address.problem))
    return address.value


def from_carrier(raw: str | int) -> str:
    """An address as a carrier wrote it, string or integer, as it is stored; "" for nothing (D26)."""
    return parse(raw, by_carrier=True).value


def refusal_to_answer(address: str) -> str | None:
    """Why no text can go to a stored address; None when one can (D26)."""
    try:
        parse_recipient(address)
    except EmergencyNumber as refusal:
        return str(refusal)
    except NotANumber:
        return str(Problem.NAME)
    return None


def is_number(address: str) -> bool:
    """Whether a stored address is a number: neither a short code nor a name."""
    return parse(address).kind is Kind.NUMBER


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


def ten_digits(number: str) -> str:
    """E.164 as pages show it: ten digits for +1 numbers, anything else unchanged (D26)."""
    return number[2:] if re.fullmatch(r"\+1[0-9]{10}", number) else number


def as_searched(typed: str) -> str:
    """What to look for in stored numbers, where any part of one may be typed; `*` stays a wildcard (S15).

    A whole number is looked for in the form that is stored, without the +1 that user ids do not have; a part
    of one without its punctuation; anything else as it was typed.
    """
    address = parse(typed)
    if address.kind is Kind.NUMBER:
        return ten_digits(address.value)
    plain = as_ascii(typed[:LONGEST_TYPED]).strip()
    if len(typed) <= LONGEST_TYPED and _PART_OF_NUMBER.fullmatch(plain) and not _is_part_of_name(plain):
        return re.sub(r"[^0-9*+]", "", plain)
    return typed


def with_lost_plus(value: str) -> str:
    """A value of a query string whose `+` was not encoded, and so became a blank: `with=+442071838750`.

    Only where the plus makes a number that its country uses: a blank before ten digits says nothing.
    """
    if not re.match(r" [1-9]", value):
        return value
    address = parse(f"+{value[1:]}")
    is_used = address.kind is Kind.NUMBER and _is_used(address.value)
    return address.value if is_used else value


def _emergency(spelling: Spelling) -> Address | None:
    """As it is written; behind a plus, the code alone, as it is the same one."""
    if not spelling.digits or not emergency.is_emergency(spelling.digits, has_plus=spelling.has_plus):
        return None
    ends = (spelling.digits[start:] for start in range(len(spelling.digits)))
    value = next(end for end in ends if end in emergency.CODES) if spelling.has_plus else spelling.digits
    return Address(Kind.SHORT_CODE, value, is_emergency=True)


def _with_country_code(spelling: Spelling) -> Address | None:
    found = [number for digits in spelling.international if (number := _number(digits))]
    if not found or _is_doubtful(spelling, found[0]):
        return None
    return Address(Kind.NUMBER, found[0])


def _american(spelling: Spelling) -> Address | None:
    match = None if spelling.has_plus else _PLAIN_US.fullmatch(spelling.digits)
    return Address(Kind.NUMBER, f"+1{match[1]}") if match else None


def _short_code(spelling: Spelling) -> Address | None:
    """A person's: seven digits with a dash are a number without its area code."""
    longest = _LONGEST_SHORT_CODE if spelling.is_bare else LONGEST_ANSWERED
    is_one = not spelling.has_plus and _SHORTEST_SHORT_CODE <= len(spelling.digits) <= longest
    return Address(Kind.SHORT_CODE, spelling.digits) if is_one else None


def _carriers_short_code(spelling: Spelling) -> Address | None:
    longest = LONGEST_ANSWERED if spelling.has_plus else _LONGEST_SHORT_CODE
    is_one = _SHORTEST_SHORT_CODE <= len(spelling.digits) <= longest
    return Address(Kind.SHORT_CODE, spelling.digits) if is_one else None


def _foreign(spelling: Spelling) -> Address | None:
    """A carrier's number without a plus, or of a plan that we do not know yet."""
    if spelling.digits.startswith("001") and (abroad := _number(spelling.digits[3:])) and _is_used(abroad):
        return Address(Kind.NUMBER, abroad)
    for digits in spelling.international or (spelling.digits,):
        number = _number(digits) or f"+{digits}"
        if _FOREIGN_DIGITS.fullmatch(digits) and not _is_doubtful(spelling, number):
            return Address(Kind.NUMBER, number)
    return None


def _name(spelling: Spelling) -> Address | None:
    """What a person takes for the name of a sender: letters, and too few digits for a number."""
    is_one = any(c.isalpha() for c in spelling.plain) and len(digits_in(spelling.plain)) <= LONGEST_ANSWERED
    return Address(Kind.NAME, spelling.text[:LONGEST_ADDRESS]) if is_one else None


def _invalid(spelling: Spelling) -> Address:
    digits, has_letters = digits_in(spelling.plain), any(c.isalpha() for c in spelling.plain)
    if spelling.international and spelling.international[0] and _fits_only_us(spelling.international[0]):
        problem = Problem.WITHOUT_1
    elif len(digits) > LONGEST_ANSWERED and _EXTENSION.search(spelling.plain):
        problem = Problem.EXTENSION
    else:
        problem = Problem.LETTERS if has_letters else Problem.NO_NUMBER
    is_emergency = not has_letters and emergency.is_emergency(digits)
    return Address(Kind.INVALID, spelling.text, problem, is_emergency=is_emergency)


def _is_doubtful(spelling: Spelling, number: str) -> bool:
    """A number abroad that may be another one: of the US without its 1, or with an ending too many."""
    if number.startswith("+1"):
        return False
    return _DOUBTFUL_END.search(spelling.plain) is not None or any(map(_fits_only_us, spelling.international))


def _fits_only_us(digits: str) -> bool:
    """Ten digits behind a plus that are a number of the US and none of the country they begin with."""
    if not _PLAIN_US.fullmatch(digits) or digits.startswith("1"):
        return False
    number = _number(digits)
    return not (number and _is_used(number)) and _is_used(f"+1{digits}")


def _number(digits: str) -> str | None:
    """E.164 of digits that begin with a country code; None where its plan has no number of this length.

    The trunk prefix of a plan is left out, as in `+44 (0)20`, once.
    """
    if digits.startswith("1"):
        match = _US_WITH_COUNTRY_CODE.fullmatch(digits)
        return f"+1{match[1]}" if match else None
    number = _formatted(digits)
    return number if number is not None and _formatted(number[1:]) == number else None


def _formatted(digits: str) -> str | None:
    if not _E164_DIGITS.fullmatch(digits) and len(digits) != 16:  # 15, and a trunk prefix
        return None
    try:
        parsed = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return number if _E164_DIGITS.fullmatch(number[1:]) else None


def _is_part_of_name(plain: str) -> bool:
    """Few digits with marks that names have, too: 24/7, Floor 1-2, 2.0."""
    most = 5 if "/" in plain else 2 if re.search(r"[.-]", plain) else 0
    return len(digits_in(plain)) <= most


def _is_used(number: str) -> bool:
    """Whether the plan of its country has given out numbers like this one."""
    return phonenumbers.is_valid_number(phonenumbers.parse(number, None))
