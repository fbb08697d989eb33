import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.carriers.base import DeliveryReceipt, InboundMessage
from app.db import db
from app.models import Platform
from app.services.messaging import inbound, ordinary, receipts
from tests import make


@pytest.fixture
def events(app: Flask) -> Callable[[Any], list[tuple[str, dict[str, Any]]]]:
    """What was published to a user's clients, oldest first, as (kind, data)."""
    redis = app.extensions["redis_for_streams"]

    def read(user: Any) -> list[tuple[str, dict[str, Any]]]:
        entries = redis.xrange(f"impp:user:{user.id}")
        return [(entry["kind"], json.loads(entry["data"])) for _id, entry in entries]

    return read


@pytest.fixture(params=["general way", "short way"])
def arrive(request: pytest.FixtureRequest, app: Flask) -> Callable[..., None]:
    """A text arrives for a number, as the receiver hands it on: at once, or first by one statement."""
    count = iter(range(10_000))
    is_short = request.param == "short way"
    if is_short and db.engine.dialect.name != "postgresql":
        pytest.skip("the short way is PostgreSQL's")

    def settle(to: Any, text: str = "Hi", **fields: Any) -> None:
        given = {
            "carrier_reference": f"inbound-{next(count)}",
            "sender": make.PHONE,
            "recipients": (to.number,),
            "text": text,
        }
        message = InboundMessage(**{**given, **fields})
        platform = make.every(Platform, id=to.platform_id)[0]
        _same, version = ordinary.read_platform(platform.receiver_path_key)
        if not (is_short and version and ordinary.settle(to.platform_id, version, message)):
            inbound.settle(to.platform_id, message, {"text": text})

    return settle


@pytest.fixture
def report() -> Callable[..., None]:
    """A delivery receipt arrives."""

    def settle(text: Any, stat: str, reference: str = "sent-1", **fields: Any) -> None:
        given = {
            "carrier_reference": reference,
            "numbers": (text.number, text.remote or make.PHONE),
            "stat": stat,
            "delivered": {"DELIVRD": True, "UNDELIV": False, "EXPIRED": False}.get(stat),
        }
        receipts.settle(text.platform_id, DeliveryReceipt(**{**given, **fields}))

    return settle
