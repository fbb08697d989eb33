"""What carriers call. No sign-in and no CSRF: the services check the carrier's signature."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.errors import DomainError, NotFound
from app.services.messaging import receiver
from app.services.messaging.receiver import CallRefused, CallUnreadable, CannotStore
from app.web import refusals

blueprint = Blueprint("receiver", __name__)
_MOST_BYTES = 256 * 1024
_STATUS: dict[type[DomainError], int] = {
    CallRefused: 401,
    CallUnreadable: 400,
    NotFound: 404,
    CannotStore: 503,
}


@blueprint.post("/receiver/inteliquent/<secret:path_key>")
def inteliquent(path_key: str) -> Response:
    receiver.accept(path_key, dict(request.headers), _body(), address=request.remote_addr or "")
    return _answer(200, "success")


@blueprint.post("/Cpaas/Receiver.aspx/InteliquentSms")
def inteliquent_legacy() -> Response:
    receiver.accept_legacy(dict(request.headers), _body(), address=request.remote_addr or "")
    return _answer(200, "success")


@blueprint.errorhandler(DomainError)
def refused(refusal: DomainError) -> Response:
    refusals.note(refusal)
    return _answer(_STATUS.get(type(refusal), 400), refusal.message)


@blueprint.errorhandler(413)
def too_large(error: Exception) -> Response:
    refusals.note(error)
    return _answer(413, "The body is larger than 256 KiB.")


def _body() -> bytes:
    """The body, or 413 before more than 256 KiB were read."""
    request.max_content_length = _MOST_BYTES
    body = request.get_data(cache=False)
    if len(body) > _MOST_BYTES:
        raise RequestEntityTooLarge
    return body


def _answer(code: int, status: str) -> Response:
    answer = jsonify(statusCode=str(code), status=status)
    answer.status_code = code
    return answer
