"""Closing a place closes all below it at once; rows stay (D4)."""

import datetime as dt
from functools import partial
from time import monotonic

import pytest
from sqlalchemy import event, insert

from app.access.policy import Closed
from app.access.scope import EVERYTHING, Scope, branch
from app.clock import now
from app.models import (
    Assignment,
    AuditEntry,
    ClientSession,
    Group,
    Licence,
    OneTimeLink,
    PortalSession,
    ServerHostname,
    User,
)
from app.services.accounts import client_tokens, finding, lists, nodes, portal_sessions, users
from app.services.accounts.nodes import NodeWish
from app.services.accounts.users import UserWish
from app.services.messaging import erasure, sending
from app.services.provisioning import assignment as assignments
from app.services.provisioning import closing, enabling
from app.services.provisioning.assignment import Checked, NumberWish
from app.vocabulary import AssignmentState, Level, LinkPurpose, OptIn
from tests import make


@pytest.fixture
def north():
    """A reseller with a user who texts, a media stream, and somebody who signs in."""
    north = make.reseller(make.provider(name="Telco"), name="North")
    sales = make.group(north, name="Sales")
    una = make.user(sales, name="Una", client_password_hash=make.people.password_hash())
    make.licence(una)
    number = make.assignment(una, number="+12019920781")
    make.message(number)
    texts = make.stream(sales, name="Texts")
    make.assignment(texts, number="+12019920782")
    make.portal_user(sales, email="greta@example.com")
    return north


def close(node):
    return closing.close(make.admin_of(None), make.at(node))


def test_what_is_below_is_counted_before(north):
    found = closing.below(make.at(north))
    assert found == closing.Below(
        groups=1, users=1, streams=1, numbers=2, messages=1, portal_users=1, licences=1
    )


def test_everything_below_closes_in_one_moment_and_the_history_says_how_much(north):
    neighbour = make.assignment()
    assert close(north).numbers == 2

    rows = [north, *make.every(Group, reseller_id=north.id), *make.every(User, reseller_id=north.id)]
    assert len(rows) == 3
    assert len({make.again(row).closed_at for row in rows}) == 1
    assert make.again(north).closed_at is not None
    assert {row.state for row in make.every(Assignment, reseller_id=north.id)} == {AssignmentState.RELEASING}
    assert all(row.ended_at is not None for row in make.every(Licence, reseller_id=north.id))
    assert make.again(neighbour).state is AssignmentState.ACTIVE
    [entry] = make.every(AuditEntry, action="Reseller closed")
    assert (entry.reseller_id, entry.group_id, entry.change["numbers"]) == (north.id, None, 2)


def test_texting_stops_at_once_and_the_sweep_finds_the_rest(north):
    """D4."""
    [number] = make.every(Assignment, number="+12019920781")
    close(north)
    with pytest.raises(sending.CannotSend):
        sending.send(make.at(make.again(number)), number.id, to=make.PHONE, text="Hi", client_ref="1")
    assert {ids["assignment_id"] for _task, ids in enabling.due()} == {
        row.id for row in make.every(Assignment)
    }
    assert erasure.unerased() == [number.id]


def test_nobody_below_can_sign_in_any_more(north):
    [una] = make.every(User, name="Una")
    [sales] = make.every(Group)
    greta = make.portal_user(sales)
    token = client_tokens.sign_in(una.broadworks_id, make.PASSWORD).token
    cookie = portal_sessions.start(greta.id)
    link = make.kept(
        OneTimeLink(
            purpose=LinkPurpose.CLIENT_PASSWORD,
            user_id=una.id,
            token_digest="x",
            expires_at=now() + dt.timedelta(days=1),
        )
    )
    close(north)
    assert client_tokens.signed_in(token) is None
    assert portal_sessions.signed_in(cookie) is None
    assert not make.again(greta).is_enabled
    assert make.every(PortalSession)[0].ended_at is not None
    assert make.every(ClientSession)[0].ended_at is not None
    assert make.again(link).used_at is not None
    with pytest.raises(client_tokens.WrongClientSignIn):
        client_tokens.sign_in(una.broadworks_id, make.PASSWORD)


def test_in_a_closed_place_nothing_is_made_or_changed(north):
    [sales], [una] = make.every(Group), make.every(User)
    platform_id = make.every(Assignment)[0].platform_id
    close(north)
    actor = make.admin_of(None)
    wish = UserWish("new@example.com", "New")
    checked = Checked("+12019920785", platform_id, NumberWish("2019920785"))
    for act in (
        partial(nodes.create, actor, make.at(north), NodeWish("New")),
        partial(nodes.change, actor, make.at(sales), NodeWish("New"), seen=1),
        partial(users.create, actor, make.at(sales), wish),
        partial(users.change, actor, make.at(una), wish, seen=1),
        partial(assignments.keep, actor, make.at(una), checked),
        partial(closing.close, actor, make.at(north)),
    ):
        with pytest.raises(Closed):
            act()


def test_the_id_of_a_closed_user_is_free_again(north):
    """S12: and the client that signs in with it is the new user's."""
    [una] = make.every(User)
    close(una)
    with pytest.raises(client_tokens.WrongClientSignIn):
        client_tokens.sign_in(una.broadworks_id, make.PASSWORD)
    sales = make.every(Group)[0]
    new = users.create(make.admin_of(sales), make.at(sales), UserWish(una.broadworks_id, "Una again"))
    client_tokens.set_password(make.admin_of(sales), make.at(sales), new.id, make.PASSWORD)
    assert client_tokens.sign_in(una.broadworks_id, make.PASSWORD).identity.user_id == new.id


def test_closed_places_are_not_found_by_the_search_nor_listed(north):
    close(north)
    assert finding.found(EVERYTHING, "Una") == {}
    assert finding.found(EVERYTHING, "Sales") == {}
    telco = Scope(Level.PROVIDER, north.provider_id)
    assert lists.children_page(telco).items == []
    for show in (lists.Show.CLOSED, lists.Show.ALL):
        assert [row.id for row in lists.children_page(telco, lists.Wanted(show=show)).items] == [north.id]


def test_nobody_closes_the_own_place(north):
    with pytest.raises(closing.OwnPlace):
        closing.close(make.admin_of(north), make.at(north))
    assert make.again(north).closed_at is None


def test_a_provider_is_closed_after_its_numbers_and_platforms(north):
    telco = Scope(Level.PROVIDER, north.provider_id)
    with pytest.raises(closing.ProviderInUse):
        closing.close(make.admin_of(None), telco)
    empty = make.provider()
    close(empty)
    assert make.again(empty).closed_at is not None


def test_the_host_names_of_a_closed_provider_are_free_again(db):
    empty, kept = make.provider(), make.provider()
    make.hostname(empty, hostname="texts.old.example")
    make.hostname(kept, hostname="texts.other.example")

    closing.close(make.admin_of(None), make.at(empty))

    assert [row.hostname for row in make.every(ServerHostname)] == ["texts.other.example"]


def test_who_closed_it_is_said_to_those_who_may_see_that(north):
    [sales] = make.every(Group)
    close(north)
    assert closing.closing_of(make.admin_of(None), make.at(sales)).by == "ada@example.com"
    assert closing.closing_of(make.admin_of(sales), make.at(sales)).by == ""
    assert closing.closing_of(make.admin_of(None), EVERYTHING) is None


def test_five_thousand_users_are_closed_in_seconds(db):
    sales = make.group()
    platform = make.platform(sales)
    tree = branch(sales)
    ids = list(
        db.session.scalars(
            insert(User).returning(User.id),
            [
                {
                    "name": f"User {n}",
                    "search_text": f"user {n}",
                    "broadworks_id": f"u{n}",
                    "broadworks_key": f"u{n}",
                    **tree,
                }
                for n in range(5000)
            ],
            execution_options={"scope": EVERYTHING},
        )
    )
    db.session.execute(
        insert(Assignment),
        [
            {
                "number": f"+1201{2000000 + n}",
                "platform_id": platform.id,
                "user_id": user_id,
                "opt_in": OptIn.NOT_REQUIRED,
                **tree,
            }
            for n, user_id in enumerate(ids)
        ],
        execution_options={"scope": EVERYTHING},
    )
    db.session.commit()
    said: list[str] = []
    event.listen(db.engines[None], "before_cursor_execute", lambda *given: said.append(given[2]))
    began = monotonic()
    lost = close(sales)
    took = monotonic() - began
    assert (lost.users, lost.numbers) == (5000, 5000)
    assert len(said) < 40, "a statement a table, not a row"
    assert took < 60, took  # a second or so where nothing else runs
    assert len(enabling.due()) == 500, "in bounded batches"


@pytest.mark.parametrize("what", ["user", "number", "stream"])
def test_what_is_made_at_the_same_moment_is_closed_or_refused(real_database, at_once, slowly, what):
    """Nothing stays open below a closed place."""
    north = make.reseller()
    sales = make.group(north)
    una, texts = make.user(sales), make.stream(sales)
    platform = make.platform(north)
    actor = make.admin_of(None)
    checked = Checked("+12019920785", platform.id, NumberWish("2019920785"))
    makes = {
        "user": partial(users.create, actor, make.at(sales), UserWish("new@example.com", "New")),
        "number": partial(assignments.keep, actor, make.at(una), checked),
        "stream": partial(assignments.keep, actor, make.at(texts), checked),
    }
    slowly(nodes, "fetch")
    slowly(assignments, "fetch")
    outcomes = at_once(makes[what], partial(closing.close, actor, make.at(north)))
    assert isinstance(outcomes[0], Closed | User | Assignment), outcomes[0]
    assert isinstance(outcomes[1], closing.Below), outcomes[1]
    assert all(row.closed_at is not None for row in make.every(User))
    assert all(row.state is AssignmentState.RELEASING for row in make.every(Assignment))
