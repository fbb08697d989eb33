"""Which texts leave first: answers before ordinary ones, and those before bulk; order inside a
conversation all the same (D14)."""

import datetime as dt

import pytest

from app.clock import now
from app.services.messaging import outbox, sending
from app.vocabulary import Priority
from tests import make


@pytest.fixture
def send():
    number = make.assignment()
    count = iter(range(100))

    def queue_one(to=make.PHONE, **more):
        ref = f"ref-{next(count)}"
        return sending.send(make.at(number), number.id, to=to, text="Hello", client_ref=ref, **more)

    queue_one.number = number
    return queue_one


def test_a_text_to_somebody_who_has_just_written_is_an_answer(send):
    make.message(send.number)
    assert send().priority == Priority.ANSWER
    assert send(to="+12125550143").priority == Priority.ORDINARY, "that one wrote nothing"


def test_after_a_day_it_is_no_answer_any_more(send):
    make.message(send.number, created_at=now() - dt.timedelta(hours=24, minutes=1))
    assert send().priority == Priority.ORDINARY


def test_our_own_texts_make_no_answer(send):
    send()
    assert send().priority == Priority.ORDINARY


def test_what_its_sender_calls_bulk_is_bulk(send):
    make.message(send.number)
    assert send(bulk=True).priority == Priority.BULK


def test_what_waits_in_front_of_an_answer_is_as_urgent(send):
    bulk = send(bulk=True)
    elsewhere = send(to="+12125550143", bulk=True)
    make.message(send.number)
    send()
    assert make.again(bulk).priority == Priority.ANSWER
    assert make.again(elsewhere).priority == Priority.BULK


def test_answers_are_claimed_before_ordinary_texts_and_those_before_bulk(send):
    bulk = [send(to=f"+1212555{3000 + n}", bulk=True) for n in range(3)]
    ordinary = send(to="+12125554000")
    make.message(send.number)
    answer = send()
    claimed = [ids for _ in range(5) for ids in outbox.claim("us", 1)]
    assert claimed == [[answer.id], [ordinary.id], *([one.id] for one in bulk)]


def test_now_and_then_the_lowest_goes_first_so_that_bulk_moves(send):
    bulk = send(to="+12125553000", bulk=True)
    send(to="+12125554000")
    assert outbox.claim("us", 1, lowest_first=True) == [[bulk.id]]


def test_inside_a_conversation_the_order_is_kept_whatever_is_urgent(send):
    first, second = send(bulk=True), send()
    assert outbox.claim("us", 1) == [[first.id, second.id]]
