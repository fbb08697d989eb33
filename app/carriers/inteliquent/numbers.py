"""Numbers of the account: is it there, what can it do, switch messaging on (S10, D3)."""

from __future__ import annotations

import re
from typing import Any

from app.carriers.base import NumberRecord
from app.carriers.inteliquent import answers
from app.carriers.inteliquent.answers import NothingFound
from app.carriers.inteliquent.client import Client
from app.phone import from_carrier, ten_digits
from app.vocabulary import NumberStatus

_STATUSES = {
    "INSERVICE": NumberStatus.IN_SERVICE,
    "INSVC": NumberStatus.IN_SERVICE,
    "PENDING": NumberStatus.PENDING,
    "PNDNG": NumberStatus.PENDING,
    "PENDINGDISCONNECT": NumberStatus.DISCONNECTING,
    "PDISC": NumberStatus.DISCONNECTING,
}
_TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
_PAGE = 1000
_MOST_PAGES = 1000


def find_number(client: Client, number: str) -> NumberRecord | None:
    """`Carrier.find_number`."""
    return find_numbers(client, [number]).get(number)


def find_numbers(client: Client, numbers: list[str]) -> dict[str, NumberRecord]:
    """`Carrier.find_numbers`: a set of search criteria for each number, in one request.

    The carrier knows ten digits only, so it is not asked about other numbers.
    """
    masks = [mask for number in numbers if re.fullmatch(r"[2-9][0-9]{9}", mask := ten_digits(number))]
    if not masks:
        return {}
    wanted = {"tnSearchList": {"tnSearchItem": [{"tnMask": mask} for mask in masks]}}
    try:
        body = client.services("tnDetail", wanted)
    except NothingFound:
        return {}
    found: dict[str, NumberRecord] = {}
    for item in _listed(body, "tnList", "tnItem"):
        number = _number(item)
        if number in numbers and number not in found:
            feature = item.get("tnFeature")
            messaging = feature.get("messaging") if isinstance(feature, dict) else None
            found[number] = _record(number, item, messaging if isinstance(messaging, dict) else {})
    return found


def list_numbers(client: Client) -> list[NumberRecord]:
    """`Carrier.list_numbers`: two lists of the carrier as one, what it holds and what can message."""
    try:
        assigned = _listed(client.services("tnAssignedList", {}, is_list=True), "tnBasicList", "tnBasicItem")
    except NothingFound:
        return []
    messaging = _messaging_by_number(client)
    held = {number: item for item in assigned if (number := _number(item))}
    return [_record(number, item, messaging.get(number, {})) for number, item in held.items()]


def turn_on_messaging(client: Client, number: str, *, mms: bool) -> None:
    """`Carrier.turn_on_messaging`. Toll-free numbers are of a message class of their own."""
    ten = ten_digits(number)
    client.services(
        "tnMessaging",
        {
            "tn": ten,
            "messageClass": "A2P8XX" if ten.startswith(_TOLL_FREE) else "P2P",
            "messageType": "SMSMMS" if mms else "SMS",
        },
    )


def _messaging_by_number(client: Client) -> dict[str, dict[str, Any]]:
    """All pages of the list of numbers with messaging.

    A long list is walked with the `searchId` that the carrier hands out. A page that brings nothing new ends
    the walk, so that a carrier that ignores page numbers cannot keep us for ever.
    """
    found: dict[str, dict[str, Any]] = {}
    wanted: dict[str, Any] = {"page": 1, "size": _PAGE, "direction": "asc", "property": "tn"}
    for page in range(1, _MOST_PAGES + 1):
        try:
            body = client.services("tnFeatureMessageList", {"pageSort": wanted}, is_list=True)
        except NothingFound:
            break
        entries = _listed(body, "tnFeatureList", "tnFeatureItem")
        fresh = {number: item for item in entries if (number := _number(item)) and number not in found}
        found.update(fresh)
        pages = answers.identifier(body.get("totalPages"))
        is_last = page >= int(pages) if re.fullmatch(r"[0-9]{1,9}", pages) else len(entries) < _PAGE
        if is_last or not fresh:
            break
        search_id = answers.identifier(body.get("searchId"), longest=4096)
        wanted = {"searchId": search_id} if search_id else {**wanted, "page": page + 1}
    return found


def _listed(body: dict[str, Any], outer: str, inner: str) -> list[dict[str, Any]]:
    """The entries of a list in a list. Without the outer one it is no such answer, and must not read as none.

    Raises: CarrierUnavailable.
    """
    holder = body.get(outer)
    if not isinstance(holder, dict):
        raise answers.unclear(repeatable=True)
    return answers.items(holder.get(inner))


def _number(item: dict[str, Any]) -> str:
    return from_carrier(answers.identifier(item.get("tn")))


def _record(number: str, item: dict[str, Any], messaging: dict[str, Any]) -> NumberRecord:
    """SMS, MMS, SMSMMS and their _ALT forms: MMS alone is pictures without plain texts."""
    status = re.sub(r"[^A-Z]", "", answers.identifier(item.get("tnStatus")).upper())
    kind = answers.identifier(messaging.get("messageType")).upper()
    return NumberRecord(
        number=number,
        status=_STATUSES.get(status, NumberStatus.OTHER),
        sms="SMS" in kind,
        mms="MMS" in kind,
    )
