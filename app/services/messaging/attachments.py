"""What becomes of the files of a text: MMS, or an SMS with links to them (S21, D15, D16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.config import settings
from app.db import db
from app.errors import Invalid
from app.media import kinds
from app.models import Assignment, Attachment, Message, Platform
from app.phone import is_american
from app.services.messaging import files, links, segments, uploads
from app.services.provisioning.settings import effective
from app.vocabulary import SentAs

MOST_FILES = 10


class FilesGone(Invalid):
    message = "A file is not there any more, or was sent with another text: add it again."

    def __init__(self) -> None:
        super().__init__(field="attachment_ids")


@dataclass(frozen=True)
class Plan:
    """How a text with files leaves; `reason` says why as links and not as MMS."""

    sent_as: SentAs
    reason: str = ""


@dataclass(frozen=True)
class Leaving:
    """What the carrier is given."""

    text: str
    media_urls: tuple[str, ...] = ()


def wanted(file_ids: Sequence[int]) -> list[int]:
    """The files that a text is to have, each once. Raises Invalid: more than a text has."""
    found = _each_once(file_ids)
    if len(found) > MOST_FILES:
        raise Invalid(f"A text has {MOST_FILES} files at most.", field="attachment_ids")
    return found


def uploaded(scope: Scope, wanted: Sequence[int]) -> list[Attachment]:
    """The files that are `wanted`, in this order, locked: each is used once. Raises FilesGone."""
    found = uploads.unused(scope, wanted, lock=True)
    if len(found) < len(wanted):
        raise FilesGone
    return found


def has(scope: Scope, message: Message, file_ids: Sequence[int]) -> bool:
    """Whether these are the files of a text, or the same bytes uploaded anew."""
    named = _each_once(file_ids)
    its = files.of([message]).get(message.id, [])
    if len(its) != len(named):
        return False
    if [file.id for file in its] == named:
        return True
    others = visible(Attachment, scope).where(Attachment.id.in_(named))
    digests = {file.id: file.digest for file in db.session.scalars(others)}
    return [file.digest for file in its] == [digests.get(file_id) for file_id in named]


def _each_once(file_ids: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(file_ids))


def longest_text(most: int, count: int) -> int:
    """How many characters of `most` are left for words when the links to `count` files may be added."""
    return most - count * (links.length() + 1) if count else most


def attach(message: Message, chosen: Sequence[Attachment], assignment: Assignment) -> None:
    """Give a new text its files, and say how it would leave now."""
    for position, file in enumerate(chosen):
        file.message_id, file.position = message.id, position
        file.assignment_id = assignment.id  # it may have been added while another number was chosen
    if chosen:
        _prepare(message, list(chosen), assignment)


def foreseen(
    assignment: Assignment, recipient: str, chosen: Sequence[Attachment], words: str
) -> tuple[Plan, str]:
    """How these would leave now, and the words as they would, with links as long as the real ones."""
    planned = plan(assignment, recipient, chosen) if chosen else Plan(SentAs.SMS)
    return planned, _with(words, ["x" * links.length()] * len(chosen)) if planned.reason else words


def leaving(messages: Sequence[Message], assignments: dict[int, Assignment]) -> dict[int, Leaving]:
    """What the carrier is given for each, looked at anew: MMS may have been switched off meanwhile.

    `assignments` are those of the messages by id. Inside the caller's transaction.
    """
    theirs = files.of(messages)
    return {
        message.id: _prepare(message, theirs[message.id], assignments[message.assignment_id])
        if theirs.get(message.id)
        else Leaving(message.text or "")
        for message in messages
    }


def _prepare(message: Message, its_files: list[Attachment], assignment: Assignment) -> Leaving:
    """Links are given in either case: the carrier fetches the files of an MMS by them."""
    planned = plan(assignment, message.remote or "", its_files)
    message.sent_as, message.fallback_reason = planned.sent_as, planned.reason
    if planned.sent_as is SentAs.MMS:
        message.sent_text = None
        words = Leaving(message.text or "", tuple(links.file_url(file) for file in its_files))
    else:
        message.sent_text = _with(message.text or "", [links.give(file) for file in its_files])
        words = Leaving(message.sent_text)
    for column, value in segments.counted(words.text).items():
        setattr(message, column, value)
    return words


def _with(words: str, pages: list[str]) -> str:
    return "\n".join([words, *pages] if words else pages)


def plan(assignment: Assignment, recipient: str, its_files: Sequence[Attachment]) -> Plan:
    """As MMS when the number may, both ends are American and the files are such as MMS carries (D15)."""
    reason = _against_mms(assignment, recipient, its_files)
    return Plan(SentAs.LINK, reason) if reason else Plan(SentAs.MMS)


def _against_mms(assignment: Assignment, recipient: str, its_files: Sequence[Attachment]) -> str:
    platform = fetch(Platform, assignment.platform_id, EVERYTHING)
    if not effective(assignment, platform).mms:
        return "MMS is off for this number."
    if not is_american(recipient) or not is_american(assignment.number):
        return "MMS goes from American to American numbers only."
    odd = next((file.name for file in its_files if file.content_type not in kinds.COMPLIANT), None)
    if odd is not None:
        return f"MMS cannot carry a file of this kind: {odd[:100]}"
    most = settings().mms_most_bytes
    total = sum(file.size or 0 for file in its_files)
    if total > most:
        return f"MMS carries {most // 1000} kB, and these are {-(-total // 1000)} kB."
    return ""
