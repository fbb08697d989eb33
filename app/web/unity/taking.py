"""Files that come with a request are taken in, each by itself."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import request
from flask_babel import gettext

from app.errors import DomainError, NotFound
from app.media import names
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import uploads
from app.web import refusals
from app.web.languages import sentence
from app.web.limits import Budget, limiter, spend_uploads


def take_in(client: ClientIdentity, number_id: int) -> tuple[list[Any], list[str]]:
    """Keep the files of this request; the second are sentences about those that are not kept."""
    kept, refused = [], []
    given = [(sent.filename, sent.stream) for sent in request.files.getlist("files") if sent.filename]
    if given and limiter.enabled:
        budget = spend_uploads(client.user_id, client.provider_id, len(given))
        if budget.is_used_up:
            return [], [_used_up(budget)]
    for name, stream in given:
        try:
            kept.append(uploads.upload(client.actor.scope, number_id, name, cast(BinaryIO, stream)))
        except NotFound:
            raise
        except DomainError as refusal:
            refusals.note(refusal)
            refused.append(f"{names.tidy(name)}: {sentence(refusal.message)}")
    return kept, refused


def _used_up(budget: Budget) -> str:
    return gettext(
        "At most %(most)d files can be uploaded in a minute. Wait %(seconds)d seconds, then add them again.",
        most=budget.most,
        seconds=budget.seconds_left,
    )
