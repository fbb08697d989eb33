"""May an outbound text be sent? Every combination of facts (S20, D4, D7, D11, D14, D28)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from app.services.messaging.keywords import Keyword
from app.services.messaging.outbound.decision import (
    ERASED,
    OPTED_OUT,
    NumberState,
    Postpone,
    Refuse,
    Send,
    decide,
    mark,
    refusal_of_number,
    refusal_of_recipient,
)
from app.vocabulary import OptIn

REMOVED = "The number was removed."
ASKED = "SMS is not activated for this number yet: answer the question of your client first."
DECLINED = "SMS was declined for this number. Ask your administrator to reset the opt-in state."
NOT_ACTIVE = "The number is not active yet."
UNLICENSED = "Sending needs a Unity licence."


@dataclass(frozen=True)
class Text:
    is_removed: bool = False
    opt_in: OptIn = OptIn.OPTED_IN
    is_active: bool = True
    has_license: bool = True
    is_erased: bool = False
    has_opted_out: bool = False
    client_ref: str | None = "mine"


GOOD = Text()
# In the order in which they count: each one is said although all later ones hold as well.
REFUSALS = [
    ({"is_removed": True}, REMOVED),
    ({"opt_in": OptIn.PENDING}, ASKED),
    ({"opt_in": OptIn.OPTED_OUT}, DECLINED),
    ({"is_active": False}, NOT_ACTIVE),
    ({"has_license": False}, UNLICENSED),
    ({"is_erased": True}, ERASED),
    ({"has_opted_out": True}, OPTED_OUT),
]


@pytest.mark.parametrize("opt_in", [OptIn.NOT_REQUIRED, OptIn.OPTED_IN])
def test_a_text_that_nothing_speaks_against_is_sent(opt_in):
    assert decide(replace(GOOD, opt_in=opt_in), sent_last_minute=0, limit=1) == Send()


@pytest.mark.parametrize("first", range(len(REFUSALS)))
def test_the_first_reason_is_the_one_that_is_said(first):
    facts = {name: value for given, _ in reversed(REFUSALS[first:]) for name, value in given.items()}
    text = replace(GOOD, **facts)
    assert decide(text, sent_last_minute=0, limit=1) == Refuse(REFUSALS[first][1])
    assert decide(text, sent_last_minute=9, limit=1) == Refuse(REFUSALS[first][1])  # it waits for nothing


@pytest.mark.parametrize(
    ("count", "limit", "expected"),
    [
        (0, 60, Send()),
        (59, 60, Send()),
        (60, 60, Postpone()),
        (61, 60, Postpone()),
        (1, 1, Postpone()),
    ],
)
def test_a_number_sends_as_many_in_a_minute_as_it_may(count, limit, expected):
    assert decide(GOOD, sent_last_minute=count, limit=limit) == expected


@pytest.mark.parametrize(("facts", "reason"), [(None, None), *REFUSALS[:5]])
def test_the_number_alone_is_asked_before_a_text_is_queued(facts, reason):
    state = NumberState(is_removed=False, opt_in=OptIn.NOT_REQUIRED, is_active=True, has_license=True)
    assert refusal_of_number(replace(state, **(facts or {}))) == reason


@pytest.mark.parametrize(
    ("client_ref", "reason"),
    [
        (None, OPTED_OUT),
        ("mine", OPTED_OUT),
        (f"{mark(Keyword.START)}7", OPTED_OUT),
        (f"{mark(Keyword.STOP)}7", None),
        (f"{mark(Keyword.HELP)}7", None),
        (f"not {mark(Keyword.STOP)}7", OPTED_OUT),
    ],
)
def test_only_what_the_person_asked_for_passes_an_opt_out(client_ref, reason):
    assert refusal_of_recipient(has_opted_out=True, client_ref=client_ref) == reason
    assert refusal_of_recipient(has_opted_out=False, client_ref=client_ref) is None


def test_marks_of_keywords_are_told_apart():
    assert mark(Keyword.STOP) == "auto:stop:"
    assert len({mark(keyword) for keyword in Keyword}) == len(Keyword)
