"""What becomes of a text that arrives (S18, S23, D4, D7, D9, D12, D26, D28, D30)."""

import datetime as dt

import pytest

from app.access.scope import EVERYTHING
from app.carriers.base import InboundMessage
from app.clock import now
from app.models import (
    Attachment,
    AuditEntry,
    Block,
    Conversation,
    Message,
    QuarantinedMessage,
    Suppression,
    User,
)
from app.services.accounts import licences
from app.services.messaging import blocking, erasure, messages, quarantine, traffic
from app.services.messaging.blocking import BlockingOff
from app.services.messaging.inbound import held
from app.services.messaging.inbound.process import process
from app.vocabulary import (
    AssignmentState,
    AttachmentState,
    LicenceKind,
    MessageState,
    OptIn,
    Product,
    SuppressionReason,
)
from tests import make


@pytest.fixture
def number():
    return make.assignment()


def shown(row):
    return [message.text for message in reversed(messages.thread(make.at(row), row.id)[0])]


def test_a_text_is_kept_and_handed_to_the_users_client(number, arrive, events):
    """S18."""
    arrive(number, "Are you there?", media_urls=("https://carrier.example/1.png",))

    [message] = make.every(Message)
    assert (message.state, message.text, message.remote) == (
        MessageState.RECEIVED,
        "Are you there?",
        make.PHONE,
    )
    [file] = make.every(Attachment, message_id=message.id)
    assert (message.file_count, file.source_url) == (1, "https://carrier.example/1.png")
    assert (file.state, file.assignment_id) == (AttachmentState.WAITING, number.id)
    assert message.handed_over_at is not None
    [(kind, data)] = events(_user(number))
    assert (kind, data["text"], data["id"]) == ("message.created", "Are you there?", message.id)


def _user(row):
    return make.every(User, id=row.user_id)[0]


def test_texts_of_one_person_are_one_conversation(number, arrive):
    arrive(number, "one")
    arrive(number, "two")
    arrive(number, "three", sender="+12125550143")
    assert len(make.every(Conversation)) == 2
    assert shown(number) == ["one", "two", "three"]


def test_the_same_webhook_again_is_the_same_message_and_says_nothing_twice(number, arrive, events):
    for text in ("Hi", "Hi", "other words, same reference"):
        arrive(number, text, carrier_reference="r1")
    assert shown(number) == ["Hi"]
    assert len(events(_user(number))) == 1


def test_the_same_words_twice_are_two_messages(number, arrive):
    """Never by text."""
    arrive(number, "Yes")
    arrive(number, "Yes")
    assert shown(number) == ["Yes", "Yes"]


def test_the_same_webhook_fifty_times_at_once_is_one_message(real_database, at_once, app):
    number = make.assignment()
    platform_id, ours, user = number.platform_id, number.number, _user(number)

    def settle():
        message = InboundMessage("r1", make.PHONE, (ours,), "Hi")
        process(platform_id, message, {})

    outcomes = at_once(*[settle] * 50)

    assert [one for one in outcomes if one is not None] == []
    assert len(make.every(Message)) == 1
    assert len(make.every(Conversation)) == 1
    assert app.extensions["redis"].xlen(f"impp:user:{user.id}") == 1


def test_texts_of_fifty_people_at_once_are_all_kept(real_database, at_once):
    number = make.assignment()
    platform_id, ours = number.platform_id, number.number

    def settle(n):
        return lambda: process(platform_id, InboundMessage(f"r{n}", make.PHONE, (ours,), f"{n}"), {})

    outcomes = at_once(*[settle(n) for n in range(50)])
    assert [one for one in outcomes if one is not None] == []
    assert len(make.every(Message)) == 50
    assert len(make.every(Conversation)) == 1


@pytest.mark.parametrize("sender", ["12345", "ACME", "+442071838750", ""])
def test_short_codes_and_names_are_kept_as_they_come(number, arrive, sender):
    """D26."""
    arrive(number, sender=sender)
    assert make.every(Message)[0].remote == sender


def test_a_group_text_is_filed_under_its_sender_for_each_number_of_ours(number, arrive):
    """D30."""
    second = make.assignment(_user(number))
    everybody = (number.number, second.number, "+12125550199")
    arrive(number, recipients=everybody)

    found = {message.number: message.other_recipients for message in make.every(Message)}
    assert found == {
        number.number: [second.number, "+12125550199"],
        second.number: [number.number, "+12125550199"],
    }
    assert {message.remote for message in make.every(Message)} == {make.PHONE}
    assert make.every(QuarantinedMessage) == []


def test_ours_is_found_behind_many_others_and_fifty_of_them_are_shown(number, arrive):
    """D30."""
    others = [f"+1212555{n:04}" for n in range(200)]
    arrive(number, recipients=(*others, number.number))
    [message] = make.every(Message)
    assert (message.number, message.other_recipients) == (number.number, others[:50])
    assert make.every(QuarantinedMessage) == []


@pytest.mark.parametrize("ended", [False, True], ids=["never assigned", "ended"])
def test_a_text_for_a_number_that_nobody_has_is_quarantined_unread(number, arrive, db, ended):
    """D12."""
    text = "the words of a stranger"
    if ended:
        number.state, number.ended_at = AssignmentState.ENDED, now()
        make.kept(number)
        arrive(number, text)
    else:
        arrive(number, text, recipients=("+12019929999",))
    assert make.every(Message) == []
    [kept] = make.every(QuarantinedMessage)
    assert kept.carrier_reference == "inbound-0"
    raw = db.session.connection().exec_driver_sql("SELECT * FROM quarantined_messages").all()
    assert text not in str(raw)


def test_a_repeated_stranger_is_quarantined_once(number, arrive):
    for _ in range(3):
        arrive(number, recipients=("+12019929999",), carrier_reference="r1")
    assert len(make.every(QuarantinedMessage)) == 1


def test_quarantine_ends_after_seven_days(number, arrive):
    """D12."""
    arrive(number, recipients=("+12019929999",))
    arrive(number, recipients=("+12019929998",))
    old, young = make.every(QuarantinedMessage)
    old.received_at, young.received_at = now() - dt.timedelta(days=7, minutes=1), now() - dt.timedelta(days=6)
    make.kept(old)
    quarantine.forget_old()
    assert [one.id for one in make.every(QuarantinedMessage)] == [young.id]


def test_a_number_of_another_platform_is_not_reached_through_this_one(number, arrive):
    """The keys of one provider say nothing about the numbers of another."""
    theirs = make.platform(make.provider())
    arrive(number, recipients=(number.number,), carrier_reference="r1")
    message = InboundMessage("r2", make.PHONE, (number.number,), "Hi")
    process(theirs.id, message, {})
    assert len(make.every(Message)) == 1
    assert len(make.every(QuarantinedMessage, platform_id=theirs.id)) == 1


def test_nor_through_another_platform_of_the_same_provider(number):
    """The number hangs on one account at the carrier; what comes from another one is not for it."""
    second = make.platform(number)
    process(second.id, InboundMessage("r1", make.PHONE, (number.number,), "Hi"), {})
    assert make.every(Message) == []
    assert len(make.every(QuarantinedMessage, platform_id=second.id)) == 1


def test_a_deleted_number_receives_nothing_more_at_once(number, arrive):
    """D4."""
    number.release_requested_at, number.state = now(), AssignmentState.RELEASING
    make.kept(number)
    arrive(number)
    assert make.every(Message) == []


@pytest.mark.parametrize("state", [AssignmentState.PROVISIONING, AssignmentState.FAILED])
def test_a_number_still_being_set_up_receives_already(number, arrive, state):
    """The carrier may call before our own job has read its list back."""
    number.state = state
    make.kept(number)
    arrive(number)
    assert len(make.every(Message)) == 1


def test_a_blocked_sender_is_suppressed_without_number_words_or_pictures(number, arrive, events, db):
    """S23, D9."""
    make.block(number)
    arrive(number, "rude words", carrier_reference="r1", media_urls=("https://carrier.example/x.png",))
    arrive(number, "rude words", carrier_reference="r1")
    arrive(number, "from a friend", sender="+12125550143")

    assert shown(number) == ["from a friend"]
    assert traffic.suppressed(EVERYTHING, number.id)[SuppressionReason.BLOCKED] == 1
    raw = str(db.session.connection().exec_driver_sql("SELECT * FROM suppressions").all())
    assert "rude" not in raw
    assert "2125550142" not in raw
    assert "x.png" not in raw
    assert len(events(_user(number))) == 1


def test_who_is_unblocked_is_heard_again_and_what_was_suppressed_stays_so(number, arrive):
    """S23."""
    user, scope = _user(number), make.at(number)
    actor = make.client_of(user)
    blocking.block(actor, scope, number.id, make.PHONE)
    blocking.block(actor, scope, number.id, make.PHONE)
    assert len(make.every(Block)) == 1
    arrive(number, "while blocked", carrier_reference="r1")
    blocking.unblock(actor, scope, number.id, make.PHONE)
    arrive(number, "while blocked", carrier_reference="r1")
    arrive(number, "after")
    assert shown(number) == ["after"]


def test_blocking_that_is_switched_off_is_refused_and_standing_blocks_stay(number, arrive):
    """D9."""
    make.block(number)
    number.user_can_block = False
    make.kept(number)
    actor, scope = make.client_of(_user(number)), make.at(number)
    with pytest.raises(BlockingOff):
        blocking.block(actor, scope, number.id, "+12125550143")
    arrive(number)
    assert make.every(Message) == []
    blocking.unblock(actor, scope, number.id, make.PHONE)
    arrive(number)
    assert len(make.every(Message)) == 1


def test_the_history_of_a_block_does_not_name_the_remote_person(number):
    blocking.block(make.client_of(_user(number)), make.at(number), number.id, make.PHONE)
    [entry] = make.every(AuditEntry)
    assert entry.action == "Remote number blocked"
    assert "2125550142" not in f"{entry.target} {entry.change}"


def test_opted_out_is_suppressed(number, arrive):
    """D7, D9."""
    number.opt_in = OptIn.OPTED_OUT
    make.kept(number)
    arrive(number)
    assert make.every(Message) == []
    [one] = make.every(Suppression)
    assert one.reason is SuppressionReason.OPTED_OUT


def test_while_the_answer_is_pending_a_text_is_kept_and_not_shown(number, arrive, events):
    """D7."""
    number.opt_in = OptIn.PENDING
    make.kept(number)
    arrive(number)
    assert len(make.every(Message)) == 1
    assert shown(number) == []
    assert events(_user(number)) == []


def test_without_a_licence_texts_wait_and_are_handed_over_in_order_when_one_comes(arrive, events, work):
    """D28."""
    una = make.user()
    number = make.assignment(una)
    for text in ("one", "two"):
        arrive(number, text)
    assert shown(number) == []

    tomorrow = now() + dt.timedelta(days=1)
    licences.grant(make.admin_of(una), una.id, Product.DESKTOP, LicenceKind.TRIAL, tomorrow)
    assert work() == ["hand_over"]

    assert shown(number) == ["one", "two"]
    assert [data["text"] for _kind, data in events(una)] == ["one", "two"]


def test_an_ended_licence_is_none(arrive):
    """D28."""
    una = make.user()
    make.licence(una, kind=LicenceKind.UNTIL, expires_at=now() - dt.timedelta(seconds=1))
    number = make.assignment(una)
    arrive(number)
    assert shown(number) == []


def test_the_sweep_finds_texts_that_nothing_holds_any_longer(arrive):
    una = make.user()
    number = make.assignment(una)
    arrive(number)
    assert held.users_with_overdue_texts() == []
    make.licence(una)
    assert held.users_with_overdue_texts() == [una.id]
    held.release_held_of_user(una.id)
    assert held.users_with_overdue_texts() == []


def test_what_waited_thirty_days_is_erased(arrive):
    """D28."""
    una = make.user()
    number = make.assignment(una)
    arrive(number, "old")
    arrive(number, "young")
    old = make.every(Message)[0]
    old.created_at = now() - dt.timedelta(days=30, minutes=1)
    make.kept(old)
    erasure.forget_old()
    make.licence(una)
    held.release_held_of_user(una.id)
    assert shown(number) == ["young"]
    assert make.again(old).text is None
