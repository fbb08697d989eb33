"""The HTTP status of a refusal, the same on every surface."""

from __future__ import annotations

from app.errors import CarrierTrouble, Conflict, DomainError, Invalid, NotAllowed, NotFound, Unavailable

_STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    CarrierTrouble: 502,
    Unavailable: 503,
    Invalid: 422,
}


def status_of(refusal: DomainError) -> int:
    """422 for a refusal without a family of its own."""
    return next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 422)


def headers_of(refusal: DomainError) -> dict[str, str]:
    """When to try again, where that helps."""
    return {"Retry-After": "60"} if isinstance(refusal, Unavailable) else {}
