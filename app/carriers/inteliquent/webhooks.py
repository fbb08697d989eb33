"""Where the carrier sends inbound texts: list, register, remove (S11, D2, D4, D27)."""

from __future__ import annotations

import re
from typing import Any

from app.carriers.base import CarrierRefused, CarrierSilent, KeysRefused, Webhook
from app.carriers.inteliquent import answers
from app.carriers.inteliquent.answers import NothingFound
from app.carriers.inteliquent.client import Client
from app.errors import CarrierTrouble
from app.phone import from_carrier

_NOT_SHOWN = CarrierSilent.message + " Its list of webhooks does not show the number yet."


def webhooks(client: Client) -> list[Webhook]:
    """`Carrier.webhooks`. The answer also holds API keys: it is never logged, and they are left behind here.

    An answer without the list is trouble and not "none": on an empty list a number is given away (D4).
    """
    try:
        body = client.broker("selectAuthorization", {}, repeatable=True, is_list=True)
    except NothingFound:
        return []
    holder = body.get("authConfig")
    if not isinstance(holder, dict):
        raise answers.unclear(repeatable=True)
    entries = answers.items(holder.get("authorizations"))
    return [_webhook(entry) for entry in entries if _text(entry, "webhookUrl")]


def register_webhook(client: Client, number: str, url: str, header_name: str, header_value: str) -> Webhook:
    """`Carrier.register_webhook`: signed calls and a fixed header, both."""
    wanted = (number, url, header_name.lower(), header_value)
    for entry in reversed(_configured(client, [number], url, header_name, header_value)):
        if (entry.number, entry.url, entry.header_name.lower(), entry.header_value) == wanted:
            return entry
    raise CarrierSilent(_NOT_SHOWN)


def register_webhooks(
    client: Client, numbers: list[str], url: str, header_name: str, header_value: str
) -> set[str]:
    """`Carrier.register_webhooks`: one or more sets of webhook information, as the carrier calls it."""
    if not numbers:
        return set()
    wanted = (url, header_name.lower(), header_value)
    return {
        entry.number
        for entry in _configured(client, numbers, url, header_name, header_value)
        if entry.number in numbers and (entry.url, entry.header_name.lower(), entry.header_value) == wanted
    }


def _configured(
    client: Client, numbers: list[str], url: str, header_name: str, header_value: str
) -> list[Webhook]:
    """The carrier's list after it was asked to add these."""
    client.broker(
        "configureAuthorization",
        {
            "authorizations": [
                {
                    "inboundAuth": True,
                    "webhookUrl": url,
                    "tn": number.removeprefix("+"),
                    "apiKey": client.outbound_api_key,
                    "headerName": header_name,
                    "headerValue": header_value,
                }
                for number in numbers
            ]
        },
        repeatable=False,
        hide=(url, header_value),
    )
    try:
        return webhooks(client)
    except CarrierTrouble:
        # It is registered already, so whatever went wrong with reading must not read as "nothing happened".
        raise CarrierSilent(_NOT_SHOWN) from None


def remove_webhook(client: Client, auth_id: str) -> None:
    """`Carrier.remove_webhook`. The carrier refuses to remove what is gone: then its list decides."""
    if not auth_id:
        raise CarrierRefused("The carrier gave this webhook no id. Remove it in the carrier's portal.")
    # Published as a string, shown as an integer: what looks like one goes out as one.
    sent: str | int = int(auth_id) if re.fullmatch(r"0|[1-9][0-9]{0,17}", auth_id) else auth_id
    try:
        client.broker("removeAuthorization", {"authorizations": [{"authId": sent}]}, repeatable=True)
    except NothingFound:
        return
    except KeysRefused:
        raise
    except CarrierRefused:
        if any(entry.auth_id == auth_id for entry in webhooks(client)):
            raise


def _webhook(entry: dict[str, Any]) -> Webhook:
    number = answers.identifier(entry.get("tn"))
    return Webhook(
        auth_id=answers.identifier(entry.get("authId")),
        url=_text(entry, "webhookUrl"),
        number=from_carrier(number) if number else None,
        header_name=_text(entry, "headerName"),
        header_value=_text(entry, "headerValue"),
    )


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value.strip() if isinstance(value, str) else ""
