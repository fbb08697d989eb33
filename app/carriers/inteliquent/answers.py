"""How Inteliquent says no: one reading of HTTP status, `statusCode`, `success` and gateway faults.

Errors come in the body and perhaps also as the HTTP status, so both are read. Only 431 (and the gateway's
throttling) means "try again".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from app.carriers.base import CarrierRefused, CarrierSilent, CarrierUnavailable, KeysRefused
from app.carriers.http import Answer
from app.errors import CarrierTrouble

NOTHING_FOUND = "430"

# Of the gateway (WSO2): 9009xx are refused logins, 9008xx throttling.
_LOGIN_REFUSED = re.compile(r"401|401001|9009\d\d")
_TRY_AGAIN = re.compile(r"429|431|9008\d\d")
_LOGIN_WORDS = re.compile(r"invalid (credentials|api ?key|token)|unauthori[sz]ed", re.IGNORECASE)

# The name stays in the words: they are also read beside a number and in a mail, far from the key's field.
_KEYS_REFUSED = {
    "services": "The carrier refused Account/Key and Token/Secret. "
    "Copy both from the carrier's portal and paste them again.",
    "broker": "The carrier refused this Outbound API Key. "
    "Copy it from the carrier's portal and paste it again.",
}
_SENTENCES = {
    "403": "The carrier does not allow these keys to do this{why}. Check the account's permissions there.",
    "409": "The carrier did not accept what was asked{why}. Check the number and try again.",
    "414": "The carrier says that a field is missing{why}. Please tell the operator.",
    "417": "The carrier says that too much was asked for at once{why}. Please tell the operator.",
    "425": "The carrier cannot change messaging of this number{why}. Ask the carrier's messaging team.",
}
_ADVICE = {  # ours is left out where the carrier's own words already give it
    "425": (re.compile(r"messaging team", re.IGNORECASE), " Ask the carrier's messaging team."),
}


class NothingFound(CarrierRefused):
    """430: what was asked about is not on the account."""

    message = "The carrier has nothing like this on the account."


def keys_refused(keys: str, code: str = "") -> KeysRefused:
    """The refusal of one pair of keys, "services" or "broker", in words for the platform form (S5)."""
    return KeysRefused(_KEYS_REFUSED[keys], keys=keys, code=code)


def read(answer: Answer, *, keys: str, repeatable: bool, hide: Iterable[str] = ()) -> dict[str, Any]:
    """The body of an answer that says yes.

    Args: `keys` that the request went out with, "services" or "broker"; `hide`, strings that must not
    appear in an error (keys, the words of a text).
    Raises: KeysRefused, NothingFound, CarrierRefused, CarrierUnavailable, CarrierSilent.
    """
    body = answer.json_object()
    code = _code(answer.status, body)
    if _LOGIN_REFUSED.fullmatch(code):
        raise keys_refused(keys, code)
    if _TRY_AGAIN.fullmatch(code):
        raise CarrierUnavailable(
            "The carrier asks to try again later. Nothing was changed; try again in a minute."
        )
    if code == NOTHING_FOUND:
        raise NothingFound(code=code)
    if body is None or answer.status >= 500 or not 200 <= int(code) < 500 or 300 <= answer.status < 400:
        raise unclear(repeatable)
    if code != "200" or _says_no(body):
        raise _refusal(code if code != "200" else "", body, keys, hide)
    if not _says_yes(body):
        raise unclear(repeatable)
    return body


def unclear(repeatable: bool) -> CarrierTrouble:
    """The error for an answer that cannot be read: babble, 5xx, or without what matters."""
    if not repeatable:
        return CarrierSilent()
    return CarrierUnavailable("The carrier's answer could not be read. Try again in a minute.")


def quoted(text: object, hide: Iterable[str] = ()) -> str:
    """The carrier's own words, made fit for a sentence of ours: one line, not long, without secrets."""
    line = text if isinstance(text, str) else identifier(text)
    for secret in sorted((part for part in hide if part), key=len, reverse=True):
        line = line.replace(secret, "…")
    line = " ".join("".join(c if c.isprintable() else " " for c in line).split())
    return line if len(line) <= 160 else line[:159] + "…"


def items(value: object) -> list[dict[str, Any]]:
    """The objects of a list; a lone object counts as a list of one, as gateways from XML write it."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def identifier(value: object, longest: int = 128) -> str:
    """A short value that is published as a string and shown as an integer; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**longest else ""
    text = value.strip()
    return text if len(text) <= longest else ""


def is_true(value: object) -> bool:
    """A boolean, or the word."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def _code(status: int, body: dict[str, Any] | None) -> str:
    """The most telling code: the gateway's, else the body's, else the HTTP status. "200" is yes."""
    if body is not None:
        fault = body.get("fault")
        for value in (fault.get("code") if isinstance(fault, dict) else None, body.get("statusCode")):
            code = identifier(value)
            if re.fullmatch(r"[1-9][0-9]{2,5}", code) and not re.fullmatch(r"2[0-9][0-9]", code):
                return code
    return "200" if 200 <= status < 300 else str(status)


def _says_no(body: dict[str, Any]) -> bool:
    if "success" in body:
        return body["success"] is False or str(body["success"]).strip().lower() == "false"
    return "fault" in body


def _says_yes(body: dict[str, Any]) -> bool:
    """Something in the body must say so: a 200 alone is also what a captive portal answers."""
    if "success" in body:
        return is_true(body["success"])
    status = body.get("status")
    if re.fullmatch(r"2[0-9][0-9]", identifier(body.get("statusCode"))):
        return True
    return isinstance(status, str) and status.strip().lower() == "success"


def _refusal(code: str, body: dict[str, Any], keys: str, hide: Iterable[str]) -> CarrierRefused:
    words = [quoted(body.get(name), hide) for name in ("status", "reason", "detail")]
    fault = body.get("fault")
    if isinstance(fault, dict):
        words.append(quoted(fault.get("message"), hide))
    words = list(dict.fromkeys(word for word in words if word))
    if any(_LOGIN_WORDS.search(word) for word in words):
        return keys_refused(keys, code)
    said = ": ".join(part for part in (code, ", ".join(words)) if part).rstrip(". ")
    sentence = _SENTENCES.get(code, "The carrier refused the request{why}.")
    if code in _ADVICE and _ADVICE[code][0].search(said):
        sentence = sentence.removesuffix(_ADVICE[code][1])
    return CarrierRefused(sentence.format(why=f" ({said})" if said else ""), code=code or "refused")
