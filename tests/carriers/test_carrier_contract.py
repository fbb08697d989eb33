"""What every adapter must do, over real HTTP against a carrier that runs as a process of its own."""

import datetime as dt
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads

import pytest

from app.carriers.base import (
    CarrierRefused,
    CarrierSilent,
    CarrierUnavailable,
    DeliveryReceipt,
    Endpoints,
    InboundMessage,
    Keys,
    KeysRefused,
    NumberRecord,
    OutboundText,
)
from app.carriers.registry import connect, receiver_header, receiving
from app.vocabulary import CarrierName, NumberStatus
from tests.processes import Sandbox, eventually

pytestmark = pytest.mark.processes

PHONE = "+12125550142"
OURS, OURS_SMS_ONLY, MESSAGING_OFF = "+12019920781", "+12019920787", "+12019920788"
TAKEN_ELSEWHERE, NOT_HELD = "+12019920793", "+12019920789"
TEXT = OutboundText(OURS, PHONE, "See you at eight")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("carrier")) as running:
        yield running


@pytest.fixture
def keys(sandbox):
    sandbox.reset()
    account = sandbox.accounts()["test"]
    return Keys(account["account_key"], account["token_secret"], account["outbound_api_key"])


@pytest.fixture(params=list(CarrierName))
def name(request):
    return request.param


@pytest.fixture
def dial(sandbox, name):
    """`dial(keys)` is the carrier under these keys."""
    return lambda keys: connect(name, keys, Endpoints(**sandbox.endpoints))


@pytest.fixture
def carrier(dial, keys):
    return dial(keys)


@pytest.fixture
def our_server():
    """The address of a server of ours, and the calls that it got: (headers, JSON)."""
    calls = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            calls.append((dict(self.headers.items()), loads(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *ignored):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/receiver", calls
        server.shutdown()


def test_right_keys_are_accepted(carrier):
    carrier.check_keys()


@pytest.mark.parametrize(
    ("field", "pair"),
    [("account_key", "services"), ("token_secret", "services"), ("outbound_api_key", "broker")],
)
@pytest.mark.parametrize("wrong", ["wrong", "", "ключ", "a b\n"])
def test_wrong_keys_are_refused_by_name(dial, keys, field, pair, wrong):
    with pytest.raises(KeysRefused) as refusal:
        dial(replace(keys, **{field: wrong})).check_keys()

    assert refusal.value.keys == pair


def test_refused_logins_are_refused_keys(sandbox, carrier):
    sandbox.fault("refuse_logins")

    with pytest.raises(KeysRefused):
        carrier.check_keys()
    with pytest.raises(KeysRefused):
        carrier.send(TEXT)


def test_every_kind_of_number_has_its_record(carrier):
    def record(number):
        return carrier.find_number(number)

    in_service = NumberStatus.IN_SERVICE
    assert record(OURS) == NumberRecord(OURS, in_service, sms=True, mms=True)
    assert record(OURS_SMS_ONLY) == NumberRecord(OURS_SMS_ONLY, in_service, sms=True, mms=False)
    assert record(MESSAGING_OFF) == NumberRecord(MESSAGING_OFF, in_service, sms=False, mms=False)
    assert record("+12019920791").status is NumberStatus.PENDING
    assert record("+12019920792").status is NumberStatus.DISCONNECTING
    assert record(NOT_HELD) is None
    assert record("+442071838750") is None


def test_the_list_of_numbers_says_the_same_as_the_look_up(carrier):
    listed = carrier.list_numbers()

    assert {record.number for record in listed} >= {OURS, OURS_SMS_ONLY, MESSAGING_OFF, "+12019920791"}
    assert [carrier.find_number(record.number) for record in listed] == listed


def test_messaging_is_turned_on(carrier):
    carrier.turn_on_messaging(MESSAGING_OFF, mms=True)
    carrier.turn_on_messaging(MESSAGING_OFF, mms=True)

    found = carrier.find_number(MESSAGING_OFF)
    assert (found.sms, found.mms) == (True, True)


def test_messaging_that_cannot_be_turned_on_is_refused(carrier):
    with pytest.raises(CarrierRefused) as refusal:
        carrier.turn_on_messaging("+12019920790", mms=False)

    assert refusal.value.code == "425"


def test_a_webhook_is_registered_listed_and_removed(carrier, our_server):
    url, _ = our_server
    before = carrier.webhooks()

    added = carrier.register_webhook(OURS, url, "X-Receiver-Key", "made-up")

    assert (added.number, added.url, added.header_value) == (OURS, url, "made-up")
    assert [hook for hook in carrier.webhooks() if hook not in before] == [added]
    carrier.remove_webhook(added.auth_id)
    carrier.remove_webhook(added.auth_id)
    assert carrier.webhooks() == before


def test_a_webhook_of_another_system_is_seen(carrier):
    [theirs] = [hook for hook in carrier.webhooks() if hook.number == TAKEN_ELSEWHERE]

    assert theirs.url == "https://sms.other-system.example/inbound"


def test_a_registration_that_was_cut_off_is_silent_and_stands(sandbox, carrier, our_server):
    sandbox.fault("hang_after", "configureAuthorization", times=1, seconds=0.2)

    with pytest.raises(CarrierSilent):
        carrier.register_webhook(OURS, our_server[0], "X-Receiver-Key", "made-up")

    assert [hook.url for hook in carrier.webhooks() if hook.number == OURS] == [our_server[0]]


@pytest.mark.parametrize("media", [(), ("https://us.example/media/1.png",)])
def test_a_text_is_sent_once(sandbox, carrier, media):
    receipt = carrier.send(replace(TEXT, media_urls=media))

    [sent] = sandbox.outbox(to=PHONE)
    assert sent["referenceId"] == receipt.carrier_reference
    assert sent["text"] == TEXT.text
    assert sent["messageType"] == ("MMS" if media else "SMS")
    assert tuple(sent["mediaUrls"] or ()) == media


@pytest.mark.parametrize("sender", [NOT_HELD, MESSAGING_OFF])
def test_a_text_from_a_number_that_cannot_is_refused(sandbox, carrier, sender):
    with pytest.raises(CarrierRefused) as refusal:
        carrier.send(replace(TEXT, sender=sender))

    assert TEXT.text not in refusal.value.message
    assert sandbox.outbox() == []


def test_a_text_whose_answer_is_lost_is_silent(sandbox, carrier):
    sandbox.fault("hang_after", "publishMessages", times=1, seconds=0.2)

    with pytest.raises(CarrierSilent):
        carrier.send(TEXT)

    assert len(sandbox.outbox(to=PHONE)) == 1


@pytest.mark.parametrize(
    ("fault", "more"), [("answer_500", {}), ("babble", {}), ("hang_before", {"seconds": 0.2})]
)
def test_an_unreadable_answer_is_silent_for_a_send_and_unavailable_for_a_look(sandbox, carrier, fault, more):
    sandbox.fault(fault, **more)

    with pytest.raises(CarrierSilent):
        carrier.send(TEXT)
    for look in (
        carrier.webhooks,
        carrier.list_numbers,
        lambda: carrier.find_number(OURS),
        carrier.check_keys,
    ):
        with pytest.raises(CarrierUnavailable):
            look()


def test_try_again_is_unavailable_for_everything(sandbox, carrier, our_server):
    sandbox.fault("answer_431")

    for act in (
        carrier.webhooks,
        lambda: carrier.find_number(OURS),
        lambda: carrier.register_webhook(OURS, our_server[0], "X-Receiver-Key", "made-up"),
        lambda: carrier.send(TEXT),
    ):
        with pytest.raises(CarrierUnavailable):
            act()
    assert sandbox.outbox() == []


def test_a_carrier_that_is_not_there_is_unavailable(name, keys):
    nowhere = connect(name, keys, Endpoints(*["http://127.0.0.1:1"] * 3))

    with pytest.raises(CarrierUnavailable):
        nowhere.send(TEXT)
    with pytest.raises(CarrierUnavailable):
        nowhere.find_number(OURS)


def test_what_was_sent_is_found_in_the_records(carrier):
    since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    carrier.send(TEXT)
    carrier.send(replace(TEXT, recipient="+12125550143"))

    [record] = carrier.search_messages(OURS, PHONE, since, since + dt.timedelta(minutes=15))

    assert (record.sender, record.recipient) == (OURS, PHONE)
    assert since <= record.at <= dt.datetime.now(dt.UTC)
    assert record.status
    assert carrier.search_messages(OURS, PHONE, since - dt.timedelta(minutes=2), since) == []


@pytest.fixture
def calls(name, carrier, our_server):
    """The calls that our server gets for our number."""
    url, calls = our_server
    carrier.register_webhook(OURS, url, receiver_header(name), "made-up")
    return calls


@pytest.fixture
def reader(name):
    return receiving(name)


@pytest.mark.parametrize("numbers_as", ["digits11", "digits10", "plus", "integer"])
def test_what_the_carrier_calls_us_with_is_understood(sandbox, reader, calls, numbers_as):
    sent = sandbox.inbound(PHONE, [OURS, "+12125550143"], "Hi", numbers_as=numbers_as)

    [(headers, payload)] = calls
    assert reader.has_header(headers, "made-up")
    assert not reader.has_header(headers, "other")
    assert reader.parse(payload) == InboundMessage(sent["referenceId"], PHONE, (OURS, "+12125550143"), "Hi")


@pytest.mark.parametrize("fault", [None, "sign_hmac", "no_signature"])
def test_signed_calls_are_told_from_others(sandbox, keys, reader, calls, fault):
    if fault:
        sandbox.fault(fault)

    sandbox.inbound(PHONE, OURS, "Hi")

    [(headers, _)] = calls
    assert reader.is_signed(headers, keys.outbound_api_key) is (fault != "no_signature")
    assert not reader.is_signed(headers, "another-key")


@pytest.mark.parametrize("swap", [False, True])
def test_a_receipt_is_understood_either_way_round(sandbox, carrier, reader, calls, swap):
    sandbox.fault("drop_receipts")
    reference = carrier.send(TEXT).carrier_reference

    for stat, delivered in (("UNDELIV", False), ("ACCEPTD", None), ("DELETED", False)):
        before = len(calls)
        sandbox.receipt(reference, stat, swap=swap)
        eventually(lambda seen=before: len(calls) > seen)

        receipt = reader.parse(calls[-1][1])
        assert isinstance(receipt, DeliveryReceipt)
        assert set(receipt.numbers) == {OURS, PHONE}
        assert (receipt.carrier_reference, receipt.stat) == (reference, stat)
        assert receipt.delivered is delivered


def test_a_delivered_text_has_its_receipt(carrier, reader, calls):
    reference = carrier.send(TEXT).carrier_reference

    eventually(lambda: calls)
    receipt = reader.parse(calls[0][1])
    assert (receipt.carrier_reference, receipt.stat, receipt.delivered) == (reference, "DELIVRD", True)
