"""A user records that somebody opted out in their own words (D11): the effects of a STOP, and who asked."""

import pytest

from app.access.policy import Actor
from app.errors import NotFound
from app.models import AuditEntry, Message, Stop, User
from app.services.audit.record import Action
from app.services.messaging import evidence, opt_outs, sending
from app.services.messaging.outbound.decision import OPTED_OUT as REFUSAL
from app.vocabulary import Direction, MessageState, Role
from tests import make


@pytest.fixture
def number():
    return make.assignment()


def send(number, ref="ref-1"):
    return sending.send(make.at(number), number.id, to=make.PHONE, text="Hello", client_ref=ref)


def answers():
    """Which texts we sent by ourselves, oldest first."""
    refs = [m.client_ref or "" for m in make.every(Message)]
    return [ref.split(":")[1] for ref in refs if ref.startswith("auto:")]


def stands(number):
    return opt_outs.is_stopped(number.number, make.PHONE)


@pytest.fixture
def una(number):
    """The user's client, as `opt_outs.record_opt_out` gets it."""
    [user] = make.every(User, id=number.user_id)
    return Actor(user.broadworks_id, Role.CLIENT, make.at(number))


def record(una, message):
    return opt_outs.record_opt_out(una, una.scope, message.id, address="192.0.2.7")


def test_a_recorded_opt_out_does_what_a_stop_does_and_says_by_whom(number, una, arrive, events_of):
    """D11: waiting texts fail, later ones are refused, and no text goes out: nobody texted a keyword."""
    arrive(number, "please stop texting me")
    waiting = send(number, "waiting")
    [asked] = make.every(Message, direction=Direction.INBOUND)

    record(una, asked)

    assert make.again(waiting).state is MessageState.FAILED
    assert send(number, "later").reason == REFUSAL
    assert answers() == []
    [stop] = make.every(Stop)
    assert (stop.word, stop.recorded_by, stop.recorded_from) == ("", una.name, "192.0.2.7")
    assert (stop.remote, stop.recorded_at is None, stop.resumed_at) == (make.PHONE, False, None)
    [line] = make.every(AuditEntry, action=Action.OPT_OUT_RECORDED)
    assert (line.actor, line.change) == (una.name, {})
    kind, data = events_of(number)[-2]  # before the text that was refused
    assert (kind, data["id"], data["reads_like_opt_out"]) == ("message.updated", asked.id, True)


def test_recording_it_again_changes_nothing_and_two_clients_at_once_record_it_once(number, una, arrive):
    for text in ("remove me", "take me off your list"):
        arrive(number, text)
    for asked in [*make.every(Message), *make.every(Message)]:
        record(una, asked)
    assert len(make.every(Stop)) == 1
    assert len(make.every(AuditEntry, action=Action.OPT_OUT_RECORDED)) == 1


def test_many_records_at_once_are_one(real_database, at_once, arrive):
    number = make.assignment()
    [user] = make.every(User, id=number.user_id)
    una = Actor(user.broadworks_id, Role.CLIENT, make.at(number))
    arrive(number, "remove me")
    [asked] = make.every(Message)
    at_once(*[lambda: record(una, asked)] * 6)
    assert len(make.every(Stop)) == 1
    assert len(make.every(AuditEntry, action=Action.OPT_OUT_RECORDED)) == 1


def test_only_the_person_takes_it_back_by_start(number, una, arrive):
    arrive(number, "remove me")
    [asked] = make.every(Message)
    record(una, asked)
    arrive(number, "Start!")
    assert not stands(number)
    assert answers() == ["start"]
    with pytest.raises(opt_outs.WantsTextsAgain):
        record(una, asked)
    assert not stands(number)


def test_a_stop_of_the_person_after_the_record_is_confirmed_and_both_are_evidence(number, una, arrive):
    """The confirmation belongs to the keyword: it goes out although an opt-out stands."""
    arrive(number, "remove me")
    [asked] = make.every(Message)
    record(una, asked)
    for _ in range(2):
        arrive(number, "STOP")
    assert answers() == ["stop"]
    [stop] = make.every(Stop)
    assert (stop.word, stop.recorded_by) == ("STOP", una.name)
    steps = [(step.what, step.by, step.address) for step in evidence_of(number)]
    assert steps == [
        (Action.OPT_OUT_RECORDED, una.name, "192.0.2.7"),
        (Action.REMOTE_STOPPED, "2125550142", ""),
    ]


def evidence_of(number):
    return [step for batch in evidence.in_batches(make.at(number), number.id) for step in batch]


def test_an_opt_out_is_not_recorded_for_a_text_of_ours_nor_for_one_of_a_stranger(number, una, arrive):
    arrive(number, "remove me")
    [asked] = make.every(Message)
    with pytest.raises(opt_outs.NotFromThem):
        record(una, send(number))
    other = make.assignment()
    stranger = Actor("other@example.com", Role.CLIENT, make.at(other))
    with pytest.raises(NotFound):
        record(stranger, asked)
    assert make.every(Stop) == []
