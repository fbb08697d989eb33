"""An attachment link leads to a page that shows the file, and to the file itself."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response

from app.errors import NotFound
from app.services.messaging import files, links
from app.services.messaging.links import LinkExpired
from app.web.files.answers import file_answer
from app.web.limits import guesses
from app.web.media_links import pages

blueprint = Blueprint("media_links", __name__, url_prefix="/m")


@blueprint.get("/<secret:token>")
@guesses()
def page(token: str) -> Response:
    return pages.preview(links.opened(token))


@blueprint.get("/<secret:token>/<name>")
@guesses()
def file(token: str, name: str) -> Response:
    """A carrier fetches it here as well, and goes by the ending of the address."""
    attachment = links.opened(token)
    if name not in {"file", links.file_name(attachment)}:
        raise NotFound
    return file_answer(attachment, partial(files.read, attachment))


@blueprint.errorhandler(LinkExpired)
def expired(refusal: LinkExpired) -> Response:
    return pages.expired(refusal.attachment)
