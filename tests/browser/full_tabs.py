"""What the full world holds besides numbers: contact center, brands, host names, templates, uploads."""

from __future__ import annotations

import datetime as dt
import io
import wave
from typing import Any

from app.access.scope import branch
from app.carriers.base import DeliveryReceipt
from app.clock import now
from app.models import AutomaticAssignment, PortalSession, Stop
from app.services.messaging import receipts
from app.vocabulary import (
    AttachmentState,
    AttemptOutcome,
    BulkState,
    LicenceKind,
    MessageState,
    Product,
    RowOutcome,
    SentAs,
)
from tests import make

LONG = "Northern Counties Cooperative Dental and Orthodontic Practices (Accounts Payable)"


def contact_center(group: Any, users: list[Any], platform: Any) -> dict[str, int]:
    """Centers with queues, members with and without a licence, streams with numbers, profiles.

    Returns the ids of a center, a queue and a profile that are full.
    """
    profile = make.in_office_profile(group, name="Weekdays", holidays=_holidays())
    make.in_office_profile(group, name=LONG, weekly_hours=[])
    make.in_office_profile(group, name="Always in", weekly_hours=_around_the_clock())
    for name in ("Reception", LONG):
        center = make.contact_center(group, name=name)
        for line in ("First line", "Second line", f"{name} after hours"):
            queue = make.queue(center, name=line)
            for serial, user in enumerate(users[:4]):
                make.queue_member(queue, user, is_supervisor=serial == 0)
            stream = make.stream(queue, name=f"{line} texts", in_office_profile_id=profile.id)
            held = make.assignment(stream, on=platform)
            make.conversation(held)
            for back in range(14):
                for serial in range(back % 5):
                    state = MessageState.DELIVERED if serial % 3 else MessageState.RECEIVED
                    make.message(held, state=state, created_at=now() - dt.timedelta(days=back))
    make.contact_center(group, name="Moved out", closed_at=now())
    return {"center_id": center.id, "queue_id": queue.id, "profile_id": profile.id}


def looks(provider: Any, reseller: Any) -> None:
    """Brands of two levels, and host names."""
    make.brand(provider, name="Telco Cloud", accent="#0b63ce", logo=make.picture())
    make.brand(reseller, name=LONG[:60], accent="#8a5700")
    for serial in range(3):
        make.hostname(provider, f"texts{serial}.northern-counties-cooperative.example")


def templates(*nodes: Any) -> None:
    """Templates and automatic assignment, of each of these places."""
    for node in nodes:
        make.user_template(
            node, name="Front office", product=Product.AGENT, licence_kind=LicenceKind.PERMANENT
        )
        make.user_template(node, name=LONG)
        for trial, product in ((Product.DESKTOP, Product.DESKTOP), (Product.AGENT, None)):
            make.kept(AutomaticAssignment(trial_product=trial, product=product, **branch(node)))


def uploads(node: Any, broadworks_id: str) -> list[Any]:
    """One in each state, with rows of every outcome; the jobs are not due."""
    rows: list[dict[str, Any]] = [
        {"friendly_name": LONG, "broadworks_id": broadworks_id},
        {"outcome": RowOutcome.REFUSED, "words": "There is no user with this id here.", "number": "123"},
        *({"broadworks_id": f"user{serial}@example.com"} for serial in range(20)),
    ]
    outcomes = {
        BulkState.CHECKING: RowOutcome.UNCHECKED,
        BulkState.CHECKED: RowOutcome.READY,
        BulkState.RUNNING: RowOutcome.ASSIGNED,
        BulkState.DONE: RowOutcome.ASSIGNED,
    }
    return [
        make.bulk_run(
            node,
            *({"outcome": outcome, **row} for row in rows),
            state=state,
            name=f"{state}.csv",
            due_at=now() + dt.timedelta(days=1),
        )
        for state, outcome in outcomes.items()
    ]


def talks(number: Any) -> dict[str, int]:
    """A user's conversations: every state of a text, and somebody blocked, stopped, called by name."""
    remote = "+13105550117"
    for state in (*MessageState, *MessageState):
        words = {"reason": "The number is not in service."} if state is MessageState.FAILED else {}
        make.message(number, state=state, remote=remote, text=f"{LONG} {state}", **words)
    make.message(number, remote=remote, text="x" * 400, other_recipients=["+12125550199", "+4723456789"])
    last = {"long": make.message(number, remote=remote, text="")}
    files(number, remote)
    last["blocked"] = make.message(number, remote=make.PHONE)
    last["stopped"] = make.message(number, remote="+12125550177", text="STOP")
    last["name"] = make.message(number, remote="ACMEBANK", text="Your code is 123456.")
    make.kept(Stop(provider_id=number.provider_id, number=number.number, remote="+12125550177", word="STOP"))
    for serial in range(60):
        make.message(number, remote=f"+1212556{serial:04}")
    return {kind: message.conversation_id for kind, message in last.items()}


def shared_files(number: Any) -> dict[str, str]:
    """Tokens of attachment links: what is shown, what is only downloaded, long names, none, one too late."""
    files: dict[str, dict[str, Any]] = {
        "picture": {"content": make.picture(size=(1200, 900)), "name": "Quote for the front desk.png"},
        "small picture": {"content": make.picture("JPEG"), "name": f"{LONG}{LONG.replace(' ', '_')}.jpg"},
        "sound": {"content": _silence(), "name": "Voicemail.wav"},
        "video": {"content": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "name": "Walk through.mp4"},
        "text": {"content": b"Opening hours " * 29_000, "name": ""},
        "unknown kind": {"content": b"PK\x03\x04", "name": "plans.zip"},
        "expired": {"link_expires_at": now()},
    }
    later, tokens = now() + dt.timedelta(days=30), {}
    for kind, fields in files.items():
        tokens[kind] = f"token-of-the-walk-{kind.replace(' ', '-'):_<14}"
        make.attachment(number, **{"link_token": tokens[kind], "link_expires_at": later, **fields})
    return tokens


def _silence() -> bytes:
    """A second of it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 1, 8000, 8000, "NONE", ""))
        sound.writeframes(b"\x80" * 8000)
    return file.getvalue()


def files(number: Any, remote: str) -> None:
    """Every way in which a file is shown, and a picture that went as a link."""
    mine = {"state": MessageState.DELIVERED, "remote": remote}
    reason = "MMS carries 1000 kB, and these are 1200 kB."
    link = make.message(number, text="The plan", sent_as=SentAs.LINK, fallback_reason=reason, **mine)
    make.attachment(link)
    came = make.message(number, remote=remote, text="")
    make.attachment(came, name=f"{'a long name ' * 7}.png")
    for content, name in ((b"%PDF-1.7", "offer.pdf"), (b"MZ\x90\x00\x03", f"{'long' * 20}.bin")):
        make.attachment(came, content, name=name)
    make.attachment(came, b"RIFF\x24\x00\x00\x00WAVEfmt ", name="sound.wav")
    make.attachment(came, state=AttachmentState.WAITING, name="")
    taken = "The carrier's file could not be taken: it is larger than 25 MB."
    make.attachment(came, state=AttachmentState.FAILED, name="", reason=taken)
    for row in (link, came):
        make.kept(row)


def told_text(number: Any) -> int:
    """A text with everything that happens to one: attempts of each outcome, receipts before and after."""
    text = make.message(
        number,
        state=MessageState.FAILED,
        reason="The number is not in service.",
        tries=4,
        segments=3,
        sent_at=now(),
        settled_at=now(),
        requeued_at=now(),
        sent_as=SentAs.LINK,
        fallback_reason="MMS carries 1000 kB, and these are 1200 kB.",
    )
    details = {
        AttemptOutcome.NOT_SENT: "The carrier is busy: it asked to wait.",
        AttemptOutcome.UNCERTAIN: "The worker stopped before the answer came.",
        AttemptOutcome.REFUSED: "The number of the recipient is not that of a mobile telephone.",
        AttemptOutcome.SENT: "",
    }
    for outcome, detail in details.items():
        make.attempt(text, None, outcome=outcome, detail=detail, finished_at=now())
    reference, numbers = "3fa85f64-5717-4562-b3fc-2c963f66afa6-0000000017", (number.number, text.remote)
    make.attempt(text, reference, finished_at=now())
    make.attempt(text, None, outcome=AttemptOutcome.STARTED)
    for stat in ("ENROUTE", "DELIVRD", "UNDELIV"):
        receipts.settle(text.platform_id, DeliveryReceipt(reference, numbers, stat, None))
    return text.id


def sessions(person: Any) -> None:
    """Signed in from elsewhere, too."""
    for serial, browser in enumerate(("Firefox on Windows", "Safari on iPhone")):
        make.kept(
            PortalSession(
                portal_user_id=person.id,
                token_digest=f"digest-{serial}",
                address=f"192.0.2.{serial}",
                browser=browser,
                expires_at=now() + dt.timedelta(hours=5),
            )
        )


def _holidays() -> list[dict[str, str]]:
    return [{"date": "2026-12-25", "name": "Christmas"}, {"date": "2027-01-01", "name": LONG}]


def _around_the_clock() -> list[dict[str, Any]]:
    return [{"day": day, "opens": "00:00", "closes": "24:00"} for day in range(7)]
