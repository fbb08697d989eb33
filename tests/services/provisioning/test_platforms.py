"""Platforms: recipients first, then the carrier's word on the keys (S1 to S7, D5, D6)."""

import dataclasses
import json
import logging

import pytest
from cryptography.fernet import Fernet

from app.carriers.base import CarrierUnavailable, KeysRefused
from app.clock import now
from app.digests import keyed_digests
from app.errors import Invalid, NotFound, Several
from app.models import AuditEntry, Platform
from app.models.provisioning import ACCOUNT, RECEIVER_PATH
from app.services.accounts import portal_users
from app.services.messaging import ordinary
from app.services.provisioning import platform_input, platforms
from app.services.provisioning.platform_input import AccountTaken, KeyMissing, NameTaken, NameTooLong
from app.services.provisioning.platforms import NoAlertRecipient, PlatformInUse, PlatformWish
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import AssignmentState
from tests import make

KEYS = ("account_key", "token_secret", "outbound_api_key")


@pytest.fixture
def telco():
    """A provider that may add platforms: somebody would be alerted."""
    provider = make.provider()
    make.portal_user(provider, send_alerts=True)
    return provider


def add(provider, **wish):
    return platforms.add(make.admin_of(provider), make.at(provider), PlatformWish(**wish))


def change(provider, platform, **wish):
    actor, seen = make.admin_of(provider), make.again(platform).revision
    return platforms.change(actor, make.at(provider), platform.id, PlatformWish(**wish), seen=seen)


@pytest.fixture
def other_keys(carrier):
    """Those of another account at the carrier."""
    return {name: carrier.accounts()["demo"][name] for name in KEYS}


def test_a_platform_with_the_right_keys_is_saved_and_listed(telco, keys, other_keys):
    """S1, S2, S5, S7."""
    first, second = add(telco, **keys), add(telco, **other_keys)

    assert platforms.listed(make.at(telco)) == [first, second]
    assert (first.user_confirmation_required, first.user_can_block, first.mms_available) == (True,) * 3
    assert [entry.action for entry in make.every(AuditEntry)] == ["CPaaS platform added"] * 2


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
    assert ordinary.read_platform(path)[0] is not None
    assert platforms.renew_digests() == 1
    after = make.again(saved)
    assert after.receiver_path_digest == keyed_digests(RECEIVER_PATH, path)[0]
    assert after.account_digest == keyed_digests(ACCOUNT, keys["account_key"])[0]
    assert ordinary.read_platform(path)[0] is not None


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


def test_the_platforms_of_a_provider_are_the_same_for_all_below_it(telco):
    ours = make.platform(telco)
    make.platform(make.provider())
    assert platforms.listed(make.at(make.user(make.group(make.reseller(telco))))) == [ours]


def test_pasted_blanks_are_trimmed(telco, keys):
    """S2."""
    saved = add(telco, **{name: f"  {value}\t\n" for name, value in keys.items()})
    assert platforms.keys_of(saved).__dict__ == keys


@pytest.mark.parametrize("field", ["account_key", "token_secret", "outbound_api_key"])
def test_wrong_keys_are_refused_beside_their_field_and_nothing_is_saved(telco, keys, field):
    """S5."""
    with pytest.raises(KeysRefused) as refusal:
        add(telco, **(keys | {field: "wrong"}))

    assert refusal.value.field == ("outbound_api_key" if field == "outbound_api_key" else "account_key")
    assert make.every(Platform) == []


@pytest.mark.parametrize("field", ["account_key", "token_secret", "outbound_api_key"])
def test_a_missing_key_is_refused_before_the_carrier_is_asked(telco, carrier, keys, field):
    with pytest.raises(KeyMissing) as refusal:
        add(telco, **(keys | {field: "   "}))
    assert refusal.value.field == field
    assert carrier.state()["counts"] == {}


@pytest.mark.parametrize("fault", ["answer_500", "babble", "answer_431"])
def test_a_carrier_that_does_not_answer_well_saves_nothing(telco, carrier, keys, fault):
    """S5."""
    carrier.fault(fault)
    with pytest.raises(CarrierUnavailable):
        add(telco, **keys)
    assert make.every(Platform) == []


@pytest.mark.parametrize(
    "nobody",
    [
        {"send_alerts": False},
        {"send_alerts": True, "is_enabled": False},
        {"send_alerts": True, "accepted_at": None},
    ],
    ids=["does not receive alerts", "disabled", "has not accepted"],
)
def test_without_somebody_to_alert_no_platform_can_be_added(carrier, keys, nobody):
    """S3, S4: only enabled accounts count that accepted their invitation."""
    provider = make.provider()
    make.portal_user(provider, **nobody)

    with pytest.raises(NoAlertRecipient) as refusal:
        add(provider, **keys)

    assert refusal.value.message.startswith("CPaaS platforms cannot be added as there are no login users")
    assert make.every(Platform) == []
    assert carrier.state()["counts"] == {}


def test_recipients_at_other_levels_and_other_providers_do_not_count(keys):
    """S3: at the system provider level."""
    provider = make.provider()
    for node in (None, make.provider(), north := make.reseller(provider), make.group(north)):
        make.portal_user(node, send_alerts=True)
    with pytest.raises(NoAlertRecipient):
        add(provider, **keys)


def test_the_last_recipient_and_the_first_platform_cannot_pass_each_other(
    real_database, carrier, keys, at_once, slowly
):
    """S3 and S4 at the same moment: a platform without anybody to alert must not come to be."""
    provider = make.provider()
    ada = make.portal_user(provider, send_alerts=True)
    admin, place, ada_id = make.admin_of(provider), make.at(provider), ada.id
    slowly(portal_users, "alert_recipients")

    at_once(
        lambda: platforms.add(admin, place, PlatformWish(**keys)),
        lambda: portal_users.delete(admin, place, ada_id),
    )

    assert bool(make.every(Platform)) == bool(portal_users.alert_recipients(place))


def test_an_empty_key_on_update_keeps_the_stored_one(telco, keys):
    """D6."""
    saved = add(telco, **keys)
    platforms.change(
        make.admin_of(telco),
        make.at(telco),
        saved.id,
        PlatformWish(user_can_block=False, mms_available=False),
        seen=1,
    )

    after = make.again(saved)
    assert platforms.keys_of(after).__dict__ == keys
    assert (after.user_can_block, after.mms_available, after.key_version) == (False, False, 1)


def test_keys_are_tried_again_on_update_and_a_refusal_changes_nothing(telco, keys):
    """S5."""
    saved = add(telco, **keys)
    with pytest.raises(KeysRefused):
        platforms.change(
            make.admin_of(telco),
            make.at(telco),
            saved.id,
            PlatformWish(token_secret="wrong", mms_available=False),
            seen=1,
        )
    after = make.again(saved)
    assert after.token_secret == keys["token_secret"]
    assert after.mms_available


@pytest.mark.parametrize("state", [s for s in AssignmentState if s is not AssignmentState.ENDED])
def test_a_platform_with_numbers_cannot_be_deleted(telco, state):
    """D5: failed and releasing ones count too."""
    una = make.user(make.group(make.reseller(telco)))
    held = make.platform(telco)
    make.assignment(una, on=held, state=state)

    with pytest.raises(PlatformInUse) as refusal:
        platforms.delete(make.admin_of(telco), make.at(telco), held.id)

    assert "1 number." in refusal.value.message
    assert make.again(held).deleted_at is None


def test_a_deleted_platform_stays_as_a_row_without_keys(telco, keys):
    """D5."""
    una = make.user(make.group(make.reseller(telco)))
    gone = make.platform(telco, previous_outbound_api_key="older", previous_receiver_header_key="older")
    make.assignment(una, on=gone, state=AssignmentState.ENDED, ended_at=now())

    platforms.delete(make.admin_of(telco), make.at(telco), gone.id)

    after = make.again(gone)
    assert after.deleted_at is not None
    assert platforms.keys_of(after).__dict__ == dict.fromkeys(keys, "")
    assert after.receiver_header_key is None
    assert (after.previous_outbound_api_key, after.previous_receiver_header_key) == (None, None)
    assert platforms.listed(make.at(telco)) == []
    with pytest.raises(NotFound):
        platforms.change(make.admin_of(telco), make.at(telco), gone.id, PlatformWish(), seen=1)


def test_another_providers_platform_does_not_exist(telco):
    theirs = make.platform(make.provider())
    for act in (
        lambda: platforms.one(make.at(telco), theirs.id),
        lambda: platforms.change(make.admin_of(telco), make.at(telco), theirs.id, PlatformWish(), seen=1),
        lambda: platforms.delete(make.admin_of(telco), make.at(telco), theirs.id),
    ):
        with pytest.raises(NotFound):
            act()


def test_no_secret_is_in_the_database_the_history_a_log_or_an_error(telco, carrier, keys, caplog, db):
    """D6."""
    caplog.set_level(logging.DEBUG)
    saved = add(telco, **keys)
    second = carrier.add_key("test")
    change = {"outbound_api_key": second}
    platforms.change(make.admin_of(telco), make.at(telco), saved.id, PlatformWish(**change), seen=1)
    carrier.fault("refuse_logins")
    with pytest.raises(KeysRefused) as refusal:
        platforms.change(make.admin_of(telco), make.at(telco), saved.id, PlatformWish(**change), seen=2)
    logged = caplog.text
    carrier.clear_faults()
    carrier.remove_key("test", second)

    stored = db.session.connection().exec_driver_sql("SELECT * FROM platforms").mappings().one()
    told = [json.dumps([entry.change, entry.target]) for entry in make.every(AuditEntry)]
    said = [
        str(refusal.value),
        repr(refusal.value),
        repr(PlatformWish(**keys)),
        repr(platforms.keys_of(saved)),
    ]
    everything = " ".join([str(dict(stored)), *told, *said, logged])
    after = make.again(saved)
    for secret in (*keys.values(), second, after.receiver_header_key, after.receiver_path_key):
        assert secret not in everything


def test_a_platform_that_somebody_else_changed_meanwhile_is_not_overwritten(telco, keys):
    saved = add(telco, **keys)
    actor, place = make.admin_of(telco), make.at(telco)
    platforms.change(actor, place, saved.id, PlatformWish(texts_per_minute=30), seen=1)
    with pytest.raises(ChangedMeanwhile, match="texts per minute is now “30”") as told:
        platforms.change(actor, place, saved.id, PlatformWish(mms_available=False), seen=1)
    assert make.again(saved).mms_available
    wish = PlatformWish(mms_available=False, texts_per_minute=30)
    platforms.change(actor, place, saved.id, wish, seen=told.value.revision)
    assert not make.again(saved).mms_available


@pytest.mark.parametrize("texts", [0, 1001])
def test_the_texts_per_minute_of_a_platform_have_bounds(telco, keys, texts):
    """D14."""
    with pytest.raises(Invalid) as refusal:
        add(telco, **keys, texts_per_minute=texts)
    assert refusal.value.field == "texts_per_minute"
    assert make.every(Platform) == []
