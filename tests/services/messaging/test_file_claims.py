"""Who fetches which file, when again, and who is told (D17)."""

import datetime as dt
import logging
import threading

import pytest

from app.clock import now
from app.db import db
from app.media import pictures
from app.media.folder import Folder
from app.media.pictures import DecoderBusy, DecoderLost
from app.models import Attachment
from app.services.messaging import file_claims, inbound_files
from app.services.messaging.inbound import held, process
from app.vocabulary import AttachmentState
from tests import make
from tests.processes import eventually
from tests.services.messaging.one_file import lease_is_over, only
from tests.stranger import Gate

pytestmark = pytest.mark.usefixtures("real_database")
PICTURE = make.picture("JPEG")


@pytest.fixture
def number():
    return make.assignment()


def in_store_and_known(in_store):
    keys = {key for file in make.every(Attachment) for key in (file.storage_key, file.thumbnail_key) if key}
    return set(in_store()) == keys


@pytest.mark.parametrize(("tries", "seconds"), [(0, 10), (1, 30), (2, 120), (9, 1800)])
def test_what_may_pass_is_tried_again_less_and_less_often(number, arrive_with, server, tries, seconds):
    arrive_with(number, server.give("/media/a.jpg", status=503))
    file = only()
    file.tries = tries
    make.kept(file)
    began = now()
    inbound_files.fetch_due()

    file = only()
    assert (file.state, file.claimed_until) == (AttachmentState.WAITING, None)
    wait = (file.due_at - began).total_seconds()
    assert seconds <= wait <= seconds * 1.25 + 5
    server.give("/media/a.jpg", PICTURE)
    inbound_files.fetch_due()
    assert len(server.asked) == 1
    lease_is_over(file)
    inbound_files.fetch_due()
    assert only().state is AttachmentState.STORED


def test_after_a_day_it_is_given_up_and_the_user_is_told(number, arrive_with, server, events_of):
    arrive_with(number, server.give("/media/a.jpg", status=503))
    file = only()
    file.created_at = now() - dt.timedelta(hours=23, minutes=59, seconds=55)
    make.kept(file)
    inbound_files.fetch_due()

    file = only()
    assert (file.state, file.source_url, file.due_at) == (AttachmentState.FAILED, None, None)
    assert file.reason == "The carrier's file could not be taken within a day."
    [_created, (_kind, data)] = events_of(number)
    assert data["attachments"][0]["reason"] == file.reason


@pytest.mark.parametrize("trouble", ["store", "disk", "bug"])
def test_while_the_store_is_away_a_file_waits(
    number, arrive_with, server, monkeypatch, in_store, caplog, trouble
):
    """Whatever goes wrong on our side is no reason to give a picture up."""
    arrive_with(number, server.give("/media/a.jpg", PICTURE))

    def fails(*_args):
        raise ZeroDivisionError(server.origin) if trouble == "bug" else OSError(server.origin)

    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        if trouble == "store":
            patch.setattr(Folder, "put", fails)
        else:
            patch.setattr(inbound_files, "look", fails)
        inbound_files.fetch_due()
    assert (only().state, in_store()) == (AttachmentState.WAITING, {})
    assert "trying again" in caplog.text
    assert server.origin not in caplog.text

    lease_is_over(only())
    inbound_files.fetch_due()
    assert only().state is AttachmentState.STORED
    assert in_store_and_known(in_store)


def test_the_files_of_a_text_come_in_order_and_a_slow_server_holds_up_nobody_else(
    number, arrive_with, server, beside
):
    gate = Gate()
    slow = server.give("/slow.jpg", PICTURE, gate=gate)
    arrive_with(number, slow, server.give("/second.jpg", PICTURE), text="one")
    fetching = beside()
    gate.wait_reached()
    others = [server.give(f"/other{n}.txt", b"words") for n in range(12)]  # no decoder is needed
    for n, address in enumerate(others):
        arrive_with(number, address, text=f"text {n}")
    inbound_files.fetch_due()

    # One of the two jobs has taken each of them.
    eventually(lambda: {file.state for file in make.every(Attachment)[2:]} == {AttachmentState.STORED})
    first, second = make.every(Attachment)[:2]
    assert (first.state, second.state, second.tries) == (AttachmentState.WAITING, AttachmentState.WAITING, 0)
    assert "/second.jpg" not in server.asked
    gate.open()
    fetching.result(20)
    assert server.asked[-1] == "/second.jpg"
    assert {file.state for file in make.every(Attachment)} == {AttachmentState.STORED}


def test_one_running_job_takes_what_comes_meanwhile(number, arrive_with, server, beside):
    gate = Gate()
    arrive_with(number, server.give("/slow.jpg", PICTURE, gate=gate))
    fetching = beside()
    gate.wait_reached()
    second = Gate()
    arrive_with(number, server.give("/next.jpg", PICTURE, gate=second))
    second.wait_reached()
    second.open()
    gate.open()
    fetching.result(20)
    assert {file.state for file in make.every(Attachment)} == {AttachmentState.STORED}


def test_whoever_fails_too_late_does_not_end_the_claim_of_another(number, arrive_with, server, beside):
    late, other = Gate(), Gate()
    arrive_with(number, server.give("/media/a.jpg", status=503, gate=late))
    failing = beside()
    late.wait_reached()
    lease_is_over(only())
    server.give("/media/a.jpg", PICTURE, gate=other)
    fetching = beside()
    other.wait_reached()
    claimed = only()
    late.open()
    failing.result(20)

    assert only().claimed_until == claimed.claimed_until > now()
    assert only().tries == 2
    other.open()
    fetching.result(20)
    assert only().state is AttachmentState.STORED


def test_many_claimers_at_once_have_each_file_once_and_one_of_a_text(number, arrive_with, at_once, slowly):
    for n in range(6):
        arrive_with(number, *(f"http://127.0.0.1:1/{n}/{m}.jpg" for m in range(3)))

    slowly(file_claims, "_claimed")
    found = at_once(*[lambda: file_claims.claim(8)] * 6)

    claimed = [claim.file_id for claims in found for claim in claims]
    texts = [file.message_id for file in make.every(Attachment) if file.id in claimed]
    assert len(claimed) == len(set(claimed))
    assert len(texts) == len(set(texts))
    rest = file_claims.claim(8)
    assert len(claimed) + len(rest) == 6
    assert file_claims.claim(8) == []
    assert {file.position for file in make.every(Attachment) if file.tries} == {0}


def test_a_text_that_is_handed_over_while_its_file_is_settled_shows_it(
    arrive_with, server, events, monkeypatch, beside
):
    """Whoever hands over has read the file as waiting: then the file is told by whoever settles it."""
    una = make.user()
    number = make.assignment(una)
    gate, has_read = Gate(), threading.Event()
    arrive_with(number, server.give("/media/a.jpg", PICTURE, gate=gate))
    fetching = beside()
    gate.wait_reached()
    make.licence(una)
    real = process.as_events

    def reads_and_waits(told):
        found = real(told)
        has_read.set()
        gate.open()
        fetching_is_stuck.wait(1)
        return found

    fetching_is_stuck = threading.Event()  # never set: the other one needs a moment to come to the row
    monkeypatch.setattr(process, "as_events", reads_and_waits)
    held.release_held_of_user(una.id)
    fetching.result(20)

    assert has_read.is_set()
    told = [(kind, data["attachments"][0]["state"]) for kind, data in events(una)]
    assert told == [("message.created", "waiting"), ("message.updated", "stored")]


def test_the_address_is_not_to_be_read_in_the_database_and_is_due_at_once(number, arrive_with):
    assert not file_claims.are_due()
    arrive_with(number, "https://media.carrier.example/secret-name.jpg")
    raw = db.session.connection().exec_driver_sql("SELECT source_url FROM attachments").scalars().all()
    assert b"secret-name" not in bytes(raw[0])
    assert file_claims.are_due()


@pytest.mark.parametrize("trouble", [DecoderBusy, DecoderLost])
def test_a_picture_that_no_decoder_reads_now_is_fetched_again_later(
    number, arrive_with, server, work, in_store, monkeypatch, trouble
):
    def refuse(*_given, **_more):
        raise trouble

    with monkeypatch.context() as patched:
        patched.setattr(pictures, "decode", refuse)
        arrive_with(number, server.give("/media/a.png", make.picture()))
        work(("media",))
    assert (only().state, only().thumbnail_key, in_store()) == (AttachmentState.WAITING, None, {})
    assert only().due_at > now()
    lease_is_over(only())
    inbound_files.fetch_due()
    assert (only().state, only().content_type) == (AttachmentState.STORED, "image/png")
