"""Signed calls are never lost, and at the legacy address a message ID stands for one content (D34)."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from cryptography.fernet import Fernet

from app.clock import now
from app.models import (
    Message,
    Notice,
    QuarantinedMessage,
    Receipt,
    RefusedCall,
    SeenCall,
)
from app.services.messaging import receiver, seen_calls, signature
from app.vocabulary import CallFault
from tests import make
from tests.signed import LEGACY
from tests.signed import call as call_of
from tests.web.browsing import alone, soup
from tests.web.carrier_texts import counts, text
from tests.web.test_queries_per_page import statements

UNREADABLE = {
    "cut off": b'{"referenceId": "r1", "text": "secret words',
    "trailing comma": b'{"referenceId": "r1", "to": ["12019920781"], "text": "secret words",}',
    "two objects": b'{"referenceId": "r1"}{"referenceId": "r2", "text": "secret words"}',
    "a form": b"referenceId=r1&text=secret+words",
    "nested without end": b'{"text": "secret words", "x": ' + b"[" * 60_000,
    "no reference": b'{"text": "secret words", "to": ["12019920781"]}',
    "no address": b'{"referenceId": "r1", "from": {"tn": "secret words"}}',
    "large": b"secret words " * 19_000,
    "nothing": b"",
}


@pytest.mark.parametrize("where", ["own", "legacy"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_signed_call_that_cannot_be_read_is_kept_raw_and_counted(post, where, kind, db, caplog):
    """D34."""
    assert post(UNREADABLE[kind], where).status_code == 400
    [call] = make.every(RefusedCall)
    assert (call.fault, call.was_accepted, call.is_signed) == (CallFault.UNREADABLE, False, True)
    assert (call.payload, call.address) == (UNREADABLE[kind], "127.0.0.1")
    assert counts() == [(CallFault.UNREADABLE, False, 1)]
    raw = db.session.connection().exec_driver_sql("SELECT payload FROM refused_calls").scalar_one()
    assert b"secret words" not in bytes(raw)
    assert "secret words" not in caplog.text


@pytest.mark.parametrize("sign", ["another key", None, ""])
def test_without_a_signature_it_is_refused_and_nothing_is_kept(post, sign):
    for kind, where in (("cut off", "own"), ("cut off", "legacy"), ("large", "own")):
        assert post(UNREADABLE[kind], where, sign=sign).status_code == (401 if where == "own" else 400)
    assert make.every(RefusedCall) == []


def test_a_call_at_the_old_address_that_names_itself_in_no_way_asks_the_database_nothing(post, app):
    with statements() as asked:
        assert post(UNREADABLE["cut off"], "legacy", headers={"messageID": ""}).status_code == 400
    assert asked == []


def test_a_signed_call_with_a_wrong_header_is_kept_though_nobody_can_read_it(post):
    assert post(UNREADABLE["cut off"], header="another value").status_code == 401
    [call] = make.every(RefusedCall)
    assert (call.fault, call.is_signed, call.payload) == (CallFault.HEADER, True, UNREADABLE["cut off"])


def test_observed_a_call_that_cannot_be_read_is_kept_as_unsigned(post, observing):
    assert post(UNREADABLE["cut off"], sign="another key").status_code == 400
    [call] = make.every(RefusedCall)
    assert (call.fault, call.is_signed) == (CallFault.UNREADABLE, False)
    assert counts() == [(CallFault.UNREADABLE, False, 1)]


def test_whoever_wants_alerts_is_mailed_once_a_day_for_a_platform(post, platform, monkeypatch):
    """D34: whatever the reason, and never with a word of it."""
    telco = _provider(platform)
    ada = make.portal_user(telco, name="Ada", send_alerts=True, send_technical_emails=True)
    tim = make.portal_user(telco, name="Tim", send_technical_emails=True)
    make.portal_user(telco, name="Neither")
    make.portal_user(make.provider(), send_alerts=True)
    for kind in ("cut off", "trailing comma", "a form"):
        post(UNREADABLE[kind])
    post(UNREADABLE["cut off"], "legacy")

    mails = make.every(Notice)
    assert sorted(one.recipient for one in mails) == sorted([ada.email, tim.email])
    for mail in mails:
        assert platform.name in mail.subject
        assert f"/provider-{telco.id}/carrier-calls/refused?platform={platform.id}" in mail.body
        assert "secret" not in mail.subject + mail.body

    monkeypatch.setattr("app.services.messaging.call_alerts.now", lambda: now() + dt.timedelta(days=1))
    monkeypatch.setattr("app.services.messaging.signature.now", lambda: now() + dt.timedelta(days=1))
    post(UNREADABLE["cut off"])
    assert len(make.every(Notice)) == 4


def test_a_call_that_was_not_signed_mails_nobody(post, platform):
    make.portal_user(_provider(platform), send_alerts=True)
    post(text(), sign="another key")
    post(UNREADABLE["cut off"], sign="another key")
    assert make.every(Notice) == []


def test_after_a_mend_of_ours_a_person_replays_what_could_not_be_read(post, platform, monkeypatch):
    """D34: until then it is given up at once, and can be tried again."""
    post(UNREADABLE["trailing comma"])
    actor, place = make.admin_of(platform), make.at(platform)
    assert signature.want_replay(actor, place, platform.id) == 1
    receiver.replay_wanted()
    [call] = make.every(RefusedCall)
    assert (call.tries, call.replayed_at) == (signature.MOST_TRIES, None)
    assert signature.weeks(place)[platform.id].replayable == 1

    mended = receiver.read_object
    monkeypatch.setattr(receiver, "read_object", lambda body: mended(body.replace(b",}", b"}")))
    assert signature.want_replay(actor, place, platform.id, call.id) == 1
    receiver.replay_wanted()
    [message] = make.every(Message)
    assert (message.text, message.is_unsigned) == ("secret words", False)
    assert make.again(call).replayed_at


def test_the_tab_counts_unreadable_calls_apart_and_shows_none_of_their_words(post, browser, platform):
    """D34, D29."""
    post(UNREADABLE["cut off"])
    post(UNREADABLE["a form"])
    post(text(), sign="another key")
    week = signature.weeks(make.at(platform))[platform.id]
    assert (week.unreadable, week.refused, week.replayable) == (2, 1, 3)
    staff, tab = (
        browser(make.portal_user(_provider(platform))),
        f"/provider-{platform.provider_id}/carrier-calls",
    )
    page = soup(staff.get(f"{tab}/")).main
    assert page.select_one('td[data-label="Unreadable in 7 days"]').text == "2"
    refused = soup(staff.get(f"{tab}/refused")).main.text
    assert refused.count("Cannot be read") == 2
    assert "secret words" not in page.text + refused


OTHERS = {
    "words": {"text": "forged"},
    "a blank more": {"text": "Hi "},
    "sender": {"from": "12125550143"},
    "recipient": {"to": ["12019920782"]},
    "one recipient more": {"to": ["12019920781", "12125550177"]},
    "reference": {"referenceId": "r2"},
    "a picture": {"mediaUrls": ["https://carrier.example/1.jpg"]},
    "a receipt": {"deliveryReceipt": True},
}


@pytest.fixture
def replayed(app, platform):
    """Calls at the legacy address that all carry one captured pair of headers."""
    headers, _body = call_of(text(), platform.outbound_api_key)

    def send(**fields):
        body = json.dumps(text(**fields)).encode()
        return alone(app, app.test_client().post, path=LEGACY, headers=headers, data=body)

    return send


@pytest.mark.parametrize("kind", OTHERS)
def test_at_the_old_address_a_message_id_stands_for_one_content(replayed, platform, kind):
    """Kept with its own reason, and a person can replay it."""
    assert replayed().status_code == 200
    assert replayed(**OTHERS[kind]).status_code == 401
    assert [one.text for one in make.every(Message)] == ["Hi"]
    assert make.every(Receipt) == []
    [call] = make.every(RefusedCall)
    assert (call.fault, call.is_signed) == (CallFault.REUSED_ID, True)
    assert counts() == [(CallFault.REUSED_ID, False, 1)]

    signature.want_replay(make.admin_of(platform), make.at(platform), platform.id)
    receiver.replay_wanted()
    assert make.again(call).replayed_at
    assert all(one.is_unsigned for one in make.every(Message)[1:])


@pytest.mark.parametrize(
    "spelling",
    [
        {},
        {"from": 12125550142},
        {"from": "+12125550142", "to": "2019920781"},
        {"to": ["12019920781", "+12019920781"]},
        {"deliveryReceipt": "false"},
        {"mediaUrls": []},
        {"surprise": 1},
    ],
)
def test_a_retry_is_no_other_content_however_it_is_spelled(replayed, spelling):
    assert replayed().status_code == 200
    assert replayed(**spelling).status_code == 200
    assert len(make.every(Message)) == 1
    assert make.every(RefusedCall) == []


def test_everywhere_else_a_message_id_alone_is_never_a_reason(app, platform):
    headers, _body = call_of(text(), platform.outbound_api_key, platform.receiver_header_key)
    path = f"/receiver/inteliquent/{platform.receiver_path_key}"
    for reference in ("r1", "r2"):
        body = json.dumps(text(reference)).encode()
        assert alone(app, app.test_client().post, path=path, headers=headers, data=body).status_code == 200
    assert len(make.every(Message)) == 2
    assert make.every(SeenCall) == []


def test_what_was_seen_is_kept_as_digests_for_thirty_days(replayed, db):
    replayed()
    raw = str(db.session.connection().exec_driver_sql("SELECT * FROM seen_calls").all())
    assert not [words for words in ("Hi", "2125550142", "2019920781", "r1") if f"'{words}'" in raw]
    [seen] = make.every(SeenCall)
    seen.seen_at = now() - dt.timedelta(days=29)
    make.kept(seen)
    seen_calls.forget_old()
    assert replayed(text="forged").status_code == 401
    [seen] = make.every(SeenCall)
    seen.seen_at = now() - dt.timedelta(days=30, minutes=1)
    make.kept(seen)
    seen_calls.forget_old()
    assert make.every(SeenCall) == []


def test_a_message_id_is_known_again_after_a_new_encryption_key(replayed, app, settings_are):
    replayed()
    keys = app.extensions["settings"].encryption_keys
    settings_are(encryption_keys=(Fernet.generate_key().decode(), *keys))
    assert replayed().status_code == 200
    assert replayed(text="forged").status_code == 401


def test_the_legacy_address_is_a_switch_of_each_platform(post, platform):
    """A signed call is kept all the same: somebody may have to turn it on, and replay."""
    platform.accepts_legacy = False
    make.kept(platform)
    assert post(text(), "legacy").status_code == 401
    assert make.every(Message) == []
    [call] = make.every(RefusedCall)
    assert (call.fault, call.is_signed) == (CallFault.LEGACY_OFF, True)
    assert post(text("r2"), "own").status_code == 200
    assert post(text(), "legacy", sign="another key").status_code == 401
    assert len(make.every(RefusedCall)) == 1

    signature.want_replay(make.admin_of(platform), make.at(platform), platform.id)
    receiver.replay_wanted()
    assert [(one.carrier_reference, one.is_unsigned) for one in make.every(Message)] == [
        ("r2", False),
        ("r1", False),
    ]


def test_of_two_platforms_with_one_key_the_one_that_accepts_the_legacy_address_gets_the_call(post, platform):
    make.platform(make.provider(), outbound_api_key=platform.outbound_api_key, accepts_legacy=False)
    second = make.platform(make.provider(), outbound_api_key=platform.outbound_api_key)
    platform.accepts_legacy = False
    make.kept(platform)
    assert post(text(to=["13105550100"]), "legacy").status_code == 200
    assert [one.platform_id for one in make.every(QuarantinedMessage)] == [second.id]


def _provider(platform):
    from app.models import Provider  # noqa: PLC0415

    return make.every(Provider, id=platform.provider_id)[0]
