"""What a check of a host name found, and what to do."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.services.accounts.hostname_checks import record_name
from app.vocabulary import HostnameCheck

_FOUND = {
    HostnameCheck.MISSING: _l(
        "The record was not found. New records can take an hour to appear; we check again automatically."
    ),
    HostnameCheck.OTHER_VALUE: _l(
        "A TXT record was found, but its value is different. Copy the value above into it."
    ),
    HostnameCheck.NO_ANSWER: _l(
        "The DNS did not answer. Check the domain's name servers, then press Check now again."
    ),
    HostnameCheck.IN_USE: _l(
        "The record is right, but this host name is already in use in this cloud. Ask the operator."
    ),
}


def found_words(found: HostnameCheck | None) -> str:
    """A sentence for a name that is not verified; "" before the first check."""
    return str(_FOUND[found]) if found in _FOUND else ""


def toast_words(hostname: str, found: HostnameCheck | None) -> str:
    """The answer to Check now."""
    if found is HostnameCheck.VERIFIED:
        return _("%(hostname)s is verified.", hostname=hostname)
    return _(
        "%(hostname)s is not verified: see what was found at %(record)s below.",
        hostname=hostname,
        record=record_name(hostname),
    )
