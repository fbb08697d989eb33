"""Names and accounts of platforms, and everything that is wrong with one said at once (D36)."""

import dataclasses

import pytest
from cryptography.fernet import Fernet

from app.digests import keyed_digests
from app.errors import Several
from app.models import AuditEntry, Platform
from app.models.provisioning import ACCOUNT, RECEIVER_PATH
from app.services.messaging import receiver
from app.services.provisioning import platform_input, platforms
from app.services.provisioning.platform_input import AccountTaken, NameTaken, NameTooLong
from app.services.provisioning.platforms import PlatformWish
from tests import make
from tests.services.provisioning.wishes import KEYS, add, change


def test_a_platform_is_called_like_its_carrier_until_somebody_names_it(telco, keys, other_keys):
    """D36: also the second one, which needs a name of its own."""
    first, second = add(telco, **keys), add(telco, **other_keys, name=" ")
    assert (first.name, second.name) == ("Inteliquent", "Inteliquent 2")
    change(telco, second, name="Toll-free")
    assert make.again(second).name == "Toll-free"
    change(telco, second, mms_available=False)
    assert make.again(second).name == "Toll-free"
    change(telco, second, name="")
    assert make.again(second).name == "Inteliquent 2"
    assert make.every(AuditEntry)[-1].change["name"] == ["Toll-free", "Inteliquent 2"]


@pytest.mark.parametrize("typed", ["Main", "main", " MAIN ", "mAIN\t"])
def test_two_platforms_of_a_provider_have_two_names(telco, keys, other_keys, typed):
    """D36: also when one is renamed; a deleted one's name is free, and another provider may use it."""
    first = add(telco, **keys, name="Main")
    with pytest.raises(NameTaken) as refusal:
        add(telco, **other_keys, name=typed)
    assert refusal.value.field == "name"
    second = add(telco, **other_keys)
    with pytest.raises(NameTaken):
        change(telco, second, name=typed)
    make.platform(make.provider(), name="Main")
    platforms.delete(make.admin_of(telco), make.at(telco), first.id)
    change(telco, second, name=typed)
    assert make.again(second).name == typed.strip()


def test_a_name_has_a_length(telco, keys):
    with pytest.raises(NameTooLong) as refusal:
        add(telco, **keys, name="x" * 121)
    assert refusal.value.field == "name"
    assert add(telco, **keys, name="x" * 120).name == "x" * 120


def test_the_same_account_is_added_once_to_a_provider(telco, keys, other_keys, carrier):
    """D36: refused at its field, before the carrier is asked, also when a platform is changed to it."""
    first = add(telco, **keys)
    asked = carrier.state()["counts"]
    with pytest.raises(AccountTaken) as refusal:
        add(telco, **keys | {"account_key": f" {keys['account_key']}\n"}, name="Other")
    assert refusal.value.field == "account_key"
    assert carrier.state()["counts"] == asked
    second = add(telco, **other_keys)
    with pytest.raises(AccountTaken):
        change(telco, second, **keys)
    change(telco, first, **keys)  # its own

    another = make.provider()
    make.portal_user(another, send_alerts=True)
    assert add(another, **keys).id
    platforms.delete(make.admin_of(telco), make.at(telco), first.id)
    change(telco, second, **keys)
    assert make.again(second).account_key == keys["account_key"]


def test_an_account_is_known_again_after_a_new_encryption_key(telco, keys, app, monkeypatch):
    """D36: the first key writes, all keys are compared."""
    add(telco, **keys)
    given = app.extensions["settings"]
    newer = (Fernet.generate_key().decode(), *given.encryption_keys)
    monkeypatch.setitem(app.extensions, "settings", dataclasses.replace(given, encryption_keys=newer))
    with pytest.raises(AccountTaken):
        add(telco, **keys)


def test_an_old_encryption_key_can_go_once_the_digests_are_renewed(telco, keys, app, monkeypatch):
    """The receiver still knows its address, and the account is still known."""
    saved, given = add(telco, **keys), app.extensions["settings"]
    path, older = saved.receiver_path_key, given.encryption_keys
    newer = Fernet.generate_key().decode()

    def have(*present):
        settings = dataclasses.replace(given, encryption_keys=present)
        monkeypatch.setitem(app.extensions, "settings", settings)

    have(newer, *older)
    assert receiver._load_platform(path) is not None
    assert platforms.renew_digests() == 1
    after = make.again(saved)
    assert after.receiver_path_digest == keyed_digests(RECEIVER_PATH, path)[0]
    assert after.account_digest == keyed_digests(ACCOUNT, keys["account_key"])[0]
    assert receiver._load_platform(path) is not None


def test_of_two_administrators_who_add_an_account_at_once_one_is_refused(
    real_database, carrier, keys, at_once, slowly
):
    """D36."""
    provider = make.provider()
    make.portal_user(provider, send_alerts=True)
    admin, place = make.admin_of(provider), make.at(provider)
    slowly(platform_input, "_clashes")

    outcomes = at_once(
        *[lambda name=name: platforms.add(admin, place, PlatformWish(**keys, name=name)) for name in "AB"]
    )

    assert len(make.every(Platform)) == 1
    assert sorted(type(one).__name__ for one in outcomes) == ["AccountTaken", "Platform"]


def test_everything_that_is_wrong_is_said_at_once(telco, keys):
    """D36: three empty keys are three refusals, each at its field."""
    add(telco, **keys, name="Main")
    with pytest.raises(Several) as refusals:
        add(telco, name="main", texts_per_minute=0, account_key=" ")
    assert [one.field for one in refusals.value.refusals] == ["texts_per_minute", *KEYS, "name"]


def test_new_platforms_do_not_accept_calls_at_the_legacy_address(telco, keys):
    saved = add(telco, **keys)
    assert not saved.accepts_legacy
    change(telco, saved, accepts_legacy=True)
    change(telco, saved, mms_available=False)
    assert make.again(saved).accepts_legacy
