"""The HTTP status of a refusal, the same on every surface."""

from __future__ import annotations

from app.errors import CarrierTrouble, Conflict, DomainError, Invalid, NotAllowed, NotFound

_STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    CarrierTrouble: 502,
    Invalid: 422,
}


def status_of(refusal: DomainError) -> int:
    """422 for a refusal without a family of its own."""
    return next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 422)
