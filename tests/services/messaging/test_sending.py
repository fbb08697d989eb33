"""When is a text refused, before it is queued? (S20, D4, D7, D26, D28)"""

import pytest

from app.errors import Invalid, NotFound
from app.models import Attachment, Message
from app.services.messaging import messages, sending
from app.services.messaging.sending import LONGEST_TEXT, CannotSend
from app.vocabulary import AssignmentState, MessageState, OptIn
from tests import make


@pytest.fixture
def una():
    una = make.user()
    make.licence(una)
    return una


@pytest.fixture
def number(una):
    return make.assignment(una)


def send(number, text="Hello", to="2125550142", ref="ref-1"):
    return sending.send(make.at(number), number.id, to=to, text=text, client_ref=ref)


def test_a_text_is_queued_and_the_worker_woken(number, queued):
    """S20."""
    text = send(number)
    assert (text.state, text.remote, text.number) == (MessageState.QUEUED, "+12125550142", number.number)
    assert queued() == [("send_outbox", {})]


def test_many_texts_wake_the_worker_once(number, queued):
    for n in range(5):
        send(number, ref=f"ref-{n}")
    assert queued() == [("send_outbox", {})]


def test_the_same_client_ref_again_is_the_same_message(number):
    first, second = send(number, "Hello", ref="ref-1"), send(number, "other words", ref="ref-1")
    assert first.id == second.id
    assert [one.text for one in make.every(Message)] == ["Hello"]


def test_the_same_client_ref_of_another_number_is_another_message(una, number):
    other = make.assignment(una)
    assert send(number).id != send(other).id


def test_the_same_client_ref_many_times_at_once_is_one_message(real_database, at_once):
    una = make.user()
    make.licence(una)
    number = make.assignment(una)
    scope, number_id = make.at(number), number.id

    def one():
        return sending.send(scope, number_id, to="2125550142", text="Hello", client_ref="ref-1").id

    outcomes = at_once(*[one] * 20)

    [message] = make.every(Message)
    assert outcomes == [message.id] * 20


def test_the_same_text_with_files_many_times_at_once_is_one_message(real_database, at_once):
    """Whoever waits for the files of an equal send finds them used, and then the message."""
    una = make.user()
    make.licence(una)
    number = make.assignment(una)
    ids = [make.attachment(number).id for _ in range(2)]
    scope, number_id = make.at(number), number.id

    def one():
        given = {"to": "2125550142", "text": "Look", "client_ref": "ref-1", "attachment_ids": ids}
        return sending.send(scope, number_id, **given).id

    outcomes = at_once(*[one] * 20)

    [message] = make.every(Message)
    assert outcomes == [message.id] * 20
    assert [file.message_id for file in make.every(Attachment)] == [message.id] * 2


def test_the_same_reference_at_once_with_other_files_is_one_message_and_refusals(real_database, at_once):
    una = make.user()
    make.licence(una)
    number = make.assignment(una)
    scope, number_id = make.at(number), number.id

    def one(file_id):
        given = {"to": "2125550142", "text": "Look", "client_ref": "ref-1", "attachment_ids": [file_id]}
        return lambda: sending.send(scope, number_id, **given).id

    contents = [b"%%PDF-1.7 page %d" % n for n in range(10)]
    outcomes = at_once(*[one(make.attachment(number, content).id) for content in contents])

    [message] = make.every(Message)
    assert outcomes.count(message.id) == 1
    others = [outcome for outcome in outcomes if outcome != message.id]
    assert [type(outcome) for outcome in others] == [sending.OtherFiles] * 9
    assert [file.message_id for file in make.every(Attachment)].count(message.id) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opt_in": OptIn.PENDING}, "answer the question"),
        ({"opt_in": OptIn.OPTED_OUT}, "declined"),
        ({"state": AssignmentState.PROVISIONING}, "not active yet"),
        ({"state": AssignmentState.FAILED}, "not active yet"),
        ({"state": AssignmentState.RELEASING, "release_requested_at": True}, "removed"),
        ({"state": AssignmentState.ENDED, "release_requested_at": True, "ended_at": True}, "removed"),
    ],
)
def test_a_number_that_cannot_send_says_why(una, queued, fields, words):
    """D7, D4."""
    moments = {name: una.created_at for name, value in fields.items() if value is True}
    number = make.assignment(una, **(fields | moments))
    with pytest.raises(CannotSend) as refusal:
        send(number)
    assert words in refusal.value.message
    assert (make.every(Message), queued()) == ([], [])


def test_sending_needs_a_licence():
    """D28."""
    number = make.assignment(make.user())
    with pytest.raises(CannotSend) as refusal:
        send(number)
    assert "licence" in refusal.value.message


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2125550142", "+12125550142"),
        ("12125550142", "+12125550142"),
        ("+1 (212) 555-0142", "+12125550142"),
        ("+44 20 7183 8750", "+442071838750"),
        ("12345", "12345"),
        ("898211", "898211"),
        (" 46645 ", "46645"),
    ],
)
def test_a_recipient_is_taken_as_people_and_clients_write_it(number, typed, kept):
    """D26."""
    assert send(number, to=typed).remote == kept


@pytest.mark.parametrize("typed", ["ACME", "", "  ", "hello2you", "12", "+1212555014", "+", "212555014"])
def test_a_recipient_that_cannot_be_texted_is_refused_beside_its_field(number, typed):
    """D26: alphanumeric senders cannot be answered."""
    with pytest.raises(Invalid) as refusal:
        send(number, to=typed)
    assert refusal.value.field == "to"
    assert make.every(Message) == []


@pytest.mark.parametrize("text", ["", "   \n", "\x00", "x" * (LONGEST_TEXT + 1)])
def test_a_text_without_words_or_with_too_many_is_refused(number, text):
    with pytest.raises(Invalid) as refusal:
        send(number, text)
    assert refusal.value.field == "text"


def test_the_longest_text_and_every_kind_of_character_are_taken(number):
    assert send(number, "x" * LONGEST_TEXT).text == "x" * LONGEST_TEXT
    assert send(number, "€ [😀] \u200b ß\x00", ref="2").text == "€ [😀] \u200b ß"


def test_a_strangers_number_does_not_exist(una):
    theirs = make.assignment()
    with pytest.raises(NotFound):
        sending.send(make.at(una), theirs.id, to="2125550142", text="Hi", client_ref="1")


def test_a_thread_is_read_newest_first_and_page_by_page(una, number):
    for n in range(5):
        send(number, f"text {n}", ref=f"{n}")
    send(number, "to somebody else", to="2125550143", ref="other")
    scope = make.at(una)

    rows, following = messages.thread(scope, number.id, remote=make.PHONE, limit=2)
    assert [row.text for row in rows] == ["text 4", "text 3"]
    rows, following = messages.thread(scope, number.id, remote=make.PHONE, before=following, limit=2)
    assert [row.text for row in rows] == ["text 2", "text 1"]
    rows, following = messages.thread(scope, number.id, remote=make.PHONE, before=following, limit=2)
    assert ([row.text for row in rows], following) == (["text 0"], None)
    assert len(messages.thread(scope, number.id)[0]) == 6


def test_claimed_is_shown_as_queued(number):
    """D13: a lease is nobody's business."""
    assert messages.as_event(make.message(number, state=MessageState.CLAIMED))["state"] == "queued"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("ACME", "ACME"), (" 24683579 ", "24683579"), ("24680", "24680"), ("(212) 555-0142", "+12125550142")],
)
def test_whoever_can_text_us_can_be_blocked_also_by_name(number, typed, stored):
    """S23, D26: what comes as a name or a long short code is stored as it comes."""
    scope = make.at(number)
    assert sending.remote_address(scope, number.id, typed) == stored
