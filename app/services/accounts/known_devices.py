"""Browsers and clients with which somebody has signed in fully (OWASP: "device cookies").

Wrong tries of a known device are counted in its own row, so that strangers who guess at an account lock out
strangers alone, and guessing with the owner's browser has an end too. A device keeps a random token, the row
a digest of it. It ends after 90 days without a sign-in, with a new password, and with its session.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.db import db, transactional
from app.models import KnownDevice, PortalSession, PortalUser, User
from app.services import outages
from app.services.accounts.tokens import digest

VALID_FOR = dt.timedelta(days=90)
_MOST = 20  # of one owner; the one that was not used for the longest goes
_FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True)
class Device:
    """With what somebody signs in: an IP address, what the browser or client calls itself, and the tokens by
    which it may be known.
    """

    address: str = ""
    browser: str = ""
    tokens: tuple[str, ...] = field(default=(), repr=False)


UNKNOWN = Device()


@dataclass(frozen=True)
class Remembered:
    """A device from now on known; `token` is for it to keep."""

    id: int
    token: str = field(repr=False)


def find(tokens: Iterable[str], **owner: int) -> KnownDevice | None:
    """The device that has one of these tokens and belongs to this owner (`portal_user_id` or `user_id`)."""
    digests = [digest(token) for token in tokens]
    if not digests:
        return None
    query = _of(**owner).where(KnownDevice.token_digest.in_(digests), KnownDevice.expires_at > now())
    return db.session.scalar(query.order_by(KnownDevice.id.desc()).limit(1))


def id_for_address(tokens: tuple[str, ...], email: str) -> int | None:
    """The id of the device if it is known for the portal user with this address, in lower case.

    Asked before limits are counted, so a database that is away makes it a stranger.
    """
    return _id_for(tokens, PortalUser.email == email, "portal_user_id") if tokens else None


def id_for_user(tokens: tuple[str, ...], broadworks_key: str) -> int | None:
    """The same for a user with this BroadWorks user id, in lower case."""
    return _id_for(tokens, User.broadworks_key == broadworks_key, "user_id") if tokens else None


def of_session(session_id: int) -> KnownDevice | None:
    """The device of a portal user's session."""
    query = select(KnownDevice).join(PortalSession, PortalSession.known_device_id == KnownDevice.id)
    return db.session.scalar(query.where(PortalSession.id == session_id))


@transactional
def remember(tokens: Iterable[str], **owner: int) -> Remembered:
    """The device counts as known for 90 days from now. Inside the transaction of signing in."""
    given = {digest(token): token for token in tokens}
    known = find(given.values(), **owner)
    if known is None:
        token = secrets.token_urlsafe(32)
        known = KnownDevice(token_digest=digest(token), expires_at=now() + VALID_FOR, **owner)
        db.session.add(known)
        db.session.flush()
        _forget_surplus(**owner)
        return Remembered(known.id, token)
    known.expires_at, known.failed_sign_ins, known.locked_until = now() + VALID_FOR, 0, None
    return Remembered(known.id, given[known.token_digest])


@transactional
def forget(*, but: int | None = None, **owner: int) -> None:
    """All devices of this owner are strangers again, except the one with the id `but`."""
    statement = delete(KnownDevice).where(*_is_of(**owner))
    db.session.execute(statement if but is None else statement.where(KnownDevice.id != but))


@transactional
def forget_device(device_id: int | None) -> None:
    """This one is a stranger again."""
    if device_id is not None:
        db.session.execute(delete(KnownDevice).where(KnownDevice.id == device_id))


@transactional
def unlock(**owner: int) -> None:
    """Their counts of wrong tries begin at nothing."""
    statement = update(KnownDevice).where(*_is_of(**owner))
    db.session.execute(statement.values(failed_sign_ins=0, locked_until=None))


@transactional
def forget_old() -> None:
    """Some of the devices that were not used for 90 days leave the table."""
    old = select(KnownDevice.id).where(KnownDevice.expires_at < now()).limit(_FORGOTTEN_AT_ONCE)
    db.session.execute(delete(KnownDevice).where(KnownDevice.id.in_(old)))


def _id_for(tokens: tuple[str, ...], is_owner: object, column: str) -> int | None:
    try:
        model = PortalUser if column == "portal_user_id" else User
        owner = db.session.scalar(visible(model, EVERYTHING).where(is_owner))  # type: ignore[arg-type]
        known = find(tokens, **{column: owner.id}) if owner is not None else None
    except SQLAlchemyError as trouble:
        if not outages.is_away(trouble):
            raise
        db.session.rollback()
        return None
    return known.id if known is not None else None


def _of(**owner: int) -> Select[KnownDevice]:
    return select(KnownDevice).where(*_is_of(**owner))


def _is_of(**owner: int) -> list[ColumnElement[bool]]:
    [(column, value)] = owner.items()
    return [getattr(KnownDevice, column) == value]


def _forget_surplus(**owner: int) -> None:
    latest = _of(**owner).order_by(KnownDevice.expires_at.desc(), KnownDevice.id.desc())
    surplus = db.session.scalars(latest.with_only_columns(KnownDevice.id).offset(_MOST)).all()
    if surplus:
        db.session.execute(delete(KnownDevice).where(KnownDevice.id.in_(surplus)))
