"""Who sees what: a node, and what is below it."""

import pytest
from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.access.scope import EVERYTHING, Scope, UnscopedQuery, above, at, fetch, inherited, narrow, visible
from app.db import db
from app.errors import NotFound
from app.models import Assignment, Group, Platform, PortalUser, Provider, User
from app.vocabulary import Level
from tests import make


def test_everybody_above_sees_the_number_and_nobody_beside():
    telco = make.provider()
    north = make.reseller(telco)
    sales, support = make.group(north), make.group(north)
    una = make.user(sales)
    given = make.assignment(una)

    def sees(node):
        return db.session.scalars(visible(Assignment, make.at(node))).all() == [given]

    assert all(map(sees, [una, sales, north, telco, None]))
    assert not any(map(sees, [make.user(sales), support, make.reseller(), make.provider()]))


def test_a_strangers_row_and_a_missing_row_look_the_same():
    una, stranger = make.user(), make.user()
    for row_id in (stranger.id, 10**9, 0):
        with pytest.raises(NotFound):
            fetch(User, row_id, make.at(una))


def test_a_node_is_in_your_tree_exactly_when_you_can_fetch_it():
    north, rival = make.reseller(), make.reseller()
    sales = make.group(north)

    assert narrow(make.at(north), make.at(sales)) == make.at(sales)
    assert narrow(EVERYTHING, EVERYTHING) == EVERYTHING
    for elsewhere in (make.at(rival), Scope(Level.PROVIDER, north.provider_id), EVERYTHING):
        with pytest.raises(NotFound):
            narrow(make.at(north), elsewhere)


def test_looking_up_finds_the_platforms_of_the_own_provider_only():
    una, stranger = make.user(), make.user()
    ours, _theirs = make.platform(una), make.platform(stranger)

    assert db.session.scalars(inherited(Platform, una)).all() == [ours]
    assert db.session.scalars(visible(Platform, make.at(una))).all() == []


def test_portal_users_at_a_place_are_not_those_below_it():
    telco = make.provider()
    north = make.reseller(telco)
    people = {node: make.portal_user(node) for node in (None, telco, north, make.group(north))}

    for node, person in people.items():
        assert db.session.scalars(at(PortalUser, make.at(node))).all() == [person]


def test_the_places_above_a_row_go_from_the_provider_down():
    una = make.user()
    assert [scope.level for scope in above(una)] == [Level.PROVIDER, Level.RESELLER, Level.GROUP, Level.USER]


@pytest.mark.parametrize(
    "statement",
    [
        select(Assignment.id),
        select(func.count()).select_from(Assignment),
        update(Assignment).values(mms=False),
        delete(Assignment),
        select(Provider.id).where(exists().where(Assignment.provider_id == Provider.id)),
        select(Group.id).join(Assignment, Assignment.group_id == Group.id),
        select(Group),
    ],
    ids=str,
)
def test_a_query_of_the_tree_that_does_not_say_for_whom_is_refused(statement):
    with pytest.raises(UnscopedQuery):
        db.session.execute(statement)


def test_the_tripwire_does_not_see_raw_sql_or_rows_in_memory():
    given = make.assignment()
    db.session.execute(text("SELECT * FROM assignments"))
    assert db.session.get(Assignment, given.id) is given


def test_a_row_cannot_name_a_branch_that_is_not_its_own():
    """Composite foreign keys: what hangs on one reseller cannot be shown to another."""
    sales, rival = make.group(), make.reseller()
    with pytest.raises(IntegrityError):
        make.user(sales, reseller_id=rival.id)
    db.session.rollback()
