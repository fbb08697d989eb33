"""Which adapter serves which carrier. The one module that knows vendors by name."""

from __future__ import annotations

from app.carriers.base import Carrier, Endpoints, Keys, Receiving
from app.carriers.inteliquent import Inteliquent
from app.carriers.inteliquent.receiving import RECEIVER_HEADER, InteliquentReceiving
from app.vocabulary import CarrierName

__all__ = ["Endpoints", "connect", "customer_portal_url", "receiver_header", "receiving"]

_ADAPTERS: dict[CarrierName, type[Inteliquent]] = {CarrierName.INTELIQUENT: Inteliquent}
_RECEIVING: dict[CarrierName, Receiving] = {CarrierName.INTELIQUENT: InteliquentReceiving()}
_RECEIVER_HEADERS = {CarrierName.INTELIQUENT: RECEIVER_HEADER}
_CUSTOMER_PORTALS = {CarrierName.INTELIQUENT: "https://portal.inteliquent.com/"}


def connect(carrier: CarrierName, keys: Keys, endpoints: Endpoints) -> Carrier:
    """A platform's account at its carrier. Makes no request by itself."""
    return _ADAPTERS[carrier](keys, endpoints)


def receiving(carrier: CarrierName) -> Receiving:
    """How to read what this carrier calls us with."""
    return _RECEIVING[carrier]


def receiver_header(carrier: CarrierName) -> str:
    """The name of the fixed header that we register with this carrier's webhooks (D27)."""
    return _RECEIVER_HEADERS[carrier]


def customer_portal_url(carrier: CarrierName) -> str:
    """Where a customer looks after numbers and keys: the link beside S10's error."""
    return _CUSTOMER_PORTALS[carrier]
