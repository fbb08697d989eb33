"""The Services API: which numbers the account holds, and whether they can text."""

from __future__ import annotations

import math
import re
import sqlite3
from typing import Any

from flask import Blueprint

from sandbox import inventory, message_records
from sandbox.addresses import ten_digits
from sandbox.cloud import cloud
from sandbox.logins import TOKEN_SECONDS, check_private_key, new_token, private_key, services_account
from sandbox.operations import body, operation, refused

LARGEST_PAGE = 10_000

blueprint = Blueprint("services_api", __name__, url_prefix="/Services/2.0.0")


@blueprint.post("/credential")
@operation("credential")
def credential() -> dict[str, Any]:
    """The private key that every other body must carry."""
    account = services_account()
    return _success(
        credential={
            "privateKey": private_key(account),
            "accessToken": new_token(account),
            "expiresIn": TOKEN_SECONDS,
        }
    )


@blueprint.post("/accountDefaultDetail")
@operation("accountDefaultDetail")
def account_default_detail() -> dict[str, Any]:
    """The account's defaults."""
    _signed_in()
    return _success(
        accountDefaultDetail={"cnamDip": "N", "ipFilteringEnabled": "N", "msgDeliveryReceipt": "Y"}
    )


@blueprint.post("/tnDetail")
@operation("tnDetail")
def tn_detail() -> dict[str, Any]:
    """Numbers that match any of the search items; 430 when none does."""
    account, payload = _signed_in()
    search = payload.get("tnSearchList")
    items = search.get("tnSearchItem") if isinstance(search, dict) else None
    if not items:
        raise refused(414, "Fields Are Required: tnSearchList")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise refused(409, "Invalid Input Parameters: tnSearchItem")
    found = [n for n in _numbers(account) if any(_fits(n, item) for item in items)]
    page, paging = _page(found, payload)
    return _success(tnList={"tnItem": [_detail(number) for number in page]}, **paging)


@blueprint.post("/tnAssignedList")
@operation("tnAssignedList")
def tn_assigned_list() -> dict[str, Any]:
    """Every number of the account with its status."""
    account, _ = _signed_in()
    items = [{"tn": n["tn"], "tnStatus": n["status"]} for n in _numbers(account)]
    return _success(tnBasicList={"tnBasicItem": items})


@blueprint.post("/tnFeatureMessageList")
@operation("tnFeatureMessageList")
def tn_feature_message_list() -> dict[str, Any]:
    """Every number of the account that has messaging, page by page when asked so."""
    account, payload = _signed_in()
    page, paging = _page([n for n in _numbers(account) if n["message_type"]], payload)
    items = [
        {"tn": n["tn"], "messageClass": n["message_class"], "messageType": n["message_type"]} for n in page
    ]
    return _success(tnFeatureList={"tnFeatureItem": items}, **paging)


@blueprint.post("/tnMessaging")
@operation("tnMessaging")
def tn_messaging() -> dict[str, Any]:
    """Switch messaging of one number on or off, at once."""
    account, payload = _signed_in()
    off = payload.get("removeMessaging") == "Y"
    for field in ("tn",) if off else ("tn", "messageClass", "messageType"):
        if not payload.get(field):
            raise refused(414, f"Fields Are Required:{field}")
    if not off and (
        payload["messageClass"] not in inventory.MESSAGE_CLASSES
        or payload["messageType"] not in inventory.MESSAGE_TYPES
    ):
        raise refused(409, "Invalid Input Parameters: messageClass, messageType")
    tn = ten_digits(str(payload["tn"]))
    number = cloud().store.row("SELECT * FROM number WHERE tn = ? AND account = ?", (tn, account))
    if number is None:
        raise refused(414, "You do not have permission for this TN.")
    if not number["can_provision"] or number["status"] != inventory.IN_SERVICE:
        verb = "remove" if off else "provision"
        raise refused(
            425, f"Unable to {verb} messaging for this TN. Please contact Inteliquent messaging team."
        )
    values = ("", "") if off else (payload["messageClass"], payload["messageType"])
    with cloud().store.change() as db:
        db.execute("UPDATE number SET message_class = ?, message_type = ? WHERE tn = ?", (*values, tn))
    return _success()


@blueprint.post("/messageDetailSearch")
@operation("messageDetailSearch")
def message_detail_search() -> dict[str, Any]:
    """Records of messages by date, direction and numbers; they carry no message id."""
    account, payload = _signed_in()
    return _success(messageDetails=message_records.search(account, payload))


def _signed_in() -> tuple[str, dict[str, Any]]:
    account = services_account()
    payload = body()
    check_private_key(account, payload)
    return account, payload


def _success(**fields: Any) -> dict[str, Any]:
    return {"statusCode": "200", "status": "Success", **fields}


def _numbers(account: str) -> list[sqlite3.Row]:
    return cloud().store.rows("SELECT * FROM number WHERE account = ? ORDER BY tn", (account,))


def _fits(number: sqlite3.Row, item: dict[str, Any]) -> bool:
    mask = item.get("tnMask")
    if not isinstance(mask, str) or not re.fullmatch(r"[0-9xX]{10}", mask):
        raise refused(409, "Invalid Input Parameters: tnMask must be ten digits.")
    if not re.fullmatch(mask.lower().replace("x", "[0-9]"), number["tn"]):
        return False
    wanted = item.get("tnStatus")
    if wanted and inventory.STATUS_CODES.get(wanted, wanted) != number["status"]:
        return False
    messaging = item.get("messaging")
    if messaging and (messaging == "Y") != bool(number["message_type"]):
        return False
    return all(
        not item.get(field) or item[field] == number[column]
        for field, column in (("messageClass", "message_class"), ("messageType", "message_type"))
    )


def _page(found: list[sqlite3.Row], payload: dict[str, Any]) -> tuple[list[sqlite3.Row], dict[str, str]]:
    if not found:
        raise refused(430, "No Result Found")
    sort = payload.get("pageSort") or {}
    if not isinstance(sort, dict):
        raise refused(409, "Invalid Input Parameters: pageSort")
    try:
        page, size = int(sort.get("page") or 1), int(sort.get("size") or LARGEST_PAGE)
    except (TypeError, ValueError):
        raise refused(409, "Invalid Input Parameters: page, size") from None
    if size > LARGEST_PAGE:
        raise refused(417, "Size must be less than or equal to 10000")
    if page < 1 or size < 1:
        raise refused(409, "Invalid Input Parameters: page, size")
    if sort.get("direction") == "desc":
        found = found[::-1]
    part = found[(page - 1) * size : page * size]
    if not part:
        raise refused(430, "No Result Found")
    pages = math.ceil(len(found) / size)
    return part, {"page": str(page), "totalPages": str(pages), "totalItems": str(len(found))}


def _detail(number: sqlite3.Row) -> dict[str, Any]:
    messaging = (
        {"messageClass": number["message_class"], "messageType": number["message_type"]}
        if number["message_type"]
        else {}
    )
    return {
        "tn": number["tn"],
        "trunkGroup": "NYCMNY50CS1_1",
        "lata": "224",
        "rateCenter": "BAYONNE",
        "province": "NJ",
        "rateCenterTier": "Tier 0",
        "countryCode": "1",
        "tnSource": "NATIVE",
        "tnStatus": number["status"],
        "activateUser": "api_user",
        "endUser": {},
        "tnFeature": {
            "callerId": {"cnamDip": "N"},
            "directoryListing": {},
            "e911": {},
            "messaging": messaging,
        },
    }
