"""Texts for a number that nobody held: who gets them when it is assigned (D12)."""

import datetime as dt

import pytest

from app.access.scope import EVERYTHING
from app.clock import now
from app.errors import NotFound
from app.jobs import schedule
from app.models import AuditEntry, Message, Provider, QuarantinedMessage
from app.services.messaging import messages, opt_outs, quarantine
from app.services.messaging.quarantine import Fate
from app.vocabulary import AssignmentState, Direction
from tests import make

NUMBER = "+12019929999"


@pytest.fixture
def una():
    una = make.user()
    make.licence(una)
    return una


@pytest.fixture
def platform(una):
    return make.platform(una)


def give(user, platform, **fields):
    return make.assignment(user, on=platform, number=NUMBER, **fields)


def ended(user, platform):
    return give(user, platform, state=AssignmentState.ENDED, release_requested_at=now(), ended_at=now())


def shown(row):
    return [message.text for message in reversed(messages.thread(make.at(row), row.id)[0])]


def settle_due():
    for assignment_id in quarantine.due():
        quarantine.replay(assignment_id)


def test_the_first_holder_of_a_number_gets_what_came_before_in_order_and_once(una, platform, events):
    for text in ("first", "second"):
        make.quarantined(platform, NUMBER, text)
    row = give(una, platform)

    settle_due()
    settle_due()

    assert shown(row) == ["first", "second"]
    assert [kind for kind, _ in events(una)] == ["message.created"] * 2
    assert quarantine.due() == []
    assert all(one.payload is None and one.replayed_at for one in make.every(QuarantinedMessage))


@pytest.mark.parametrize("text", ["Stop.", "opt out", "\uff33\uff34\uff2f\uff30", "¡basta!", "STOP\u200b"])
def test_an_opt_out_that_came_before_its_number_was_assigned_counts(una, platform, text):
    """D11: however it is written, and in the provider's own words."""
    [provider] = make.every(Provider, id=una.provider_id)
    provider.opt_out_words = ["BASTA"]
    make.kept(provider)
    make.quarantined(platform, NUMBER, text)
    give(una, platform)
    settle_due()
    assert opt_outs.is_stopped(NUMBER, make.PHONE)


def test_a_line_of_history_says_how_many_were_handed_over(una, platform):
    """Of many it is one line for each that went together; of none there is none."""
    for n in range(51):
        make.quarantined(platform, NUMBER, f"text {n}")
    row = give(una, platform)
    settle_due()
    settle_due()
    lines = make.every(AuditEntry, action="Quarantined texts handed over")
    assert [(line.target, line.change, line.actor) for line in lines] == [
        (NUMBER, {"texts": 50}, "system"),
        (NUMBER, {"texts": 1}, "system"),
    ]
    assert {line.user_id for line in lines} == {row.user_id}


def test_one_that_cannot_be_handed_over_holds_up_no_other(una, platform, monkeypatch):
    for text in ("first", "broken", "last"):
        make.quarantined(platform, NUMBER, text)
    row = give(una, platform)
    settle = quarantine.process_quarantined

    def breaks(assignment_id, event, at):
        settle(assignment_id, event, at)
        if event.text == "broken":
            raise KeyError("a bug of ours")

    with monkeypatch.context() as broken:
        broken.setattr(quarantine, "process_quarantined", breaks)
        settle_due()
    assert shown(row) == ["first", "last"]
    settle_due()
    assert shown(row) == ["first", "last", "broken"]
    changes = [line.change for line in make.every(AuditEntry, action="Quarantined texts handed over")]
    assert changes == [{"texts": 1}] * 3


def test_a_late_text_shows_when_it_came_and_not_when_it_was_handed_over(una, platform):
    came = now() - dt.timedelta(days=3)
    make.quarantined(platform, NUMBER, received_at=came)
    give(una, platform)
    settle_due()
    assert [one.created_at for one in make.every(Message)] == [came]


def test_the_holder_who_had_the_number_last_gets_it_too(una, platform):
    ended(una, platform)
    make.quarantined(platform, NUMBER, "while it was nobody's")
    row = give(una, platform)
    settle_due()
    assert shown(row) == ["while it was nobody's"]


def test_nobody_gets_what_may_be_for_the_holder_before(una, platform):
    """The words may be for somebody else, wherever in the cloud that was."""
    stranger = make.user()
    ended(stranger, make.platform(stranger))
    make.quarantined(platform, NUMBER)
    give(una, platform)
    settle_due()
    assert make.every(Message) == []
    assert len(make.every(QuarantinedMessage)) == 1


def test_only_the_last_holder_counts(una, platform):
    stranger = make.user()
    ended(una, platform)
    ended(stranger, make.platform(stranger))
    make.quarantined(platform, NUMBER)
    give(una, platform)
    settle_due()
    assert make.every(Message) == []


def test_a_stream_does_not_get_what_another_stream_may_have_been_meant_by(una, platform):
    group = make.group()
    on = make.platform(group)
    ended(make.stream(group), on)
    make.quarantined(on, NUMBER)
    give(make.stream(group), on)
    settle_due()
    assert make.every(Message) == []


def test_another_platform_of_the_same_provider_gets_nothing(una, platform):
    make.quarantined(make.platform(una), NUMBER)
    give(una, platform)
    settle_due()
    assert make.every(Message) == []


def test_a_number_that_is_being_taken_back_gets_nothing(una, platform):
    make.quarantined(platform, NUMBER)
    row = give(una, platform, state=AssignmentState.RELEASING, release_requested_at=now())
    assert quarantine.due() == []
    quarantine.replay(row.id)
    assert make.every(Message) == []


def test_what_the_carrier_repeated_meanwhile_is_not_shown_twice(una, platform, arrive):
    kept = make.quarantined(platform, NUMBER, "Hello?")
    row = give(una, platform)
    arrive(row, "Hello?", carrier_reference=kept.carrier_reference)
    settle_due()
    assert shown(row) == ["Hello?"]


def test_the_sweep_hands_over(una, platform, queued, app):
    make.quarantined(platform, NUMBER)
    row = give(una, platform)
    schedule.sweep(app)
    assert ("replay_quarantine", {"assignment_id": row.id}) in queued()


def test_erasing_takes_all_of_a_number_and_nothing_else(una, platform):
    for number in (NUMBER, NUMBER, "+12019929998"):
        make.quarantined(platform, number)
    assert quarantine.erase(make.admin_of(make.every(type(una))[0]), EVERYTHING, NUMBER, platform.id) == 2
    assert [one.number for one in make.every(QuarantinedMessage)] == ["+12019929998"]


def test_the_neighbour_erases_nothing(una, platform):
    make.quarantined(platform, NUMBER)
    stranger = make.provider()
    with pytest.raises(NotFound):
        quarantine.erase(make.admin_of(stranger), make.at(stranger), NUMBER, platform.id)
    assert len(make.every(QuarantinedMessage)) == 1


def test_the_page_says_what_becomes_of_each(una, platform):
    ended(una, platform)
    rows = [
        make.quarantined(platform, "+12019929998"),
        make.quarantined(platform, NUMBER),
        make.quarantined(platform, ""),
        make.quarantined(platform, NUMBER, replayed_at=now(), payload=None),
    ]
    found = quarantine.fates(quarantine.quarantined_page(EVERYTHING).items)
    assert [found[row.id] for row in rows] == [
        Fate.WAITS, Fate.FORMER_HOLDER, Fate.UNKNOWN_NUMBER, Fate.REPLAYED,
    ]  # fmt: skip


def test_what_was_handed_over_is_an_inbound_message_like_any_other(una, platform):
    make.quarantined(platform, NUMBER)
    give(una, platform)
    settle_due()
    [message] = make.every(Message)
    assert (message.direction, message.remote, message.number) == (Direction.INBOUND, make.PHONE, NUMBER)
