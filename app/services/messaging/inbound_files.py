"""Files that came along with a text: their addresses are kept, and a job fetches them (S21, D17).

Into our own store, from public addresses over https; parts that only lay out the others are dropped. An
address is forgotten with the outcome.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from app import queue
from app.access.scope import branch
from app.clock import now
from app.config import settings
from app.db import db, in_own_context
from app.media import fetching, kinds, names
from app.media.fetching import FetchFailed, FetchRefused, Limits
from app.media.looking import Looked, look
from app.media.store import store
from app.models import Attachment, Message
from app.services.messaging import file_claims, files
from app.services.messaging.file_claims import Claim, Keys
from app.vocabulary import AttachmentState

logger = logging.getLogger(__name__)
MOST_FILES = 30  # of one text: operators carry ten, and a carrier that repeats itself knows no end
_TOO_MANY = f"A text has {MOST_FILES} files at most. This many more came and were left out:"
_AT_ONCE = 8
_LOOK_AGAIN = 1.0  # seconds between looks for new files while others are under way
_LONGEST_RUN = 240  # seconds, well inside the task's timeout with one more fetch and its put
_NOT_TAKEN = "The carrier's file could not be taken"


def expect(message: Message, addresses: Sequence[str]) -> None:
    """Note the files of a message that has come, inside the transaction that keeps it.

    They are fetched once `queue.FETCH_FILES` is queued. Parts for layout are known by their names. Of too
    many files the first are taken, and the last row says how many were not.
    """
    rows = [_expected(address) for address in addresses[:MOST_FILES]]
    if left_out := sum(not _is_envelope(address) for address in addresses[MOST_FILES:]):
        rows.append({"state": AttachmentState.FAILED, "reason": f"{_TOO_MANY} {left_out}."})
    message.file_count = len(rows)
    for position, row in enumerate(rows):
        beside = {"message_id": message.id, "assignment_id": message.assignment_id, "position": position}
        db.session.add(Attachment(**row, **beside, **branch(message)))
    db.session.flush()


def _expected(address: str) -> dict[str, Any]:
    if _is_envelope(address):
        return {"state": AttachmentState.DROPPED}
    return {"state": AttachmentState.WAITING, "source_url": address, "due_at": now()}


def _is_envelope(address: str) -> bool:
    return kinds.is_named_as_envelope(_last_part(address))


def fetch_due() -> None:
    """Fetch what is due, until nothing is. Many jobs may run this at once.

    New files are looked for while others are under way, so a slow server delays nobody else's.
    """
    queue.woken(queue.FETCH_FILES)
    until = time.monotonic() + _LONGEST_RUN
    take = in_own_context(_take)
    under_way: set[Future[None]] = set()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while True:
            free = _AT_ONCE - len(under_way)
            if free and time.monotonic() < until:
                under_way |= {pool.submit(take, claim) for claim in file_claims.claim(free)}
            if not under_way:
                break
            done, under_way = wait(under_way, _LOOK_AGAIN, FIRST_COMPLETED)
            for one in done:
                one.result()  # what fails here is our database: the file is due again when its lease ends
    if time.monotonic() >= until:
        queue.push(queue.FETCH_FILES)


def _take(claim: Claim) -> None:
    """One file, from its address to its outcome."""
    try:
        with tempfile.TemporaryFile() as file:
            _bring(claim, file)
    except Exception as trouble:  # noqa: BLE001, RUF100 - whatever it is, another try may help
        said = str(trouble) if isinstance(trouble, FetchFailed) else type(trouble).__name__
        logger.warning("file %s not fetched, trying again: %s", claim.file_id, said)
        gone = set(file_claims.again(claim))
        with suppress(OSError):  # the row knows them still: they go with their text at the latest
            _take_out(gone)


def _bring(claim: Claim, file: BinaryIO) -> None:
    """Raises FetchFailed, DecoderBusy, DecoderLost, OSError (the store)."""
    given = settings()
    limits = Limits(given.media_fetch_most_bytes, given.media_fetch_seconds, given.sandbox_url)
    try:
        name = unquote(fetching.fetch(claim.url, file, limits))
    except FetchRefused as refusal:
        logger.warning("file %s is not taken: %s", claim.file_id, refusal)
        _settle_without(claim, AttachmentState.FAILED, f"{_NOT_TAKEN}: {refusal}.")
        return
    if not file_claims.renew(claim):
        return
    looked = look(file, given.pictures, in_line=False)
    if not looked.size:
        _settle_without(claim, AttachmentState.FAILED, f"{_NOT_TAKEN}: it is empty.")
    elif looked.is_envelope or kinds.is_named_as_envelope(name):
        _settle_without(claim, AttachmentState.DROPPED)
    elif keys := file_claims.hold(claim, with_thumbnail=looked.thumbnail is not None):
        files.put(file, looked, keys.file or "", keys.thumbnail)
        _settle_with(claim, keys, looked, names.tidy(name, looked.ending))


def _settle_with(claim: Claim, keys: Keys, looked: Looked, name: str) -> None:
    is_settled = file_claims.settle(
        claim,
        AttachmentState.STORED,
        name=name,
        thumbnail_key=keys.thumbnail,
        **files.columns(looked),
    )
    # Erased meanwhile, or fetched by somebody else: what nobody wants any more goes out again.
    kept = keys if is_settled else file_claims.kept(claim)
    _take_out({*claim.left, *keys} - set(kept))


def _settle_without(claim: Claim, state: AttachmentState, reason: str = "") -> None:
    """An earlier claim may have left bytes. Its keys stay in the row: should they go only later, with the
    text, it is known where they are.
    """
    is_settled = file_claims.settle(claim, state, reason=reason)
    kept = Keys() if is_settled else file_claims.kept(claim)
    _take_out(set(claim.left) - set(kept))


def _take_out(keys: set[str]) -> None:
    for key in keys:
        store().delete(key)


def _last_part(address: str) -> str:
    try:
        return unquote(urlsplit(address).path.rpartition("/")[2])
    except ValueError:
        return ""
