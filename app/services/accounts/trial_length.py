"""How long a trial lasts: what the nearest place above says, else 14 days; 0 means none."""

from __future__ import annotations

from dataclasses import dataclass

from app.access.scope import Scope
from app.services.accounts.tree import Place, lineage

LONGEST = 14  # days; also what counts where nobody says otherwise


@dataclass(frozen=True)
class TrialLength:
    """`source` is the place that says so; None where nobody does."""

    days: int
    source: Place | None


def effective(scope: Scope) -> TrialLength:
    """What counts at a place. Raises NotFound."""
    return _nearest(lineage(scope))


def inherited(scope: Scope) -> TrialLength:
    """What would count at a place that said nothing itself. Raises NotFound."""
    return _nearest(lineage(scope)[:-1])


def _nearest(places: list[Place]) -> TrialLength:
    for place in reversed(places):
        if place.trial_days is not None:
            return TrialLength(place.trial_days, place)
    return TrialLength(LONGEST, None)
