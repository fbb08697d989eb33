"""Sessions of Unity clients. A browser has one token for 30 days, other clients have a pair that they renew.

Only digests are kept. A refresh token counts once; shown again, it ends the session, since somebody has a
copy (RFC 9700, 4.14.2).
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import delete, func, or_, tuple_, update
from sqlalchemy.orm import aliased

from app import impp
from app.access.policy import SYSTEM, Actor
from app.access.scope import EVERYTHING, Scope, branch, fetch, visible
from app.clock import now
from app.config import settings
from app.db import db, transactional
from app.errors import Invalid
from app.models import ClientSession, User
from app.services.accounts import (
    branding,
    client_history,
    client_pairs,
    known_devices,
    passwords,
    presence,
    trials,
)
from app.services.accounts.client_pairs import Pair
from app.services.accounts.known_devices import UNKNOWN, Device
from app.services.accounts.tokens import digest
from app.services.alerts import letters, mail_limits, notices
from app.services.audit.record import Action, record
from app.vocabulary import Level, MailKind, Product, Role

logger = logging.getLogger(__name__)
_BROWSER_FOR = dt.timedelta(days=30)
_KEPT_FOR = dt.timedelta(days=30)  # after its end
_FORGOTTEN_AT_ONCE = 500
_ANSWER_LOST = dt.timedelta(seconds=60)  # for how long a client may ask again for the pair it did not get


class WrongClientSignIn(Invalid):
    message = "The user id or the password is wrong."


class CannotRefresh(Invalid):
    message = "Sign in again: this refresh token is unknown, used up, or too old."


@dataclass(frozen=True)
class ClientIdentity:
    """Who a token stands for, and until when."""

    session_id: int
    user_id: int
    actor: Actor
    product: Product
    expires_at: dt.datetime
    provider_id: int


@dataclass(frozen=True)
class NewToken:
    """The token is shown once; only its digest is kept."""

    token: str
    expires_at: dt.datetime
    identity: ClientIdentity
    device_token: str = field(
        default="", repr=False, kw_only=True
    )  # by which the client is known from now on


@dataclass(frozen=True)
class NewPair(NewToken):
    """With what gets the next pair."""

    refresh_token: str
    refresh_expires_at: dt.datetime


T = TypeVar("T", bound=NewToken)


def sign_in(
    user_id: str, password: str, product: Product = Product.DESKTOP, device: Device = UNKNOWN
) -> NewPair:
    """Start a session of a client with a BroadWorks user id, in any case (S12).

    `product` says which client it is; a user's first sign-in starts its trial.

    Raises WrongClientSignIn: for an unknown user and a wrong password alike.
    """
    return _enter(_known(user_id, password, device), product, device)


def sign_in_with_browser(user_id: str, password: str, device: Device = UNKNOWN) -> NewToken:
    """The same for the web client, whose cookie keeps one token. Raises WrongClientSignIn."""
    return _enter_with_browser(_known(user_id, password, device), device)


def refresh(refresh_token: str) -> NewPair:
    """The next pair; the one before it counts no more.

    Whoever did not get the answer may ask again with the same token for 60 seconds, as long as nobody used
    the new pair, and gets the same pair. Any other token that was used ends the session, and the history
    says so.

    Raises CannotRefresh: for all that gets no pair, alike.
    """
    new = _refreshed(refresh_token)
    if new is None:
        raise CannotRefresh
    return new


def signed_in(token: str) -> ClientIdentity | None:
    """Who this token stands for; None when it is unknown, ended or too old."""
    query = (
        visible(ClientSession, EVERYTHING)
        .add_columns(User.broadworks_id, User.timezone)
        .join(User, User.id == ClientSession.user_id)
        .where(ClientSession.token_digest == digest(token), ClientSession.ended_at.is_(None))
        .where(ClientSession.expires_at > now(), User.closed_at.is_(None))
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    session, name, timezone = found
    identity, last_seen_at = _identity(session, name, timezone), session.last_seen_at
    if session.repeatable_until is not None:
        _note_use(token)
    presence.note(identity.session_id, last_seen_at)
    return identity


@transactional
def end(session_id: int) -> None:
    """Sign one client out."""
    _end(ClientSession.id == session_id)


@transactional
def sign_out(identity: ClientIdentity, device: Device = UNKNOWN) -> None:
    """A client leaves by itself: the history says so."""
    _end(ClientSession.id == identity.session_id)
    client_history.signed_out(identity.actor, fetch(User, identity.user_id, EVERYTHING), device)


@transactional
def end_all(user_id: int) -> None:
    """Sign out every client of a user, after a new password; no browser or client is known any more."""
    _end(ClientSession.user_id == user_id)
    known_devices.forget(user_id=user_id)


@transactional
def forget_old() -> None:
    """Some of the sessions that are over for 30 days leave the table. The one in which a user was last seen
    stays, since it says when that was.
    """
    old, other = now() - _KEPT_FOR, aliased(ClientSession)
    lasts_until = func.coalesce(ClientSession.refresh_expires_at, ClientSession.expires_at)
    was_seen_later = visible(other, EVERYTHING).where(
        other.user_id == ClientSession.user_id,
        tuple_(other.last_seen_at, other.id) > tuple_(ClientSession.last_seen_at, ClientSession.id),
    )
    gone = visible(ClientSession, EVERYTHING).where(
        or_(ClientSession.ended_at < old, lasts_until < old),
        or_(ClientSession.last_seen_at.is_(None), was_seen_later.exists()),
    )
    ids = gone.with_only_columns(ClientSession.id).limit(_FORGOTTEN_AT_ONCE)
    db.session.execute(
        delete(ClientSession).where(ClientSession.id.in_(ids)),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )


@transactional
def set_password(actor: Actor, scope: Scope, user_id: int, password: str) -> None:
    """Staff give a user a client password; the user is told by mail.

    Raises Invalid, NotFound, TooManyMails.
    """
    user = fetch(User, user_id, scope)
    user.client_password_hash = passwords.hashed(password, passwords.words_about(user))
    end_all(user.id)
    record(actor, Action.CLIENT_PASSWORD_SET, user)
    if user.email and actor != SYSTEM:
        notices.add(
            f"client-password-changed:{user.id}:{now().isoformat()}",
            user.email,
            letters.client_password_changed(user.name),
            branding.letterhead(user),
            kind=MailKind.ACCOUNT_CHANGED,
            about=user,
            cause=mail_limits.by(actor, user),
        )


def _known(user_id: str, password: str, device: Device) -> int:
    user = _of_broadworks(user_id)
    if not passwords.matches(user.client_password_hash if user else None, password) or user is None:
        if user is not None:
            client_history.refused(user.id, device)
        raise WrongClientSignIn
    return user.id


def note_locked(user_id: str, device: Device) -> None:
    """Somebody tries the password of this user so often that nothing more is looked at; unknown ones too."""
    user = _of_broadworks(user_id)
    if user is not None:
        client_history.locked(user.id, device)


def _of_broadworks(user_id: str) -> User | None:
    known = visible(User, EVERYTHING).where(User.broadworks_key == user_id.strip().lower())
    return db.session.scalar(known.where(User.closed_at.is_(None)))


@transactional
def _enter(user_id: int, product: Product, device: Device) -> NewPair:
    return _entered(_start(user_id, product), device)


@transactional
def _enter_with_browser(user_id: int, device: Device) -> NewToken:
    return _entered(_start_with_browser(user_id), device)


def _entered(new: T, device: Device) -> T:
    """What every sign-in of a client does: the trial, the history, and the device is known."""
    identity = new.identity
    trials.begin(identity.actor, identity.user_id, identity.product)
    client_history.signed_in(identity.actor, identity.user_id, identity.product, device)
    return replace(new, device_token=known_devices.remember(device.tokens, user_id=identity.user_id).token)


@transactional
def _start(user_id: int, product: Product = Product.DESKTOP) -> NewPair:
    user = fetch(User, user_id, EVERYTHING)
    pair = client_pairs.first()
    family = digest(client_pairs.family(pair.refresh_token))
    session = ClientSession(refresh_family_digest=family, product=product, **branch(user))
    db.session.add(session)
    return _given(session, pair, user)


@transactional
def _start_with_browser(user_id: int) -> NewToken:
    user = fetch(User, user_id, EVERYTHING)
    token = client_pairs.first().token
    session = ClientSession(
        token_digest=digest(token), expires_at=now() + _BROWSER_FOR, product=Product.DESKTOP, **branch(user)
    )
    db.session.add(session)
    db.session.flush()
    return NewToken(token, session.expires_at, _identity(session, user.broadworks_id, user.timezone))


@transactional
def _refreshed(refresh_token: str) -> NewPair | None:
    """None when there is no new pair; a session that ends here is to stay ended, so nothing is raised."""
    family = digest(client_pairs.family(refresh_token))
    query = visible(ClientSession, EVERYTHING).where(
        ClientSession.refresh_family_digest == family,
        ClientSession.ended_at.is_(None),
        ClientSession.refresh_expires_at > now(),
    )
    session = db.session.scalar(query.with_for_update())
    if session is None:
        return None
    user, shown = fetch(User, session.user_id, EVERYTHING), digest(refresh_token)
    if user.closed_at is not None:  # a sign-in was under way while the place was closed
        return None
    pair = client_pairs.following(refresh_token)
    if shown == session.refresh_digest:
        session.previous_refresh_digest, session.repeatable_until = shown, now() + _ANSWER_LOST
    elif not _may_ask_again(session, shown):
        logger.warning("client session %s ended: a refresh token was used twice", session.id)
        record(SYSTEM, Action.CLIENT_SESSION_COPIED, user)
        end(session.id)
        return None
    else:
        pair = client_pairs.given_before(
            refresh_token, lambda one: digest(one.refresh_token) == session.refresh_digest
        )
    return _given(session, pair, user)


def _may_ask_again(session: ClientSession, shown: str) -> bool:
    until = session.repeatable_until
    return shown == session.previous_refresh_digest and until is not None and until > now()


def _given(session: ClientSession, pair: Pair, user: User) -> NewPair:
    """From now on this pair counts, and no other."""
    session.token_digest, session.refresh_digest = digest(pair.token), digest(pair.refresh_token)
    session.expires_at = now() + dt.timedelta(minutes=settings().client_token_minutes)
    session.refresh_expires_at = now() + dt.timedelta(days=settings().client_refresh_days)
    db.session.flush()
    identity = _identity(session, user.broadworks_id, user.timezone)
    return NewPair(pair.token, session.expires_at, identity, pair.refresh_token, session.refresh_expires_at)


@transactional
def _note_use(token: str) -> None:
    """The client has its new pair, so the refresh token before it counts no more."""
    statement = update(ClientSession).where(ClientSession.token_digest == digest(token))
    db.session.execute(
        statement.values(repeatable_until=None),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )


def _end(which: object) -> None:
    """Open streams of theirs are told at once."""
    statement = update(ClientSession).where(which, ClientSession.ended_at.is_(None))  # type: ignore[arg-type]
    ended = db.session.execute(
        statement.values(ended_at=now()).returning(ClientSession.user_id),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )
    for user_id in set(ended.scalars()):
        impp.check(user_id)


def _identity(session: ClientSession, name: str, timezone: str) -> ClientIdentity:
    actor = Actor(name, Role.CLIENT, Scope(Level.USER, session.user_id), timezone=timezone)
    return ClientIdentity(
        session.id, session.user_id, actor, session.product, session.expires_at, session.provider_id
    )
