"""Every refusal the business can make. Web, client API and jobs translate these; nobody else does."""

from __future__ import annotations

from collections.abc import Sequence


class DomainError(Exception):
    """A rule said no. `message` is one sentence that is safe to show to the person who asked.

    `field` names the input it is about, so that a form can show it beside that field.
    """

    message = "This cannot be done."

    def __init__(self, message: str | None = None, *, field: str | None = None):
        self.message = message or self.message
        self.field = field
        super().__init__(self.message)


class NotFound(DomainError):
    """`sought` is the table and the id that were asked for, where it was a row: security events tell by it
    whether the row is a stranger's. Who asked is never told.
    """

    message = "There is nothing here that you can see."
    sought: tuple[type, int] | None = None


class NotAllowed(DomainError):
    message = "You do not have permission to do this."


class Conflict(DomainError):
    message = "Something else is in the way."


class Invalid(DomainError):
    message = "This is not accepted."


class Several(Invalid):
    """More than one thing is wrong, each at its own field: a form shows all of them at once."""

    def __init__(self, refusals: Sequence[DomainError]):
        self.refusals = tuple(refusals)
        super().__init__(" ".join(refusal.message for refusal in refusals))

    @classmethod
    def raise_any(cls, refusals: Sequence[DomainError]) -> None:
        """Raises the one refusal itself, several together, and nothing where there is none."""
        if refusals:
            raise refusals[0] if len(refusals) == 1 else cls(refusals)


class Unavailable(DomainError):
    message = "A part of the portal does not answer at this moment: try again in a minute."


class CarrierTrouble(DomainError):
    """Base of what can go wrong at a carrier; the kinds are in `app/carriers/base.py`."""

    message = "The carrier did not do what was asked."
