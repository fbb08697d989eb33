"""The carrier's records of messages: how an uncertain send can be settled later."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from typing import Any

from sandbox.addresses import carrier_form
from sandbox.cloud import cloud
from sandbox.operations import refused
from sandbox.receipts import SECONDS_TO_RECEIPT

# The number beside a status is the carrier's own; nothing is published about it but "8, Blocked".
STATUS_NUMBERS = {"Enroute": "1", "Successful": "2", "Unknown": "4", "Blocked": "8", "Failed": "5"}
FAILED_STATS = ("UNDELIV", "REJECTD", "EXPIRED", "DELETED")


def search(account: str, payload: dict[str, Any]) -> list[dict[str, str]]:
    """Records between two dates, in one direction, newest last. Raises Refusal 409 or 414."""
    missing = [field for field in ("startDate", "endDate", "direction") if not payload.get(field)]
    if missing:
        raise refused(414, f"Fields Are Required:{', '.join(missing)}")
    direction = payload["direction"]
    if direction not in ("Inbound", "Outbound"):
        raise refused(409, "Invalid Input Parameters: direction")
    sql = "SELECT * FROM message WHERE account = ? AND direction = ? AND at BETWEEN ? AND ?"
    values: list[Any] = [
        account,
        "in" if direction == "Inbound" else "out",
        _seconds(payload["startDate"], "startDate"),
        _seconds(payload["endDate"], "endDate"),
    ]
    for field, column in (
        ("sourceTn", "sender"),
        ("destinationTn", "recipient"),
        ("messageType", "message_type"),
    ):
        if payload.get(field):
            sql += f" AND {column} = ?"
            values.append(payload[field] if field == "messageType" else carrier_form(str(payload[field])))
    records = [_record(row, direction) for row in cloud().store.rows(f"{sql} ORDER BY at, id", values)]
    wanted = payload.get("disposition")
    return [record for record in records if not wanted or record["status"] == wanted]


def _record(row: sqlite3.Row, direction: str) -> dict[str, str]:
    status = _status(row)
    at = dt.datetime.fromtimestamp(row["at"], dt.UTC)
    return {
        "operator": "Made-up Mobile",
        "country": "United States of America",
        "region": "North America",
        "gateWay": "Chicago",
        "date": at.strftime("%Y-%m-%d"),
        "timeStamp": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z",
        "direction": direction,
        "messageType": row["message_type"],
        "source": row["sender"],
        "destination": row["recipient"],
        "status": status,
        "statusCode": STATUS_NUMBERS[status],
        "description": status,
    }


def _status(row: sqlite3.Row) -> str:
    if row["direction"] == "in":
        return "Successful"
    if row["at"] + SECONDS_TO_RECEIPT > time.time():
        return "Enroute"
    if row["stat"] == "DELIVRD":
        return "Successful"
    if row["stat"] in FAILED_STATS:
        return "Failed"
    return "Enroute" if row["stat"] in ("ACCEPTD", "ENROUTE") else "Unknown"


def _seconds(text: Any, field: str) -> float:
    try:
        moment = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise refused(409, f"Invalid Input Parameters: {field}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
