"""User templates: what a new user starts with."""

import pytest

from app.access.policy import Closed
from app.clock import now
from app.errors import Invalid, NotFound
from app.models import AuditEntry, Licence, User, UserTemplate
from app.services.accounts import user_templates
from app.services.accounts.user_templates import TemplateWish
from app.services.accounts.users import UserIdInUse, UserWish
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import LicenceKind, Product
from tests import make

WISH = TemplateWish("Front office", "America/Chicago", "es", Product.AGENT, LicenceKind.PERMANENT)
PLAIN = TemplateWish("Plain", "UTC", "en")
NEW = UserWish("new@x.example", "New")


def add(node, wish=WISH):
    return user_templates.create(make.admin_of(node), make.at(node), wish)


def test_a_group_uses_its_own_and_those_above_the_nearest_first():
    sales = make.group()
    make.user_template(sales, name="Provider's", reseller_id=None, group_id=None)
    make.user_template(sales, name="Reseller's", group_id=None)
    make.user_template(sales, name="Own")
    make.user_template(make.group(), name="Stranger")
    found = [one.name for one in user_templates.usable(make.at(sales))]
    assert found == ["Own", "Reseller's", "Provider's"]


def test_a_new_user_is_granted_the_licence_of_the_template():
    sales = make.group()
    row = add(sales)
    user = user_templates.create_user(make.admin_of(sales), make.at(sales), NEW, row.id)
    (licence,) = make.every(Licence)
    assert (licence.user_id, licence.product, licence.kind) == (user.id, Product.AGENT, LicenceKind.PERMANENT)


@pytest.mark.parametrize(("days", "count"), [(5, 1), (0, 0)])
def test_a_trial_lasts_as_long_as_trials_do_there(days, count):
    sales = make.group(trial_days=days)
    row = add(sales, TemplateWish("Trial", "UTC", "en", Product.DESKTOP, LicenceKind.TRIAL))
    user_templates.create_user(make.admin_of(sales), make.at(sales), NEW, row.id)
    found = make.every(Licence)
    assert len(found) == count
    assert all((one.expires_at - now()).days == days - 1 for one in found)


def test_nothing_of_a_refused_user_is_kept():
    sales = make.group()
    row = add(sales)
    make.user(broadworks_id="NEW@x.example")
    with pytest.raises(UserIdInUse):
        user_templates.create_user(make.admin_of(sales), make.at(sales), NEW, row.id)
    stranger = add(make.group())
    other = UserWish("other@x.example", "Other")
    with pytest.raises(Invalid, match="This template is gone"):
        user_templates.create_user(make.admin_of(sales), make.at(sales), other, stranger.id)
    assert len(make.every(User)) == 1
    assert make.every(Licence) == []


BAD = {
    "name": TemplateWish(" ", "UTC", "en"),
    "timezone": TemplateWish("A", "Mars", "en"),
    "language": TemplateWish("A", "UTC", "tlh"),
    "licence_kind": TemplateWish("A", "UTC", "en", Product.AGENT, LicenceKind.UNTIL),
}


@pytest.mark.parametrize(("field", "wish"), BAD.items(), ids=BAD)
def test_a_template_has_to_make_sense(field, wish):
    with pytest.raises(Invalid) as refusal:
        add(make.group(), wish)
    assert refusal.value.field == field


def test_the_second_of_two_editors_is_told():
    telco = make.provider()
    row = add(telco)
    edit = lambda wish, seen: user_templates.change(  # noqa: E731
        make.admin_of(telco), make.at(telco), row.id, wish, seen=seen
    )
    edit(PLAIN, 1)
    with pytest.raises(ChangedMeanwhile, match="name is now “Plain”"):
        edit(WISH, 1)
    assert make.again(row).name == "Plain"
    assert edit(WISH, 2).revision == 3
    actions = [line.action for line in make.every(AuditEntry)]
    assert actions == ["User template created", "User template changed", "User template changed"]


def test_a_template_is_changed_and_deleted_only_where_it_stands():
    sales = make.group()
    row = make.user_template(sales)
    above = make.reseller()
    with pytest.raises(NotFound):
        user_templates.delete(make.admin_of(above), make.at(above), row.id)
    user_templates.delete(make.admin_of(sales), make.at(sales), row.id)
    assert make.every(UserTemplate) == []


def test_nothing_is_added_where_somebody_closed():
    with pytest.raises(Closed):
        add(make.group(closed_at=now()))
