"""Automatic Assignment and User Templates, and the new-user form that a template fills."""

import pytest

from app.models import AutomaticAssignment, Licence, User, UserTemplate
from app.vocabulary import Product
from tests import make
from tests.web.browsing import HTMX, alerts, fields_of, soup


@pytest.fixture
def sales():
    return make.group(make.reseller(make.provider(name="Telco")))


@pytest.fixture
def admin(browser):
    return browser(make.operator())


def text(answer):
    return soup(answer).get_text(" ", strip=True)


def test_what_follows_a_trial_is_set_and_seen_below(admin, sales):
    telco = f"/provider-{sales.provider_id}/automatic-assignment/"
    group = f"/group-{sales.id}/automatic-assignment/"
    assert "As above: no licence" in text(admin.get(telco))
    assert admin.fill(telco, desktop="agent").status_code == 303
    assert make.every(AutomaticAssignment)[0].product is Product.AGENT
    assert "As above: Unity Agent, from the provider" in text(admin.get(group))
    assert admin.fill(group, desktop="none").status_code == 303
    assert fields_of(soup(admin.get(group)), group)["desktop"] == "none"


def test_the_second_of_two_administrators_is_told_and_may_insist(admin, sales):
    path = f"/group-{sales.id}/automatic-assignment/"
    stale = fields_of(soup(admin.get(path)), path)
    admin.fill(path, agent="supervisor")
    told = admin.post(path, stale | {"agent": "none"})
    assert told.status_code == 422
    assert "changed this while you were editing" in alerts(told)
    again = fields_of(soup(told), path)
    assert again["agent"] == "none"
    assert admin.post(path, again).status_code == 303


def test_a_template_is_added_changed_and_deleted(admin, sales):
    path = f"/group-{sales.id}/user-templates/"
    assert "No user templates here yet" in text(admin.get(path))
    answer = admin.fill(f"{path}new", name="Front office", timezone="Asia/Tokyo", product="agent")
    assert answer.status_code == 303
    page = text(admin.get(path))
    assert "Front office Asia/Tokyo English Unity Agent, Permanent" in page
    (row,) = make.every(UserTemplate)
    assert admin.fill(f"{path}{row.id}", name="Back office", product="").status_code == 303
    assert make.again(row).product is None
    assert make.again(row).licence_kind is None
    assert admin.fill(f"{path}{row.id}/delete").status_code == 303
    assert make.every(UserTemplate) == []


def test_templates_from_above_are_shown_where_they_are_used(admin, sales):
    make.user_template(make.every(type(make.provider()))[0], name="Everywhere")
    assert "From above" in text(admin.get(f"/group-{sales.id}/user-templates/"))


def test_a_template_fills_the_form_and_keeps_what_was_typed(admin, sales):
    row = make.user_template(sales, timezone="Asia/Tokyo", language="fr")
    path = f"/group-{sales.id}/users/new"
    typed = fields_of(soup(admin.get(path)), path) | {"name": "Zed", "template_id": str(row.id), "fill": "y"}
    filled = admin.post(path, typed, headers=HTMX)
    fields = fields_of(soup(filled), path)
    assert filled.status_code == 200
    assert (fields["name"], fields["timezone"], fields["language"]) == ("Zed", "Asia/Tokyo", "fr")
    assert not alerts(filled)
    by_address = fields_of(soup(admin.get(f"{path}?template={row.id}")), path)
    assert by_address["timezone"] == "Asia/Tokyo"
    assert admin.get(f"{path}?template=99999").status_code == 200


def test_the_new_user_gets_the_licence_of_the_template(admin, sales):
    row = make.user_template(sales, product=Product.AGENT, licence_kind="permanent")
    path = f"/group-{sales.id}/users/new"
    answer = admin.fill(path, broadworks_id="z@x.example", name="Zed", template_id=str(row.id))
    assert answer.status_code == 303
    assert make.every(User)[0].name == "Zed"
    assert make.every(Licence)[0].product is Product.AGENT


def test_without_templates_the_form_does_not_ask(admin, sales):
    assert "template_id" not in admin.get(f"/group-{sales.id}/users/new").text
