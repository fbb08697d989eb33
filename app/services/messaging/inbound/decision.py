"""May an inbound text be delivered? Pure: from facts to a decision (S18, S23, D7, D9, D28)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from app.vocabulary import OptIn, SuppressionReason


class HoldReason(enum.StrEnum):
    """Why a text is kept and not shown to the user yet."""

    OPT_IN_PENDING = "opt-in-pending"
    NO_LICENSE = "no-license"


@dataclass(frozen=True)
class Deliver:
    """The user's clients see it."""


@dataclass(frozen=True)
class Hold:
    """It is kept, and delivered when the reason is gone."""

    reason: HoldReason


@dataclass(frozen=True)
class Suppress:
    """One row says that it came; sender, words and pictures are not kept (D9)."""

    reason: SuppressionReason


@dataclass(frozen=True)
class Ignore:
    """The carrier sent it before."""


Decision = Deliver | Hold | Suppress | Ignore


class Facts(Protocol):
    """What the decision looks at, for one number of ours and one sender."""

    @property
    def is_duplicate(self) -> bool: ...
    @property
    def opt_in(self) -> OptIn: ...
    @property
    def is_blocked(self) -> bool: ...
    @property
    def has_license(self) -> bool: ...


def decide(facts: Facts) -> Decision:
    """Deliver, hold, suppress or ignore a text to a number that somebody holds.

    A number that nobody holds is quarantined before this is asked (D12). A media stream has no opt-in and
    needs no license: for it `opt_in` is *not required* and `has_license` is true.
    """
    if facts.is_duplicate:
        return Ignore()
    if facts.opt_in is OptIn.OPTED_OUT:
        return Suppress(SuppressionReason.OPTED_OUT)
    if facts.is_blocked:
        return Suppress(SuppressionReason.BLOCKED)
    reason = hold_reason(facts.opt_in, has_license=facts.has_license)
    return Hold(reason) if reason else Deliver()


def hold_reason(opt_in: OptIn, *, has_license: bool) -> HoldReason | None:
    """Why texts of a number are held now; None when nothing holds them (D7, D28)."""
    if opt_in is OptIn.PENDING:
        return HoldReason.OPT_IN_PENDING
    return None if has_license else HoldReason.NO_LICENSE
