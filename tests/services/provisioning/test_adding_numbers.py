"""Giving a number to a user: what is asked, what is refused, and in which words (S8 to S11, D1, D3)."""

from dataclasses import replace

import pytest

from app.access.scope import Scope
from app.carriers.base import CarrierRefused, CarrierUnavailable, KeysRefused
from app.db import db
from app.errors import Conflict, Invalid, NotFound
from app.models import Assignment, AuditEntry
from app.services.provisioning import assignment, lookup, platforms
from app.services.provisioning.assignment import MmsNotOffered, NumberInUse, NumberWish, WrongState
from app.services.provisioning.lookup import (
    MessagingOff,
    NumberNotInService,
    NumberNotOnAccount,
    PlatformNotChosen,
    SmsOnly,
)
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import AssignmentState, Level, OptIn
from tests import make

GOOD, SMS_ONLY, MESSAGING_OFF, OFF_FOR_GOOD = "2019920781", "2019920787", "2019920788", "2019920790"
PENDING, DISCONNECTING, NOT_OURS = "2019920791", "2019920792", "2019920789"


def test_a_good_number_is_provisioning_and_its_job_is_queued(assign, place, queued):
    """S11, D2."""
    given = assign(GOOD)

    assert (given.number, given.state) == (f"+1{GOOD}", AssignmentState.PROVISIONING)
    assert queued() == [("enable_number", {"assignment_id": given.id})]
    [entry] = make.every(AuditEntry)
    assert (entry.action, entry.target, entry.actor) == ("CPaaS number added", f"+1{GOOD}", place.actor.name)


@pytest.mark.parametrize("typed", ["201 992 0781", "(201) 992-0781", "12019920781", "+1 201-992-0781"])
def test_a_number_is_taken_as_people_type_it(assign, typed):
    """S11, D26: a leading 1 is the carrier's affair."""
    assert assign(typed).number == f"+1{GOOD}"


@pytest.mark.parametrize("typed", ["", "201992078", "20199207811", "020 7183 8750", "+442071838750", "hello"])
def test_what_is_no_us_number_never_reaches_the_carrier(assign, carrier, typed):
    with pytest.raises(Invalid) as refusal:
        assign(typed)
    assert refusal.value.field == "number"
    assert carrier.state()["counts"] == {}


@pytest.mark.parametrize(
    ("number", "refusal", "words", "field"),
    [
        (NOT_OURS, NumberNotOnAccount, "not assigned to this Inteliquent account", "number"),
        (PENDING, NumberNotInService, "pending at the carrier", "number"),
        (DISCONNECTING, NumberNotInService, "being disconnected", "number"),
        (MESSAGING_OFF, MessagingOff, "messaging is switched off", "number"),
        (SMS_ONLY, SmsOnly, "only send and receive SMS", "messaging_type"),
    ],
)
def test_each_outcome_at_the_carrier_has_its_own_words(assign, queued, number, refusal, words, field):
    """S10, D3."""
    with pytest.raises(refusal) as refused:
        assign(number)
    assert words in refused.value.message
    assert refused.value.field == field
    assert make.every(Assignment) == []
    assert queued() == []


def test_the_text_of_the_source_and_a_link_for_a_number_that_is_not_on_the_account(assign):
    """S10."""
    with pytest.raises(NumberNotOnAccount) as refusal:
        assign(NOT_OURS)
    assert refusal.value.message == (
        "This number is not assigned to this Inteliquent account, please check the number and try again or "
        "check with the Inteliquent customer portal for more information"
    )
    assert refusal.value.portal_url.startswith("https://")


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("answer_500", CarrierUnavailable),
        ("babble", CarrierUnavailable),
        ("answer_431", CarrierUnavailable),
        ("refuse_logins", KeysRefused),
    ],
)
def test_a_carrier_in_trouble_saves_nothing(assign, carrier, fault, refusal):
    """D3: keys refused; carrier did not answer."""
    carrier.fault(fault)
    with pytest.raises(refusal):
        assign(GOOD)
    assert make.every(Assignment) == []


def test_an_sms_only_number_is_taken_as_sms(assign, place):
    given = assign(SMS_ONLY, mms=False)
    assert given.mms is False
    assert given.platform_id == place.platform.id


def test_mms_needs_a_platform_that_offers_it(assign, place, carrier):
    """S9."""
    place.platform.mms_available = False
    make.kept(place.platform)
    with pytest.raises(MmsNotOffered):
        assign(GOOD)
    assert carrier.state()["counts"] == {}


@pytest.mark.parametrize("holder", ["a stranger", "the same user"])
def test_a_number_in_use_is_refused_without_saying_by_whom(assign, place, queued, holder):
    """D1."""
    rival = place.user if holder == "the same user" else make.user(name="Rival")
    make.assignment(rival, number=f"+1{GOOD}")
    with pytest.raises(NumberInUse) as refusal:
        assign(GOOD)
    assert refusal.value.message == f"{GOOD} is already assigned."
    assert (refusal.value.field, queued()) == ("number", [])


@pytest.mark.parametrize(
    "state", [AssignmentState.PROVISIONING, AssignmentState.FAILED, AssignmentState.RELEASING]
)
def test_a_number_stays_with_its_holder_until_it_has_ended(assign, state):
    """D4: also a failed and a releasing one."""
    make.assignment(number=f"+1{GOOD}", state=state)
    with pytest.raises(NumberInUse):
        assign(GOOD)


def test_an_ended_assignment_frees_the_number(assign, place):
    """D4."""
    make.assignment(number=f"+1{GOOD}", state=AssignmentState.ENDED, ended_at=place.user.created_at)
    assert assign(GOOD).state is AssignmentState.PROVISIONING


def test_two_administrators_at_once_one_wins(real_database, carrier, keys, at_once, slowly):
    """D1: check, then insert alone would lose."""
    users = [make.user() for _ in range(2)]
    for one in users:
        make.platform(one, **keys)
    slowly(lookup, "require_usable")

    def adding(one):
        actor, scope, user_id = make.admin_of(one), make.at(one), one.id
        return lambda: assignment.assign(actor, scope, Scope(Level.USER, user_id), NumberWish(GOOD))

    outcomes = at_once(*map(adding, users))

    assert sum(isinstance(one, NumberInUse) for one in outcomes) == 1, outcomes
    assert len(make.every(Assignment)) == 1


def test_a_number_and_the_deletion_of_its_platform_cannot_pass_each_other(
    real_database, carrier, keys, at_once, slowly
):
    """D5 at the same moment."""
    una = make.user()
    platform = make.platform(una, **keys)
    actor, scope, user_id, platform_id = make.admin_of(una), make.at(una), una.id, platform.id
    provider = make.at(make.again(platform))
    slowly(lookup, "require_usable")
    slowly(platforms, "running_numbers")

    added, deleted = at_once(
        lambda: assignment.assign(actor, scope, Scope(Level.USER, user_id), NumberWish(GOOD)),
        lambda: platforms.delete(actor, provider, platform_id),
    )

    assert isinstance(added, Conflict | NotFound) != isinstance(deleted, Conflict), (added, deleted)
    assert bool(make.every(Assignment)) == (make.again(platform).deleted_at is None)


def test_the_platform_must_be_chosen_where_there_are_several(assign, place, keys):
    """S7, S8."""
    second = make.platform(place.user, **keys)
    with pytest.raises(PlatformNotChosen):
        assign(GOOD)
    assert assign(GOOD, platform_id=second.id).platform_id == second.id


def test_without_a_platform_there_is_nothing_to_add_with(assign, place):
    place.platform.deleted_at = place.user.created_at
    make.kept(place.platform)
    with pytest.raises(NotFound):
        assign(GOOD)


def test_a_strangers_user_and_a_strangers_platform_do_not_exist(place, assign):
    stranger = make.user()
    theirs = make.platform(stranger)
    with pytest.raises(NotFound):
        assignment.assign(place.actor, place.scope, make.at(stranger), NumberWish(GOOD))
    with pytest.raises(NotFound):
        assign(GOOD, platform_id=theirs.id)


@pytest.mark.parametrize(("required", "expected"), [(True, OptIn.PENDING), (False, OptIn.NOT_REQUIRED)])
def test_a_new_number_asks_its_user_where_the_platform_wants_it(assign, place, queued, required, expected):
    """S22, D7."""
    place.platform.user_confirmation_required = required
    make.kept(place.platform)
    given = assign(GOOD)
    assert given.opt_in is expected
    assert (("prompt_user", {"assignment_id": given.id}) in queued()) is required


def test_form_and_service_ask_the_carrier_once(assign, place, carrier):
    """The second answer of a request is the remembered one; the next request asks anew."""
    assign(SMS_ONLY, mms=False)
    asked = carrier.state()["counts"]["tnDetail"]
    lookup.require_usable(make.again(place.platform), f"+1{SMS_ONLY}", mms=False)
    assert (asked, carrier.state()["counts"]["tnDetail"]) == (1, 1)
    db.session.remove()
    lookup.require_usable(make.again(place.platform), f"+1{SMS_ONLY}", mms=False)
    assert carrier.state()["counts"]["tnDetail"] == 2


def test_messaging_is_turned_on_written_down_and_looked_up_again(assign, place):
    """D3."""
    with pytest.raises(MessagingOff):
        assign(MESSAGING_OFF)
    lookup.turn_on_messaging(place.actor, place.scope, make.at(place.user), None, f"+1{MESSAGING_OFF}")
    assert [e.action for e in make.every(AuditEntry)] == ["Messaging turned on at the carrier"]
    assert assign(MESSAGING_OFF).number == f"+1{MESSAGING_OFF}"


def test_messaging_that_cannot_be_turned_on_is_refused_and_not_written_down(place, assign):
    """D3."""
    with pytest.raises(CarrierRefused):
        lookup.turn_on_messaging(place.actor, place.scope, make.at(place.user), None, f"+1{OFF_FOR_GOOD}")
    assert make.every(AuditEntry) == []


def test_messaging_of_a_number_that_is_not_in_service_is_not_touched(place, carrier):
    for number, refusal in ((PENDING, NumberNotInService), (NOT_OURS, NumberNotOnAccount)):
        with pytest.raises(refusal):
            lookup.turn_on_messaging(place.actor, place.scope, make.at(place.user), None, f"+1{number}")
    assert "tnMessaging" not in carrier.state()["counts"]


def test_an_empty_friendly_name_is_none(assign):
    """S8."""
    assert assign(GOOD, friendly_name="  ").friendly_name is None


WISH = NumberWish(GOOD, friendly_name="Desk", mms=True, user_can_block=True)


def test_a_number_is_changed_and_its_history_says_from_what_to_what(assign, place):
    """S9."""
    given = assign(GOOD, friendly_name="Desk")
    assignment.change(
        place.actor, place.scope, given.id, replace(WISH, friendly_name="Home", mms=False), seen=1
    )
    after = make.again(given)
    assert (after.friendly_name, after.mms, after.user_can_block) == ("Home", False, None)
    assert make.every(AuditEntry)[-1].change == {"friendly_name": ["Desk", "Home"], "mms": [None, False]}


def test_the_second_of_two_who_change_a_number_is_told(assign, place):
    """S9: nothing is silently overwritten."""
    given = assign(GOOD, friendly_name="Desk")
    assignment.change(place.actor, place.scope, given.id, replace(WISH, friendly_name="Home"), seen=1)
    with pytest.raises(ChangedMeanwhile, match="friendly name is now “Home”") as told:
        assignment.change(place.actor, place.scope, given.id, replace(WISH, friendly_name="Car"), seen=1)
    assert make.again(given).friendly_name == "Home"
    seen = told.value.revision
    assignment.change(place.actor, place.scope, given.id, replace(WISH, friendly_name="Car"), seen=seen)
    assert make.again(given).friendly_name == "Car"


def test_mms_asked_for_later_is_checked_at_the_carrier(assign, place):
    given = assign(SMS_ONLY, mms=False)
    db.session.remove()
    with pytest.raises(SmsOnly):
        assignment.change(place.actor, place.scope, given.id, WISH, seen=1)
    assert make.again(given).mms is False


def test_a_deleted_number_is_not_changed_any_more(place):
    given = make.assignment(place.user, release_requested_at=place.user.created_at)
    for act in (
        lambda: assignment.change(place.actor, place.scope, given.id, WISH, seen=1),
        lambda: assignment.release(place.actor, place.scope, given.id),
        lambda: assignment.retry(place.actor, place.scope, given.id),
        lambda: assignment.take_over(place.actor, place.scope, given.id),
    ):
        with pytest.raises(WrongState):
            act()


def test_a_strangers_number_does_not_exist(place):
    theirs = make.assignment()
    for act in (
        lambda: assignment.change(place.actor, place.scope, theirs.id, WISH, seen=1),
        lambda: assignment.release(place.actor, place.scope, theirs.id),
        lambda: assignment.retry(place.actor, place.scope, theirs.id),
        lambda: assignment.take_over(place.actor, place.scope, theirs.id),
    ):
        with pytest.raises(NotFound):
            act()
    assert make.again(theirs).release_requested_at is None
