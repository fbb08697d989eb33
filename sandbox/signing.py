"""How the carrier signs its calls: the form seen live, and the form that is published."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3


def headers(delivery: sqlite3.Row, api_key: str) -> dict[str, str]:
    """`messageID` and `verificationToken`; nothing for a webhook registered without an API key."""
    message_id = delivery["message_id"]
    if not api_key or delivery["signing"] == "none":
        return {}
    if delivery["signing"] == "hmac":
        token = hmac.new(api_key.encode(), message_id.encode(), hashlib.sha256).hexdigest()
    else:
        token = hashlib.sha256(f"{api_key}{message_id}".encode()).hexdigest()
    return {"messageID": message_id, "verificationToken": token}
