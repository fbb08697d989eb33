"""A user's consent to a number: asked once, answered once, kept as evidence (S16, S22, D7, D8)."""

import pytest

from app.errors import NotFound
from app.models import Group, Message, Notice, OptInEvidence, Provider, Reseller
from app.services.messaging import opt_in
from app.services.messaging.inbound import held
from app.services.messaging.opt_in import AlreadyAnswered
from app.services.provisioning import assignment as assignments
from app.services.provisioning import platforms
from app.services.provisioning.assignment import WrongState
from app.services.provisioning.platforms import PlatformWish
from app.vocabulary import OptIn
from tests import make


@pytest.fixture
def una():
    una = make.user(name="Una Smith")
    make.licence(una)
    return una


@pytest.fixture
def asked(una):
    """A number whose user has not answered."""
    return make.assignment(una, number="+12019920778", opt_in=OptIn.PENDING)


def answer(una, number, *, accept):
    return opt_in.answer(make.client_of(una), make.at(una), number.id, accept=accept, address="192.0.2.7")


def test_a_new_number_asks_at_once_and_at_every_start_until_it_is_answered(una, asked, events):
    """D7."""
    opt_in.ask(asked.id)
    [(kind, data)] = events(una)
    assert (kind, data["number_id"], data["number"]) == ("opt_in.requested", asked.id, "+12019920778")
    assert "2019920778" in data["text"]
    for _ in range(2):
        assert [one["number_id"] for one in opt_in.prompts(make.at(una))] == [asked.id]
    answer(una, asked, accept=True)
    assert opt_in.prompts(make.at(una)) == []


def test_only_the_own_numbers_ask(asked):
    assert opt_in.prompts(make.at(make.user())) == []


@pytest.mark.parametrize("state", [s for s in OptIn if s is not OptIn.PENDING])
def test_an_answered_number_does_not_ask(una, events, state):
    number = make.assignment(una, opt_in=state)
    opt_in.ask(number.id)
    assert events(una) == []
    assert opt_in.prompts(make.at(una)) == []


def test_yes_hands_over_what_was_kept_and_is_kept_as_evidence(una, asked, arrive, events):
    """S16, D7."""
    arrive(asked, "one")
    arrive(asked, "two")
    answer(una, asked, accept=True)

    assert [data["text"] for _kind, data in events(una)] == ["one", "two"]
    after = make.again(asked)
    assert after.opt_in is OptIn.OPTED_IN
    assert after.opt_in_at is not None
    [step] = opt_in.evidence(make.at(una), asked.id)
    assert (step.state, step.by, step.address) == (OptIn.OPTED_IN, una.broadworks_id, "192.0.2.7")
    assert step.prompt == opt_in.prompt_text(after)


def test_no_mails_everybody_with_send_alerts_above_the_user_and_nobody_else(una, asked, carrier, work, mails):
    """S22, D8: the provider, and the reseller and group above that user."""
    nodes = _above(una)
    expected = set()
    for node in nodes:
        expected.add(make.portal_user(node, send_alerts=True).email)
        make.portal_user(node)
        make.portal_user(node, send_alerts=True, is_enabled=False)
        make.portal_user(node, send_alerts=True, accepted_at=None)
    beside = (None, make.provider(), make.reseller(nodes[0]), make.group(nodes[1]))
    for stranger in beside:
        make.portal_user(stranger, send_alerts=True)

    answer(una, asked, accept=False)
    work()

    assert make.again(asked).opt_in is OptIn.OPTED_OUT
    sent = mails()
    assert {to for to, _subject in sent} == expected
    assert {subject for _to, subject in sent} == {"Una Smith declined SMS for 2019920778"}
    assert len(sent) == len(expected) == 3


def _above(una):
    return [
        make.every(model, id=node_id)[0]
        for model, node_id in (
            (Provider, una.provider_id),
            (Reseller, una.reseller_id),
            (Group, una.group_id),
        )
    ]


def test_the_same_answer_again_changes_nothing_and_mails_nobody_twice(una, asked):
    """D8."""
    make.portal_user(_above(una)[0], send_alerts=True)
    for _ in range(3):
        answer(una, asked, accept=False)
    assert len(make.every(Notice)) == 1
    assert len(make.every(OptInEvidence)) == 1


def test_the_same_no_many_times_at_once_mails_once(real_database, at_once):
    una = make.user()
    number = make.assignment(una, opt_in=OptIn.PENDING)
    make.portal_user(_above(una)[0], send_alerts=True)
    actor, scope, number_id = make.client_of(una), make.at(una), number.id
    outcomes = at_once(*[lambda: opt_in.answer(actor, scope, number_id, accept=False, address="")] * 8)
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert len(make.every(Notice)) == 1


def test_a_second_no_after_a_reset_is_an_answer_of_its_own(una, asked):
    """D8: never twice for one answer."""
    make.portal_user(_above(una)[0], send_alerts=True)
    answer(una, asked, accept=False)
    opt_in.reset(make.admin_of(una), make.at(una), asked.id)
    answer(una, asked, accept=False)
    assert len(make.every(Notice)) == 2


@pytest.mark.parametrize("state", [OptIn.OPTED_IN, OptIn.OPTED_OUT, OptIn.NOT_REQUIRED])
def test_an_answer_is_not_turned_round_by_another_one(una, state):
    number = make.assignment(una, opt_in=state)
    with pytest.raises(AlreadyAnswered):
        answer(una, number, accept=state is not OptIn.OPTED_IN)
    assert make.again(number).opt_in is state


@pytest.mark.parametrize("first", [True, False])
def test_after_a_reset_the_client_asks_at_its_next_start_and_not_before(una, asked, events, first):
    """S16, D7; the evidence of the first answer survives."""
    answer(una, asked, accept=first)
    before = events(una)
    opt_in.reset(make.admin_of(una), make.at(una), asked.id)

    assert events(una) == before
    assert [one["number_id"] for one in opt_in.prompts(make.at(una))] == [asked.id]
    states = [step.state for step in opt_in.evidence(make.at(una), asked.id)]
    assert states == [OptIn.OPTED_IN if first else OptIn.OPTED_OUT, OptIn.PENDING]


@pytest.mark.parametrize("state", [OptIn.PENDING, OptIn.NOT_REQUIRED])
def test_there_is_nothing_to_reset_where_nothing_was_answered(una, state):
    number = make.assignment(una, opt_in=state)
    with pytest.raises(WrongState):
        opt_in.reset(make.admin_of(una), make.at(una), number.id)


def test_a_strangers_number_can_be_neither_answered_nor_reset(una):
    theirs = make.assignment(make.user(), opt_in=OptIn.PENDING)
    with pytest.raises(NotFound):
        answer(una, theirs, accept=True)
    with pytest.raises(NotFound):
        opt_in.reset(make.admin_of(una), make.at(una), theirs.id)


def test_a_deleted_number_asks_nobody(una, asked):
    assignments.release(make.admin_of(una), make.at(una), asked.id)
    assert opt_in.prompts(make.at(una)) == []
    with pytest.raises(WrongState):
        answer(una, asked, accept=True)


def switch(platform, *, on):
    provider = make.at(platform)
    wish = PlatformWish(user_confirmation_required=on)
    platforms.change(make.admin_of(platform), provider, platform.id, wish, seen=make.again(platform).revision)


def test_switching_confirmation_on_touches_later_numbers_only(una, keys):
    """D7."""
    platform = make.platform(una, user_confirmation_required=False, **keys)
    number = make.assignment(una, on=platform)
    switch(platform, on=True)
    assert make.again(number).opt_in is OptIn.NOT_REQUIRED


def test_switching_confirmation_off_asks_nobody_any_longer_and_hands_over(una, keys, arrive, work, events):
    """D7: those who said no stay as they are."""
    platform = make.platform(una, **keys)
    pending, declined = (
        make.assignment(una, on=platform, opt_in=state) for state in (OptIn.PENDING, OptIn.OPTED_OUT)
    )
    arrive(pending, "waited")
    switch(platform, on=False)
    work()

    assert make.again(pending).opt_in is OptIn.NOT_REQUIRED
    assert make.again(declined).opt_in is OptIn.OPTED_OUT
    assert [data["text"] for kind, data in events(una) if kind == "message.created"] == ["waited"]
    assert all(message.handed_over_at for message in make.every(Message))
    assert held.users_with_overdue_texts() == []
