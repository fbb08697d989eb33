"""Users: a BroadWorks user id is unique in the cloud, in any case (S12). Licences (D28). The tree."""

import datetime as dt
from dataclasses import replace

import pytest

from app.access.scope import EVERYTHING
from app.clock import now
from app.errors import Invalid, NotFound
from app.models import AuditEntry, Licence, Reseller, User
from app.services.accounts import finding, licences, nodes, tree, users
from app.services.accounts.nodes import NodeWish
from app.services.accounts.users import UserIdInUse, UserWish
from app.services.provisioning import queries
from app.vocabulary import Level, LicenceKind, Product
from tests import make

WISH = UserWish(broadworks_id="Una@example.com", name="Una")


@pytest.mark.parametrize(
    "spelling", ["Una@example.com", "una@example.com", "UNA@EXAMPLE.com", " una@example.com "]
)
def test_a_user_id_is_unique_in_the_whole_cloud_in_any_case(spelling):
    """S12: and the refusal does not say where it is used."""
    make.user(broadworks_id="Una@example.com", name="Somebody else")
    sales = make.group()

    with pytest.raises(UserIdInUse) as refusal:
        users.create(make.admin_of(sales), make.at(sales), replace(WISH, broadworks_id=spelling))

    assert refusal.value.message == "This user id is already in use."
    assert refusal.value.field == "broadworks_id"


def test_a_user_cannot_take_the_id_of_another():
    """S12."""
    una, bob = make.user(broadworks_id="una@example.com"), make.user(broadworks_id="bob@example.com")
    with pytest.raises(UserIdInUse):
        users.change(make.admin_of(bob), make.at(bob), replace(WISH, broadworks_id="UNA@example.com"), seen=1)
    assert make.again(una).broadworks_key == "una@example.com"


def test_a_user_may_change_the_case_of_the_own_id():
    una = make.user(broadworks_id="una@example.com")
    users.change(make.admin_of(una), make.at(una), replace(WISH, broadworks_id="Una@Example.com"), seen=1)
    assert make.again(una).broadworks_id == "Una@Example.com"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("broadworks_id", ""),
        ("broadworks_id", "una smith"),
        ("name", " "),
        ("timezone", "Mars/Olympus"),
        ("language", "xx"),
        ("email", "una@"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(field, value):
    sales = make.group()
    with pytest.raises(Invalid) as refusal:
        users.create(make.admin_of(sales), make.at(sales), replace(WISH, **{field: value}))
    assert refusal.value.field == field
    assert make.every(User) == []


def test_a_renamed_user_is_found_under_the_new_name():
    """S15: numbers are found by their holder."""
    una = make.user(name="Una Smith", broadworks_id="una@example.com")
    given = make.assignment(una)

    wish = UserWish(broadworks_id="u.jones@example.com", name="Una Jones")
    users.change(make.admin_of(una), make.at(una), wish, seen=1)

    for search, expected in (("Jones", [given.id]), ("u.jones", [given.id]), ("Smith", []), ("una@", [])):
        page = queries.numbers_page(EVERYTHING, queries.Wanted(search=search))
        assert [row.id for row in page.items] == expected, search


def test_details_leave_their_line_of_history_with_before_and_after():
    una = make.user(name="Una")
    wish = UserWish(broadworks_id=una.broadworks_id, name="Una Jones")
    users.change(make.admin_of(una), make.at(una), wish, seen=1)
    [entry] = make.every(AuditEntry)
    assert (entry.actor, entry.action, entry.user_id) == ("ada@example.com", "Details changed", una.id)
    assert entry.change == {"name": ["Una", "Una Jones"]}


def test_saving_without_a_change_leaves_no_line_of_history():
    north = make.reseller(name="North")
    nodes.change(make.admin_of(north), make.at(north), NodeWish(name="North"), seen=1)
    assert make.every(AuditEntry) == []
    assert make.again(north).revision == 1


@pytest.mark.parametrize(
    ("kind", "ends_in_days", "counts"),
    [
        (LicenceKind.PERMANENT, None, True),
        (LicenceKind.TRIAL, 1, True),
        (LicenceKind.TRIAL, -1, False),
        (LicenceKind.UNTIL, 1, True),
        (LicenceKind.UNTIL, -1, False),
    ],
)
def test_any_licence_counts_until_it_ends(kind, ends_in_days, counts):
    """D28: a trial included."""
    una = make.user()
    expires_at = None if ends_in_days is None else now() + dt.timedelta(days=ends_in_days)
    make.licence(una, kind=kind, expires_at=expires_at)
    assert licences.is_licensed(una.id) is counts


def test_a_stranger_gets_no_licence():
    una, stranger = make.user(), make.user()
    with pytest.raises(NotFound):
        licences.grant(make.admin_of(una), stranger.id, Product.AGENT)
    assert make.every(Licence) == []


def test_a_node_is_made_below_the_place_where_it_was_asked_for():
    telco = make.provider()
    north = nodes.create(make.admin_of(telco), make.at(telco), NodeWish(name=" North "))
    sales = nodes.create(make.admin_of(telco), make.at(north), NodeWish(name="Sales"))
    assert (north.name, north.provider_id) == ("North", telco.id)
    assert (sales.reseller_id, sales.provider_id) == (north.id, telco.id)
    with pytest.raises(Invalid):
        nodes.create(make.admin_of(telco), make.at(telco), NodeWish(name=" "))
    assert len(make.every(Reseller)) == 1


def test_the_path_begins_at_the_place_of_the_person_who_looks():
    """Nothing above somebody's own place is named."""
    telco = make.provider(name="Telco")
    north = make.reseller(telco, name="North")
    sales = make.group(north, name="Sales")
    assert [p.title for p in tree.path(make.at(north), make.at(sales))] == ["North", "Sales"]
    assert [p.title for p in tree.path(EVERYTHING, make.at(sales))] == ["System", "Telco", "North", "Sales"]


def test_the_search_finds_names_and_user_ids_in_the_own_tree_only():
    telco = make.provider(name="Telco Una")
    una = make.user(make.group(make.reseller(telco)), name="Una", broadworks_id="u1@example.com")
    make.user(name="Una elsewhere")

    found = finding.found(make.at(telco), "una")
    assert {level: [p.title for p in places] for level, places in found.items()} == {
        Level.PROVIDER: ["Telco Una"],
        Level.USER: ["Una"],
    }
    assert finding.found(make.at(telco), "U1@")[Level.USER][0].scope == make.at(una)
    assert finding.found(make.at(telco), "%") == {}
