"""Whether a provider controls a host name: a TXT record under it says its token (D35).

`_cpaas-portal.<host name>` TXT `<token>`. A claim is looked at often at first, then less; a verified name
once a day, and it is lost when its record was gone for a week. No transaction is open while the DNS is asked.
"""

from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import Select, update
from sqlalchemy.exc import IntegrityError

from app import queue, txt_records
from app.access.policy import SYSTEM, Actor
from app.access.scope import EVERYTHING, Scope, visible
from app.clock import now
from app.db import db, end_read, transactional
from app.models import ServerHostname
from app.services.accounts import branding, hostnames, portal_users
from app.services.alerts import letters, notices
from app.services.audit.record import Action, record
from app.txt_records import Lookup, TxtAnswer
from app.vocabulary import HostnameCheck

logger = logging.getLogger(__name__)
LABEL = "_cpaas-portal"
MISSING_FOR = dt.timedelta(days=7)  # the DNS says that there is no such record
SILENT_FOR = dt.timedelta(days=30)  # the DNS says nothing: its servers are down, or the domain is gone
CLAIM_FOR = dt.timedelta(days=30)  # for so long a claim is looked at by the job
_DAILY = dt.timedelta(days=1)
_LEASE = dt.timedelta(minutes=5)
_AT_ONCE = 20  # look-ups in one job, of 5 s at most; the sweep finds the others


def record_name(hostname: str) -> str:
    """Where the TXT record stands."""
    return f"{LABEL}.{hostname}"


def outcome(token: str, answer: TxtAnswer) -> HostnameCheck:
    """What an answer of the DNS means for a claim with this token."""
    if answer.lookup is Lookup.NO_ANSWER:
        return HostnameCheck.NO_ANSWER
    if token in (value.strip("\"' ") for value in answer.values):
        return HostnameCheck.VERIFIED
    return HostnameCheck.OTHER_VALUE if answer.values else HostnameCheck.MISSING


def next_check(claimed_at: dt.datetime, is_verified: bool, at: dt.datetime) -> dt.datetime | None:
    """When a host name is looked at again by the job; None: only when somebody presses Check now."""
    age = at - claimed_at
    if is_verified:
        return at + _DAILY
    if age > CLAIM_FOR:
        return None
    if age > dt.timedelta(days=2):
        return at + _DAILY
    return at + (dt.timedelta(minutes=2) if age < dt.timedelta(hours=1) else dt.timedelta(minutes=30))


def is_lost(missing_since: dt.datetime, found: HostnameCheck, at: dt.datetime) -> bool:
    """Whether a verified name, whose record was not found since then, is verified no more."""
    return at - missing_since >= (SILENT_FOR if found is HostnameCheck.NO_ANSWER else MISSING_FOR)


def check_now(actor: Actor, scope: Scope, hostname_id: int) -> ServerHostname:
    """Look at the record of one host name while somebody waits, 5 s at most. Raises NotFound."""
    row = hostnames.one(scope, hostname_id)
    return _check(actor, row.id, row.hostname, row.token) or hostnames.one(scope, hostname_id)


def are_due() -> bool:
    """Whether a host name has to be looked at."""
    return db.session.scalar(_due().limit(1)) is not None


def check_due() -> None:
    """Look at the host names that are due. A row has one claimer, so many jobs may run this at once."""
    queue.woken(queue.CHECK_HOSTNAMES)
    for _ in range(_AT_ONCE):
        claimed = _claim()
        if claimed is None:
            return
        _check(SYSTEM, *claimed)


def _due() -> Select[ServerHostname]:
    return (
        visible(ServerHostname, EVERYTHING)
        .where(ServerHostname.due_at <= now())
        .order_by(ServerHostname.due_at, ServerHostname.id)
    )


@transactional
def _claim() -> tuple[int, str, str] | None:
    row = db.session.scalar(_due().limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    _note(row, due_at=now() + _LEASE)
    return row.id, row.hostname, row.token


def _check(actor: Actor, hostname_id: int, hostname: str, token: str) -> ServerHostname | None:
    end_read()
    found = outcome(token, txt_records.look_up(record_name(hostname)))
    try:
        return _settle(actor, hostname_id, found)
    except IntegrityError:  # another provider verified it at this moment
        return _settle(actor, hostname_id, found)


@transactional
def _settle(actor: Actor, hostname_id: int, found: HostnameCheck) -> ServerHostname | None:
    """Write down what was found. None: it was deleted meanwhile."""
    query = visible(ServerHostname, EVERYTHING).where(ServerHostname.id == hostname_id)
    row = db.session.scalar(query.with_for_update())
    if row is None:
        return None
    if found is HostnameCheck.VERIFIED and row.verified_at is None and _is_anothers(row):
        found = HostnameCheck.IN_USE
    if found is HostnameCheck.VERIFIED:
        if row.verified_at is None:
            row.verified_at = now()
            record(actor, Action.HOSTNAME_VERIFIED, row)
        _note(row, missing_since=None)
    elif row.verified_at is not None:
        _missed(row, found)
    due = next_check(row.created_at, row.verified_at is not None, now())
    _note(row, last_check=found, checked_at=now(), due_at=due)
    db.session.refresh(row)
    return row


def _missed(row: ServerHostname, found: HostnameCheck) -> None:
    """The record of a verified name was not found: warn at first, and let it go when it stays away."""
    if row.missing_since is None:
        _note(row, missing_since=now())
        if found is not HostnameCheck.NO_ANSWER:
            _mail(row, until=now() + MISSING_FOR)
        return
    if not is_lost(row.missing_since, found, now()):
        return
    logger.warning("host name %s is not verified any more", row.id)
    row.verified_at = None
    record(SYSTEM, Action.HOSTNAME_UNVERIFIED, row)
    _mail(row, until=None)
    _note(row, missing_since=None)


def _mail(row: ServerHostname, until: dt.datetime | None) -> None:
    """To Send Technical Emails of its provider; `until` says when it will be lost, None that it is."""
    address = f"{hostnames.portal_address(row)}/provider-{row.provider_id}/hostnames/"
    day = f"{until:%b} {until.day}, {until.year}" if until else ""
    name = hostnames.spelled(row.hostname)
    for person in portal_users.recipients_above(row, "send_technical_emails"):
        letter = letters.hostname_record_missing(person.name, name, address, until=day)
        key = f"hostname-{'missing' if until else 'lost'}:{row.id}:{now():%Y-%m-%d}:{person.id}"
        notices.add(key, person.email, letter, branding.letterhead(person))


def _is_anothers(row: ServerHostname) -> bool:
    taken = hostnames.verified().where(ServerHostname.hostname == row.hostname, ServerHostname.id != row.id)
    return db.session.scalar(taken) is not None


def _note(row: ServerHostname, **values: object) -> None:
    """Keeping track of checks is no change by anybody, so it has no line in the history."""
    db.session.flush()
    statement = update(ServerHostname).where(ServerHostname.id == row.id).values(values)
    db.session.execute(statement, execution_options={"scope": EVERYTHING, "synchronize_session": "fetch"})
