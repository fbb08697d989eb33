"""Platforms: recipients first, then the carrier's word on the keys (S1 to S7, D5, D6)."""

import json
import logging

import pytest

from app.carriers.base import CarrierUnavailable, KeysRefused
from app.clock import now
from app.errors import Invalid, NotFound
from app.models import AuditEntry, Platform
from app.services.accounts import portal_users
from app.services.provisioning import platforms
from app.services.provisioning.platform_input import KeyMissing
from app.services.provisioning.platforms import NoAlertRecipient, PlatformInUse, PlatformWish
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import AssignmentState
from tests import make
from tests.services.provisioning.wishes import add


def test_a_platform_with_the_right_keys_is_saved_and_listed(telco, keys, other_keys):
    """S1, S2, S5, S7."""
    first, second = add(telco, **keys), add(telco, **other_keys)

    assert platforms.listed(make.at(telco)) == [first, second]
    assert (first.user_confirmation_required, first.user_can_block, first.mms_available) == (True,) * 3
    assert [entry.action for entry in make.every(AuditEntry)] == ["CPaaS platform added"] * 2


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
