"""May an outbound text be sent? Pure: from facts to a decision (S20, D4, D7, D11, D14, D28).

Asked before a text is queued, and again just before it leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.services.messaging.keywords import Keyword
from app.vocabulary import OptIn

OPTED_OUT = "This person opted out: nothing can be sent to them until they text START."
ERASED = "The text was erased."
# How the client_ref of a text of ours begins; clients cannot choose it.
MARK = "auto:"


def mark(keyword: Keyword) -> str:
    """How the client_ref of the answer to a keyword begins."""
    return f"{MARK}{keyword}:"


# The person asked for these, so an opt-out does not hold them back.
_WANTED_ALL_THE_SAME = (mark(Keyword.STOP), mark(Keyword.HELP))


class NumberFacts(Protocol):
    """Of a number of ours that is to send."""

    @property
    def is_removed(self) -> bool: ...
    @property
    def opt_in(self) -> OptIn: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def has_license(self) -> bool: ...


class TextFacts(NumberFacts, Protocol):
    """Of a text that is to leave now: its number, the text, and whether the person opted out."""

    @property
    def is_erased(self) -> bool: ...
    @property
    def has_opted_out(self) -> bool: ...
    @property
    def client_ref(self) -> str | None: ...


@dataclass(frozen=True)
class NumberState:
    """The facts about a number alone, for what is asked before a text is queued."""

    is_removed: bool
    opt_in: OptIn
    is_active: bool
    has_license: bool


@dataclass(frozen=True)
class Send:
    """It leaves now."""


@dataclass(frozen=True)
class Refuse:
    """It never leaves; `reason` is a sentence for its sender."""

    reason: str


@dataclass(frozen=True)
class Postpone:
    """Its number has sent as many texts in the last minute as it may (D14)."""


Decision = Send | Refuse | Postpone


def decide(text: TextFacts, *, sent_last_minute: int, limit: int) -> Decision:
    """Send, refuse or postpone a text that a sender has claimed.

    Args:
        sent_last_minute: texts that its number began to send in the last 60 seconds.
        limit: how many it may (D14).
    """
    reason = (
        refusal_of_number(text)
        or (ERASED if text.is_erased else None)
        or refusal_of_recipient(has_opted_out=text.has_opted_out, client_ref=text.client_ref)
    )
    if reason is not None:
        return Refuse(reason)
    return Send() if sent_last_minute < limit else Postpone()


def refusal_of_number(number: NumberFacts) -> str | None:
    """Why this number cannot send now, as a sentence; None when it can."""
    if number.is_removed:
        return "The number was removed."
    if number.opt_in is OptIn.PENDING:
        return "SMS is not activated for this number yet: answer the question of your client first."
    if number.opt_in is OptIn.OPTED_OUT:
        return "SMS was declined for this number. Ask your administrator to reset the opt-in state."
    if not number.is_active:
        return "The number is not active yet."
    if not number.has_license:
        return "Sending needs a Unity licence."
    return None


def refusal_of_recipient(*, has_opted_out: bool, client_ref: str | None = None) -> str | None:
    """Why nothing goes to this person; the confirmation of their STOP and the answer to HELP do (D11)."""
    if has_opted_out and not (client_ref or "").startswith(_WANTED_ALL_THE_SAME):
        return OPTED_OUT
    return None
