"""Signatures enforced or only observed, what is refused and replayed, and the pages about it (D12, D27)."""

from __future__ import annotations

import datetime as dt

import pytest

from app.clock import now
from app.models import (
    AuditEntry,
    Message,
    Platform,
    Receipt,
    RefusedCall,
)
from app.services.messaging import receiver, signature
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import CallFault, SignatureMode
from tests import make
from tests.web.browsing import soup
from tests.web.carrier_texts import counts, text


def test_a_wrong_signature_is_refused_counted_and_kept_encrypted(post, db):
    assert post(text(), sign="another key").status_code == 401
    assert make.every(Message) == []
    [call] = make.every(RefusedCall)
    assert (call.fault, call.was_accepted, call.address) == (CallFault.SIGNATURE, False, "127.0.0.1")
    assert counts() == [(CallFault.SIGNATURE, False, 1)]
    raw = db.session.connection().exec_driver_sql("SELECT payload FROM refused_calls").all()
    assert b"12125550142" not in bytes(raw[0][0])


def test_observed_it_is_accepted_marked_and_counted(post, observing):
    assert post(text(), sign="another key").status_code == 200
    assert post(text("r2"), sign=None).status_code == 200
    assert post(text("r3")).status_code == 200
    assert [one.is_unsigned for one in make.every(Message)] == [True, True, False]
    assert counts() == [(CallFault.SIGNATURE, True, 2)]
    assert {one.was_accepted for one in make.every(RefusedCall)} == {True}


@pytest.mark.parametrize("header", [None, "another value"])
def test_observing_needs_the_right_header_all_the_same(post, observing, header):
    assert post(text(), sign="another key", header=header).status_code == 401
    assert make.every(Message) == []
    assert counts() == [(CallFault.HEADER, False, 1)]


def test_the_old_address_knows_no_observing(post, observing):
    """No header is required there: a made-up call would be believed."""
    assert post(text(), "legacy", sign="another key").status_code == 401
    assert make.every(Message) == make.every(RefusedCall) == []


@pytest.mark.parametrize("body", [b"no json", b"[]", b"{}"])
def test_what_is_no_event_is_counted_and_not_kept(post, body):
    assert post(body, sign="another key").status_code == 401
    assert make.every(RefusedCall) == []
    assert counts() == [(CallFault.SIGNATURE, False, 1)]


def test_only_the_newest_of_a_platform_are_kept(post, monkeypatch):
    monkeypatch.setattr(signature, "MOST_KEPT", 3)
    for serial in range(5):
        post(text(f"r{serial}"), sign="another key")
    assert [one.payload[17:19] for one in make.every(RefusedCall)] == [b"r2", b"r3", b"r4"]
    assert counts() == [(CallFault.SIGNATURE, False, 5)]


def test_after_seven_days_nothing_is_left(platform):
    make.refused_call(platform, received_at=now() - dt.timedelta(days=7, minutes=1))
    young = make.refused_call(platform)
    signature.forget_old()
    assert [one.id for one in make.every(RefusedCall)] == [young.id]


def test_a_refused_text_and_a_refused_receipt_can_be_replayed_once(post, platform):
    receipt = text("r2", deliveryReceipt=True, text="stat:DELIVRD err:000")
    for event in (text(), receipt):
        post(event, sign="another key")
    place = make.at(make.every(Platform)[0])
    actor = make.admin_of(platform)

    assert signature.want_replay(actor, place, platform.id) == 2
    receiver.replay_wanted()
    receiver.replay_wanted()

    assert [(one.text, one.is_unsigned) for one in make.every(Message)] == [("Hi", True)]
    assert [one.stat for one in make.every(Receipt)] == ["DELIVRD"]
    assert all(one.replayed_at for one in make.every(RefusedCall))
    assert signature.want_replay(actor, place, platform.id) == 0
    assert len(make.every(AuditEntry, action="Refused calls replayed")) == 1


def test_one_that_came_again_meanwhile_is_not_shown_twice(post, platform):
    post(text(), sign="another key")
    post(text())
    signature.want_replay(make.admin_of(platform), make.at(platform), platform.id)
    receiver.replay_wanted()
    assert len(make.every(Message)) == 1


def test_one_that_cannot_be_settled_is_given_up_and_says_so(platform, monkeypatch):
    make.refused_call(platform)
    signature.want_replay(make.admin_of(platform), make.at(platform), platform.id)

    def breaks(*_args, **_more):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(receiver, "process", breaks)
    for _ in range(10):
        receiver.replay_wanted()
    [call] = make.every(RefusedCall)
    assert (call.tries, call.replayed_at) == (signature.MOST_TRIES, None)


def test_the_mode_is_set_on_its_page_and_written_down(browser, platform):
    someone = make.portal_user(make.every(Platform)[0].provider_id and _provider(platform))
    page = browser(someone).get(f"/provider-{platform.provider_id}/carrier-calls/")
    assert "Enforced" in soup(page).text
    path = f"/provider-{platform.provider_id}/carrier-calls/platforms/{platform.id}/signature"
    answer = browser(someone).post(path, data={"signature_mode": "observe", "revision": platform.revision})
    assert answer.status_code == 303
    assert make.again(platform).signature_mode is SignatureMode.OBSERVE
    [line] = make.every(AuditEntry, action="Signature of the carrier's calls changed")
    assert line.change == {"signature_mode": ["enforce", "observe"]}


def test_the_second_of_two_administrators_is_told(platform):
    place, actor = make.at(_provider(platform)), make.admin_of(platform)
    seen = platform.revision
    signature.set_mode(actor, place, platform.id, SignatureMode.OBSERVE, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        signature.set_mode(actor, place, platform.id, SignatureMode.ENFORCE, seen=seen)


def test_the_pages_show_neither_words_nor_senders(browser, platform):
    """D12: unseen. D29: staff never see words."""
    make.quarantined(platform, text="the words of a stranger")
    make.refused_call(platform, text="the words of a stranger")
    staff = browser(make.portal_user(_provider(platform)))
    for page in ("", "refused"):
        shown = soup(staff.get(f"/provider-{platform.provider_id}/carrier-calls/{page}")).text
        assert "stranger" not in shown
        assert "2125550142" not in shown


def test_a_number_is_found_as_people_type_it(browser, platform):
    make.quarantined(platform, "+12019929998")
    make.quarantined(platform, "+12019929997")
    staff = browser(make.portal_user(_provider(platform)))
    for typed in ("(201) 992-9998", "tel:2019929998", "+12019929998", "201\u200e9929998"):
        shown = soup(staff.get(f"/provider-{platform.provider_id}/carrier-calls/?number={typed}")).text
        assert "2019929998" in shown
        assert "2019929997" not in shown


def test_a_question_names_what_there_is_and_offers_nothing_where_there_is_nothing(browser, platform):
    """A text without a number is erased with its like alone."""
    make.quarantined(platform, "+12019929998")
    nameless = make.quarantined(platform, "")
    gone = make.quarantined(platform, "+12019929997", payload=None, replayed_at=now())
    staff, tab = (
        browser(make.portal_user(_provider(platform))),
        f"/provider-{platform.provider_id}/carrier-calls",
    )
    assert "1 text is erased" in soup(staff.get(f"{tab}/quarantine/{nameless.id}/erase")).main.text
    for path in (f"quarantine/{gone.id}/erase", f"platforms/{platform.id}/replay"):
        page = soup(staff.get(f"{tab}/{path}")).main
        assert page.select(".confirmation"), path
        assert not page.select("form, .btn-danger"), path


def _provider(platform):
    from app.models import Provider  # noqa: PLC0415

    return make.every(Provider, id=platform.provider_id)[0]
