"""A file with a link to it."""

from __future__ import annotations

from typing import Any

from app.access.scope import EVERYTHING, fetch
from app.clock import now
from app.db import transactional
from app.models import Attachment
from app.services.messaging import links
from tests import make
from tests.web.browsing import soup

HTML = b"<!doctype html><script>parent.document.title = 'caught'</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
LETTERS = bytes(range(48, 58)) * 10  # a text of 100 bytes


@transactional
def given(file_id: int) -> tuple[str, str]:
    """The addresses of its page and of the file itself."""
    row = fetch(Attachment, file_id, EVERYTHING, lock=True)
    page, file = links.give(row), links.file_url(row)
    return page, file


def shared(*of: Any, **fields: Any) -> tuple[str, str]:
    """The paths of a link to a new file: of its page, and of the file."""
    row = make.attachment(*of, **fields)
    page, file = (f"/m/{url.partition('/m/')[2]}" for url in given(row.id))
    return page, file


def expire() -> None:
    """All links have come to their end."""
    for row in make.every(Attachment):
        row.link_expires_at = now()
        make.kept(row)


def text_of(answer: Any) -> str:
    """What a page says."""
    return soup(answer).get_text(" ", strip=True)
