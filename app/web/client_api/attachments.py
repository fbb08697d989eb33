"""Files: uploaded for a text, looked at, fetched."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from app.access.policy import Permission
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import files, messages, uploads
from app.web.client_api import shapes
from app.web.client_api.api import API, nothing
from app.web.client_api.description import ANY, Call, Counted
from app.web.files.answers import file_answer, thumbnail_answer


@API.post(
    "/attachments",
    needs=Permission.CLIENT,
    call=Call(
        "Upload a file for a text",
        {201: shapes.AttachmentShape},
        form=shapes.NewAttachment,
        problems=(404, 409),
        counted=Counted.UPLOADS,
    ),
)
def upload(client: ClientIdentity, wish: shapes.NewAttachment) -> tuple[Response, int]:
    """What no text uses within 24 hours is erased."""
    kept = uploads.upload(client.actor.scope, wish.number_id, wish.file.filename, wish.file.stream)
    return _shown(kept), 201


@API.get(
    "/attachments/<int:attachment_id>",
    needs=Permission.CLIENT,
    call=Call("One file, without its bytes", {200: shapes.AttachmentShape}),
)
def attachment(client: ClientIdentity, attachment_id: int) -> Response:
    return _shown(messages.file(client.actor.scope, attachment_id))


@API.get(
    "/attachments/<int:attachment_id>/file",
    needs=Permission.CLIENT,
    call=Call("The bytes of a file, or a range of them", {200: None, 206: None}, problems=(416,), media=ANY),
)
def file(client: ClientIdentity, attachment_id: int) -> Response:
    return file_answer(*messages.file_and_bytes(client.actor.scope, attachment_id))


@API.get(
    "/attachments/<int:attachment_id>/thumbnail",
    needs=Permission.CLIENT,
    call=Call("A thumbnail of a picture", {200: None}, media=ANY),
)
def thumbnail(client: ClientIdentity, attachment_id: int) -> Response:
    return thumbnail_answer(messages.thumbnail(client.actor.scope, attachment_id))


@API.delete(
    "/attachments/<int:attachment_id>",
    needs=Permission.CLIENT,
    call=Call("Take back an upload that no text uses", {204: None}),
)
def delete(client: ClientIdentity, attachment_id: int) -> Response:
    uploads.drop(client.actor.scope, attachment_id)
    return nothing()


def _shown(file: Any) -> Response:
    return jsonify(shapes.AttachmentShape(**files.as_shown(file)).model_dump(mode="json"))
