"""Calls of a carrier that became no message."""

from __future__ import annotations

import json
from typing import Any

from app.models import Platform, QuarantinedMessage, RefusedCall
from app.vocabulary import CallFault
from tests.make.numbers import PHONE
from tests.make.rows import kept, serial


def _payload(number: str, reference: str, text: str) -> str:
    return json.dumps({"referenceId": reference, "from": PHONE, "to": [number], "text": text})


def quarantined(
    on: Platform, number: str = "+12019929999", text: str = "Hello?", **fields: Any
) -> QuarantinedMessage:
    """A text for a number that nobody holds."""
    reference = f"quarantined-{next(serial)}"
    given = {
        "platform_id": on.id,
        "provider_id": on.provider_id,
        "carrier_reference": reference,
        "number": number,
        "payload": _payload(number, reference, text),
    }
    return kept(QuarantinedMessage(**{**given, **fields}))


def refused_call(
    on: Platform, number: str = "+12019929999", text: str = "Hello?", **fields: Any
) -> RefusedCall:
    """A call whose signature was wrong."""
    given = {
        "platform_id": on.id,
        "provider_id": on.provider_id,
        "fault": CallFault.SIGNATURE,
        "address": "192.0.2.7",
        "payload": _payload(number, f"refused-{next(serial)}", text).encode(),
    }
    return kept(RefusedCall(**{**given, **fields}))
