"""Pictures in the traffic: which texts have one, and whether each came through whole (S21, D15 to D17)."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import func, select

from app.access.scope import EVERYTHING, visible
from app.db import db
from app.media.store import store
from app.models import Attachment, Message
from app.vocabulary import AttachmentState, Direction
from tests import make
from tests.chaos.world import World

_EVERY = 25
_DIFFERENT = 6
_PICTURES = [make.picture("JPEG", (40 + 8 * which, 30)) for which in range(_DIFFERENT)]


def lay_out(folder: Path) -> None:
    """Where the carrier serves what phones attached."""
    for which, content in enumerate(_PICTURES):
        (folder / _name(which)).write_bytes(content)


def has_one(line_id: int, serial: int) -> bool:
    """Whether the text with this serial of a number carries a picture: one in 25 does."""
    return (line_id + serial) % _EVERY == 0


def of(reference: str) -> bytes:
    """The picture of the text with this reference or client_ref."""
    return _PICTURES[_which(reference)]


def address(world: World, reference: str) -> str:
    """Where the carrier says that the picture of an inbound text is."""
    return f"{world.sandbox.url}/media/{_name(_which(reference))}"


def waiting() -> int:
    """Files of texts that have no outcome yet.

    An upload whose process was killed waits for its lease and then goes; its client uploaded it again.
    """
    found = visible(Attachment, EVERYTHING).where(
        Attachment.state == AttachmentState.WAITING, Attachment.message_id.is_not(None)
    )
    return db.session.scalar(found.with_only_columns(func.count())) or 0


def judge(world: World, accepted: list[dict[str, Any]], counts: Counter[str]) -> dict[str, list[str]]:
    """What is wrong, by kind: references of texts whose picture is not as it was, or not there."""
    wrong: dict[str, list[str]] = defaultdict(list)
    by_words = {one["text"]: one for one in accepted}
    with world.app.app_context():
        texts = select(Message, Attachment).outerjoin(Attachment, Attachment.message_id == Message.id)
        for message, file in db.session.execute(texts, execution_options={"scope": EVERYTHING}):
            is_inbound = message.direction is Direction.INBOUND
            reference = str(message.carrier_reference if is_inbound else message.client_ref)
            _, line_id, serial = reference.split("-")
            if not has_one(int(line_id), int(serial)):
                continue
            counts["inbound pictures" if is_inbound else "outbound pictures"] += 1
            if not _is_stored(file, of(reference)):
                wrong["pictures that are not in the store as they were"].append(reference)
            if not is_inbound and (sent := by_words.get(message.text or "")):
                if any(copy["problem"] for copy in sent["fetched"]):
                    counts["outbound pictures that the carrier could not fetch while we were down"] += 1
                if not _is_for_the_carrier(sent["mediaUrls"], of(reference)):
                    wrong["pictures that the carrier cannot fetch as they were"].append(reference)
        db.session.remove()
    return dict(wrong)


def _is_stored(file: Attachment | None, content: bytes) -> bool:
    if file is None or file.state is not AttachmentState.STORED or file.storage_key is None:
        return False
    return b"".join(store().read(file.storage_key)) == content


def _is_for_the_carrier(urls: list[str], content: bytes) -> bool:
    """What the carrier was given is fetched once more, now that nothing is killed."""
    return len(urls) == 1 and requests.get(urls[0], timeout=10).content == content


def _which(reference: str) -> int:
    return zlib.crc32(reference.encode()) % _DIFFERENT


def _name(which: int) -> str:
    return f"chaos-{which}.jpg"
