"""What Inteliquent calls us with: signature, fixed header, messages and receipts. Pure, no I/O."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from app.carriers.base import DeliveryReceipt, InboundMessage, NotACarrierCall
from app.phone import from_carrier

RECEIVER_HEADER = "X-Receiver-Key"

_REFERENCE_LENGTH = 128
_ADDRESS_LENGTH = 64
_URL_LENGTH = 4096
_DELIVERED = {"DELIVRD": True, "UNDELIV": False, "REJECTD": False, "EXPIRED": False, "DELETED": False}
_STAT = re.compile(r"\bstat:\s*([a-z0-9_]{1,32})", re.IGNORECASE | re.ASCII)
_QUOTED_TEXT = re.compile(r"\btext:", re.IGNORECASE)


class InteliquentReceiving:
    """Implements `Receiving`."""

    def is_signed(self, headers: Mapping[str, str], api_key: str) -> bool:
        """Whether `verificationToken` fits `messageID` and this API key.

        Published is an HMAC-SHA256 of unstated encoding; live calls carry sha256(key + id) in hex. Either is
        taken. All are compared in constant time, and always all of them.
        """
        sent = _named(headers)
        message_id = sent.get("messageid", "")
        token = sent.get("verificationtoken", "").strip()
        if not message_id or not token or not api_key:
            return False
        key, identifier = _bytes(api_key), _bytes(message_id)
        plain = hashlib.sha256(key + identifier).hexdigest()
        keyed = hmac.new(key, identifier, hashlib.sha256).digest()
        fits = [
            hmac.compare_digest(_bytes(token.lower()), plain.encode()),
            hmac.compare_digest(_bytes(token.lower()), keyed.hex().encode()),
            hmac.compare_digest(_bytes(token), base64.b64encode(keyed)),
        ]
        return any(fits)

    def has_header(self, headers: Mapping[str, str], value: str) -> bool:
        """Whether the header that we registered is there with this value (D27)."""
        sent = _named(headers).get(RECEIVER_HEADER.lower(), "")
        return bool(value) and hmac.compare_digest(_bytes(sent), _bytes(value))

    def message_id(self, headers: Mapping[str, str]) -> str:
        """The identifier that the signature is about, "" where there is none."""
        return _named(headers).get("messageid", "")

    def parse(self, payload: Mapping[str, Any]) -> InboundMessage | DeliveryReceipt:
        """Translate a JSON object; only `referenceId` is required.

        Raises: NotACarrierCall with what is wrong.
        """
        if not isinstance(payload, Mapping):
            raise NotACarrierCall("The body is not a JSON object.")
        reference = _reference(payload.get("referenceId"))
        sender = _address(payload.get("from"), "from")
        recipients = _recipients(payload.get("to"))
        text = _text(payload.get("text"))
        media = _media(payload.get("mediaUrls"))
        if not _is_receipt(payload.get("deliveryReceipt")):
            return InboundMessage(reference, sender, recipients, text, media)
        stat = _stat(text)
        return DeliveryReceipt(
            carrier_reference=reference,
            numbers=tuple(dict.fromkeys(n for n in (sender, *recipients) if n)),
            stat=stat,
            delivered=_DELIVERED.get(stat),
        )


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _clean(text: str) -> str:
    """What every database takes: no NUL, and no half of a surrogate pair, which JSON can spell.

    Two halves that meet once a NUL between them is gone are one character again.
    """
    joined = text.replace("\0", "").encode("utf-16-le", "surrogatepass")
    return joined.decode("utf-16-le", "replace")


def _scalar(value: object, name: str, longest: int) -> str:
    """A string or a whole number, also one that came as a float, as a string; "" for null."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**longest:
        return str(value)
    if not isinstance(value, str):
        raise NotACarrierCall(f"{name} is neither a string nor a whole number.")
    text = _clean(value).strip()
    if len(text) > longest:
        raise NotACarrierCall(f"{name} is longer than {longest} characters.")
    return text


def _reference(value: object) -> str:
    reference = _scalar(value, "referenceId", _REFERENCE_LENGTH)
    if not reference:
        raise NotACarrierCall("referenceId is missing.")
    return reference


def _address(value: object, name: str) -> str:
    return from_carrier(_scalar(value, name, _ADDRESS_LENGTH))


def _recipients(value: object) -> tuple[str, ...]:
    """Each once: the same number in two spellings is one delivery."""
    listed = value if isinstance(value, list) else [value]
    addresses = [_address(entry, "to") for entry in listed]
    return tuple(dict.fromkeys(address for address in addresses if address))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotACarrierCall("text is not a string.")
    try:
        return str(value)
    except ValueError:  # Python spells out no whole number of more than 4300 digits
        raise NotACarrierCall("text is a number that is too long.") from None


def _media(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    listed = value if isinstance(value, list) else [value]
    urls = []
    for entry in listed:
        if not isinstance(entry, str):
            raise NotACarrierCall("mediaUrls is not a list of strings.")
        url = _clean(entry).strip()
        if len(url) > _URL_LENGTH:
            raise NotACarrierCall(f"mediaUrls holds an address of more than {_URL_LENGTH} characters.")
        if url:
            urls.append(url)
    return tuple(urls)


def _is_receipt(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else None
    if word not in ("true", "false", ""):
        raise NotACarrierCall("deliveryReceipt is neither true nor false.")
    return word == "true"


def _stat(text: str) -> str:
    """The carrier's word for what happened. SMPP ends with the text itself, which may say anything."""
    found = _STAT.search(_QUOTED_TEXT.split(text, maxsplit=1)[0])
    return found[1].upper() if found else "UNKNOWN"
