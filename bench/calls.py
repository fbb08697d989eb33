"""Calls as the carrier makes them, each with a reference of its own, made before they are needed."""

from __future__ import annotations

import hashlib
import itertools
import json

from bench.load import request
from bench.stage import Stage

_MOST = 2500  # requests a second that are made beforehand
_PEOPLE = 20  # who text each number
_serials = itertools.count()


def path(stage: Stage) -> str:
    """The address of the stage's platform."""
    return f"/receiver/inteliquent/{stage.path_key}"


def calls(stage: Stage, path: str, seconds: float, rate: float = _MOST) -> list[bytes]:
    """Enough requests for so long: each with a reference of its own, signed as the carrier signs."""
    return [call(stage, path, next(_serials)) for _ in range(int(seconds * rate))]


def call(stage: Stage, path: str, serial: int) -> bytes:
    """One text; its words hold the serial, and the numbers take turns."""
    number = stage.numbers[serial % len(stage.numbers)].number
    sender = 2125550000 + serial // len(stage.numbers) % _PEOPLE
    text = {
        "referenceId": f"bench-{serial}",
        "from": f"1{sender}",
        "to": [number.removeprefix("+")],
        "text": f"Are you there until six? This is question {serial}.",
        "mediaUrls": [],
        "deliveryReceipt": False,
    }
    message_id = f"{serial:016x}"
    headers = {
        "Content-Type": "application/json",
        "messageID": message_id,
        "verificationToken": hashlib.sha256((stage.signing_key + message_id).encode()).hexdigest(),
        "X-Receiver-Key": stage.header_key,
    }
    return request(path, headers, json.dumps(text).encode())
