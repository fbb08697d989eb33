"""A phone in the browser: choose who you are, text one of the portal's numbers, read the answers."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from sandbox import inventory, media, messages
from sandbox.addresses import carrier_form, ten_digits
from sandbox.cloud import cloud
from sandbox.mailbox import linked

LONGEST_THREAD = 200

blueprint = Blueprint("handset", __name__, url_prefix="/handset")


@blueprint.get("/")
def phone() -> str:
    """The phone: conversations of one made-up number, and one of them open."""
    return _page(request.args.get("mine") or inventory.PHONES[0], request.args.get("theirs") or "")


@blueprint.post("/send")
def send() -> Response | tuple[str, int]:
    """Text somebody, with pictures if some are attached: as an MMS with a part for layout, as carriers do."""
    mine, theirs = request.form.get("mine", "").strip(), request.form.get("theirs", "").strip()
    text = request.form.get("text", "").replace("\r\n", "\n")
    uploads = [upload for upload in request.files.getlist("picture") if upload.filename]
    if problem := _problem(mine, theirs, text, uploads):
        return _page(mine, theirs, problem=problem, text=text), 422
    pictures = [media.keep(upload) for upload in uploads]
    parts = (media.keep_layout(pictures), *pictures) if pictures else ()
    messages.receive(cloud(), messages.Text(carrier_form(mine), (carrier_form(theirs),), text, parts))
    answer = redirect(url_for("handset.phone", mine=mine, theirs=theirs), 303)
    assert isinstance(answer, Response)  # noqa: S101  werkzeug types it wider than Flask's
    return answer


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> tuple[str, int]:
    """The form cannot be read any more, so the phone starts anew with a sentence."""
    return _page(
        inventory.PHONES[0], "", problem="This file is larger than 8 MB; a phone cannot send it."
    ), 413


def _problem(mine: str, theirs: str, text: str, uploads: list[FileStorage]) -> str:
    if not mine or not theirs:
        return "Say which number you text from and which number you text."
    if carrier_form(mine) == carrier_form(theirs):
        return "A phone cannot text itself; choose two different numbers."
    if not text.strip() and not uploads:
        return "Write something or attach a picture."
    if not all(map(media.is_sendable, uploads)):
        return f"A phone does not send this kind of file. It sends: {', '.join(media.TYPES)}."
    return ""


def _page(mine: str, theirs: str, *, problem: str = "", text: str = "") -> str:
    store = cloud().store
    me, them = carrier_form(mine), carrier_form(theirs)
    return render_template(
        "handset.html",
        mine=mine,
        theirs=theirs,
        text=text,
        problem=problem,
        phones=inventory.PHONES,
        numbers=store.rows(
            "SELECT number.tn, account.title FROM number JOIN account ON account.name = number.account"
            " WHERE number.status = ? AND number.message_type != '' ORDER BY account.name, number.tn",
            (inventory.IN_SERVICE,),
        ),
        conversations=_conversations(me, them),
        thread=_thread(me, them) if theirs else [],
        short=ten_digits,
    )


def _conversations(me: str, open_with: str) -> list[dict[str, Any]]:
    """What this phone has texted about, one entry per number at the other end, newest first."""
    rows = cloud().store.rows(
        "SELECT iif(sender = ?1, recipient, sender) AS other, text, at, max(id) AS last, count(*) AS texts"
        " FROM message WHERE (direction = 'in' AND sender = ?1) OR (direction = 'out' AND recipient = ?1)"
        " GROUP BY other ORDER BY last DESC",
        (me,),
    )
    return [
        {
            "number": ten_digits(row["other"]),
            "text": row["text"] or "(a picture)",
            "at": row["at"],
            "texts": row["texts"],
            "is_open": row["other"] == open_with,
        }
        for row in rows
    ]


def _thread(me: str, them: str) -> list[dict[str, Any]]:
    rows = cloud().store.rows(
        "SELECT * FROM (SELECT * FROM message WHERE (direction = 'in' AND sender = ?1 AND recipient = ?2)"
        " OR (direction = 'out' AND sender = ?2 AND recipient = ?1) ORDER BY id DESC LIMIT ?3) ORDER BY id",
        (me, them, LONGEST_THREAD),
    )
    return [
        {
            "id": row["id"],
            "side": "out" if row["direction"] == "in" else "in",
            "text": linked(row["text"], new_tab=True),
            "at": row["at"],
            "media": [shown for url in _urls(row) if (shown := media.shown(url))],
            "kind": row["message_type"],
            "status": _delivery_status(row) if row["direction"] == "in" else _receipt_status(row),
        }
        for row in rows
    ]


def _delivery_status(message: sqlite3.Row) -> str:
    rows = cloud().store.rows(
        "SELECT state, answer FROM delivery WHERE message = ? AND kind = 'inbound' ORDER BY id",
        (message["id"],),
    )
    states = {row["state"] for row in rows}
    if "delivered" in states:
        return "delivered to webhook"
    if states <= {"dropped"}:
        return "dropped: no webhook receives this number"
    answer = next((row["answer"] for row in rows if row["answer"]), None)
    if "pending" in states:
        return f"webhook answered {answer}, trying again" if answer else "on its way"
    return f"given up: webhook answered {answer}"


def _urls(message: sqlite3.Row) -> list[str]:
    """A phone's own files, or our copies of a customer's."""
    if message["direction"] == "in":
        return list(json.loads(message["media"]))
    copies = cloud().store.rows("SELECT * FROM copy WHERE message = ? ORDER BY position", (message["id"],))
    return [media.address(cloud().settings, copy["name"]) for copy in copies if copy["name"]]


def _receipt_status(message: sqlite3.Row) -> str:
    row = cloud().store.row(
        "SELECT problem FROM copy WHERE message = ? ORDER BY problem = '', position", (message["id"],)
    )
    if row is None and json.loads(message["media"]):
        return "fetching its files"
    problem = f", a file could not be fetched: {row['problem']}" if row and row["problem"] else ""
    return (f"receipt {message['receipt']}" if message["receipt"] else "received") + problem
