"""Portal users who are signed in: one row for each browser, found by the digest of its cookie's token."""

from __future__ import annotations

import datetime as dt
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import OperationalError

from app.access.policy import Actor
from app.access.scope import EVERYTHING, fetch, place_of, visible
from app.clock import now
from app.db import db, transactional
from app.errors import NotFound
from app.models import PortalSession, PortalUser
from app.services.accounts import known_devices
from app.services.accounts.known_devices import UNKNOWN, Device
from app.services.accounts.tokens import digest
from app.services.audit.record import Action, record

VALID_FOR = dt.timedelta(hours=12)
FRESH_FOR = dt.timedelta(minutes=15)
_SEEN_EVERY = dt.timedelta(minutes=1)
_KEPT_FOR = dt.timedelta(days=30)


@dataclass(frozen=True)
class Account:
    """A signed-in portal user, in one session."""

    id: int
    name: str
    email: str
    session_id: int
    confirmed_at: dt.datetime
    has_second_factor: bool
    actor: Actor

    @property
    def is_fresh(self) -> bool:
        """Whether the password was typed lately, in this session."""
        return self.confirmed_at > now() - FRESH_FOR


@transactional
def start(portal_user_id: int, device: Device = UNKNOWN, known_device_id: int | None = None) -> str:
    """A new session; returns the token of its cookie, of which only a digest is kept."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        PortalSession(
            portal_user_id=portal_user_id,
            token_digest=digest(token),
            address=device.address[:64],
            browser=device.browser[:200],
            expires_at=now() + VALID_FOR,
            known_device_id=known_device_id,
        )
    )
    return token


def signed_in(token: str) -> Account | None:
    """Who this token stands for; None when its session ended or the account may not sign in any more."""
    query = (
        visible(PortalUser, EVERYTHING)
        .add_columns(PortalSession)
        .join(PortalSession, PortalSession.portal_user_id == PortalUser.id)
        .where(PortalSession.token_digest == digest(token), *_running(), PortalUser.is_enabled)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    person, session = found
    actor = Actor(person.email, person.role, place_of(person), person.id, person.timezone)
    has_second_factor = person.totp_confirmed_at is not None
    account = Account(
        person.id, person.name, person.email, session.id, session.confirmed_at, has_second_factor, actor
    )
    if session.last_seen_at < now() - _SEEN_EVERY:
        _note_visit(session.id)
    return account


def listed(portal_user_id: int) -> list[PortalSession]:
    """The running sessions of a portal user, the latest seen first."""
    query = select(PortalSession).where(PortalSession.portal_user_id == portal_user_id, *_running())
    return list(
        db.session.scalars(query.order_by(PortalSession.last_seen_at.desc(), PortalSession.id.desc()))
    )


@transactional
def confirm(session_id: int) -> None:
    """The password was typed again in this session."""
    db.session.execute(update(PortalSession).where(PortalSession.id == session_id).values(confirmed_at=now()))


@transactional
def sign_out(session_id: int) -> None:
    """The person leaves: a copy of the cookie is worth nothing any more."""
    _end(PortalSession.id == session_id)


@transactional
def end_one(actor: Actor, session_id: int) -> None:
    """End one session of the person who asks; its browser is no longer known. Raises NotFound."""
    device = known_devices.of_session(session_id)
    ended = _end(PortalSession.id == session_id, PortalSession.portal_user_id == actor.account_id)
    if not ended:
        raise NotFound
    known_devices.forget_device(device.id if device else None)
    record(actor, Action.SESSIONS_ENDED, fetch(PortalUser, actor.account_id or 0, EVERYTHING), sessions=ended)


@transactional
def end_others(actor: Actor, session_id: int) -> int:
    """End all sessions of the person who asks but this one; returns how many."""
    ended = end_all(actor.account_id or 0, but=session_id)
    if ended:
        person = fetch(PortalUser, actor.account_id or 0, EVERYTHING)
        record(actor, Action.SESSIONS_ENDED, person, sessions=ended)
    return ended


@transactional
def end_all(portal_user_id: int, *, but: int = 0) -> int:
    """Whatever this person was let in with ends, and no browser is known any more, except that of the session
    `but`. Inside the caller's transaction, who writes the history.
    """
    kept = known_devices.of_session(but) if but else None
    known_devices.forget(but=kept.id if kept else None, portal_user_id=portal_user_id)
    return _end(PortalSession.portal_user_id == portal_user_id, PortalSession.id != but)


@transactional
def forget_old() -> None:
    """Sessions that are long over leave the table."""
    old = now() - _KEPT_FOR
    db.session.execute(delete(PortalSession).where(PortalSession.expires_at < old))


def _note_visit(session_id: int) -> None:
    """A comfort that never costs anybody a page: a busy database is left alone."""
    with suppress(OperationalError):
        _write_visit(session_id)


@transactional
def _write_visit(session_id: int) -> None:
    late = PortalSession.last_seen_at < now() - _SEEN_EVERY
    db.session.execute(
        update(PortalSession).where(PortalSession.id == session_id, late).values(last_seen_at=now())
    )


def _end(*which: Any) -> int:
    ended: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        update(PortalSession).where(*which, *_running()).values(ended_at=now())
    )
    return ended.rowcount


def _running() -> tuple[Any, ...]:
    return PortalSession.ended_at.is_(None), PortalSession.expires_at > now()
