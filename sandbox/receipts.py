"""Delivery receipts, in the text form of SMPP."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from typing import Any

from sandbox.addresses import carrier_form
from sandbox.inventory import UNREACHABLE_PHONE

SECONDS_TO_RECEIPT = 0.5


def final_stat(recipient: str) -> str:
    """What will become of a text to this address (carrier form)."""
    return "UNDELIV" if recipient == carrier_form(UNREACHABLE_PHONE) else "DELIVRD"


def body(message: sqlite3.Row, stat: str, *, swap: bool = False) -> dict[str, Any]:
    """The call that tells about a text of ours. `swap` puts the remote number first."""
    ends = (message["sender"], message["recipient"])
    sender, recipient = ends[::-1] if swap else ends
    return {
        "referenceId": message["reference"],
        "from": sender,
        "to": [recipient],
        "text": smpp_text(message["reference"], message["at"], stat, message["text"]),
        "deliveryReceipt": True,
    }


def smpp_text(reference: str, sent_at: float, stat: str, text: str) -> str:
    """`id:... sub:001 dlvrd:001 submit date:... done date:... stat:DELIVRD err:000 text:...`"""
    delivered = stat == "DELIVRD"
    return (
        f"id:{reference} sub:001 dlvrd:{'001' if delivered else '000'}"
        f" submit date:{_minute(sent_at)} done date:{_minute(time.time())}"
        f" stat:{stat} err:{'000' if delivered else '001'} text:{text[:20]}"
    )


def _minute(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%y%m%d%H%M")
