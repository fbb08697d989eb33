"""MMS, or an SMS with links: decided when a text is written, and just before it leaves (S21, D15, D16)."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from app.clock import now
from app.config import settings
from app.models import Attachment, Message, Platform
from app.services.messaging import attachments, delivery, resending, segments, sending, uploads
from app.vocabulary import MessageState, SentAs
from tests import make
from tests.make.rows import serial

OURS = "+12019920781"
CANADIAN, PUERTO_RICAN, TOLL_FREE, GERMAN = "+14165550142", "+17875550142", "+18005550142", "+4930123456"


def png(width: int = 40, height: int = 30) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def place(real_database: Any, carrier: Any, keys: dict[str, str]) -> SimpleNamespace:
    """A licensed user with an active number of the carrier account, and a platform with MMS."""
    una = make.user()
    make.licence(una)
    platform = make.platform(una, mms_available=True, **keys)
    number = make.assignment(una, on=platform, number=OURS)
    return SimpleNamespace(number=number, platform=platform, scope=make.at(una), actor=make.admin_of(una))


def upload(place: SimpleNamespace, data: bytes | None = None, name: str = "photo.png") -> int:
    return uploads.upload(place.scope, place.number.id, name, io.BytesIO(data or png())).id


def send(place: SimpleNamespace, *file_ids: int, to: str = make.PHONE, text: str = "Look") -> Message:
    given = {"to": to, "text": text, "client_ref": f"ref-{next(serial)}", "attachment_ids": file_ids}
    return sending.send(place.scope, place.number.id, **given)


def test_a_picture_leaves_as_mms_by_an_address_without_sign_in(place, carrier):
    """S21."""
    message = send(place, upload(place), upload(place))
    assert (message.sent_as, message.fallback_reason, message.segments) == (SentAs.MMS, "", 1)
    delivery.drain()

    [sent] = carrier.outbox()
    tokens = [file.link_token for file in make.every(Attachment)]
    assert (sent["text"], len(sent["mediaUrls"])) == ("Look", 2)
    assert [url.rsplit("/", 2)[-2:] for url in sent["mediaUrls"]] == [[one, "file.png"] for one in tokens]
    assert make.again(message).state is MessageState.SENT


def test_a_picture_needs_no_words(place, carrier):
    send(place, upload(place), text=" \n ")
    delivery.drain()
    assert carrier.outbox()[0].get("text", "") == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"platform_mms": False}, "MMS is off for this number."),
        ({"number_mms": False}, "MMS is off for this number."),
        ({"to": CANADIAN}, "MMS goes from American to American numbers only."),
        ({"to": GERMAN}, "MMS goes from American to American numbers only."),
        ({"to": "72345"}, "MMS goes from American to American numbers only."),
        ({"data": b"MZ\x90\x00\x03\x00"}, "MMS cannot carry a file of this kind: photo.png"),
        ({"data": b"words " * 200_000}, "MMS carries 1000 kB, and these are 1200 kB."),
    ],
    ids=["off here", "off for the number", "canada", "germany", "short code", "a program", "too large"],
)
def test_what_cannot_be_mms_leaves_as_an_sms_with_a_link_and_the_sender_is_told_why(
    place, carrier, events, change, why
):
    """S21, D15, D16."""
    place.platform.mms_available = change.get("platform_mms", True)
    make.kept(place.platform)
    place.number.mms = change.get("number_mms")
    make.kept(place.number)
    message = send(place, upload(place, change.get("data")), to=change.get("to", make.PHONE))
    assert (message.sent_as, message.fallback_reason) == (SentAs.LINK, why)
    [file] = make.every(Attachment)
    whole = f"Look\n{place_of(file)}"
    assert message.sent_text == whole
    assert (message.segments, message.encoding) == (
        segments.count(whole).parts,
        segments.count(whole).encoding,
    )
    [told] = [data for kind, data in events(SimpleNamespace(id=message.user_id)) if kind == "message.created"]
    assert (told["sent_as"], told["fallback_reason"], told["text"]) == ("link", why, "Look")

    delivery.drain()
    [sent] = carrier.outbox()
    assert (sent["text"], sent.get("mediaUrls") or []) == (whole, [])


def place_of(file: Attachment) -> str:
    return f"{settings().media_url}/m/{file.link_token}"


@pytest.mark.parametrize("to", [PUERTO_RICAN, TOLL_FREE])
def test_american_is_decided_by_the_area_code(place, to):
    """D15."""
    assert send(place, upload(place), to=to).sent_as is SentAs.MMS


def test_the_size_is_that_of_all_files_together(place):
    part = b"words " * 90_000
    assert send(place, upload(place, part)).sent_as is SentAs.MMS
    assert send(place, upload(place, part), upload(place, part)).sent_as is SentAs.LINK


def test_it_is_decided_again_just_before_it_leaves(place, carrier):
    """D13: MMS was switched off while the text waited."""
    message = send(place, upload(place))
    place.platform.mms_available = False
    make.kept(place.platform)
    delivery.drain()

    [sent] = carrier.outbox()
    after = make.again(message)
    assert (after.sent_as, after.sent_text) == (SentAs.LINK, sent["text"])
    assert not sent.get("mediaUrls")


def test_what_is_sent_again_is_looked_at_anew(place, carrier):
    """D13: failed as an MMS, now a link; the link of before still works and is the same."""
    message = send(place, upload(place))
    message.state = MessageState.FAILED
    make.kept(message)
    token = make.every(Attachment)[0].link_token
    row = make.every(Platform)[0]
    row.mms_available = False
    make.kept(row)

    resending.send_again(place.actor, place.scope, message.id)
    delivery.drain()
    after = make.again(message)
    assert (after.state, after.sent_as) == (MessageState.SENT, SentAs.LINK)
    assert token in carrier.outbox()[-1]["text"]


def test_links_and_words_fit_together(place):
    longest = attachments.longest_text(sending.LONGEST_TEXT, 1)
    message = send(place, upload(place, b"MZ\x90\x00\x03\x00"), text="x" * longest)
    assert len(message.sent_text) == sending.LONGEST_TEXT


def test_a_link_lives_as_long_as_the_setting_says(place, app):
    send(place, upload(place))
    [file] = make.every(Attachment)
    days = dt.timedelta(days=app.extensions["settings"].link_days)
    assert abs(file.link_expires_at - now() - days) < dt.timedelta(minutes=1)
