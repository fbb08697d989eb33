"""The initial reply within business hours: the one text that a media stream sends by itself (D20)."""

from __future__ import annotations

from app.access.scope import Scope, fetch, place_of
from app.clock import now
from app.models import Assignment, InOfficeProfile, MediaStream, Message
from app.phone import is_number
from app.services.messaging import answers, keywords, opt_out_words, opt_outs, sending
from app.services.messaging.outbound.decision import mark
from app.services.office_hours import office_at
from app.vocabulary import Level

_COUNTS = (answers.GREETING, mark(keywords.Keyword.HELP))


def greet(assignment: Assignment, message: Message) -> None:
    """Answer the first text of a new conversation, inside the transaction that keeps it.

    At most once in 24 hours for a pair of numbers, so that two machines do not answer each other; never a
    short code or a name, and nobody outside the hours of the stream's In Office Profile, in its timezone.
    """
    remote = message.remote or ""
    if not is_number(remote):
        return
    if keywords.is_compliance_keyword(message.text, opt_out_words.of(assignment)):
        return
    stream = fetch(MediaStream, assignment.stream_id or 0, place_of(assignment))
    if (
        not stream.reply_in_hours
        or not _is_in(stream)
        or opt_outs.is_stopped(assignment.number, remote)
        or answers.answered_lately(assignment, remote, _COUNTS)
    ):
        return
    if sending.refusal(assignment, is_licensed=True) is None:
        sending.send(
            place_of(assignment),
            assignment.id,
            to=remote,
            text=stream.reply_in_hours,
            client_ref=f"{answers.GREETING}{message.id}",
        )


def _is_in(stream: MediaStream) -> bool:
    if stream.in_office_profile_id is None:
        return False
    profile = fetch(InOfficeProfile, stream.in_office_profile_id, Scope(Level.GROUP, stream.group_id))
    return office_at(profile.weekly_hours, profile.holidays, stream.timezone, now()).is_in
