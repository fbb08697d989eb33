"""Files beside the words: uploaded while a message is written, shown where it is read."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request

from app.access.policy import Permission
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import messages, uploads
from app.web.files.answers import file_answer, thumbnail_answer
from app.web.unity import composing, taking
from app.web.unity.client import CLIENT


@CLIENT.post("/files", needs=Permission.CLIENT, takes_files=True)
def upload(client: ClientIdentity) -> Response:
    """Those that were added just now, and what is wrong with those that were not kept."""
    return _listed(*taking.take_in(client, composing.id_of("number_id")))


@CLIENT.get("/files", needs=Permission.CLIENT)
def drafted(client: ClientIdentity) -> Response:
    """The files of a draft that are still there."""
    return _listed(uploads.unused(client.actor.scope, composing.ids_of(request.args)), [])


@CLIENT.delete("/files/<int:file_id>", needs=Permission.CLIENT)
def drop(client: ClientIdentity, file_id: int) -> Response:
    """Taken back before it was sent."""
    uploads.drop(client.actor.scope, file_id)
    return _counts_again(make_response("", 200))


@CLIENT.get("/files/<int:file_id>/file", needs=Permission.CLIENT)
def file(client: ClientIdentity, file_id: int) -> Response:
    return file_answer(*messages.file_and_bytes(client.actor.scope, file_id))


@CLIENT.get("/files/<int:file_id>/thumbnail", needs=Permission.CLIENT)
def thumbnail(client: ClientIdentity, file_id: int) -> Response:
    return thumbnail_answer(messages.thumbnail(client.actor.scope, file_id))


def _listed(kept: list[Any], refused: list[str]) -> Response:
    return _counts_again(make_response(render_template("unity/_files.html", files=kept, refused=refused)))


def _counts_again(answer: Response) -> Response:
    answer.headers["HX-Trigger-After-Swap"] = "files"
    return answer
