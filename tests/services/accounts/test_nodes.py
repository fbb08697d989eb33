"""Details of nodes, and two administrators who edit the same ones."""

from functools import partial

import pytest
from sqlalchemy import event

from app.access.scope import EVERYTHING
from app.errors import Invalid
from app.models import AuditEntry
from app.services.accounts import finding, nodes, tree, trial_length, users
from app.services.accounts.nodes import NodeWish
from app.services.accounts.users import UserWish
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import Level
from tests import make


@pytest.fixture
def branch():
    telco = make.provider(name="Telco")
    north = make.reseller(telco, name="North")
    sales = make.group(north, name="Sales")
    return telco, north, sales, make.user(sales)


@pytest.mark.parametrize(
    ("says", "days", "source"),
    [
        ({}, 14, None),
        ({"telco": 10}, 10, "Telco"),
        ({"telco": 10, "north": 3}, 3, "North"),
        ({"telco": 10, "sales": 0}, 0, "Sales"),
    ],
)
def test_the_trial_length_of_the_nearest_place_above_counts(branch, says, days, source):
    telco, north, sales, una = branch
    rows = {"telco": telco, "north": north, "sales": sales}
    for name, value in says.items():
        rows[name].trial_days = value
        make.kept(rows[name])
    found = trial_length.effective(make.at(una))
    assert (found.days, found.source and found.source.title) == (days, source)


def test_what_would_count_without_the_own_trial_length(branch):
    _telco, north, sales, _una = branch
    for row, days in ((north, 5), (sales, 2)):
        row.trial_days = days
        make.kept(row)
    assert trial_length.effective(make.at(sales)).days == 2
    assert trial_length.inherited(make.at(sales)).days == 5


@pytest.mark.parametrize("days", [-1, 15])
def test_a_trial_lasts_two_weeks_at_most(days, branch):
    telco, north, sales, una = branch
    for node in (telco, north, sales):
        with pytest.raises(Invalid) as refusal:
            nodes.change(make.admin_of(telco), make.at(node), NodeWish("New", trial_days=days), seen=1)
        assert refusal.value.field == "trial_days"
    with pytest.raises(Invalid):
        users.change(
            make.admin_of(una), make.at(una), UserWish(una.broadworks_id, "Una", trial_days=days), seen=1
        )


@pytest.mark.parametrize("texts", [0, 1001])
def test_the_sending_default_of_a_provider_has_bounds(texts, branch):
    """D14."""
    telco = branch[0]
    with pytest.raises(Invalid) as refusal:
        nodes.change(make.admin_of(telco), make.at(telco), NodeWish("Telco", texts_per_minute=texts), seen=1)
    assert refusal.value.field == "texts_per_minute"
    nodes.change(make.admin_of(telco), make.at(telco), NodeWish("Telco", texts_per_minute=30), seen=1)
    assert make.again(telco).texts_per_minute == 30


def test_the_second_of_two_administrators_is_told_and_nothing_is_overwritten(branch):
    _telco, north, _sales, _una = branch
    first, second = make.admin_of(north), make.admin_of(north)
    nodes.change(first, make.at(north), NodeWish("North", "A-1"), seen=1)

    with pytest.raises(ChangedMeanwhile) as refusal:
        nodes.change(second, make.at(north), NodeWish("North", "B-2"), seen=1)

    assert refusal.value.message.startswith(
        "ada@example.com changed this while you were editing: account reference is now “A-1”."
    )
    assert make.again(north).account_reference == "A-1"
    nodes.change(second, make.at(north), NodeWish("North", "B-2"), seen=refusal.value.revision)
    assert make.again(north).account_reference == "B-2"
    assert [entry.change for entry in make.every(AuditEntry)] == [
        {"account_reference": ["", "A-1"]},
        {"account_reference": ["A-1", "B-2"]},
    ]


def test_a_user_too_is_not_overwritten(branch):
    una = branch[3]
    wish = UserWish(una.broadworks_id, "Una Jones")
    users.change(make.admin_of(una), make.at(una), wish, seen=1)
    with pytest.raises(ChangedMeanwhile, match="name is now “Una Jones”"):
        users.change(make.admin_of(una), make.at(una), UserWish(una.broadworks_id, "Una Smith"), seen=1)
    assert make.again(una).name == "Una Jones"


def test_an_edit_that_says_nothing_of_what_it_saw_replaces_nothing(branch):
    telco = branch[0]
    with pytest.raises(ChangedMeanwhile):
        nodes.change(make.admin_of(telco), make.at(telco), NodeWish("Renamed"), seen=0)
    assert make.again(telco).name == "Telco"


def test_of_two_at_the_same_moment_one_is_told(real_database, at_once, slowly):
    north = make.reseller(name="North")
    actor, place = make.admin_of(north), make.at(north)
    slowly(nodes, "require_current")
    outcomes = at_once(
        *(partial(nodes.change, actor, place, NodeWish("North", name), seen=1) for name in ("A", "B"))
    )
    told = [one for one in outcomes if isinstance(one, ChangedMeanwhile)]
    assert len(told) == 1, outcomes
    after = make.again(north)
    assert after.revision == 2
    assert f"account reference is now “{after.account_reference}”" in told[0].message


def test_the_open_branch_lists_what_is_beside_it_and_says_that_there_is_more():
    telco = make.provider(name="Telco")
    north = make.reseller(telco, name="North")
    for number in range(4):
        make.group(north, name=f"Group {number}")
    last = make.group(north, name="Zeta")
    path = tree.path(make.at(telco), make.at(last))
    root = tree.grown(path, limit=3)
    assert [place.title for place in root.children] == ["North"]
    [shown] = root.children
    assert [place.title for place in shown.children] == ["Group 0", "Group 1", "Group 2", "Zeta"]
    assert shown.has_more
    assert not root.has_more


def test_the_path_to_a_media_stream():
    sales = make.group(name="Sales")
    texts = make.stream(sales, name="Texts")
    assert [place.title for place in tree.path(make.at(sales), make.at(texts))] == ["Sales", "Texts"]
    assert tree.lineage(make.at(texts))[-1].scope.level is Level.STREAM


@pytest.fixture
def cloud():
    telco = make.provider(name="Telco")
    north = make.reseller(telco, name="North")
    sales = make.group(north, name="Sales Dept")
    make.user(sales, name="Anna Sales", broadworks_id="x-anna@example.com")
    make.stream(sales, name="Sales texts")
    return telco, north, sales


def hits(scope, search):
    return {
        level: [(hit.title, "/".join(hit.path)) for hit in places]
        for level, places in finding.found(scope, search).items()
    }


def test_every_hit_of_the_search_shows_its_path_below_the_place_that_is_searched(cloud):
    telco, north, sales = cloud
    inner = {Level.GROUP: [("Sales Dept", "")]}
    lower = {Level.USER: [("Anna Sales", "Sales Dept")], Level.STREAM: [("Sales texts", "Sales Dept")]}
    assert hits(make.at(north), "sales") == inner | lower
    assert hits(make.at(sales), "sales")[Level.USER] == [("Anna Sales", "")]
    assert hits(make.at(sales), "north") == {}
    assert hits(make.at(telco), "sales")[Level.USER] == [("Anna Sales", "North/Sales Dept")]
    assert hits(EVERYTHING, "sales")[Level.USER] == [("Anna Sales", "Telco/North/Sales Dept")]
    assert hits(make.at(north), "north") == {Level.RESELLER: [("North", "")]}


def test_names_that_begin_so_come_first_and_short_words_are_beginnings(cloud):
    sales = cloud[2]
    for name in ("Zoe Anna", "Bert Hannan"):
        make.user(sales, name=name)
    assert [title for title, _path in hits(make.at(sales), "anna")[Level.USER]] == [
        "Anna Sales",
        "Bert Hannan",
        "Zoe Anna",
    ]
    assert [title for title, _path in hits(make.at(sales), "an")[Level.USER]] == ["Anna Sales"]
    assert hits(make.at(sales), "X-A")[Level.USER] == [("Anna Sales", "")], "user ids too"


def test_the_search_asks_the_database_once(db, cloud):
    said: list[str] = []
    event.listen(db.engines[None], "before_cursor_execute", lambda *given: said.append(given[2]))
    finding.found(EVERYTHING, "sales")
    assert len([one for one in said if one.startswith("SELECT") and "set_config" not in one]) == 1
