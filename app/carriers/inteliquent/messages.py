"""Sending a text, and the carrier's records of what was sent (S20, D13)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from app.carriers.base import CarrierRefused, CarrierUnavailable, MessageRecord, OutboundText, SendReceipt
from app.carriers.inteliquent import answers
from app.carriers.inteliquent.answers import NothingFound
from app.carriers.inteliquent.client import Client
from app.phone import from_carrier

SEND_SECONDS = 15.0

# Which words mean success is not published. The whole answer said yes before this is asked, so only words
# that clearly say no are a refusal.
_SUCCESS = frozenset({"", "success", "accepted", "sent", "queued", "ok", "0", "enroute"})
# Of a record; Enroute, Unknown and words that are not published say nothing yet.
_RECORDED = {"successful": True, "failed": False, "blocked": False}
_FAILURE = re.compile(r"fail|reject|invalid|block|error|undeliv", re.IGNORECASE)


def send(client: Client, text: OutboundText) -> SendReceipt:
    """`Carrier.send`. The outcome is per recipient, whatever the answer says at its top."""
    body: dict[str, Any] = {"from": _digits(text.sender), "to": [_digits(text.recipient)]}
    if text.text or not text.media_urls:
        body["text"] = text.text
    if text.media_urls:
        # Its mere presence makes an MMS of it.
        body["mediaUrls"] = list(text.media_urls)
    hide = (text.text, *text.media_urls)
    answer = client.broker("publishMessages", body, repeatable=False, read_seconds=SEND_SECONDS, hide=hide)
    result = answer.get("result")
    if not isinstance(result, dict):
        raise answers.unclear(repeatable=False)
    status = _recipient_status(result, text.recipient)
    if status.strip().lower() not in _SUCCESS and _FAILURE.search(status):
        said = answers.quoted(status, hide)
        raise CarrierRefused(f"The carrier refused to send this text ({said}).", code=said)
    reference = answers.identifier(result.get("referenceId"))
    if not reference:
        raise answers.unclear(repeatable=False)
    return SendReceipt(carrier_reference=reference)


def search_messages(
    client: Client, sender: str, recipient: str, since: dt.datetime, until: dt.datetime
) -> list[MessageRecord]:
    """`Carrier.search_messages`. What the carrier returns is narrowed down here once more."""
    body = {
        "startDate": _written(since),
        "endDate": _written(until),
        "direction": "Outbound",
        "sourceTn": _digits(sender),
        "destinationTn": _digits(recipient),
    }
    try:
        answer = client.services("messageDetailSearch", body, is_list=True)
    except NothingFound:
        return []
    if "messageDetails" not in answer:
        raise answers.unclear(repeatable=True)
    records = []
    for row in answers.items(answer["messageDetails"]):
        source = from_carrier(answers.identifier(row.get("source")))
        destination = from_carrier(answers.identifier(row.get("destination")))
        direction = answers.identifier(row.get("direction")).lower() or "outbound"
        if (source, destination, direction) != (sender, recipient, "outbound"):
            continue
        at = _read_time(row)
        if since <= at <= until:
            status = answers.quoted(row.get("status"))
            delivered = _RECORDED.get(status.lower())
            records.append(MessageRecord(source, destination, at, status, delivered))
    return records


def _recipient_status(result: dict[str, Any], recipient: str) -> str:
    """What became of our one recipient; "" where the carrier does not say."""
    responses = answers.items(result.get("resultResponses"))
    own = [r for r in responses if from_carrier(answers.identifier(r.get("to"))) == recipient]
    for response in own or responses[:1]:
        return answers.identifier(response.get("status"))
    return ""


def _digits(address: str) -> str:
    """E.164 as the carrier writes it, without the plus; short codes as they are."""
    return address.removeprefix("+")


def _written(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _read_time(row: dict[str, Any]) -> dt.datetime:
    """When a record says the message went. The form is not published: ISO 8601 or a count of milliseconds.

    Raises: CarrierUnavailable, where it cannot be read: leaving the row out could settle the wrong message.
    """
    for name in ("timeStamp", "date"):
        written = answers.identifier(row.get(name))
        try:
            if re.fullmatch(r"[0-9]{13}", written):
                return dt.datetime.fromtimestamp(int(written) / 1000, dt.UTC)
            moment = dt.datetime.fromisoformat(written)
        except (ValueError, OverflowError, OSError):
            continue
        if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", written):  # a day alone says too little
            return moment.replace(tzinfo=moment.tzinfo or dt.UTC).astimezone(dt.UTC)
    raise CarrierUnavailable("The carrier's message records could not be read.")
