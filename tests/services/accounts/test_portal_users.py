"""Portal users (S6), and why the last one who receives alerts must stay (S4)."""

from dataclasses import replace

import pytest

from app.access.policy import Actor, Closed
from app.clock import now
from app.errors import Conflict, Invalid, NotFound
from app.models import AuditEntry, OneTimeLink, PortalUser
from app.services.accounts import portal_sessions, portal_users
from app.services.accounts.portal_users import (
    EmailInUse,
    LastAlertRecipient,
    OwnAccount,
    OwnRole,
    PortalUserWish,
)
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import Role
from tests import make

WISH = PortalUserWish(name="Ada", email="ada@telco.example")
DELETE_WORDS = (
    "This user cannot be deleted as they are the only user account configured to receive alerts from the "
    "Kakapo partner portal. These alerts include notifications for any issues relating to CPaaS "
    "enablement, so at least one user must be set as a recipient. Please re-enable this setting, or "
    "configure another user to receive alerts before deleting this account."
)


@pytest.fixture
def telco():
    provider = make.provider()
    make.platform(provider)
    return provider


def wish_of(person, **changes):
    names = PortalUserWish.__dataclass_fields__
    return replace(PortalUserWish(**{name: getattr(person, name) for name in names}), **changes)


def change(provider, person, **changes):
    person = make.again(person)
    wish, seen = wish_of(person, **changes), person.revision
    return portal_users.change(make.admin_of(provider), make.at(provider), person.id, wish, seen=seen)


def delete(provider, person):
    portal_users.delete(make.admin_of(provider), make.at(provider), person.id)


LEAVING = {
    "deleted": delete,
    "switched off": lambda provider, person: change(provider, person, send_alerts=False),
    "disabled at once": lambda provider, person: portal_users.set_enabled(
        make.admin_of(provider), make.at(provider), person.id, is_enabled=False
    ),
    "disabled": lambda provider, person: change(provider, person, is_enabled=False),
}


@pytest.fixture(params=LEAVING)
def leave(request):
    return LEAVING[request.param]


def test_the_last_recipient_of_alerts_must_stay(telco, leave):
    """S4."""
    ada = make.portal_user(telco, send_alerts=True)

    with pytest.raises(LastAlertRecipient) as refusal:
        leave(telco, ada)

    expected = DELETE_WORDS
    if leave is not delete:
        expected = expected.replace("deleted", "updated").replace("deleting", "updating")
    assert refusal.value.message == expected
    after = make.again(ada)
    assert (after.send_alerts, after.is_enabled) == (True, True)


@pytest.mark.parametrize(
    "other",
    [
        {"send_alerts": False},
        {"send_alerts": True, "is_enabled": False},
        {"send_alerts": True, "accepted_at": None},
    ],
    ids=["receives nothing", "disabled", "has not accepted"],
)
def test_only_enabled_accounts_that_accepted_count_beside_the_last(telco, leave, other):
    """S4."""
    ada = make.portal_user(telco, send_alerts=True)
    make.portal_user(telco, **other)
    with pytest.raises(LastAlertRecipient):
        leave(telco, ada)


def test_recipients_below_above_and_beside_the_provider_do_not_count(telco, leave):
    """S4: at provider level."""
    ada = make.portal_user(telco, send_alerts=True)
    for node in (None, make.provider(), north := make.reseller(telco), make.group(north)):
        make.portal_user(node, send_alerts=True)
    with pytest.raises(LastAlertRecipient):
        leave(telco, ada)


def test_the_last_but_one_may_leave(telco, leave):
    ada = make.portal_user(telco, send_alerts=True)
    make.portal_user(telco, send_alerts=True)
    leave(telco, ada)
    assert len(portal_users.alert_recipients(make.at(telco))) == 1


def test_without_a_platform_anybody_may_leave(leave):
    provider = make.provider()
    make.platform(provider, deleted_at=make.portal_user(provider).created_at)
    ada = make.portal_user(provider, send_alerts=True)
    leave(provider, ada)
    assert portal_users.alert_recipients(make.at(provider)) == []


def test_the_last_recipient_may_be_renamed(telco):
    ada = make.portal_user(telco, send_alerts=True)
    change(telco, ada, name="Ada Lovelace")
    assert make.again(ada).name == "Ada Lovelace"


def test_recipients_of_resellers_and_groups_come_and_go(telco, leave):
    """S4 is about provider level."""
    north = make.reseller(telco)
    ada = make.portal_user(north, send_alerts=True)
    leave(north, ada)
    assert portal_users.alert_recipients(make.at(north)) == []


@pytest.mark.parametrize("second", LEAVING)
@pytest.mark.parametrize("first", LEAVING)
def test_two_administrators_at_once_cannot_both_take_the_last_but_one(
    real_database, at_once, slowly, first, second
):
    """S4."""
    provider = make.provider()
    make.platform(provider)
    ada, bob = (make.portal_user(provider, send_alerts=True) for _ in range(2))
    slowly(portal_users, "alert_recipients")
    actor, place = make.admin_of(provider), make.at(provider)
    wishes = {"switched off": {"send_alerts": False}, "disabled": {"is_enabled": False}}

    def act(how, person):
        person_id = person.id
        if how == "deleted":
            return lambda: portal_users.delete(actor, place, person_id)
        if how == "disabled at once":
            return lambda: portal_users.set_enabled(actor, place, person_id, is_enabled=False)
        wish = wish_of(person, **wishes[how])
        return lambda: portal_users.change(actor, place, person_id, wish, seen=1)

    outcomes = at_once(act(first, ada), act(second, bob))

    assert sum(isinstance(one, LastAlertRecipient) for one in outcomes) == 1, outcomes
    assert len(portal_users.alert_recipients(place)) == 1


def test_a_new_portal_user_has_all_switches_off_and_is_invited():
    """S6."""
    provider = make.provider()
    person = portal_users.create(make.admin_of(provider), make.at(provider), WISH)

    assert not any(
        (person.send_technical_emails, person.send_alerts, person.send_invoices),
    )
    assert not person.send_licence_expiry_alerts
    assert person.accepted_at is None
    assert [link.portal_user_id for link in make.every(OneTimeLink)] == [person.id]
    actions = [entry.action for entry in make.every(AuditEntry)]
    assert actions == ["Portal user created", "Invitation sent"]


def test_the_four_switches_are_independent():
    """S6."""
    provider = make.provider()
    names = [name for name in PortalUserWish.__dataclass_fields__ if name.startswith("send_")]
    assert len(names) == 4
    for position, name in enumerate(names):
        wish = replace(WISH, email=f"ada{position}@telco.example", **{name: True})
        person = portal_users.create(make.admin_of(provider), make.at(provider), wish)
        assert {other for other in names if getattr(person, other)} == {name}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "ada"),
        ("email", "ada@"),
        ("name", "   "),
        ("timezone", "Mars/Olympus"),
        ("role", Role.CLIENT),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(field, value):
    provider = make.provider()
    with pytest.raises(Invalid) as refusal:
        portal_users.create(make.admin_of(provider), make.at(provider), replace(WISH, **{field: value}))
    assert refusal.value.field == field
    assert make.every(PortalUser) == []


def test_an_email_address_signs_in_once_in_any_case():
    ada = make.portal_user(email="ada@telco.example")
    provider = make.provider()
    with pytest.raises(EmailInUse):
        portal_users.create(
            make.admin_of(provider), make.at(provider), replace(WISH, email="ADA@Telco.example")
        )
    assert make.every(PortalUser) == [ada]


def test_nobody_deletes_or_disables_the_own_account():
    provider = make.provider()
    ada = make.portal_user(provider)
    actor = Actor(ada.email, ada.role, make.at(provider), ada.id)
    with pytest.raises(OwnAccount):
        portal_users.delete(actor, make.at(provider), ada.id)
    with pytest.raises(OwnAccount):
        portal_users.change(actor, make.at(provider), ada.id, wish_of(ada, is_enabled=False), seen=1)


@pytest.mark.parametrize("changes", [{"is_enabled": False}, {"role": Role.READ_ONLY}])
def test_another_role_or_disabling_ends_all_sessions(changes):
    provider = make.provider()
    ada, bob = make.portal_user(provider), make.portal_user(provider)
    own, others = portal_sessions.start(ada.id), portal_sessions.start(bob.id)
    change(provider, ada, **changes)
    change(provider, ada, is_enabled=True)
    assert portal_sessions.signed_in(own) is None
    assert portal_sessions.signed_in(others) is not None


def test_another_name_ends_no_session():
    provider = make.provider()
    ada = make.portal_user(provider)
    token = portal_sessions.start(ada.id)
    change(provider, ada, name="Ada L")
    assert portal_sessions.signed_in(token).name == "Ada L"


def test_somebody_at_another_node_does_not_exist(telco):
    north = make.reseller(telco)
    below, beside = make.portal_user(north), make.portal_user(make.provider())
    for person in (below, beside):
        with pytest.raises(NotFound):
            delete(telco, person)
        with pytest.raises(NotFound):
            portal_users.one(make.at(telco), person.id)


def test_an_invitation_goes_out_again_only_while_it_is_not_accepted():
    provider = make.provider()
    new, old = make.portal_user(provider, accepted_at=None), make.portal_user(provider)
    portal_users.invite_again(make.admin_of(provider), make.at(provider), new.id)
    with pytest.raises(Conflict):
        portal_users.invite_again(make.admin_of(provider), make.at(provider), old.id)


def test_the_second_of_two_editors_is_told_and_nothing_is_overwritten():
    node = make.provider()
    ada = make.portal_user(node)
    change(node, ada, name="Ada Lovelace")
    with pytest.raises(ChangedMeanwhile, match="name is now “Ada Lovelace”"):
        portal_users.change(
            make.admin_of(node), make.at(node), ada.id, wish_of(ada, send_invoices=True), seen=1
        )
    assert make.again(ada).name == "Ada Lovelace"
    assert not make.again(ada).send_invoices
    portal_users.change(make.admin_of(node), make.at(node), ada.id, wish_of(ada, name="Ada"), seen=2)
    assert make.again(ada).name == "Ada"


def test_nobody_locks_themselves_out():
    node = make.provider()
    ada = make.portal_user(node)
    actor = Actor(ada.email, ada.role, make.at(node), ada.id)
    with pytest.raises(OwnRole):
        portal_users.change(actor, make.at(node), ada.id, wish_of(ada, role=Role.READ_ONLY), seen=1)
    with pytest.raises(OwnAccount):
        portal_users.set_enabled(actor, make.at(node), ada.id, is_enabled=False)
    assert make.again(ada).role is Role.ADMINISTRATOR


def test_enabling_and_disabling_is_one_line_of_history_each():
    node = make.provider()
    ada = make.portal_user(node)
    for is_enabled in (False, False, True):
        portal_users.set_enabled(make.admin_of(node), make.at(node), ada.id, is_enabled=is_enabled)
    said = [line.change for line in make.every(AuditEntry)]
    assert said == [{"is_enabled": [True, False]}, {"is_enabled": [False, True]}]


def test_nobody_is_added_where_somebody_closed():
    node = make.provider(closed_at=now())
    with pytest.raises(Closed):
        portal_users.create(make.admin_of(node), make.at(node), WISH)
