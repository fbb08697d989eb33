"""The pages of attachment links: small, without scripts, without cookies, readable on a phone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, make_response, render_template, url_for
from flask_babel import format_date, format_time

from app.media.kinds import SHOWN
from app.services.accounts import branding
from app.services.messaging import links
from app.web import brands, login
from app.web.languages import sentence

_VIEWERS = ("image", "video", "audio")
_UNPLAYED = {"audio/amr"}  # phones play it, browsers do not


def preview(attachment: Any) -> Response:
    """The file where a browser can show it, and how to get it."""
    brands.wear(branding.brand_over(attachment))
    family = attachment.content_type.partition("/")[0]
    viewer = family if attachment.content_type in SHOWN - _UNPLAYED and family in _VIEWERS else ""
    name = links.file_name(attachment)
    address = url_for("media_links.file", token=attachment.link_token, name=name)
    until = _spelled(attachment.link_expires_at)
    return _page("media_links/page.html", 200, file=attachment, viewer=viewer, address=address, until=until)


def expired(attachment: Any) -> Response:
    """Still in the colours of whoever sent it."""
    brands.wear(branding.brand_over(attachment))
    return _page("media_links/expired.html", 410, until=_spelled(attachment.link_expires_at))


def refused(code: int, words: str = "") -> Response:
    """Nothing is read any more: nobody's brand is known, or reading is what failed. `words` say it better
    than the code does.
    """
    brands.without_brand()
    return _page("media_links/refused.html", code, code=code, sentence=sentence(words))


def _spelled(at: dt.datetime) -> dict[str, str]:
    """As a stranger reads it, whose zone nobody knows."""
    return {"day": format_date(at, "long"), "time": format_time(at, "short")}


def _page(template: str, status: int, **values: Any) -> Response:
    login.ask_nobody()
    response = make_response(render_template(template, **values), status)
    response.vary.add("Accept-Language")
    return response
