"""What a user's client lists: conversations, what is unread, and what is found (S18, D7, D10)."""

import datetime as dt

import pytest
from sqlalchemy import event

from app.clock import now
from app.errors import NotFound
from app.models import Conversation, Stop
from app.services.messaging import inbox
from app.vocabulary import MessageState
from tests import make

MARY, PAUL, SHOP = "+12125550142", "+13105550117", "22395"


@pytest.fixture
def una():
    una = make.user()
    make.licence(una)
    return una


@pytest.fixture
def number(una):
    return make.assignment(una)


@pytest.fixture
def at(una):
    return make.at(una)


def said(number, remote=MARY, minutes_ago=0, **fields):
    """A text of so many minutes ago, with its conversation as late."""
    when = now() - dt.timedelta(minutes=minutes_ago)
    text = make.message(number, remote=remote, created_at=when, **fields)
    talk = make.conversation(number, remote)
    talk.last_message_at = when
    make.kept(talk)
    return text


def remotes(page):
    return [row.remote for row in page.items]


def test_the_newest_conversation_is_first_with_its_last_text(at, number):
    said(number, MARY, 9, text="Open at six?")
    said(number, PAUL, 5)
    last = said(number, MARY, 1, text="See you", state=MessageState.SENT)
    rows = inbox.conversations(at).items
    assert [row.remote for row in rows] == [MARY, PAUL]
    assert (rows[0].last.id, rows[0].last_message_at) == (last.id, last.created_at)
    assert rows[0].number_id == number.id


def test_pages_follow_each_other_without_a_gap_or_a_repetition(at, number):
    for n in range(7):
        said(number, f"+1212555{n:04}", n)
    seen, page = [], inbox.conversations(at, limit=3)
    while page:
        seen += remotes(page)
        page = inbox.conversations(at, limit=3, after=page.after) if page.after else None
    assert seen == [f"+1212555{n:04}" for n in range(7)]


def test_only_what_others_wrote_is_unread_and_reading_goes_forward_only(at, number, una, events):
    first, second = said(number, MARY, 3), said(number, MARY, 2)
    said(number, MARY, 1, state=MessageState.SENT)
    said(number, PAUL, 4)
    talk = first.conversation_id
    assert [row.unread for row in inbox.conversations(at).items] == [2, 1]
    assert inbox.unread(at) == 3
    assert inbox.mark_read(at, talk, first.id).unread == 1
    assert inbox.mark_read(at, talk, 2**31 - 1).unread == 0
    assert inbox.mark_read(at, talk, first.id).unread == 0
    assert inbox.unread(at) == 1
    told = [data for kind, data in events(una) if kind == "conversation.read"]
    assert [one["unread_in_all"] for one in told] == [2, 1]
    assert told[0] == {
        "conversation_id": talk,
        "number_id": number.id,
        "remote": MARY,
        "read_up_to": first.id,
        "unread_in_all": 2,
    }
    assert second.id <= told[1]["read_up_to"] < 2**31 - 1


def test_a_message_of_another_conversation_reads_nothing_beyond_it(at, number):
    mine = said(number, MARY)
    other = said(number, PAUL)
    inbox.mark_read(at, mine.conversation_id, other.id)
    assert make.every(Conversation, id=mine.conversation_id)[0].read_up_to == mine.id


def test_who_is_blocked_and_who_said_stop_is_told(at, number):
    said(number, MARY, 2)
    said(number, PAUL, 1)
    make.block(number, MARY)
    given = {"provider_id": number.provider_id, "number": number.number, "word": "STOP"}
    make.kept(Stop(remote=PAUL, **given))
    make.kept(Stop(remote=MARY, resumed_at=now(), **given))
    rows = {row.remote: (row.is_blocked, row.is_stopped) for row in inbox.conversations(at).items}
    assert rows == {MARY: (True, False), PAUL: (False, True)}


def test_what_is_held_or_erased_is_never_shown(at, number):
    """D7, D28, S17."""
    shown = said(number, MARY, 5, text="shown words")
    said(number, MARY, 1, text="held words", handed_over_at=None)
    said(number, PAUL, 1, text="held words", handed_over_at=None)
    said(number, SHOP, 1, text="held words", erased_at=now())
    [row] = inbox.conversations(at).items
    assert (row.remote, row.last.id, row.unread) == (MARY, shown.id, 1)
    assert row.last_message_at == shown.created_at
    assert inbox.unread(at) == 1
    assert inbox.search(at, "held")[0] == []
    assert inbox.search(at, PAUL)[0] == []
    for found in ("held", PAUL):
        assert inbox.conversations(at, search=found).items == []
    assert inbox.mark_read(at, make.conversation(number, PAUL).id, 2**31 - 1) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("open", [MARY]),
        ("OPEN AT", [MARY]),
        ("(212) 555-01", [MARY]),
        ("310*117", [PAUL]),
        ("100%", [SHOP]),
        ("1_0", []),
        ("nothing of that", []),
        (" ", [MARY, PAUL, SHOP]),
    ],
)
def test_a_search_finds_words_and_remote_numbers(at, number, typed, found):
    said(number, MARY, 1, text="Are you open at six?")
    said(number, PAUL, 2, text="Thanks")
    said(number, SHOP, 3, text="100% wool")
    assert remotes(inbox.conversations(at, search=typed)) == found
    if typed.strip():
        assert [row.remote for row in inbox.search(at, typed)[0]] == found[::-1]


def test_a_search_has_pages(at, number):
    texts = [said(number, text=f"word {n}").id for n in range(5)]
    first, following = inbox.search(at, "word", limit=3)
    rest, end = inbox.search(at, "word", before=following, limit=3)
    assert [row.id for row in [*first, *rest]] == texts[::-1]
    assert end is None


def test_one_number_is_asked_for_alone(at, number, una):
    other = make.assignment(una)
    said(number, MARY)
    said(other, PAUL)
    assert remotes(inbox.conversations(at, number_id=other.id)) == [PAUL]


def test_nobody_elses_is_seen_or_read(at, number):
    stranger = make.assignment()
    theirs = said(stranger, MARY)
    assert inbox.conversations(at).items == []
    assert inbox.search(at, MARY)[0] == []
    assert inbox.unread(at) == 0
    with pytest.raises(NotFound):
        inbox.conversations(at, number_id=stranger.id)
    with pytest.raises(NotFound):
        inbox.mark_read(at, theirs.conversation_id, theirs.id)
    for staff in (make.at(None), make.at(make.group())):
        with pytest.raises(ValueError, match="user's"):
            inbox.conversations(staff)


def test_many_conversations_cost_as_many_queries_as_one(at, number, db):
    def asked():
        seen = []
        listener = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(db.engines[None], "before_cursor_execute", listener)
        inbox.conversations(at)
        event.remove(db.engines[None], "before_cursor_execute", listener)
        return sum("SELECT" in statement.upper()[:6] for statement in seen)

    said(number, MARY)
    one = asked()
    for n in range(20):
        said(number, f"+1212555{n:04}", n)
    assert asked() == one <= 6
