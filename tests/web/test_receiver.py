"""What carriers call: every answer of the contract, at both addresses, in every signature form."""

from __future__ import annotations

import json
import random

import pytest
from sqlalchemy import create_engine

from app.clock import now
from app.models import Attachment, Message, QuarantinedMessage, Receipt, UnsettledEvent, User
from app.services.messaging import quarantine, receiver, sending
from app.services.messaging.inbound import process
from app.services.messaging.outbound.decision import OPTED_OUT
from app.vocabulary import MessageState
from tests import make
from tests.signed import FORMS, LEGACY, call
from tests.web.browsing import alone

GOOD = {"statusCode": "200", "status": "success"}
BOTH = pytest.mark.parametrize("where", ["own", "legacy"])


def text(**fields):
    given = {
        "referenceId": "r1",
        "from": "12125550142",
        "to": ["12019920781"],
        "text": "Hi",
        "mediaUrls": [],
        "deliveryReceipt": False,
    }
    return given | fields


@BOTH
@pytest.mark.parametrize("form", FORMS)
def test_a_signed_call_is_settled_before_the_answer(post, where, form):
    answer = post(text(), where, form=form)
    assert (answer.status_code, answer.json) == (200, GOOD)
    assert [one.text for one in make.every(Message)] == ["Hi"]


@BOTH
@pytest.mark.parametrize("sign", [None, "another key", ""])
def test_a_bad_signature_is_401_and_nothing_is_stored(post, where, sign):
    answer = post(text(), where, sign=sign)
    assert answer.status_code == 401
    assert make.every(Message) == make.every(QuarantinedMessage) == []


@BOTH
@pytest.mark.parametrize("missing", ["messageID", "verificationToken"])
def test_half_a_signature_is_none(post, where, missing):
    assert post(text(), where, headers={missing: ""}).status_code == 401


@pytest.mark.parametrize("header", [None, "another value"])
def test_the_fixed_header_is_required_at_the_own_address_and_not_at_the_old_one(post, header):
    """D27."""
    assert post(text(), "own", header=header).status_code == 401
    assert post(text(), "legacy", header=header).status_code == 200


def test_a_signature_may_repeat_since_a_retry_may_reuse_it(post, app, platform):
    headers, body = call(text(), platform.outbound_api_key, platform.receiver_header_key)
    path = f"/receiver/inteliquent/{platform.receiver_path_key}"
    caller = app.test_client()
    for _ in range(2):
        assert alone(app, caller.post, path=path, headers=headers, data=body).status_code == 200
    assert len(make.every(Message)) == 1


@pytest.mark.parametrize(
    "names", [("MESSAGEID", "VERIFICATIONTOKEN"), ("messageid", "verificationtoken")], ids=str
)
def test_header_names_are_matched_in_any_case(app, platform, names):
    headers, body = call(text(), platform.outbound_api_key)
    headers = {names[0]: headers["messageID"], names[1]: headers["verificationToken"]}
    assert alone(app, app.test_client().post, path=LEGACY, headers=headers, data=body).status_code == 200


@BOTH
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"1", b"\xff\xfe", b"{}", b'{"referenceId": ""}', b"[" * 100_000],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_no_call_is_400(post, where, body):
    assert post(body, where).status_code == 400
    assert make.every(Message) == []


WELL = json.dumps(text(text="precious words")).encode()
NEARLY = {
    "line feed in the text": WELL.replace(b"precious words", b"precious\nwords"),
    "tab and bell in the text": WELL.replace(b"precious words", b"\tprecious \x07words"),
    "raw NUL in the text": WELL.replace(b"precious", b"precious\0"),
    "spelled NUL in the text": WELL.replace(b"precious", rb"precious\u0000"),
    "half a surrogate pair": WELL.replace(b"precious", rb"precious\ud83d"),
    "latin-1": WELL.replace(b"precious", b"pr\xe9cious"),
    "byte order mark": b"\xef\xbb\xbf" + WELL,
    "utf-16": WELL.decode().encode("utf-16"),
    "number as a float": WELL.replace(b'"12125550142"', b"1.2125550142e10"),
    "recipient as a float": WELL.replace(b'"12019920781"', b"12019920781.0"),
    "NaN": WELL.replace(b"false", b"NaN"),
    "NUL at the end": WELL + b"\0",
    "name twice": WELL.replace(b'"text"', b'"text": "old", "text"'),
    "nested, but where nobody looks": WELL[:-1] + b', "x": ' + b"[" * 50 + b"]" * 50 + b"}",
    "a huge number where nobody looks": WELL[:-1] + b', "x": ' + b"9" * 6000 + b"}",
}


@BOTH
@pytest.mark.parametrize("kind", NEARLY)
def test_a_signed_body_that_is_nearly_json_is_a_text(post, where, kind):
    """D34."""
    assert post(NEARLY[kind], where).status_code == 200
    [message] = make.every(Message)
    assert (message.remote, "words" in message.text, "\0" in message.text) == ("+12125550142", True, False)


@BOTH
def test_a_nearly_json_body_that_cannot_be_settled_is_settled_later(post, where, monkeypatch, work):
    """D34: what is kept is read again as it was read first."""

    def breaks(*_, **__):
        raise KeyError("a bug of ours")

    with monkeypatch.context() as broken:
        broken.setattr(process, "_apply", breaks)
        assert post(NEARLY["line feed in the text"].replace(b'"r1"', b"7.0"), where).status_code == 200
    work()
    assert [(one.text, one.carrier_reference) for one in make.every(Message)] == [("precious\nwords", "7")]


def test_a_quarantined_text_that_was_nearly_json_is_handed_over(post, platform):
    body = NEARLY["recipient as a float"].replace(b"12019920781.0", b"13105550100.0")
    assert post(body).status_code == 200
    given = make.assignment(make.every(User)[0], on=platform, number="+13105550100")
    quarantine.replay(given.id)
    assert [one.text for one in make.every(Message)] == ["precious words"]


@pytest.mark.parametrize("more", [{}, {"deliveryReceipt": True}], ids=["text", "receipt"])
@BOTH
def test_a_call_that_names_more_numbers_than_any_text_has_is_400(post, number, where, more):
    """Each is a value in a statement, of which databases take only so many."""
    crowd = [f"1212{n:07}" for n in range(15_000)]
    answer = post(text(to=crowd, **more), where)
    assert (answer.status_code, "more than 1000" in answer.json["status"]) == (400, True)
    few = [*crowd[:998], number.number]
    assert post(text(to=few, **more), where).status_code == 200


@BOTH
def test_a_call_with_more_files_than_a_column_counts_is_kept(post, number, where):
    """The carrier would repeat it for ever."""
    assert post(text(text="Look", to=[number.number], mediaUrls=["a"] * 50_000), where).status_code == 200
    [message] = make.every(Message)
    assert (message.text, message.file_count) == ("Look", 31)


@BOTH
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(post, where, method):
    assert post(text(), where, method=method).status_code == 405


@BOTH
def test_a_body_above_256_kib_is_413_and_one_of_that_size_is_read(post, where):
    frame = len(call(text(text=""), "k")[1])
    fits = text(text="x" * (256 * 1024 - frame))
    assert len(call(fits, "k")[1]) == 256 * 1024
    assert post(fits, where).status_code == 200
    assert post(text(text="x" * (256 * 1024 - frame + 1)), where).status_code == 413
    assert post(b"x" * 3_000_000, where).status_code == 413


@pytest.mark.parametrize("deleted", [False, True])
def test_an_address_of_no_platform_is_404(post, platform, deleted):
    path = "/receiver/inteliquent/made-up"
    if deleted:
        platform.deleted_at = now()
        make.kept(platform)
        path = f"/receiver/inteliquent/{platform.receiver_path_key}"
    assert post(text(), path=path).status_code == 404


@BOTH
def test_an_unknown_number_is_200_and_quarantined(post, where):
    """D12."""
    assert post(text(to=["13105550100"]), where).status_code == 200
    assert len(make.every(QuarantinedMessage)) == 1


def test_at_the_old_address_a_number_is_looked_for_with_its_own_platforms_key(post, platform):
    """A neighbour's key, however valid, does not open somebody else's number."""
    other = make.platform(make.provider())
    assert post(text(), "legacy", sign=other.outbound_api_key).status_code == 401
    assert post(text(to=["13105550100"]), "legacy", sign=other.outbound_api_key).status_code == 200
    [kept] = make.every(QuarantinedMessage)
    assert kept.platform_id == other.id


@pytest.mark.parametrize("swap", [False, True])
def test_at_the_old_address_a_receipt_finds_its_platform_by_its_reference(post, number, swap):
    message = make.message(number, state=MessageState.SENT, carrier_reference="sent-1")
    make.attempt(message, "sent-1")
    stray = make.platform(make.provider())
    ends = ("12019920781", "12125550142")
    receipt = {
        "referenceId": "sent-1",
        "from": ends[swap],
        "to": [ends[not swap]],
        "text": "id:1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:Hi",
        "deliveryReceipt": "true",
    }
    assert post(receipt, "legacy", sign=stray.outbound_api_key).status_code == 401
    assert post(receipt, "legacy").status_code == 200
    assert make.again(message).state is MessageState.DELIVERED
    assert len(make.every(Message)) == len(make.every(Receipt)) == 1


@BOTH
@pytest.mark.parametrize(
    ("sender", "to", "remote"),
    [
        ("2125550142", "2019920781", "+12125550142"),
        ("12125550142", ["12019920781"], "+12125550142"),
        ("+12125550142", ["+12019920781"], "+12125550142"),
        (12125550142, [12019920781], "+12125550142"),
        (2125550142, 2019920781, "+12125550142"),
        ("12345", ["12019920781"], "12345"),
        (12345, ["12019920781"], "12345"),
        ("ACME", ["12019920781", "13105550199"], "ACME"),
        ("442071838750", ["12019920781"], "+442071838750"),
    ],
)
def test_numbers_are_understood_in_every_form_seen_in_the_wild(post, where, sender, to, remote):
    """D26."""
    assert post(text(**{"from": sender, "to": to}), where).status_code == 200
    assert [one.remote for one in make.every(Message)] == [remote]


@BOTH
def test_a_picture_without_words_is_kept(post, where):
    payload = text(mediaUrls=["https://carrier.example/1.jpg"])
    del payload["text"]
    assert post(payload, where).status_code == 200
    [message] = make.every(Message)
    assert (message.text, [file.source_url for file in make.every(Attachment)]) == ("", payload["mediaUrls"])


@BOTH
def test_a_failure_of_ours_is_503_so_that_the_carrier_tries_again(post, where, db, tmp_path):
    broken = create_engine(f"postgresql+psycopg://portal@/portal?host={tmp_path}")
    real, db.engines[None] = db.engines[None], broken
    db.session.remove()
    try:
        answer = post(text(), where)
    finally:
        db.session.remove()
        db.engines[None] = real
        broken.dispose()
    assert (answer.status_code, answer.json["statusCode"]) == (503, "503")
    assert "psycopg" not in answer.text
    assert post(text(), where).status_code == 200


@BOTH
def test_a_database_without_a_free_connection_is_503_too(app, post, where, db):
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    busy = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    real, db.engines[None] = db.engines[None], busy
    db.session.remove()
    try:
        with busy.connect():
            answer = post(text(), where)
    finally:
        db.session.remove()
        db.engines[None] = real
        busy.dispose()
    assert answer.status_code == 503


@BOTH
def test_a_call_that_cannot_be_settled_is_kept_answered_and_settled_later(post, where, monkeypatch, work, db):
    """The message, its suppression or its raw event is committed before the 200."""

    def breaks(*_, **__):
        raise KeyError("a bug of ours")

    with monkeypatch.context() as broken:
        broken.setattr(process, "_apply", breaks)
        assert post(text(text="precious words"), where).status_code == 200
        receiver.settle_kept()
    [event] = make.every(UnsettledEvent)
    assert event.tries == 1
    raw = db.session.connection().exec_driver_sql("SELECT * FROM unsettled_events").all()
    assert "precious" not in str(raw)
    assert make.every(Message) == []

    assert "settle_events" in work()
    assert [one.text for one in make.every(Message)] == ["precious words"]
    assert make.every(UnsettledEvent) == []


@BOTH
def test_without_redis_a_call_is_committed_and_answered(post, where, stopped_redis):
    """D24."""
    assert post(text(), where).status_code == 200
    assert len(make.every(Message)) == 1


def test_calls_shuffled_repeated_and_late_end_in_the_same_state(post, number):
    """Assume at least once, in any order."""
    message = make.message(number, state=MessageState.SENT, carrier_reference="sent-1")
    make.attempt(message, "sent-1")
    calls = [text(referenceId=f"in-{n}", text=f"{n}") for n in range(4)]
    calls += [
        text(referenceId="sent-1", text=f"stat:{stat}", deliveryReceipt=True)
        for stat in ("ENROUTE", "DELIVRD", "ACCEPTD")
    ]
    shuffled = calls * 3
    random.Random(7).shuffle(shuffled)
    for one in shuffled:
        assert post(one).status_code == 200
    assert make.again(message).state is MessageState.DELIVERED
    assert len(make.every(Message)) == 5
    assert len(make.every(Receipt)) == 3


ABROAD = [
    "011442079460977",
    "00442079460977",
    "001442079460977",
    "+442079460977",
    "442079460977",
    442079460977,
    "tel:+442079460977",
    "+442079460977/TYPE=PLMN",
    "+44/20/7946/0977",
    "+44\u201120\u20117946\u20110977",
    "+44 (0)20 7946 0977",
    "\u202a+44 20 7946 0977\u202c",
]


@BOTH
@pytest.mark.parametrize("sender", ABROAD)
def test_a_stop_counts_however_the_carrier_spells_the_person(post, number, where, sender):
    """D11, D26."""
    make.licence(make.every(User, id=number.user_id)[0])
    assert post(text(text="STOP", **{"from": sender}), where).status_code == 200
    sent = sending.send(make.at(number), number.id, to="+442079460977", text="Hi", client_ref="one")
    assert (sent.state, sent.reason) == (MessageState.FAILED, OPTED_OUT)


@BOTH
@pytest.mark.parametrize(
    "ours",
    [
        "0012019920781",
        "01112019920781",
        "tel:2019920781",
        "+12019920781/TYPE=PLMN",
        "201/992-0781",
        "201\u2011992\u20110781",
        "\uff12\uff10\uff11\uff19\uff19\uff12\uff10\uff17\uff18\uff11",
    ],
)
def test_our_own_number_is_known_however_the_carrier_spells_it(post, number, where, ours):
    """D26: in texts and in receipts, either way round."""
    assert post(text(to=[ours, ours, "12019920781"]), where).status_code == 200
    [got] = make.every(Message)
    assert (got.number, got.other_recipients) == (number.number, [])
    for reference, ends in (
        ("r2", {"from": ours, "to": [ABROAD[0]]}),
        ("r3", {"from": ABROAD[0], "to": ours}),
    ):
        assert post(text(referenceId=reference, deliveryReceipt=True, **ends), where).status_code == 200
    ends = {(one.number, one.remote) for one in make.every(Receipt)}
    assert ends == {(number.number, "+442079460977")}


@pytest.mark.parametrize(
    ("sender", "remote"),
    [("911", "911"), ("+1911", "911"), ("988", "988"), ("112", "112"), ("+2019920780", None)],
)
def test_who_cannot_be_answered_is_received_from_and_gets_no_answer_of_ours(post, number, sender, remote):
    """D26, D20."""
    make.licence(make.every(User, id=number.user_id)[0])
    assert post(text(text="HELP", **{"from": sender})).status_code == 200
    assert [one.remote for one in make.every(Message)] == [remote or sender]
