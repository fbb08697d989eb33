"""Files that come with a request are taken in, each by itself."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import request

from app.errors import DomainError, NotFound
from app.media import names
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import uploads
from app.web import refusals
from app.web.languages import sentence


def take_in(client: ClientIdentity, number_id: int) -> tuple[list[Any], list[str]]:
    """Keep the files of this request; the second are sentences about those that are not kept."""
    kept, refused = [], []
    for sent in request.files.getlist("files"):
        if not sent.filename:
            continue
        try:
            stream = cast(BinaryIO, sent.stream)
            kept.append(uploads.upload(client.actor.scope, number_id, sent.filename, stream))
        except NotFound:
            raise
        except DomainError as refusal:
            refusals.note(refusal)
            refused.append(f"{names.tidy(sent.filename)}: {sentence(refusal.message)}")
    return kept, refused
