"""The parts of one running sandbox, reachable from any request."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from sandbox.deliveries import Deliveries
from sandbox.faults import Faults
from sandbox.settings import Settings
from sandbox.store import Store


@dataclass(frozen=True)
class Cloud:
    """What a request handler works with."""

    settings: Settings
    store: Store
    faults: Faults
    deliveries: Deliveries


def cloud() -> Cloud:
    """The parts of the application that answers this request."""
    found = current_app.extensions["sandbox"]
    assert isinstance(found, Cloud)  # noqa: S101  a plain dict in Flask
    return found
