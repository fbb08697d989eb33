"""Which texts leave first: answers before ordinary ones, and those before bulk; order inside a
conversation all the same (D14)."""

import datetime as dt

import pytest

from app.clock import now
from app.services.messaging import sending
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
