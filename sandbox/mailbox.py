"""The mails that the portal sent, for reading and for following their links."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from flask import Blueprint, abort, render_template
from markupsafe import Markup, escape

from sandbox import mails
from sandbox.cloud import cloud

LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")


@blueprint.get("/")
def inbox() -> str:
    """All mails, newest first."""
    return render_template(
        "mailbox.html", mails=mails.caught(cloud().store), smtp_port=cloud().settings.smtp_port
    )


@blueprint.get("/<int:mail_id>")
def letter(mail_id: int) -> str:
    """One mail, as text with links that can be followed."""
    mail = mails.one(cloud().store, mail_id)
    if mail is None:
        abort(404)
    return render_template("mail.html", mail=mail, text=linked(mail["text"] or _as_text(mail["html"])))


def linked(text: str, *, new_tab: bool = False) -> Markup:
    """The text escaped, its web addresses made links."""
    more = Markup(' target="_blank" rel="noopener"') if new_tab else ""
    result, end = Markup(), 0
    for found in LINK.finditer(text):
        result += escape(text[end : found.start()])
        result += Markup('<a href="{0}"{1}>{0}</a>').format(found.group(), more)
        end = found.end()
    return result + escape(text[end:])


class _Words(HTMLParser):
    """The words of an HTML mail, with the address of each link behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._links: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script", "title"):
            self._silent += 1
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        elif tag in ("p", "br", "div", "tr", "li", "h1", "h2", "h3"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "title"):
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._links:
            self.words.append(f" {self._links.pop()} ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(" ".join(data.split()) and data)


def _as_text(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    return "".join(parser.words).strip()
