"""Licences of users (D28): one running licence of a product, changed by one person at a time."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.clock import now
from app.errors import Invalid, NotFound
from app.models import AuditEntry, Licence
from app.services.accounts import licence_lists, licences
from app.services.accounts.licence_lists import Wanted
from app.services.accounts.licences import AlreadyHeld, NotRunning, Term
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import LicenceKind, LicenceState, Product
from tests import make

PERMANENT = Term(LicenceKind.PERMANENT)
DAY = dt.timedelta(days=1)


def until(days, kind=LicenceKind.UNTIL):
    return Term(kind, (now() + days * DAY).date())


def grant(user, product=Product.DESKTOP, term=PERMANENT):
    return licences.grant_for(make.admin_of(user), make.at(user), product, term)


def change(user, licence, term, seen=1):
    return licences.change(make.admin_of(user), make.at(user), licence.id, term, seen)


def end(user, licence):
    return licences.end(make.admin_of(user), make.at(user), licence.id)


def test_a_licence_lasts_until_the_end_of_its_last_day_where_the_user_is():
    una = make.user(timezone="Pacific/Honolulu")
    day = now().date() + 40 * DAY
    row = grant(una, term=Term(LicenceKind.UNTIL, day))
    assert row.expires_at == dt.datetime.combine(day, dt.time(23, 59, 59), ZoneInfo("Pacific/Honolulu"))
    assert licences.last_day(make.at(una), row) == day


@pytest.mark.parametrize(
    "day", [None, now().date() - 3 * DAY, dt.date(9999, 12, 31)], ids=["none", "over", "far off"]
)
def test_a_last_day_has_to_make_sense(day):
    with pytest.raises(Invalid) as refusal:
        grant(make.user(), term=Term(LicenceKind.UNTIL, day))
    assert refusal.value.field == "last_day"


def test_a_product_is_held_once_at_a_time():
    una = make.user()
    first = grant(una)
    grant(una, Product.AGENT)
    with pytest.raises(AlreadyHeld):
        grant(una, term=until(3))
    end(una, first)
    assert grant(una).product is Product.DESKTOP


def test_two_administrators_at_once_grant_one(real_database, at_once, slowly):
    una = make.user()
    slowly(licences, "_require_none")
    results = at_once(lambda: grant(una), lambda: grant(una))
    assert sorted(type(one).__name__ for one in results) == ["AlreadyHeld", "Licence"]
    assert len(make.every(Licence)) == 1


def test_the_second_of_two_editors_is_told():
    una = make.user()
    row = grant(una)
    change(una, row, until(20))
    with pytest.raises(ChangedMeanwhile, match="kind is now “until”"):
        change(una, row, until(30, LicenceKind.TRIAL))
    assert make.again(row).kind is LicenceKind.UNTIL
    change(una, row, until(30, LicenceKind.TRIAL), seen=2)
    assert make.again(row).kind is LicenceKind.TRIAL


def test_what_ran_out_can_be_made_to_count_again_unless_another_took_its_place(queued):
    una = make.user()
    row = make.licence(una, kind=LicenceKind.UNTIL, expires_at=now() - DAY)
    change(una, row, until(20))
    assert licences.is_licensed(una.id)
    assert ("hand_over", {"user_id": una.id}) in queued()
    old = make.licence(una, kind=LicenceKind.UNTIL, expires_at=now() - DAY)
    with pytest.raises(AlreadyHeld):
        change(una, old, until(20))


def test_what_was_ended_is_over():
    una = make.user()
    row = grant(una)
    end(una, row)
    assert not licences.is_licensed(una.id)
    for again in (lambda: end(una, row), lambda: change(una, row, until(3), seen=2)):
        with pytest.raises(NotRunning):
            again()


def test_every_change_is_in_the_history():
    una = make.user()
    row = grant(una)
    change(una, row, until(20))
    change(una, row, until(20), seen=2)  # nothing new
    end(una, row)
    lines = [(line.action, line.target) for line in make.every(AuditEntry)]
    assert lines == [
        ("Licence granted", "desktop"),
        ("Licence changed", "desktop"),
        ("Licence ended", "desktop"),
    ]


def test_a_neighbours_licence_is_not_there():
    una, stranger = make.user(), make.user()
    row = make.licence(stranger)
    for act in (lambda: change(una, row, until(3)), lambda: end(una, row)):
        with pytest.raises(NotFound):
            act()


STATES = {
    LicenceState.ACTIVE: {},
    LicenceState.EXPIRING: {"kind": LicenceKind.UNTIL, "expires_at": now() + 5 * DAY},
    LicenceState.EXPIRED: {"kind": LicenceKind.TRIAL, "expires_at": now() - DAY, "ended_at": now()},
    LicenceState.ENDED: {"ended_at": now() - DAY},
}


def test_the_list_finds_each_state_and_the_page_says_the_same():
    sales = make.group()
    rows = {}
    for state, fields in STATES.items():
        rows[state] = make.licence(make.user(sales), **fields)
        assert licences.state(rows[state]) is state
    for state, row in rows.items():
        found = licence_lists.licences_page(make.at(sales), Wanted(state=state)).items
        also = [rows[LicenceState.EXPIRING]] if state is LicenceState.ACTIVE else []
        assert found == sorted([row, *also], key=lambda one: -one.id)


def test_the_list_searches_users_and_narrows_by_product_and_kind():
    sales = make.group()
    una = make.licence(make.user(sales, name="Una 100%"))
    ada = make.licence(make.user(sales, name="Ada", broadworks_id="Ada@X.example"), product=Product.AGENT)
    found = lambda **fields: licence_lists.licences_page(make.at(sales), Wanted(**fields)).items  # noqa: E731
    assert found(search="100%") == [una]
    assert found(search="a*x.EX") == [ada]
    assert found(product=Product.AGENT) == [ada]
    assert found(kind=LicenceKind.TRIAL) == []


def test_totals_count_what_runs_here_and_below():
    sales = make.group()
    for fields in STATES.values():
        make.licence(make.user(sales), **fields)
    make.licence(make.user())
    assert licence_lists.totals(make.at(sales)) == {
        Product.DESKTOP: {LicenceKind.PERMANENT: 1, LicenceKind.UNTIL: 1}
    }
