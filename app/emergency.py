"""Emergency and crisis codes: one list. A text from here reaches none of them, so none is ever queued (D26).

Source: the emergency numbers of Google's libphonenumber (`phonenumbers.shortnumberinfo`, 9.0.43), gathered
for all numbering plans: in an emergency people type the code they know. `tests/test_emergency.py` compares
the list with the installed version. The differences are deliberate:

- Added: 988 (Suicide & Crisis Lifeline of the US and Canada, FCC 20-100), the Spanish 061, 062, 091 and 092,
  and 9911 (911 from a desk where 9 gets an outside line). The library has none of them.
- Left out: 211, 311 and 511, emergency codes of Barbados only; in the US they are community services, city
  services and traffic information.
- Left out: numbers of five digits or more that do not begin with 10 (hospitals and police stations of
  Eritrea, Micronesia and Niger, and a Swedish 90000): such numbers can be ordinary short codes. So are crisis
  services that answer texts at a short code of their own, such as 741741.
"""

from __future__ import annotations

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

_CODES = """
911 112 988 999 000 9911
01 02 03 13 14 15 16 17 18 19 90 91 92 93 94
001 002 003 011 019 022 033 050 060 061 062 065 066 068 080 085 088 091 092
100 101 102 103 104 105 106 107 108 110 111 113 114 115 116 117 118 119 120 122 123 124 125 127 128 129
130 131 132 133 140 144 150 151 152 153 154 155 156 157 158 159 160 166 170 171 172 175 177 180 188
190 191 192 193 194 195 197 198 199
333 355 555 666 819 888 901 902 903 912 913 917 919 922 933 939 955 977
990 991 992 993 994 995 996 997 998
1122 1220 1298 1444 1669 1730 2611 9999 10111 10177
"""
_LEFT_OUT = "211 311 511 90000 124422 127799 201606 201917 202099 202914 320221 723141"
CODES = frozenset(_CODES.split()) | {str(code) for code in range(1300, 1400)}  # Gabon: the whole range
LEFT_OUT = frozenset(_LEFT_OUT.split())

_SHORTEST = 3  # digits of a code that may have something in front: 115 is not 1 and 15
_TRUNK = ("0", "1")  # the trunk prefixes of numbering plans: 0112, 1911
_INTERNATIONAL = ("011", "00")
_LONGEST_COUNTRY_CODE = 3


def is_emergency(digits: str, *, has_plus: bool = False) -> bool:
    """Whether digits are an emergency or crisis code, also behind a trunk prefix or a country code.

    `digits` is ASCII and without punctuation. A country code (`+1911`, `01144999`) is looked for only where
    `has_plus` or an international prefix announces it: 44999 alone is a short code. A number with all its
    digits is never a code.
    """
    if digits in CODES:
        return True
    if has_plus:
        return _has_country_code(digits)
    if any(digits.startswith(trunk) and _is_long_code(digits[1:]) for trunk in _TRUNK):
        return True
    behind = [digits.removeprefix(prefix) for prefix in _INTERNATIONAL if digits.startswith(prefix)]
    return any(_is_long_code(rest) or _has_country_code(rest) for rest in behind)


def _has_country_code(digits: str) -> bool:
    lengths = range(1, _LONGEST_COUNTRY_CODE + 1)
    behind = [digits[n:] for n in lengths if int(digits[:n] or 0) in COUNTRY_CODE_TO_REGION_CODE]
    return any(_is_long_code(rest) or _is_long_code(rest.removeprefix("0")) for rest in behind)


def _is_long_code(digits: str) -> bool:
    return len(digits) >= _SHORTEST and digits in CODES
