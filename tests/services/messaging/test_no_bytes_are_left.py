"""No bytes stay in the store that no row knows, whoever is killed, late, or erases meanwhile (D17)."""

import datetime as dt
import threading

import pytest

from app.clock import now
from app.models import Attachment
from app.services.messaging import erasure, file_claims, inbound_files
from app.vocabulary import AttachmentState
from tests import make
from tests.services.messaging.one_file import lease_is_over, only
from tests.stranger import Gate

pytestmark = pytest.mark.usefixtures("real_database")
PICTURE = make.picture("JPEG")


class Killed(BaseException):
    """The process ends here: nothing of ours is called any more."""


@pytest.fixture
def number():
    return make.assignment()


def erase(number):
    erasure.delete_saved(make.admin_of(number), make.at(number), number.id)


def die():
    raise Killed


def known():
    """The keys that rows know."""
    return {key for file in make.every(Attachment) for key in (file.storage_key, file.thumbnail_key) if key}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_is_killed_leaves_a_row_that_is_fetched_again(
    number, arrive_with, server, putting, in_store, moment
):
    arrive_with(number, server.give("/media/a.jpg", PICTURE))
    putting(**{moment: die})
    with pytest.raises(Killed):
        inbound_files.fetch_due()
    assert set(in_store()) <= known()
    assert not file_claims.are_due()
    inbound_files.fetch_due()
    assert len(server.asked) == 1

    lease_is_over(only())
    assert file_claims.are_due()
    inbound_files.fetch_due()

    file = only()
    assert (file.state, file.tries) == (AttachmentState.STORED, 2)
    assert set(in_store()) == known() == {file.storage_key, file.thumbnail_key}


@pytest.mark.parametrize("content", [PICTURE, b"%PDF-1.7\n"], ids=["small one first", "file alone"])
def test_whoever_is_killed_again_and_again_leaves_no_bytes_that_no_row_knows(
    number, arrive_with, server, putting, in_store, content
):
    arrive_with(number, server.give("/media/a.jpg", content))
    for moment in ("after", "before", "after"):
        putting(**{moment: die})
        with pytest.raises(Killed):
            inbound_files.fetch_due()
        assert set(in_store()) <= known()
        lease_is_over(only())
    inbound_files.fetch_due()
    assert only().tries == 4
    assert set(in_store()) == known()


def test_a_worker_that_is_killed_while_it_asks_has_put_nothing(
    number, arrive_with, server, monkeypatch, in_store
):
    arrive_with(number, server.give("/media/a.jpg", PICTURE))
    with monkeypatch.context() as patch:
        patch.setattr(inbound_files, "look", lambda *_given, **_more: die())
        with pytest.raises(Killed):
            inbound_files.fetch_due()
    assert (known(), in_store()) == (set(), {})
    lease_is_over(only())
    inbound_files.fetch_due()
    assert only().state is AttachmentState.STORED


@pytest.mark.parametrize(
    ("body", "status", "state"),
    [
        (b"", 404, AttachmentState.FAILED),
        (b"<smil/>", 200, AttachmentState.DROPPED),
        (b"%PDF-1.7\n", 200, AttachmentState.STORED),
    ],
    ids=["gone", "layout", "no picture"],
)
def test_what_a_killed_worker_put_goes_when_it_is_not_wanted_in_the_end(
    number, arrive_with, server, putting, in_store, body, status, state
):
    address = server.give("/media/a.jpg", PICTURE)
    arrive_with(number, address)
    putting(after=die)
    with pytest.raises(Killed):
        inbound_files.fetch_due()
    assert len(in_store()) == 1

    lease_is_over(only())
    server.give("/media/a.jpg", body, status=status)
    inbound_files.fetch_due()

    file = only()
    assert file.state is state
    assert list(in_store().values()) == ([body] if state is AttachmentState.STORED else [])
    assert set(in_store()) <= known()


def test_what_a_killed_worker_put_goes_with_its_text(number, arrive_with, server, putting, in_store):
    arrive_with(number, server.give("/media/a.jpg", PICTURE))
    putting(after=die)
    with pytest.raises(Killed):
        inbound_files.fetch_due()
    erase(number)
    erasure.take_out_of_store()
    assert len(in_store()) == 1  # for all that the row says, somebody may still be writing

    lease_is_over(only())
    erasure.take_out_of_store()
    assert (in_store(), known()) == ({}, set())
    inbound_files.fetch_due()
    assert only().state is AttachmentState.ERASED


def test_a_text_that_is_erased_while_its_file_is_asked_for_has_none_put(
    number, arrive_with, server, beside, in_store, events_of
):
    gate = Gate()
    arrive_with(number, server.give("/media/a.jpg", PICTURE, gate=gate))
    fetching = beside()
    gate.wait_reached()
    erase(number)
    gate.open()
    fetching.result(20)

    assert (only().state, known(), in_store()) == (AttachmentState.ERASED, set(), {})
    assert [kind for kind, _data in events_of(number)] == ["resync"]


def test_a_text_whose_erasing_is_not_committed_yet_is_waited_for(
    number, arrive_with, server, beside, monkeypatch, in_store
):
    """The row still says that it waits: whoever settles it must not write over what erasing it has done."""
    gate, real = Gate(), erasure.drop_empty
    arrive_with(number, server.give("/media/a.jpg", PICTURE, gate=gate))
    fetching = beside()
    gate.wait_reached()

    def erased_but_not_committed(conversation_ids):
        gate.open()
        threading.Event().wait(1)  # the other one needs a moment to come to the row
        real(conversation_ids)

    monkeypatch.setattr(erasure, "drop_empty", erased_but_not_committed)
    erase(number)
    fetching.result(20)
    assert (only().state, known(), in_store()) == (AttachmentState.ERASED, set(), {})


@pytest.fixture
def stopped_at_its_put(number, arrive_with, server, beside, putting):
    """A file, fetched and about to be put into the store: the gate that holds it, and its fetcher."""
    gate = Gate()
    arrive_with(number, server.give("/media/a.jpg", PICTURE))
    putting(before=gate.pass_through)
    fetching = beside()
    gate.wait_reached()
    return gate, fetching


@pytest.mark.parametrize("is_over", [False, True], ids=["within the lease", "after the lease"])
def test_a_text_that_is_erased_while_its_file_is_put_has_none_in_the_end(
    number, stopped_at_its_put, in_store, is_over
):
    """After the lease the erasing job may have been there before the bytes are."""
    gate, fetching = stopped_at_its_put
    erase(number)
    if is_over:
        lease_is_over(only())
    erasure.take_out_of_store()
    assert bool(known()) is not is_over
    gate.open()
    fetching.result(20)

    assert (only().state, in_store()) == (AttachmentState.ERASED, {})
    lease_is_over(only())
    erasure.take_out_of_store()
    assert known() == set()


@pytest.mark.parametrize("is_there", [True, False], ids=["again", "gone"])
def test_a_worker_that_comes_too_late_leaves_what_another_has_settled(
    server, stopped_at_its_put, in_store, is_there
):
    gate, late = stopped_at_its_put
    lease_is_over(only())
    if not is_there:
        server.give("/media/a.jpg", status=404)
    inbound_files.fetch_due()
    settled = only()
    gate.open()
    late.result(20)

    assert make.again(settled).state is (AttachmentState.STORED if is_there else AttachmentState.FAILED)
    assert set(in_store()) == ({settled.storage_key, settled.thumbnail_key} if is_there else set())


def test_what_is_given_up_leaves_nothing_in_the_store(number, arrive_with, server, putting, in_store):
    def full():
        raise OSError

    arrive_with(number, server.give("/media/a.jpg", PICTURE))
    file = only()
    file.created_at = now() - dt.timedelta(hours=24)
    make.kept(file)
    putting(after=full)
    inbound_files.fetch_due()
    assert (only().state, in_store()) == (AttachmentState.FAILED, {})
