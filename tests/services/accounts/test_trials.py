"""Trials start by themselves at a first sign-in and end by the clock; what follows is set above (D28)."""

import datetime as dt

import pytest

from app.clock import now
from app.models import AuditEntry, AutomaticAssignment, ClientSession, Group, Licence, Provider
from app.services.accounts import automatic_assignment, client_tokens, trials
from app.services.accounts.client_tokens import WrongClientSignIn
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import LicenceKind, Product
from tests import make

DAY = dt.timedelta(days=1)
NOBODY_SAYS = automatic_assignment.revision({})


@pytest.fixture
def una():
    return make.user(client_password_hash=make.people.password_hash())


def sign_in(user, **more):
    return client_tokens.sign_in(user.broadworks_id.upper(), make.PASSWORD, **more)


def at(node, wanted, seen=NOBODY_SAYS):
    automatic_assignment.change(make.admin_of(node), make.at(node), wanted, seen)


def provider_of(row):
    return make.every(Provider, id=row.provider_id)[0]


def ran_out(user, product=Product.DESKTOP):
    return make.licence(user, product=product, kind=LicenceKind.TRIAL, expires_at=now() - DAY)


def actions():
    return [line.action for line in make.every(AuditEntry)]


def test_the_first_sign_in_starts_a_trial_of_fourteen_days(una):
    sign_in(una)
    (row,) = make.every(Licence)
    assert (row.product, row.kind, row.user_id) == (Product.DESKTOP, LicenceKind.TRIAL, una.id)
    assert abs(row.expires_at - now() - 14 * DAY) < dt.timedelta(minutes=1)
    sign_in(una)
    assert len(make.every(Licence)) == 1
    assert actions() == ["Trial started", "Client signed in"]


def test_the_client_says_which_product_it_is(una):
    sign_in(una, product=Product.SUPERVISOR)
    assert make.every(Licence)[0].product is Product.SUPERVISOR


@pytest.mark.parametrize(
    "held", [{}, {"ended_at": now()}, {"expires_at": now() - DAY}], ids=["running", "ended", "ran out"]
)
def test_who_has_or_had_a_licence_starts_none(una, held):
    make.licence(una, **held)
    sign_in(una)
    assert len(make.every(Licence)) == 1


def test_the_nearest_place_says_how_long():
    telco = make.provider(trial_days=10)
    sales = make.group(make.reseller(telco, trial_days=0))
    none = make.user(sales, client_password_hash=make.people.password_hash())
    three = make.user(sales, trial_days=3, client_password_hash=make.people.password_hash())
    sign_in(none)
    assert make.every(Licence) == []
    sign_in(three)
    assert (make.every(Licence)[0].expires_at - now()).days == 2


def test_a_wrong_password_starts_nothing_and_a_closed_user_does_not_sign_in(una):
    gone = make.user(closed_at=now(), client_password_hash=make.people.password_hash())
    for user_id, password in ((una.broadworks_id, "wrong"), (gone.broadworks_id, make.PASSWORD)):
        with pytest.raises(WrongClientSignIn):
            client_tokens.sign_in(user_id, password)
    assert make.every(Licence) == []
    assert make.every(ClientSession) == []


def test_two_clients_at_once_start_one_trial(real_database, at_once, una):
    results = at_once(lambda: sign_in(una), lambda: sign_in(una))
    assert [type(one).__name__ for one in results] == ["NewPair", "NewPair"]
    assert len(make.every(Licence)) == 1


def test_a_trial_that_ran_out_is_ended_and_nothing_follows_unless_somebody_says_so(una):
    trial = ran_out(una)
    make.licence(una, product=Product.AGENT, kind=LicenceKind.TRIAL, expires_at=now() + DAY)
    make.licence(una, product=Product.RECEPTION, kind=LicenceKind.UNTIL, expires_at=now() - DAY)
    assert trials.are_due()
    trials.end_due()
    assert make.again(trial).ended_at is not None
    assert [row.ended_at is None for row in make.every(Licence)] == [False, True, True]
    assert actions() == ["Trial ended"]
    assert not trials.are_due()


def test_what_the_nearest_place_says_follows_and_held_texts_are_handed_over(una, queued):
    at(provider_of(una), {Product.DESKTOP: Product.DESKTOP, Product.AGENT: None})
    at(make.every(Group)[0], {Product.DESKTOP: Product.SUPERVISOR})
    ran_out(una)
    trials.end_due()
    trials.end_due()
    assert [(row.product, row.kind) for row in make.every(Licence)[1:]] == [
        (Product.SUPERVISOR, LicenceKind.PERMANENT)
    ]
    assert ("hand_over", {"user_id": una.id}) in queued()
    assert actions()[-2:] == ["Trial ended", "Licence assigned automatically"]


def test_what_is_held_already_is_not_given_twice(una):
    at(provider_of(una), {Product.DESKTOP: Product.AGENT})
    make.licence(una, product=Product.AGENT)
    ran_out(una)
    trials.end_due()
    assert len(make.every(Licence)) == 2


def test_two_workers_end_a_trial_once(real_database, at_once, slowly, una):
    at(provider_of(una), {Product.DESKTOP: Product.DESKTOP})
    ran_out(una)
    slowly(automatic_assignment, "effective")
    results = at_once(trials.end_due, trials.end_due)
    assert results == [None, None]
    assert len(make.every(Licence)) == 2
    assert actions().count("Trial ended") == 1


def test_as_above_looks_past_the_place_itself():
    sales = make.group()
    at(provider_of(sales), {Product.AGENT: Product.SUPERVISOR})
    at(sales, {Product.AGENT: None})
    inherited = automatic_assignment.inherited(make.at(sales))
    assert inherited[Product.AGENT].product is Product.SUPERVISOR
    assert inherited[Product.AGENT].source == make.at(provider_of(sales))
    assert automatic_assignment.effective(sales)[Product.AGENT].product is None
    assert inherited[Product.DESKTOP] == automatic_assignment.Follows()


def test_the_second_of_two_editors_is_told_and_as_above_removes_the_row():
    telco = make.provider()
    at(telco, {Product.DESKTOP: Product.AGENT})
    with pytest.raises(ChangedMeanwhile, match="now “agent”") as told:
        at(telco, {Product.DESKTOP: None})
    at(telco, {}, seen=told.value.revision)
    assert make.every(AutomaticAssignment) == []
    lines = [line.change for line in make.every(AuditEntry)]
    assert lines == [
        {"after_a_desktop_trial": ["as above", "agent"]},
        {"after_a_desktop_trial": ["agent", "as above"]},
    ]
