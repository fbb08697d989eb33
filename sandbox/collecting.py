"""The files of a customer's MMS: fetched from the customer at once, and kept for the phone that gets them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import astuple, dataclass
from pathlib import Path

import requests

from sandbox import media, messages
from sandbox.cloud import Cloud
from sandbox.webhook_call import CONNECT_SECONDS, NO_ANSWER, READ_SECONDS, is_made_up, session

LARGEST = 8 * 1024 * 1024
PIECE = 64 * 1024


@dataclass(frozen=True)
class Copy:
    """A fetched file; `name` is empty where `problem` says why there is none."""

    url: str
    name: str = ""
    type: str = ""
    size: int = 0
    problem: str = ""


def collect(here: Cloud, delivery: sqlite3.Row) -> None:
    """Fetch the files of a text: with all of them it goes on its way, else it fails. Receipts follow."""
    message = _message(here, delivery)
    copies = [_fetch(url, here.settings.media) for url in json.loads(message["media"])] if message else []
    is_whole = not any(copy.problem for copy in copies)
    with here.store.change() as db:
        here.deliveries.finish(delivery)
        if _message(here, delivery) is None:  # everything was reset meanwhile
            return
        for position, copy in enumerate(copies):
            values = (delivery["message"], position, *astuple(copy))
            db.execute("INSERT OR REPLACE INTO copy VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        if not is_whole:
            db.execute("UPDATE message SET stat = 'UNDELIV' WHERE id = ?", (delivery["message"],))
        message = _message(here, delivery)
        assert message is not None  # noqa: S101  looked at in this transaction
        here.deliveries.plan_receipts([message])
    here.deliveries.wake()
    if is_whole:
        messages.arrive(here, message, tuple(media.address(here.settings, copy.name) for copy in copies))


def _message(here: Cloud, delivery: sqlite3.Row) -> sqlite3.Row | None:
    return here.store.row("SELECT * FROM message WHERE id = ?", (delivery["message"],))


def _fetch(url: str, folder: Path) -> Copy:
    """One GET, without redirects."""
    if is_made_up(url):
        return Copy(url, problem=NO_ANSWER)
    try:
        with session().get(
            url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True
        ) as answer:
            return _kept(url, answer, folder)
    except (requests.RequestException, ValueError):
        return Copy(url, problem=NO_ANSWER)


def _kept(url: str, answer: requests.Response, folder: Path) -> Copy:
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    ending = media.ending_of(kind)
    if answer.status_code != 200:
        return Copy(url, type=kind, problem=f"answered {answer.status_code}")
    if ending is None:
        return Copy(url, type=kind, problem=f"the type {kind or '(none)'} is not one of MMS")
    content = b""
    for piece in answer.iter_content(PIECE):
        content += piece
        if len(content) > LARGEST:
            return Copy(url, type=kind, problem="too large")
    if not content:
        return Copy(url, type=kind, problem="empty")
    name = media.new_name(ending)
    (folder / name).write_bytes(content)
    return Copy(url, name, kind, len(content))
