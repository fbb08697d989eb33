"""Inteliquent: Services API (numbers) and message broker (texts, webhooks)."""

from __future__ import annotations

import datetime as dt

from app.carriers.base import Endpoints, Keys, MessageRecord, NumberRecord, OutboundText, SendReceipt, Webhook
from app.carriers.inteliquent import messages, numbers, webhooks
from app.carriers.inteliquent.client import Client


class Inteliquent:
    """Implements `Carrier` for one account. Cheap to make; safe to share between threads."""

    def __init__(self, keys: Keys, endpoints: Endpoints):
        self._client = Client(keys, endpoints)

    def check_keys(self) -> None:
        """Sign in to the Services API, then ask the broker for something (S5)."""
        self._client.sign_in()
        webhooks.webhooks(self._client)

    def find_number(self, number: str) -> NumberRecord | None:
        return numbers.find_number(self._client, number)

    def find_numbers(self, wanted: list[str]) -> dict[str, NumberRecord]:
        return numbers.find_numbers(self._client, wanted)

    def list_numbers(self) -> list[NumberRecord]:
        return numbers.list_numbers(self._client)

    def turn_on_messaging(self, number: str, *, mms: bool) -> None:
        numbers.turn_on_messaging(self._client, number, mms=mms)

    def webhooks(self) -> list[Webhook]:
        return webhooks.webhooks(self._client)

    def register_webhook(self, number: str, url: str, header_name: str, header_value: str) -> Webhook:
        return webhooks.register_webhook(self._client, number, url, header_name, header_value)

    def register_webhooks(
        self, numbers: list[str], url: str, header_name: str, header_value: str
    ) -> set[str]:
        return webhooks.register_webhooks(self._client, numbers, url, header_name, header_value)

    def remove_webhook(self, auth_id: str) -> None:
        webhooks.remove_webhook(self._client, auth_id)

    def send(self, text: OutboundText) -> SendReceipt:
        return messages.send(self._client, text)

    def search_messages(
        self, sender: str, recipient: str, since: dt.datetime, until: dt.datetime
    ) -> list[MessageRecord]:
        return messages.search_messages(self._client, sender, recipient, since, until)
