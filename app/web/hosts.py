"""By which host name somebody came, and what is served there.

Files are strangers' (D16): where MEDIA_URL has a host name of its own, they are served there and nowhere
else, and nothing of the portal is served there.
"""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app.config import settings
from app.errors import NotFound

_LINKS = "/m/"
_BESIDE = {"media_links", "health", "brand_files"}  # the blueprints of files, and of how their pages look


def name() -> str:
    """The host name that was asked for, without a port; "" for none."""
    return request.host.partition(":")[0].lower().rstrip(".")


def is_of_links(path: str) -> bool:
    """Whether an address belongs to attachment links."""
    return path.startswith(_LINKS)


def is_bare() -> bool:
    """Whether this request is answered without cookie, session and sign-in, whoever sends it."""
    return is_of_links(request.path) or _is_of_files()


def elsewhere() -> Response | None:
    """Where a file is that was asked for by another host name than theirs: links stay good when MEDIA_URL is
    set or changed. None for whatever is in its place. Raises NotFound: it is not served by this name.
    """
    if not settings().media_host or request.endpoint is None:
        return None
    if _is_of_files():
        if request.blueprint not in _BESIDE and request.endpoint != "static":
            request.url_rule = None  # as if there were no such address, for whatever follows an answer
            raise NotFound
    elif request.blueprint == "media_links":
        return redirect(f"{settings().media_url}{url_for(request.endpoint, **request.view_args or {})}")
    return None


def _is_of_files() -> bool:
    own = settings().media_host
    return bool(own) and name() == own
