"""A changed key re-registers every active number; old and new are accepted until the last is done (D27)."""

import dataclasses
import threading

import pytest

from app.models import AuditEntry
from app.services.messaging import receiver
from app.services.messaging.receiver import CallRefused
from app.services.provisioning import enabling, platforms
from app.services.provisioning.platforms import PlatformWish, Progress
from app.vocabulary import AssignmentState
from tests import make
from tests.signed import call

NUMBERS = ("2019920781", "2019920782")


@pytest.fixture
def active(assign, enable):
    """Two active numbers on the platform."""
    return [enable(assign(number)) for number in NUMBERS]


@pytest.fixture
def change_key(carrier, place):
    """Give the platform another outbound API key; the one before stays valid at the carrier until the end."""
    made = []

    def change():
        made.append(carrier.add_key("test"))
        provider = make.at(make.again(place.platform))
        actor = make.admin_of(make.again(place.platform))
        wish = PlatformWish(outbound_api_key=made[-1])
        seen = make.again(place.platform).revision
        return platforms.change(actor, provider, place.platform.id, wish, seen=seen)

    yield change
    for key in made:
        carrier.remove_key("test", key)


def headers_at(carrier):
    return [carrier.webhooks("test", number) for number in NUMBERS]


def accepted(platform_path, key, header):
    headers, body = call({"referenceId": "r1", "from": "12125550142", "to": [NUMBERS[0]]}, key, header)
    try:
        receiver.accept(platform_path, headers, body)
    except CallRefused:
        return False
    return True


def test_old_and_new_keys_are_accepted_until_the_last_number_is_done(
    active, place, change_key, carrier, keys
):
    before = make.again(place.platform)
    path, old = before.receiver_path_key, (before.outbound_api_key, before.receiver_header_key)
    changed = make.again(change_key())
    new = (changed.outbound_api_key, changed.receiver_header_key)
    assert new[0] != old[0]
    assert new[1] != old[1]
    provider = make.at(changed)
    assert platforms.reregistration(provider, changed) == Progress(0, 2)
    assert accepted(path, *old)
    assert accepted(path, *new)

    carrier.fault("answer_431", "configureAuthorization", times=1)
    enabling.reregister(place.platform.id)
    assert platforms.reregistration(provider, make.again(changed)) == Progress(1, 2)
    assert accepted(path, *old)

    for row in active:
        late = make.again(row)
        late.due_at = late.started_at
        make.kept(late)
    enabling.reregister(place.platform.id)
    done = make.again(changed)
    assert platforms.reregistration(provider, done) is None
    assert not accepted(path, *old)
    assert accepted(path, *new)
    assert [len(hooks) for hooks in headers_at(carrier)] == [1, 1]
    assert {make.again(row).registered_key_version for row in active} == {2}
    assert make.every(AuditEntry)[-1].action == "CPaaS platform keys renewed"


def test_the_sweep_goes_on_with_a_change_of_keys(active, place, change_key):
    change_key()
    due = [(task.name, ids) for task, ids in enabling.due()]
    assert due == [("reregister_numbers", {"platform_id": place.platform.id})]


def test_numbers_stay_active_while_their_keys_are_renewed(active, place, change_key, carrier):
    change_key()
    carrier.fault("answer_500")
    enabling.reregister(place.platform.id)
    assert {make.again(row).state for row in active} == {AssignmentState.ACTIVE}


def test_other_switches_register_nothing_anew(active, place):
    platform = make.again(place.platform)
    wish = PlatformWish(mms_available=False)
    platforms.change(make.admin_of(platform), make.at(platform), platform.id, wish, seen=1)
    assert enabling.due() == []
    assert make.again(platform).key_version == 1


def test_a_number_being_set_up_with_the_old_key_is_not_forgotten(
    real_database, app, carrier, place, change_key
):
    """The old key must count until this number, too, carries the new one."""
    given = make.assignment(
        place.user, on=place.platform, number=f"+1{NUMBERS[0]}", state=AssignmentState.PROVISIONING
    )
    assignment_id, platform_id = given.id, place.platform.id
    carrier.fault("hang_before", "configureAuthorization", times=1, seconds=20, then="accept")

    def job():
        with app.app_context():
            enabling.enable(assignment_id)

    thread = threading.Thread(target=job)
    real_database.session.rollback()
    thread.start()
    carrier.wait_held("configureAuthorization")
    change_key()
    enabling.reregister(platform_id)
    carrier.clear_faults()
    thread.join(20)
    assert make.again(given).state is AssignmentState.ACTIVE

    for task, ids in enabling.due():
        assert task.name == "reregister_numbers"
        enabling.reregister(**ids)
    after, platform = make.again(given), make.again(place.platform)
    assert after.registered_key_version == platform.key_version
    assert platform.previous_outbound_api_key is None


def test_a_key_changed_twice_keeps_the_registered_one_accepted(active, place, change_key):
    """The numbers still carry the first key: what the carrier signs with it must not be lost."""
    before = make.again(place.platform)
    path, first = before.receiver_path_key, (before.outbound_api_key, before.receiver_header_key)
    change_key()
    change_key()
    assert accepted(path, *first)

    enabling.reregister(place.platform.id)
    assert not accepted(path, *first)
    after = make.again(place.platform)
    assert after.previous_outbound_api_key is None
    assert accepted(path, after.outbound_api_key, after.receiver_header_key)


def test_another_address_of_ours_or_another_system_beside_us_fails_no_active_number(
    active, place, change_key, carrier, keys, app, monkeypatch
):
    """D27 after we moved to another host: the old entries are known as ours and are replaced."""
    there = dataclasses.replace(app.extensions["settings"], receiver_url="http://moved.example")
    monkeypatch.setitem(app.extensions, "settings", there)
    change_key()

    enabling.reregister(place.platform.id)

    assert {make.again(number).state for number in active} == {AssignmentState.ACTIVE}
    for [hook] in headers_at(carrier):
        assert hook["webhookUrl"].startswith("http://moved.example/receiver/inteliquent/")
    assert make.again(place.platform).previous_outbound_api_key is None
