"""Logos and the sheets of colours. Open to everybody: the sign-in page shows them. What stands at an address
never changes, so browsers keep it.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from app.errors import Invalid
from app.services.accounts import branding, tones

blueprint = Blueprint("brand_files", __name__, url_prefix="/brand")


@blueprint.get("/<digest>.png")
def logo(digest: str) -> Response:
    data, mimetype = branding.logo_of(digest)
    return _kept(Response(data, mimetype=mimetype))


@blueprint.get("/<colour>.css")
def sheet(colour: str) -> Response:
    try:
        accent = tones.read(colour)
    except Invalid:
        abort(404)
    if colour != accent.removeprefix("#"):
        abort(404)
    words = render_template(
        "branding/tones.css", colour=colour, light=tones.light(accent), dark=tones.dark(accent)
    )
    return _kept(Response(words, mimetype="text/css"))


def _kept(response: Response) -> Response:
    response.cache_control.public = True
    response.cache_control.max_age = 365 * 24 * 3600
    response.cache_control.immutable = True
    return response
