"""Older texts lose words and media by themselves, and nobody waits for it (D4, D9)."""

import datetime as dt
import threading
import time

import pytest

from app.clock import now
from app.db import db
from app.errors import Invalid, NotFound
from app.jobs import schedule
from app.models import AuditEntry, Conversation, Message, Provider
from app.services.audit.record import Action
from app.services.messaging import messages, retention
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import MessageState
from tests import make

WORDS = "the words of the text"


def old(days):
    return now() - dt.timedelta(days=days)


@pytest.fixture
def number():
    return make.assignment()


@pytest.fixture
def provider(number):
    return make.every(Provider, id=number.provider_id)[0]


def keep(provider, days, seen=None):
    seen = make.again(provider).revision if seen is None else seen
    retention.change(make.admin_of(provider), make.at(provider), days, seen=seen)


def proofs():
    return [e for e in make.every(AuditEntry) if e.action == Action.RETENTION_ERASED]


def test_older_texts_lose_words_media_and_sender_and_newer_ones_stay(number, provider, events):
    gone = make.message(number, text=WORDS, created_at=old(31), remote="+12125550143")
    sent = make.message(
        number,
        state=MessageState.DELIVERED,
        created_at=old(31),
        sent_text=WORDS,
        fallback_reason="MMS cannot carry it: plan.dwg",
    )
    stays = make.message(number, text=WORDS, created_at=old(29))
    keep(provider, 30)

    retention.erase_old()

    for row in map(make.again, (gone, sent)):
        assert (row.text, row.sent_text, row.remote, row.file_count) == (None, None, None, 0)
        assert row.erased_at is not None
        assert row.fallback_reason == ""
    assert make.again(stays).text == WORDS
    assert [c.remote for c in make.every(Conversation)] == [make.PHONE]
    assert [m.id for m in messages.thread(make.at(number), number.id)[0]] == [stays.id]


def test_the_history_proves_it_with_one_line_a_day(number, provider, monkeypatch):
    monkeypatch.setattr(retention, "_BATCH", 2)
    for _ in range(5):
        make.message(number, text=WORDS, created_at=old(31))
    keep(provider, 30)
    retention.erase_old()
    make.message(number, text=WORDS, created_at=old(40))
    retention.erase_old()

    [line] = proofs()
    assert (line.change["messages"], line.provider_id, line.actor) == (6, provider.id, "system")
    assert dt.datetime.fromisoformat(line.change["older_than"]) < old(29)
    assert WORDS not in str(line.change)
    line.at = old(1)
    make.kept(line)
    make.message(number, created_at=old(40))
    retention.erase_old()
    assert [one.change["messages"] for one in proofs()] == [6, 1]


def test_texts_on_their_way_out_stay_until_they_have_left(number, provider):
    for state in (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING):
        make.message(number, state=state, created_at=old(9))
    keep(provider, 1)
    retention.erase_old()
    assert [m.erased_at for m in make.every(Message)] == [None] * 3
    assert proofs() == []


def test_only_the_texts_of_that_provider_go(number, provider):
    other = make.message(make.assignment(), created_at=old(100), text=WORDS)
    make.message(number, created_at=old(100))
    keep(provider, 30)
    retention.erase_old()
    assert make.again(other).text == WORDS


def test_without_days_nothing_goes(number, provider):
    make.message(number, created_at=old(4000))
    assert not retention.is_due()
    retention.erase_old()
    keep(provider, 30)
    assert retention.is_due()
    keep(provider, None)
    assert not retention.is_due()
    assert make.every(Message)[0].erased_at is None


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_day_is_the_least(provider, days):
    with pytest.raises(Invalid):
        keep(provider, days)


def test_a_change_is_in_the_history_and_the_second_of_two_is_told(provider, queued):
    keep(provider, 30)
    assert ("erase_old", {}) in queued()
    [entry] = [e for e in make.every(AuditEntry) if e.action == Action.RETENTION_CHANGED]
    assert entry.change == {"retention_days": [None, 30]}
    with pytest.raises(ChangedMeanwhile):
        keep(provider, 1, seen=1)


def test_what_would_be_erased_is_counted_before(number, provider):
    for days in (2, 31, 40):
        make.message(number, created_at=old(days))
    here = make.at(provider)
    assert [retention.would_erase(here, days) for days in (1, 30, 39, 90, None)] == [3, 2, 1, 0, 0]
    with pytest.raises(NotFound):
        retention.would_erase(make.at(make.group()), 1)


def test_the_sweep_goes_on_with_what_a_killed_worker_left(app, number, provider, queued, work):
    make.message(number, text=WORDS, created_at=old(31))
    provider = make.again(provider)
    provider.retention_days = 30
    make.kept(provider)
    schedule.sweep(app)
    assert ("erase_old", {}) in queued()
    work()
    assert make.every(Message)[0].text is None


def test_a_long_backlog_lets_others_have_their_turn(number, provider, monkeypatch, queued):
    monkeypatch.setattr(retention, "_BATCH", 1)
    monkeypatch.setattr(retention, "_LONGEST_RUN", 0)
    for _ in range(3):
        make.message(number, created_at=old(31))
    keep(provider, 30)
    retention.erase_old()
    assert [m.erased_at is None for m in make.every(Message)].count(True) == 2
    assert ("erase_old", {}) in queued()


def test_texts_arrive_and_leave_the_queue_while_old_ones_are_erased(
    real_database, app, monkeypatch, arrive, record_property
):
    """D4: live traffic is not held up; its slowest text is far from a lease or a time-out."""
    number = make.assignment()
    provider = make.every(Provider, id=number.provider_id)[0]
    for n in range(1200):
        make.message(number, created_at=old(31), remote=f"+1212555{n % 40:04}")
    monkeypatch.setattr(retention, "_LONGEST_RUN", 30.0)
    keep(provider, 30)
    db.session.rollback()

    def erase():
        with app.app_context():
            retention.erase_old()

    eraser = threading.Thread(target=erase)
    eraser.start()
    times = []
    while eraser.is_alive() or not times:
        began = time.monotonic()
        arrive(number, "are you there?", sender=f"+1212555{len(times) % 40:04}")
        times.append(time.monotonic() - began)
        time.sleep(0.01)
    eraser.join(60)

    record_property(
        "tried", f"{len(times)} texts arrived meanwhile, the slowest in {max(times) * 1000:.0f} ms"
    )
    assert len(times) > 3
    assert max(times) < 2
    rows = make.every(Message)
    assert sum(row.erased_at is not None for row in rows) == 1200
    assert sum(row.text == "are you there?" for row in rows) == len(times)
    assert [entry.change["messages"] for entry in proofs()] == [1200]
