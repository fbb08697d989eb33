"""Which message state may follow which: only forward (D13)."""

import pytest

from app.db import transactional
from app.services.messaging.status import BEFORE, SETTLED, advance
from app.vocabulary import MessageState as S
from tests import make

OUTBOUND = [state for state in S if state is not S.RECEIVED]
# How far a text has come; never back, except from a request that never left.
ORDER = [S.QUEUED, S.CLAIMED, S.SENDING, S.UNCERTAIN, S.SENT, S.DELIVERED]

move = transactional(advance)


@pytest.mark.parametrize("to", OUTBOUND)
@pytest.mark.parametrize("start", OUTBOUND)
def test_a_text_moves_exactly_where_the_table_lets_it(start, to, app):
    message = make.message(state=start)
    moved = move(message.id, to)
    after = make.again(message)
    assert moved is (start in BEFORE[to])
    assert after.state is (to if moved else start)
    assert (after.settled_at is not None) is (moved and to in SETTLED)


def test_the_table_leads_forward():
    """But for the two states from which a request never left."""
    for to, befores in BEFORE.items():
        for before in befores:
            if to is S.FAILED:
                assert before not in SETTLED
            elif to is S.QUEUED:
                assert before in {S.CLAIMED, S.SENDING}
            else:
                assert ORDER.index(before) < ORDER.index(to), (before, to)


def test_what_is_settled_stays_settled_and_what_may_have_left_is_not_queued_again():
    for befores in BEFORE.values():
        assert not befores & SETTLED
    assert not BEFORE[S.QUEUED] & {S.UNCERTAIN, S.SENT, S.FAILED, S.DELIVERED}
    assert S.UNCERTAIN not in BEFORE[S.CLAIMED] | BEFORE[S.SENDING]


def test_every_outbound_state_has_its_row():
    assert set(BEFORE) == set(OUTBOUND)


def test_somebody_elses_claim_moves_nothing():
    message = make.message(state=S.CLAIMED, claim="mine")
    assert not move(message.id, S.SENDING, claim="yours")
    assert move(message.id, S.SENDING, claim="mine")


@pytest.mark.parametrize(
    ("to", "told"), [(S.SENT, True), (S.UNCERTAIN, True), (S.FAILED, True), (S.QUEUED, False)]
)
def test_the_users_clients_are_told_of_what_they_can_see(to, told, app):
    message = make.message(state=S.SENDING)
    move(message.id, to)
    assert bool(app.extensions["redis"].xlen(f"impp:user:{message.user_id}")) is told
