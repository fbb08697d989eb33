"""One request to one of the two APIs: counted, met by the faults that are on, carried out, logged."""

from __future__ import annotations

import functools
import json
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from sandbox.cloud import cloud
from sandbox.faults import OF_REQUESTS
from sandbox.store import Store

logger = logging.getLogger(__name__)

SERVICES = (
    "tnDetail", "tnAssignedList", "tnFeatureMessageList", "tnMessaging", "messageDetailSearch",
    "credential", "accountDefaultDetail",
)  # fmt: skip
BROKER = ("publishMessages", "selectAuthorization", "configureAuthorization", "removeAuthorization")
TOKEN = "token"  # noqa: S105  the name of an operation
MEDIA = "media"  # a customer, or anybody, asks for a picture that a phone sent
OPERATIONS = (*SERVICES, *BROKER, TOKEN, MEDIA)

BABBLE = "<!doctype html><title>Please wait</title><h1>Scheduled maintenance</h1><p>{not json at all</p>"


class Refusal(Exception):
    """An answer that says no. `body` is JSON, `http` its HTTP status."""

    def __init__(self, http: int, body: dict[str, Any]):
        super().__init__(body)
        self.http = http
        self.body = body


def refused(code: int, status: str, http: int | None = None) -> Refusal:
    """The published shape of an error: `statusCode` and `status` in the body, and as HTTP status."""
    return Refusal(http or code, {"statusCode": str(code), "status": status})


def login_fault() -> Refusal:
    """What the gateway in front of both APIs says to a token or key that it does not know."""
    return Refusal(
        401,
        {
            "fault": {
                "code": 900901,
                "message": "Invalid Credentials",
                "description": "Make sure you have provided the correct security credentials",
            }
        },
    )


def operation(name: str) -> Callable[[Callable[[], dict[str, Any]]], Callable[[], Response]]:
    """Make a view of a function that returns the JSON of a success and raises Refusal."""

    def wrap(process: Callable[[], dict[str, Any]]) -> Callable[[], Response]:
        @functools.wraps(process)
        def view() -> Response:
            started = time.monotonic()
            answer = _answer(name, process)
            milliseconds = (time.monotonic() - started) * 1000
            logger.info("%s %s %d ms", name, answer.status_code, milliseconds)
            return answer

        return view

    return wrap


def body() -> dict[str, Any]:
    """The JSON object of this request. Raises Refusal 408."""
    payload = request.get_json(force=True, silent=True)
    if payload is None and not request.get_data():
        return {}
    if not isinstance(payload, dict):
        raise refused(408, "Invalid request: a JSON object is expected.")
    try:
        request.get_data().decode()
        json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeError:  # half an emoji: JSON can write it, UTF-8 cannot
        raise refused(408, "Invalid request: the text is not valid Unicode.") from None
    return payload


def tallies(store: Store) -> tuple[dict[str, int], dict[str, int]]:
    """How many requests came per operation, and how many of them were carried out."""
    rows = store.rows("SELECT * FROM tally ORDER BY operation")
    return (
        {row["operation"]: row["requests"] for row in rows},
        {row["operation"]: row["carried_out"] for row in rows if row["carried_out"]},
    )


def _answer(name: str, process: Callable[[], dict[str, Any]]) -> Response:
    here = cloud()
    _tally(name, "requests")
    faults = here.faults.take(OF_REQUESTS, name)
    if hang := faults.get("hang_before"):
        here.faults.hold(name, "before", hang["seconds"])
        if hang["onward"] == "drop":
            return _drop_connection()
    if slow := faults.get("slow"):
        here.faults.hold(name, "before", slow["seconds"])
    for fault, answer in (
        ("refuse_logins", _refused_login),
        ("answer_431", _try_again),
        ("answer_500", _broken),
        ("babble", _babble),
    ):
        if fault in faults:
            if faults[fault]["onward"] == "accept":
                _carried_out(name, process)
            return answer(name)
    answer_given = _carried_out(name, process)
    if hang := faults.get("hang_after"):
        here.faults.hold(name, "after", hang["seconds"])
        return _drop_connection()
    return answer_given


def _carried_out(name: str, process: Callable[[], dict[str, Any]]) -> Response:
    try:
        answer = jsonify(process())
    except Refusal as refusal:
        answer = jsonify(refusal.body)
        answer.status_code = refusal.http
        return answer
    _tally(name, "carried_out")
    return answer


def _tally(name: str, column: str) -> None:
    with cloud().store.change() as db:
        db.execute("INSERT OR IGNORE INTO tally (operation) VALUES (?)", (name,))
        db.execute(f"UPDATE tally SET {column} = {column} + 1 WHERE operation = ?", (name,))  # noqa: S608  two constants


def _refused_login(name: str) -> Response:
    refusal = refused(401001, "Invalid credentials", http=401) if name in SERVICES else login_fault()
    answer = jsonify(refusal.body)
    answer.status_code = refusal.http
    return answer


def _try_again(name: str) -> Response:
    answer = jsonify(
        {"statusCode": "431", "status": "Unable to complete the request at the moment, please try again."}
    )
    answer.status_code = 431
    return answer


def _broken(name: str) -> Response:
    return Response("<h1>500 Internal Server Error</h1>", status=500, mimetype="text/html")


def _babble(name: str) -> Response:
    return Response(BABBLE, mimetype="text/html")


def _drop_connection() -> Response:
    """Close the connection under the server, so that the caller reads an end of file and no status."""
    connection = request.environ["gunicorn.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=503)  # nobody reads it
