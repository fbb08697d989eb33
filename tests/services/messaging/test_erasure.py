"""Words and pictures leave the database; what is needed to know a retry stays (S17, D4, D9)."""

import pytest

from app.access.scope import branch
from app.clock import now
from app.errors import NotFound
from app.models import Attachment, AuditEntry, Block, Conversation, Message, OptInEvidence, Receipt
from app.services.messaging import erasure, opt_in
from app.services.provisioning import assignment as assignments
from app.vocabulary import AttachmentState, Direction, MessageState, OptIn
from tests import make

WORDS = "the words of the text"


@pytest.fixture
def una():
    una = make.user()
    make.licence(una)
    return una


@pytest.fixture
def number(una):
    return make.assignment(una)


def everything(db):
    """All that the tables with texts hold."""
    names = (
        "messages",
        "conversations",
        "attachments",
        "receipts",
        "suppressions",
        "blocks",
        "audit_entries",
    )
    return str([db.session.connection().exec_driver_sql(f"SELECT * FROM {name}").all() for name in names])


def test_saved_messages_are_deleted_from_the_page(una, number, arrive, report, db, app):
    """S17."""
    arrive(number, WORDS, media_urls=("https://carrier.example/picture.png",))
    sent = make.message(number, state=MessageState.SENT, text=WORDS)
    make.attempt(sent, "sent-1")
    report(sent, "DELIVRD")
    other = make.message(make.assignment(una), text="of another number")
    assert erasure.saved(make.at(una), number.id) == 2

    assert erasure.delete_saved(make.admin_of(una), make.at(una), number.id) == 2

    assert erasure.saved(make.at(una), number.id) == 0
    assert [(file.state, file.source_url) for file in make.every(Attachment)] == [
        (AttachmentState.ERASED, None)
    ]
    held = everything(db)
    for word in (WORDS, "picture.png"):
        assert word not in held
    assert [one.remote for one in make.every(Message, assignment_id=number.id)] == [None, None]
    assert make.every(Receipt) == []
    assert [one.assignment_id for one in make.every(Conversation)] == [other.assignment_id]
    assert make.again(other).text == "of another number"
    assert make.every(AuditEntry)[-1].change == {"messages": 2}
    published = str(app.extensions["redis"].xrange(f"impp:user:{una.id}"))
    assert WORDS not in published
    assert "resync" in published


def test_a_webhook_that_is_repeated_after_the_deletion_is_still_known(una, number, arrive):
    """S17: the retry of a deleted message does not bring it back."""
    arrive(number, WORDS, carrier_reference="r1")
    erasure.delete_saved(make.admin_of(una), make.at(una), number.id)
    arrive(number, WORDS, carrier_reference="r1")
    assert [one.text for one in make.every(Message)] == [None]


@pytest.mark.parametrize(
    "state",
    [MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING, MessageState.UNCERTAIN],
)
def test_texts_on_their_way_out_stay(una, number, state):
    """S17: saved messages; D13."""
    message = make.message(number, state=state, text=WORDS)
    assert erasure.delete_saved(make.admin_of(una), make.at(una), number.id) == 0
    assert make.again(message).text == WORDS


def test_deleting_a_number_erases_its_messages_and_blocks_and_keeps_the_evidence(
    una, number, arrive, work, carrier, db
):
    """S17, D4."""
    number.opt_in = OptIn.PENDING
    make.kept(number)
    opt_in.answer(make.client_of(una), make.at(una), number.id, accept=True, address="192.0.2.7")
    arrive(number, WORDS)
    uncertain = make.message(number, state=MessageState.UNCERTAIN, text=WORDS)
    make.block(number, "+12125550143")
    other = make.message(make.assignment(una), text="of another number")

    assignments.release(make.admin_of(una), make.at(una), number.id)
    work(("maintenance",))

    assert WORDS not in everything(db)
    assert make.every(Block) == []
    assert make.again(uncertain).state is MessageState.UNCERTAIN
    assert [step.state for step in make.every(OptInEvidence)] == [OptIn.OPTED_IN]
    assert make.again(other).text == "of another number"
    assert make.again(number).number == number.number


def test_the_sweep_finds_a_deleted_number_whose_messages_are_still_there(una, number, arrive):
    """A lost wake-up."""
    arrive(number, WORDS)
    assert erasure.unerased() == []
    assignments.release(make.admin_of(una), make.at(una), number.id)
    assert erasure.unerased() == [number.id]
    erasure.erase_released(number.id)
    assert erasure.unerased() == []


def test_a_running_number_is_never_erased_by_the_job(number, arrive):
    arrive(number, WORDS)
    erasure.erase_released(number.id)
    assert [one.text for one in make.every(Message)] == [WORDS]


def test_a_strangers_messages_cannot_be_deleted(una):
    theirs = make.message()
    with pytest.raises(NotFound):
        erasure.delete_saved(make.admin_of(una), make.at(una), theirs.assignment_id)
    assert make.again(theirs).erased_at is None


def test_more_than_one_batch_is_erased(una, number, db):
    conversation = make.conversation(number)
    for n in range(1100):
        db.session.add(
            Message(
                conversation_id=conversation.id,
                assignment_id=number.id,
                platform_id=number.platform_id,
                direction=Direction.INBOUND,
                state=MessageState.RECEIVED,
                number=number.number,
                text=WORDS,
                carrier_reference=f"many-{n}",
                handed_over_at=now(),
                **branch(number),
            )
        )
    db.session.commit()
    assert erasure.delete_saved(make.admin_of(una), make.at(una), number.id) == 1100
    assert erasure.saved(make.at(una), number.id) == 0
