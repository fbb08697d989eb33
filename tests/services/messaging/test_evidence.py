"""All evidence of a number can be taken along, and that is noted (D10, S16)."""

import pytest

from app.errors import NotFound
from app.models import AuditEntry, User
from app.services.audit.record import Action
from app.services.messaging import blocking, evidence, opt_in
from app.vocabulary import OptIn
from tests import make


@pytest.fixture
def number(arrive):
    """With every kind of step."""
    number = make.assignment(opt_in=OptIn.PENDING)
    [una] = make.every(User, id=number.user_id)
    who, here = make.client_of(una), make.at(number)
    opt_in.answer(who, here, number.id, accept=True, address="192.0.2.7")
    opt_in.reset(make.admin_of(make.every(User, id=number.user_id)[0]), here, number.id)
    opt_in.answer(who, here, number.id, accept=True, address="192.0.2.7")
    for word in ("STOP", "START", "HELP", "the words of a text"):
        arrive(number, word)
    blocking.block(who, here, number.id, "+12125550143")
    return number


def test_every_step_is_in_it_and_no_words_of_people(number):
    steps = [step for batch in evidence.in_batches(make.at(number), number.id) for step in batch]
    what = [step.what for step in steps]
    assert what == [
        "User opted in",
        "Opt-in state reset",
        "User opted in",
        "Remote person replied STOP",
        "Remote person replied START",
        "Blocked, and still is",
        "Remote person asked for help",
        "Remote number blocked",
    ]
    assert (steps[0].address, steps[0].words[:12]) == ("192.0.2.7", "Activate SMS")
    assert (steps[3].remote, steps[3].words) == (make.PHONE[2:], "STOP")
    assert "the words of a text" not in str(steps)


def test_the_page_has_it_in_the_order_of_time(number):
    steps, is_cut = evidence.newest(make.at(number), number, 500)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert (len(steps), is_cut) == (8, False)
    assert evidence.newest(make.at(number), number, 2)[1]


def test_a_long_list_comes_in_batches(number, monkeypatch):
    monkeypatch.setattr(evidence, "_BATCH", 2)
    batches = list(evidence.in_batches(make.at(number), number.id))
    assert sum(map(len, batches)) == 8
    assert len(batches) > 4


def test_taking_it_along_is_in_the_history(number):
    evidence.export(make.admin_of(make.provider()), make.at(number), number.id, "CSV")
    [entry] = [e for e in make.every(AuditEntry) if e.action == Action.EVIDENCE_EXPORTED]
    assert entry.change == {"format": "CSV"}


def test_a_neighbour_gets_nothing(number):
    stranger = make.at(make.user())
    with pytest.raises(NotFound):
        list(evidence.in_batches(stranger, number.id))
    with pytest.raises(NotFound):
        evidence.export(make.admin_of(make.user()), stranger, number.id, "CSV")
