"""The pages of the tree: details, lists, closing, the search (S12, D14)."""

import pytest

from app.services.provisioning import closing
from tests import make
from tests.web.browsing import HTMX, alerts, soup


@pytest.fixture
def telco():
    return make.provider(name="Telco", account_reference="T-1")


@pytest.fixture
def staff(browser):
    """An operator's browser."""
    return browser(make.operator())


def text(answer):
    return " ".join(soup(answer).get_text(" ").split())


def test_details_of_a_provider_are_changed(telco, staff):
    """D14: sending defaults."""
    path = f"/provider-{telco.id}/details/"
    assert "When empty: 14 days, as everywhere." in text(staff.get(path))
    staff.fill(path, name="Telco Two", account_reference="T-2", trial_days="7", texts_per_minute="30")
    after = make.again(telco)
    assert (after.name, after.account_reference, after.trial_days, after.texts_per_minute) == (
        "Telco Two",
        "T-2",
        7,
        30,
    )
    north = make.reseller(telco)
    assert "When empty: 7 days, as at Telco Two." in text(staff.get(f"/reseller-{north.id}/details/"))


def test_what_is_above_the_own_place_is_not_named(telco, browser):
    telco.trial_days = 7
    make.kept(telco)
    north = make.reseller(telco)
    page = text(browser(make.portal_user(north)).get(f"/reseller-{north.id}/details/"))
    assert "When empty: 7 days, as above." in page
    assert "Telco" not in page


@pytest.mark.parametrize(("typed", "words"), [("15", "0 to 14 days"), ("many", "Enter a whole number")])
def test_a_trial_length_that_cannot_be_is_refused_beside_its_field(telco, staff, typed, words):
    answer = staff.fill(f"/provider-{telco.id}/details/", trial_days=typed)
    assert answer.status_code == 422
    assert words in alerts(answer)
    assert soup(answer).find(id="trial_days")["value"] == typed
    assert make.again(telco).trial_days is None


def test_the_second_of_two_administrators_is_told_and_what_was_typed_stays(telco, staff):
    path = f"/provider-{telco.id}/details/"
    staff.fill(path, account_reference="First")
    late = {"revision": "1", "name": "Telco", "account_reference": "Second", "texts_per_minute": "60"}
    told = staff.post(path, late)
    assert told.status_code == 422
    assert "account reference is now “First”" in alerts(told)
    assert make.again(telco).account_reference == "First"
    page = soup(told)
    assert page.find(id="account_reference")["value"] == "Second"
    assert page.find(id="revision")["value"] == "2"
    staff.post(path, late | {"revision": "2"})
    assert make.again(telco).account_reference == "Second"


def test_a_new_user_has_the_fields_and_the_sentence_of_the_source(staff):
    """S12."""
    sales = make.group()
    page = staff.get(f"/group-{sales.id}/users/new")
    assert (
        "The user id must match the user id in Broadworks, otherwise any permanent licenses assigned will "
        "not be consumed."
    ) in text(page)
    assert "<strong>must</strong>" in page.text
    for label in ("User ID / MAC Address", "User / Computer Name", "Timezone", "Language"):
        assert label in text(page)


def test_a_list_is_searched_sorted_and_shows_what_is_below(telco, staff):
    for name in ("Alpha", "Beta", "Gamma"):
        make.group(make.reseller(telco, name=name))
    path = f"/provider-{telco.id}/resellers/"

    def names(query=""):
        return [cell.get_text(strip=True) for cell in soup(staff.get(path + query)).select("tbody th")]

    assert names() == ["Alpha", "Beta", "Gamma"]
    assert names("?sort=-name") == ["Gamma", "Beta", "Alpha"]
    assert names("?sort=-added") == ["Gamma", "Beta", "Alpha"]
    assert names("?q=et") == ["Beta"]
    assert names("?q=nobody") == []
    assert names("?sort=nonsense&show=nonsense") == ["Alpha", "Beta", "Gamma"]
    row = soup(staff.get(path)).select("tbody tr")[0]
    assert row.find("td", {"data-label": "Groups"}).get_text(strip=True) == "1"


def test_closing_says_what_is_below_and_asks_for_the_name(telco, staff):
    """D4."""
    north = make.reseller(telco, name="North")
    number = make.assignment(make.user(make.group(north)))
    make.message(number)
    path = f"/reseller-{north.id}/details/close"
    said = text(staff.get(path))
    assert "All that is below it is closed: 1 group, 1 user." in said
    assert "1 CPaaS number stops texting at once and is given back. 1 saved message is erased." in said

    refused = staff.fill(path, typed="South")
    assert refused.status_code == 422
    assert make.again(north).closed_at is None

    done = staff.fill(path, typed="North")
    assert done.headers["Location"].endswith(f"/provider-{telco.id}/resellers/")
    assert make.again(north).closed_at is not None


def test_an_empty_place_is_closed_by_the_button_alone(telco, staff):
    north = make.reseller(telco, name="North")
    staff.fill(f"/reseller-{north.id}/details/close")
    assert make.again(north).closed_at is not None


def test_a_closed_place_can_be_looked_at_and_not_changed(telco, staff):
    north = make.reseller(telco, name="North")
    sales = make.group(north, name="Sales")
    una = make.user(sales, name="Una")
    closing.close(make.admin_of(None), make.at(north))
    for path in (f"/reseller-{north.id}/details/", f"/group-{sales.id}/details/", f"/user-{una.id}/details/"):
        page = staff.get(path)
        assert "by ada@example.com. It can be looked at, but nothing in it can be changed." in text(page)
        posts = [form["action"] for form in soup(page).select("form[method=post]")]
        assert all("details" not in action for action in posts), posts
        assert staff.post(path, {"name": "New"}).status_code == 409
    assert staff.get(f"/group-{sales.id}/users/new").status_code == 409
    assert "Add user" not in text(staff.get(f"/group-{sales.id}/users/"))


def test_closed_places_are_listed_where_they_are_asked_for(telco, staff):
    north = make.reseller(telco, name="North")
    closing.close(make.admin_of(None), make.at(north))
    path = f"/provider-{telco.id}/resellers/"
    assert "North" not in text(staff.get(path))
    for show in ("closed", "all"):
        page = staff.get(f"{path}?show={show}")
        assert [cell.get_text(strip=True) for cell in soup(page).select("tbody th")] == ["North"]
        assert "Closed" in text(page)


def test_the_own_place_and_a_provider_with_platforms_are_not_closed(telco, browser, staff):
    make.platform(telco)
    said = text(staff.get(f"/provider-{telco.id}/details/close"))
    assert "its CPaaS platforms are deleted" in said
    north = make.reseller(telco)
    own = browser(make.portal_user(north))
    assert "Your own account is at this place." in text(own.get(f"/reseller-{north.id}/details/close"))
    assert f"/reseller-{north.id}/details/close" not in own.get(f"/reseller-{north.id}/details/").text
    for node in (telco, north):
        assert make.again(node).closed_at is None


def test_the_search_leads_to_the_first_and_shows_paths(telco, staff):
    sales = make.group(make.reseller(telco, name="North"), name="Sales")
    una = make.user(sales, name="Una Unique")
    make.assignment(una, number="+12019920781")
    found = soup(staff.get("/system/search/?q=uniq", headers=HTMX))
    assert [link.get_text(" ", strip=True) for link in found.select("a")] == [
        "Una Unique Telco \u203a North \u203a Sales"
    ]
    first = staff.get("/system/search/?q=uniq&go=first")
    assert first.headers["Location"].endswith(f"/user-{una.id}/details/")
    assert "2019920781" in text(staff.get("/system/search/?q=9920781", headers=HTMX))
    for search, words in (("ni", "Nothing begins so. From three letters on"), ("nique!", "Nothing fits.")):
        page = staff.get(f"/system/search/?q={search}")
        assert words in text(page)
        assert soup(page).select_one("main form[role=search] input[name=q]")["value"] == search


@pytest.mark.parametrize(
    ("path", "heading"), [("/account/", "My account"), ("/system/search/?q=north", "Search")]
)
def test_what_belongs_to_no_place_has_a_heading_of_its_own_and_no_tabs(telco, staff, path, heading):
    page = soup(staff.get(path))
    assert page.h1.get_text() == heading
    assert not page.select(".tabs a, nav.tree [aria-current]")
    assert [crumb.get_text(strip=True) for crumb in page.select(".crumbs li")] == ["System", heading]
    assert page.select_one(".crumbs a")["href"].startswith("/system/")
    assert f"· {heading} ·" in page.title.get_text()


def test_the_search_says_that_it_shows_a_few_only(telco, staff):
    north = make.reseller(telco, name="North")
    for number in range(8):
        page = staff.get("/system/search/?q=office")
        assert "At most 8" not in text(page), number
        make.group(north, name=f"Office {number}")
    assert "At most 8 of a kind are shown." in text(staff.get("/system/search/?q=office"))


def test_the_tree_says_that_there_is_more(telco, staff):
    north = make.reseller(telco, name="North")
    for number in range(52):
        make.group(north, name=f"Group {number:02}")
    page = soup(staff.get(f"/reseller-{north.id}/details/"))
    [more] = [link for link in page.select("nav.tree a") if "More" in link.get_text()]
    assert more["href"] == f"/reseller-{north.id}/groups/"
