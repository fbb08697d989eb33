"""For load balancers and the launcher: alive, and ready. Strangers get one word; operators who are signed in,
what it is about. On the machine itself `flask --app wsgi ready` says the same.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify
from flask_login import current_user

from app import health
from app.services.outages import is_away
from app.vocabulary import Level

blueprint = Blueprint("health", __name__)
logger = logging.getLogger(__name__)
_told: dict[str, str] = {}


@blueprint.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503 while something is missing. A Redis alone missing slows us down and does not stop us (D24, S25)."""
    found = health.report()
    _tell_changes(found)
    is_ready = health.is_ready(found)
    more = found if _asks_operator() else {}
    return jsonify(status="ready" if is_ready else "not ready", **more), 200 if is_ready else 503


def _asks_operator() -> bool:
    """Whether an operator asks who is signed in; nobody is while the database cannot say so."""
    try:
        return current_user.is_authenticated and current_user.actor.scope.level is Level.SYSTEM
    except Exception as error:
        if is_away(error):
            return False
        raise


def _tell_changes(found: dict[str, str]) -> None:
    """One line for each part that went or came back, not one for each probe."""
    for part, word in found.items():
        if word != _told.get(part, "ok"):
            logger.warning("%s: %s", part, word)
        _told[part] = word
