"""What tests of the carrier's calls send, and what was counted of them."""

from __future__ import annotations

from typing import Any

from app.models import CallCount
from app.vocabulary import CallFault
from tests import make


def text(reference: str = "r1", **fields: Any) -> dict[str, Any]:
    """A text to the platform's number, as the carrier writes it."""
    return {"referenceId": reference, "from": "12125550142", "to": ["12019920781"], "text": "Hi"} | fields


def counts() -> list[tuple[CallFault, bool, int]]:
    return [(one.fault, one.was_accepted, one.count) for one in make.every(CallCount)]
