"""Email addresses: one normal form, whatever was typed or pasted, and which ones can be mailed.

The domain is compared and stored as DNS has it (IDNA 2008, mapped by UTS 46 without the transitional rules
of IDNA 2003: `ß` stays `ß`). The local part may differ in case in principle (RFC 5321, 2.4); who signs in is
compared without regard to it.
"""

from __future__ import annotations

import re
import unicodedata

import idna
from email_validator import EmailNotValidError, validate_email

LONGEST = 254  # characters of an address (RFC 5321, 4.5.3.1.3, less the angle brackets)
_MOST_TYPED = 1000  # an address with a display name and comments; what is longer is none
_JOINERS = "\u200c\u200d"  # the two invisible marks that a domain may need (RFC 5892, A.1 and A.2)
_BRACKETED = re.compile(r"[^<>]*<([^<>]*)>[\s,;]*")
_COMMENT = re.compile(r"\([^()]*\)")


class NotAnAddress(ValueError):
    """Says in one sentence what is wrong with what was typed, and what to do."""


def read(typed: str) -> str:
    """The address in what somebody typed or pasted, ready to be stored and mailed.

    `typed` may be `Ida <ida@bücher.example>`, `mailto:ida@bücher.example`, have comments, blanks and
    invisible marks, a dot at the end. Returns `ida@xn--bcher-kva.example`: the local part in
    the case that was typed, the domain in lower case ASCII. Raises NotAnAddress; also for an address
    that cannot be mailed without SMTPUTF8 (RFC 6531), or has a local part that needs quotation marks.
    """
    local, domain = _parts(typed)
    if not local or not domain:
        raise NotAnAddress("Enter an e-mail address, for example name@example.com.")
    try:
        found = validate_email(
            f"{local}@{domain}", check_deliverability=False, allow_quoted_local=True, strict=True
        )
    except EmailNotValidError:
        raise NotAnAddress("Enter an e-mail address, for example name@example.com.") from None
    if not found.local_part.isascii():
        raise NotAnAddress(
            "Mail cannot be sent to this address: before the @ only unaccented letters, digits and signs "
            "such as . _ - + work. Enter another address of this person."
        )
    if found.local_part.startswith('"'):
        raise NotAnAddress(
            "Mail cannot be sent to this address: it needs quotation marks, which many mail servers refuse. "
            "Enter another address of this person."
        )
    return f"{found.local_part}@{found.ascii_domain}"


def sign_in_form(typed: str) -> str:
    """The one spelling of an address that signs in, for comparing and storing: `read` in lower case.

    Never raises: what is no address, or could not be mailed, comes back tidied, so that asking for it finds
    nothing, or a row from before the rule.
    """
    try:
        return read(typed).lower()
    except NotAnAddress:
        local, domain = _parts(typed)
        return unicodedata.normalize("NFC", f"{local}@{domain}" if domain else local).lower()


def spelled(address: str) -> str:
    """As people read it: `ida@bücher.example` for `ida@xn--bcher-kva.example`. Other words stay."""
    local, at, domain = address.rpartition("@")
    if not at or "xn--" not in domain:
        return address
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return address


def _parts(typed: str) -> tuple[str, str]:
    """Local part and domain of what was typed, the domain in ASCII where possible; "" for what is missing."""
    words = "".join(_plain(c) for c in typed[:_MOST_TYPED]).strip()
    bracketed = _BRACKETED.fullmatch(words)
    words = bracketed[1] if bracketed else words
    if '"' not in words:  # in quotation marks brackets would be letters of the local part
        words = _COMMENT.sub(" ", words)
    words = re.sub(r"^mailto:", "", words.strip(" ,;\t" + _JOINERS), flags=re.IGNORECASE)
    local, at, domain = words.rpartition("@")
    if not at:
        return words.strip(), ""
    local = local.strip().translate(dict.fromkeys(map(ord, _JOINERS)))
    domain = domain.strip().rstrip(_JOINERS)
    try:
        name = idna.encode(domain, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        return local, domain
    return local, name.lower().removesuffix(".")


def _plain(character: str) -> str:
    """Without invisible marks; full-width letters as ordinary ones (RFC 8265, 3.3.1); blanks alike."""
    if character in _JOINERS:
        return character
    kind = unicodedata.category(character)
    if kind in {"Cf", "Cc", "Cs", "Zs", "Zl", "Zp"}:
        return "" if kind == "Cf" else " "
    is_wide = unicodedata.decomposition(character).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", character) if is_wide else character
