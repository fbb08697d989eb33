"""What every carrier can do, in our words.

An adapter translates to these dataclasses and to three kinds of trouble, and nothing of its vendor
leaves its folder:

    CarrierRefused      the carrier answered no: repeating the same request is useless
    CarrierUnavailable  nothing happened there: the same request may be repeated
    CarrierSilent       the request may have been carried out: only a look, a receipt or a person can tell
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.errors import CarrierTrouble
from app.vocabulary import NumberStatus


class CarrierRefused(CarrierTrouble):
    """The carrier answered no. `message` is a sentence for staff; `code` is the carrier's own code."""

    message = "The carrier refused the request."

    def __init__(self, message: str | None = None, *, code: str = ""):
        super().__init__(message)
        self.code = code


class KeysRefused(CarrierRefused):
    """The carrier did not accept the keys. `keys` says which: "services" (Account/Key and Token/Secret)
    or "broker" (Outbound API Key)."""

    message = "The carrier refused these keys."

    def __init__(self, message: str | None = None, *, keys: str, code: str = ""):
        super().__init__(message, code=code)
        self.keys = keys


class CarrierUnavailable(CarrierTrouble):
    """Not reached, or it said "try again": nothing happened there."""

    message = "The carrier did not answer. Nothing was changed; try again in a minute."


class CarrierSilent(CarrierTrouble):
    """The request was written and no readable answer came: it may have been carried out."""

    message = "The carrier did not confirm the request, so it may or may not have been carried out."


class NotACarrierCall(ValueError):
    """A body at the receiver that is not of this carrier's shape: answered with 400."""


@dataclass(frozen=True)
class Keys:
    """A platform's secrets. Never printed."""

    account_key: str = field(repr=False)
    token_secret: str = field(repr=False)
    outbound_api_key: str = field(repr=False)


@dataclass(frozen=True)
class Endpoints:
    """Where a carrier's APIs are: settings, so that a stand-in can take the carrier's place."""

    services_url: str
    token_url: str
    broker_url: str


@dataclass(frozen=True)
class NumberRecord:
    """A number on the carrier account. `sms` and `mms` say what is switched on for it."""

    number: str
    status: NumberStatus
    sms: bool
    mms: bool


@dataclass(frozen=True)
class Webhook:
    """An entry of the carrier's list of inbound webhooks.

    `number` is E.164, None for the account's default. `auth_id` is "" where the carrier showed none.
    """

    auth_id: str
    url: str
    number: str | None
    header_name: str = ""
    header_value: str = field(default="", repr=False)


@dataclass(frozen=True)
class OutboundText:
    """One text to one recipient; addresses in our form (E.164 or short code)."""

    sender: str
    recipient: str
    text: str = field(repr=False)
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class SendReceipt:
    """The carrier took the text over. It says nothing about delivery."""

    carrier_reference: str


@dataclass(frozen=True)
class MessageRecord:
    """A row of the carrier's message records; it carries no message id.

    `delivered` is True, False (it failed for good) or None: under way, or the carrier does not know.
    `status` is the carrier's word.
    """

    sender: str
    recipient: str
    at: dt.datetime
    status: str
    delivered: bool | None = None


@dataclass(frozen=True)
class InboundMessage:
    """A text or picture that the carrier hands us.

    `sender` is "" and `recipients` empty where the carrier left them out. `recipients` holds no address
    twice, and may hold other people's numbers beside ours.
    """

    carrier_reference: str
    sender: str
    recipients: tuple[str, ...]
    text: str = field(repr=False)
    media_urls: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class DeliveryReceipt:
    """What became of a text that we sent. `numbers` are both ends, in either order.

    `delivered` is True, False (it failed for good) or None (no change); `stat` is the carrier's word in
    capitals, "UNKNOWN" where it sent none.
    """

    carrier_reference: str
    numbers: tuple[str, ...]
    stat: str
    delivered: bool | None


class Carrier(Protocol):
    """One platform's account at a carrier. Every method may raise the three kinds of trouble."""

    def check_keys(self) -> None:
        """Try both key pairs (S5). Raises KeysRefused naming the pair, CarrierUnavailable."""

    def find_number(self, number: str) -> NumberRecord | None:
        """The number (E.164) on this account; None when the account does not hold it (S10, D3)."""

    def find_numbers(self, wanted: list[str]) -> dict[str, NumberRecord]:
        """Several numbers (E.164) with one request; what the account does not hold is left out."""

    def list_numbers(self) -> list[NumberRecord]:
        """Every number of the account, for reconciliation."""

    def turn_on_messaging(self, number: str, *, mms: bool) -> None:
        """Switch messaging of one number on (D3). Safe to repeat; look the number up again afterwards."""

    def webhooks(self) -> list[Webhook]:
        """The inbound webhooks of the account (never its API keys)."""

    def register_webhook(self, number: str, url: str, header_name: str, header_value: str) -> Webhook:
        """Add a webhook for one number and read it back from the carrier's list (S11, D2).

        Raises CarrierSilent when no answer came, when it was accepted but the list does not show it, and when
        the list could not be read afterwards: look at the list before asking again.
        """

    def register_webhooks(
        self, numbers: list[str], url: str, header_name: str, header_value: str
    ) -> set[str]:
        """Add webhooks for several numbers with one request; returns the numbers that the list shows then.

        A refusal is about all of them. Raises CarrierSilent as `register_webhook`, but not for numbers that
        the list does not show.
        """

    def remove_webhook(self, auth_id: str) -> None:
        """Remove one entry of the list; removing one that is gone is not an error."""

    def send(self, text: OutboundText) -> SendReceipt:
        """Hand one text to the carrier (S20). A read timeout or a 5xx is CarrierSilent, never repeated."""

    def search_messages(
        self, sender: str, recipient: str, since: dt.datetime, until: dt.datetime
    ) -> list[MessageRecord]:
        """The carrier's records of outbound messages between two numbers in a span of time (D13).

        `since` and `until` are aware datetimes. Raises CarrierUnavailable also for records whose time cannot
        be read: a list with holes could settle the wrong message.
        """


class Receiving(Protocol):
    """What a carrier calls us with. Pure: no network, no database."""

    def is_signed(self, headers: Mapping[str, str], api_key: str) -> bool:
        """Whether the call carries a valid signature made with this API key; header names in any case."""

    def has_header(self, headers: Mapping[str, str], value: str) -> bool:
        """Whether the fixed header that we registered is there with this value (D27)."""

    def message_id(self, headers: Mapping[str, str]) -> str:
        """What a valid signature vouches for: an identifier of the call, "" where there is none."""

    def parse(self, payload: Mapping[str, Any]) -> InboundMessage | DeliveryReceipt:
        """Translate a JSON object. Raises NotACarrierCall with what is wrong."""
