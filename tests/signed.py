"""Calls as the carrier makes them: signed, in both published forms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

# The receiver of registrations before ours.
LEGACY = "/Cpaas/Receiver.aspx/InteliquentSms"
FORMS = ("sha256", "hmac hex", "hmac base64")


def call(payload: Any, key: str, header: str = "", form: str = "sha256") -> tuple[dict[str, str], bytes]:
    """Headers and body of a call about `payload` (bytes stay as they are), signed with `key`."""
    message_id = secrets.token_hex(8)
    keyed = hmac.new(key.encode(), message_id.encode(), hashlib.sha256).digest()
    token = {
        "sha256": hashlib.sha256((key + message_id).encode()).hexdigest(),
        "hmac hex": keyed.hex(),
        "hmac base64": base64.b64encode(keyed).decode(),
    }[form]
    headers = {"Content-Type": "application/json", "messageID": message_id, "verificationToken": token}
    if header:
        headers["X-Receiver-Key"] = header
    return headers, payload if isinstance(payload, bytes) else json.dumps(payload).encode()
