"""Phone numbers: what people and carriers write, and the one form that is compared and stored (D26).

`parse` is the only reader of numbers. What it finds is an `Address` of one of four kinds; callers say which
kinds they accept: `parse_us` (our own numbers), `parse_recipient` (who can be texted), `parse_remote` (who
can be blocked or looked for) and `from_carrier` (who texts or is texted, which is never refused).
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import ValidationResult

from app import emergency

LONGEST_TYPED = 100  # characters of a number as it is typed, with everything that does not count
LONGEST_ADDRESS = 64  # characters of an address as it is stored
LONGEST_ANSWERED = 6  # digits of a short code that texts can go to; carriers write longer ones

_AMERICAN = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})

# The way most addresses come. A plus is always followed by a country code: +49 30 123456 has ten digits, too.
_PLAIN_US = re.compile(r"(?:\+?1)?([2-9][0-9]{9})")
_US_WITH_COUNTRY_CODE = re.compile(r"1{1,2}([2-9][0-9]{9})")  # a second 1 is the trunk prefix of the plan
_E164_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
_FOREIGN_DIGITS = re.compile(r"[2-9][0-9]{6,14}")
_SCHEME = re.compile(r"^(?:tel|sms):", re.IGNORECASE)
_PLMN = re.compile(r"/ *TYPE *= *PLMN$", re.IGNORECASE)  # RFC 3191; MMS gateways write it
# RFC 3966 and 3261. Other parameters (ext, isub) lead to somebody else behind the same number.
_PARAMETER = re.compile(r" *(?:user=phone|npdi|phone-context=(?P<context>\+?[\w.+-]*)) *", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:e?xt\w*\.?|x|#|,|;[a-z]*=?)[ :]*[0-9]{1,7}$", re.IGNORECASE)
_DIGITS_AND_MARKS = re.compile(r"[ (\[]*(?P<plus>\+?)(?P<rest>[0-9 ()\[\]./-]*)")
_DECIMAL = re.compile(r"(\+?1[2-9][0-9]{9}|[2-9][0-9]{9})\.0")  # a number that a script took for a quantity
# 123456/57 may be two numbers that share their beginning, and 123456.0 a quantity.
_DOUBTFUL_END = re.compile(r"[0-9] */ *[0-9]{1,3}$|\.0$")
_PREFIXES = ("011", "00")  # of the US, and of most other plans
_LONGEST_LOCAL = 9  # digits that cannot be a prefix and a number
_SHORTEST_SHORT_CODE, _LONGEST_SHORT_CODE = 3, 8
_AROUND = " \"'<>,:;.\u201c\u201d\u2018\u2019\u00ab\u00bb"
_DASHES = frozenset("\u00b7\u02d7\u2022\u2027\u2043\u2212\u30fb\u30fc")  # besides the category Pd
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u20e3\u3164\uffa0") | frozenset(
    chr(code)
    for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(first, last + 1)
)  # besides the category Cf: fillers, variation selectors, the frame of a keycap
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
    """What somebody wrote, read. `value` is what is stored; of an invalid one, what was written.

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
    text = _storable(str(written).strip())
    if by_carrier and (plain := _PLAIN_US.fullmatch(text)):
        return Address(Kind.NUMBER, f"+1{plain[1]}")
    read = _read(text)
    found = _emergency(read) or _with_country_code(read) or _american(read)
    if by_carrier:
        found = found or _carriers_short_code(read) or _foreign(read)
        return found or Address(Kind.NAME, text[:LONGEST_ADDRESS])
    return found or _short_code(read) or _name(read) or _invalid(read)


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
        raise NotANumber(str(Problem.LETTERS if _digits_in(address.value) else Problem.NAME))
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
    plain = _ascii(typed).strip()
    if _PART_OF_NUMBER.fullmatch(plain) and not _is_part_of_name(plain):
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


@dataclass(frozen=True)
class _Read:
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


def _read(text: str) -> _Read:
    plain, contexts = _without_frame(_ascii(text))
    if decimal := _DECIMAL.fullmatch(plain):
        plain = decimal[1]
    match = _DIGITS_AND_MARKS.fullmatch(plain) if contexts is not None else None
    digits = _digits_in(match["rest"]) if match else ""
    if not match or not digits:
        return _Read(text, plain)
    prefix = next((p for p in _PREFIXES if digits.startswith(p)), "") if len(digits) > _LONGEST_LOCAL else ""
    with_context = tuple(context + digits for context in contexts or ())
    announced = (digits,) if match["plus"] else (digits.removeprefix(prefix),) if prefix else with_context
    return _Read(text, plain, digits, bool(match["plus"]), match["rest"] == digits, announced)


def _emergency(read: _Read) -> Address | None:
    """As it is written; behind a plus, the code alone, as it is the same one."""
    if not read.digits or not emergency.is_emergency(read.digits, has_plus=read.has_plus):
        return None
    ends = (read.digits[start:] for start in range(len(read.digits)))
    value = next(end for end in ends if end in emergency.CODES) if read.has_plus else read.digits
    return Address(Kind.SHORT_CODE, value, is_emergency=True)


def _with_country_code(read: _Read) -> Address | None:
    found = [number for digits in read.international if (number := _number(digits))]
    if not found or _is_doubtful(read, found[0]):
        return None
    return Address(Kind.NUMBER, found[0])


def _american(read: _Read) -> Address | None:
    match = None if read.has_plus else _PLAIN_US.fullmatch(read.digits)
    return Address(Kind.NUMBER, f"+1{match[1]}") if match else None


def _short_code(read: _Read) -> Address | None:
    """A person's: seven digits with a dash are a number without its area code."""
    longest = _LONGEST_SHORT_CODE if read.is_bare else LONGEST_ANSWERED
    is_one = not read.has_plus and _SHORTEST_SHORT_CODE <= len(read.digits) <= longest
    return Address(Kind.SHORT_CODE, read.digits) if is_one else None


def _carriers_short_code(read: _Read) -> Address | None:
    longest = LONGEST_ANSWERED if read.has_plus else _LONGEST_SHORT_CODE
    is_one = _SHORTEST_SHORT_CODE <= len(read.digits) <= longest
    return Address(Kind.SHORT_CODE, read.digits) if is_one else None


def _foreign(read: _Read) -> Address | None:
    """A carrier's number without a plus, or of a plan that we do not know yet."""
    if read.digits.startswith("001") and (abroad := _number(read.digits[3:])) and _is_used(abroad):
        return Address(Kind.NUMBER, abroad)
    for digits in read.international or (read.digits,):
        number = _number(digits) or f"+{digits}"
        if _FOREIGN_DIGITS.fullmatch(digits) and not _is_doubtful(read, number):
            return Address(Kind.NUMBER, number)
    return None


def _name(read: _Read) -> Address | None:
    """What a person takes for the name of a sender: letters, and too few digits for a number."""
    is_one = any(c.isalpha() for c in read.plain) and len(_digits_in(read.plain)) <= LONGEST_ANSWERED
    return Address(Kind.NAME, read.text[:LONGEST_ADDRESS]) if is_one else None


def _invalid(read: _Read) -> Address:
    digits, has_letters = _digits_in(read.plain), any(c.isalpha() for c in read.plain)
    if read.international and read.international[0] and _fits_only_us(read.international[0]):
        problem = Problem.WITHOUT_1
    elif len(digits) > LONGEST_ANSWERED and _EXTENSION.search(read.plain):
        problem = Problem.EXTENSION
    else:
        problem = Problem.LETTERS if has_letters else Problem.NO_NUMBER
    is_emergency = not has_letters and emergency.is_emergency(digits)
    return Address(Kind.INVALID, read.text, problem, is_emergency=is_emergency)


def _is_doubtful(read: _Read, number: str) -> bool:
    """A number abroad that may be another one: of the US without its 1, or with an ending too many."""
    if number.startswith("+1"):
        return False
    return _DOUBTFUL_END.search(read.plain) is not None or any(map(_fits_only_us, read.international))


def _fits_only_us(digits: str) -> bool:
    """Ten digits behind a plus that are a number of the US and none of the country they begin with."""
    if not _PLAIN_US.fullmatch(digits) or digits.startswith("1"):
        return False
    number = _number(digits)
    return not (number and _is_used(number)) and _is_used(f"+1{digits}")


def _storable(text: str) -> str:
    """Without what no database takes: NUL and half a surrogate pair."""
    return "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff").strip()


def _ascii(text: str) -> str:
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
    return character if _digits_in(alike) else alike  # a superscript 2 is a footnote


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
    return len(_digits_in(plain)) <= most


def _is_used(number: str) -> bool:
    """Whether the plan of its country has given out numbers like this one."""
    return phonenumbers.is_valid_number(phonenumbers.parse(number, None))


def _digits_in(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
