"""What STOP, START and HELP do (D10, D11), and how often a machine of ours answers (D20)."""

import datetime as dt

import pytest

from app.clock import now
from app.errors import Invalid
from app.models import AuditEntry, Message, Stop, Suppression
from app.services.audit.record import Action
from app.services.messaging import delivery, opt_outs, sending
from app.services.messaging.keywords import is_keyword
from app.services.messaging.outbound import attempts
from app.services.messaging.outbound.decision import OPTED_OUT as REFUSAL
from app.services.messaging.outbound.decision import refusal_of_recipient
from app.vocabulary import AssignmentState, Direction, MessageState, OptIn, Priority
from tests import make


@pytest.fixture
def number():
    return make.assignment()


def send(number, ref="ref-1", to=make.PHONE):
    return sending.send(make.at(number), number.id, to=to, text="Hello", client_ref=ref)


def answers():
    """Texts that we sent by ourselves, oldest first."""
    return [m for m in make.every(Message) if (m.client_ref or "").startswith("auto:")]


def stands(number, remote=make.PHONE):
    return opt_outs.is_stopped(number.number, remote)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("STOP", "STOP"),
        ("end", "END"),
        (" Cancel\n", "CANCEL"),
        ("unsubscribe", "UNSUBSCRIBE"),
        ("QUIT", "QUIT"),
        ("StopAll", "STOPALL"),
        ("revoke", "REVOKE"),
        ("\toptout ", "OPTOUT"),
        ("Stop.", "STOP"),
        ('"STOP"', "STOP"),
        ("STOP\u200b", "STOP"),
        ("\uff33\uff34\uff2f\uff30", "STOP"),
        ("stop all", "STOP ALL"),
        ("Opt out", "OPT OUT"),
        ("opt-out", "OPT OUT"),
        ("\U0001f6d1 STOP\ufe0f \U0001f6d1", "STOP"),
    ],
)
def test_a_stop_word_ends_sending_and_is_confirmed_once(number, arrive, text, word):
    """D11."""
    arrive(number, text)

    [stop] = make.every(Stop)
    assert (stop.number, stop.remote, stop.word) == (number.number, make.PHONE, word)
    assert (stop.resumed_at, stop.assignment_id) == (None, number.id)
    [text] = answers()
    assert (text.state, text.remote, text.priority) == (MessageState.QUEUED, make.PHONE, Priority.ANSWER)
    assert text.text.startswith(f"You will get no more texts from {number.number[2:]}.")
    assert text.segments == 1


@pytest.mark.parametrize(
    "text", ["STOP 12345", "please stop", "cancel my appointment", "STOP STOP", "", "ST OP", "endless"]
)
def test_a_text_that_only_holds_such_a_word_is_an_ordinary_one(number, arrive, text):
    arrive(number, text)
    assert not is_keyword(text)
    assert (make.every(Stop), answers()) == ([], [])


def test_the_text_is_still_shown_to_the_user(number, arrive):
    arrive(number, "STOP")
    [shown] = [m for m in make.every(Message) if m.direction is Direction.INBOUND]
    assert (shown.text, shown.handed_over_at is None) == ("STOP", False)


def test_later_sends_are_refused_and_recorded(number, arrive, queued):
    arrive(number, "STOP")
    queued()

    refused = send(number)

    assert (refused.state, refused.reason, refused.text) == (MessageState.FAILED, REFUSAL, "Hello")
    assert refused.settled_at is not None
    assert send(number).id == refused.id
    assert queued().count(("send_outbox", {})) <= 1


def test_a_second_stop_changes_nothing_and_is_not_confirmed_again(number, arrive):
    for word in ("STOP", "STOP", "quit", "END"):
        arrive(number, word)
    assert (len(make.every(Stop)), len(answers())) == (1, 1)


def test_many_stops_at_once_are_one_stop_and_one_confirmation(real_database, at_once, arrive):
    number = make.assignment()
    assert at_once(*[lambda: arrive(number, "STOP")] * 6) == [None] * 6
    assert (len(make.every(Stop)), len(answers())) == (1, 1)


def test_the_same_webhook_again_is_the_same_stop(number, arrive):
    """A retry of the carrier that comes after START must not stop again."""
    arrive(number, "STOP", carrier_reference="one")
    arrive(number, "START")
    arrive(number, "STOP", carrier_reference="one")
    assert not stands(number)


@pytest.mark.parametrize("word", ["START", "unstop", " Yes ", "Yes!", "“start”", "START\u200b"])
def test_start_resumes_and_is_confirmed(number, arrive, word):
    arrive(number, "STOP")
    arrive(number, word)

    [stop] = make.every(Stop)
    assert (stop.resumed_at is not None, stop.resume_word) == (True, word.strip(" !“”\u200b").upper())
    assert [m.client_ref for m in answers()] == [f"auto:stop:{stop.id}", f"auto:start:{stop.id}"]
    assert send(number).state is MessageState.QUEUED


@pytest.mark.parametrize("word", ["START", "UNSTOP", "YES", "Yes!"])
def test_start_without_a_stop_is_an_ordinary_text(number, arrive, word):
    arrive(number, word)
    assert (make.every(Stop), answers()) == ([], [])


def test_stop_after_start_stops_and_is_confirmed_again(number, arrive):
    for word in ("STOP", "START", "STOP"):
        arrive(number, word)
    assert stands(number)
    assert [m.client_ref.split(":")[1] for m in answers()] == ["stop", "start", "stop"]


def test_two_machines_that_stop_and_start_get_one_confirmation_of_start_a_day(number, arrive):
    """D20."""
    for _ in range(5):
        arrive(number, "STOP")
        arrive(number, "START")
    assert [m.client_ref.split(":")[1] for m in answers()].count("start") == 1


def test_a_stop_is_of_one_number_and_one_person(number, arrive):
    other = make.assignment()
    arrive(number, "STOP")
    assert send(number, to="2125550143").state is MessageState.QUEUED
    assert send(other).state is MessageState.QUEUED


@pytest.mark.parametrize("word", ["HELP", "info", "Help!", "\uff28\uff25\uff2c\uff30?"])
def test_help_is_answered_once_a_day(number, arrive, word):
    """D11, D20: also while a STOP stands, since the person asked."""
    arrive(number, "STOP")
    for _ in range(3):
        arrive(number, word)
    assert [m.client_ref.split(":")[1] for m in answers()] == ["stop", "help"]
    earlier = answers()[1]
    earlier.created_at = now() - dt.timedelta(hours=25)
    make.kept(earlier)
    arrive(number, word)
    assert len(answers()) == 3


@pytest.mark.parametrize("sender", ["12345", "ACME"])
def test_short_codes_and_names_are_never_answered_but_heard(number, arrive, sender):
    for word in ("HELP", "STOP", "START", "STOP"):
        arrive(number, word, sender=sender)
    assert answers() == []
    assert stands(number, sender)


@pytest.mark.parametrize("opt_in", [OptIn.PENDING, OptIn.OPTED_OUT])
def test_a_stop_counts_whatever_the_user_said_but_such_a_number_stays_silent(arrive, opt_in):
    """D10."""
    number = make.assignment(opt_in=opt_in)
    arrive(number, "STOP")
    arrive(number, "HELP")
    assert stands(number)
    assert answers() == []
    if opt_in is OptIn.OPTED_OUT:
        assert len(make.every(Suppression)) == 2
        assert make.every(Message) == []


def test_a_blocked_persons_stop_counts_and_is_confirmed(number, arrive):
    """D9, D10: their text is not handed over, and their HELP is not answered."""
    make.block(number)
    arrive(number, "HELP")
    arrive(number, "STOP")
    assert stands(number)
    assert [m.client_ref.split(":")[1] for m in answers()] == ["stop"]
    arrive(number, "START")
    assert not stands(number)


def test_a_media_streams_number_stops_too(arrive):
    number = make.assignment(make.stream())
    arrive(number, "STOP")
    assert stands(number)
    assert len(answers()) == 1


def test_a_queued_text_fails_when_a_stop_arrives_before_it_leaves(number, arrive, carrier):
    text = send(number)
    arrive(number, "STOP")
    assert (make.again(text).state, make.again(text).reason) == (MessageState.FAILED, REFUSAL)


def test_a_text_that_a_sender_holds_is_looked_at_again_just_before_it_leaves(number, arrive):
    text = make.message(number, state=MessageState.CLAIMED, claim="me")
    arrive(number, "STOP")
    assert make.again(text).state is MessageState.CLAIMED

    assert attempts.record_and_claim_next("me", [], [text.id], [], attempts.Carriers()).sends == []
    assert (make.again(text).state, make.again(text).reason) == (MessageState.FAILED, REFUSAL)


def test_a_confirmation_may_leave_although_stopped_and_after_a_new_stop_only_the_newest(number, arrive):
    arrive(number, "STOP")
    [confirmation] = answers()
    assert refusal_of_recipient(has_opted_out=True, client_ref=confirmation.client_ref) is None
    arrive(number, "START")
    arrive(number, "STOP")
    assert [m.state for m in answers()] == [MessageState.FAILED, MessageState.FAILED, MessageState.QUEUED]


def test_a_client_cannot_pretend_that_its_text_is_ours(number):
    with pytest.raises(Invalid):
        send(number, ref="auto:stop:1")


def test_the_history_says_that_somebody_stopped_and_never_who(number, arrive):
    for word in ("STOP", "START", "HELP"):
        arrive(number, word)
    entries = [e for e in make.every(AuditEntry) if e.actor == "remote person"]
    assert [e.action for e in entries] == [
        Action.REMOTE_STOPPED,
        Action.REMOTE_RESUMED,
        Action.HELP_ASKED,
    ]
    assert all(make.PHONE[2:] not in str(e.change) for e in entries)


def test_a_stop_outlives_its_number_and_counts_for_the_next_holder_who_does_not_see_it(number, arrive):
    """D4, D11: its scope is our number and that person."""
    arrive(number, "STOP")
    number.state, number.release_requested_at, number.ended_at = AssignmentState.ENDED, now(), now()
    make.kept(number)
    heir = make.assignment(number=number.number)
    assert send(heir).reason == REFUSAL
    assert opt_outs.standing(heir).items == []
    assert opt_outs.standing_from_before(heir) == 1
    assert [one.remote for one in opt_outs.standing(number).items] == [make.PHONE]


def test_over_the_carrier_a_stop_is_confirmed_and_then_nothing_leaves_until_start(
    real_database, carrier, keys, arrive
):
    una = make.user()
    make.licence(una)
    number = make.assignment(una, on=make.platform(una, **keys), number="+12019920781")

    arrive(number, "STOP")
    send(number, "while stopped")
    delivery.drain()
    arrive(number, "START")
    send(number, "after start")
    delivery.drain()

    assert [one["text"][:12] for one in carrier.outbox()] == ["You will get", "You will get", "Hello"]
