"""A letter on its paper: the same words as plain text and as HTML, with the brand of the recipient."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.services.alerts.letters import Letterhead
from app.services.alerts.plain_words import plain

_LINK = re.compile(r"https?://\S+")
_ACCENT = re.compile(r"#[0-9a-f]{6}")
_OWN_ACCENT = "#2f56c6"


@dataclass(frozen=True)
class Paper:
    """`sender` is the name of the sender; "" leaves the portal's own."""

    sender: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def on_paper(body: str, head: Letterhead) -> Paper:
    """A paragraph that is nothing but a link becomes a button in HTML; the brand's name is plain words."""
    head = replace(head, name=plain(head.name)) if head.name else head
    paragraphs = [part.strip() for part in body.split("\n\n") if part.strip()]
    html = _template().render(
        paragraphs=[(part, bool(_LINK.fullmatch(part))) for part in paragraphs],
        head=head,
        accent=head.accent if _ACCENT.fullmatch(head.accent) else _OWN_ACCENT,
    )
    text = f"{body.rstrip()}\n\n{head.name}\n" if head.name else body
    return Paper(head.name, text, html)


@cache
def _template() -> Template:
    folder = Path(__file__).parents[2] / "templates" / "emails"
    pages = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    return pages.get_template("letter.html")
