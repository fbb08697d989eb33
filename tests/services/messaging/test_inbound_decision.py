"""May an inbound text be delivered? Every combination of facts (S18, S23, D7, D9, D28)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from app.services.messaging.inbound.decision import (
    Deliver,
    Hold,
    HoldReason,
    Ignore,
    Suppress,
    decide,
    hold_reason,
)
from app.vocabulary import OptIn, SuppressionReason

DELIVER, IGNORE = Deliver(), Ignore()
OPTED_OUT, BLOCKED = Suppress(SuppressionReason.OPTED_OUT), Suppress(SuppressionReason.BLOCKED)
PENDING, NO_LICENSE = Hold(HoldReason.OPT_IN_PENDING), Hold(HoldReason.NO_LICENSE)
# For each answer of the user: blocked and licensed, blocked, licensed, neither.
TABLE = {
    OptIn.NOT_REQUIRED: (BLOCKED, BLOCKED, DELIVER, NO_LICENSE),
    OptIn.OPTED_IN: (BLOCKED, BLOCKED, DELIVER, NO_LICENSE),
    OptIn.PENDING: (BLOCKED, BLOCKED, PENDING, PENDING),
    OptIn.OPTED_OUT: (OPTED_OUT, OPTED_OUT, OPTED_OUT, OPTED_OUT),
}


@dataclass(frozen=True)
class Facts:
    opt_in: OptIn
    is_blocked: bool
    has_license: bool
    is_duplicate: bool = False


CASES = [
    (opt_in, is_blocked, has_license, TABLE[opt_in][2 * (not is_blocked) + (not has_license)])
    for opt_in, is_blocked, has_license in product(OptIn, (True, False), (True, False))
]


@pytest.mark.parametrize(("opt_in", "is_blocked", "has_license", "expected"), CASES)
def test_what_becomes_of_a_text(opt_in, is_blocked, has_license, expected):
    assert decide(Facts(opt_in, is_blocked, has_license)) == expected
    assert decide(Facts(opt_in, is_blocked, has_license, is_duplicate=True)) == IGNORE


@pytest.mark.parametrize("opt_in", OptIn)
@pytest.mark.parametrize("has_license", [True, False])
def test_what_holds_the_texts_of_a_number(opt_in, has_license):
    expected = {
        (OptIn.PENDING, True): HoldReason.OPT_IN_PENDING,
        (OptIn.PENDING, False): HoldReason.OPT_IN_PENDING,
    }.get((opt_in, has_license), None if has_license else HoldReason.NO_LICENSE)
    assert hold_reason(opt_in, has_license=has_license) is expected


def test_the_table_covers_every_answer():
    assert set(TABLE) == set(OptIn)
