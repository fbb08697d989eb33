"""Sessions of Unity clients: a token, of which only a digest is kept, for 30 days."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import update

from app import impp
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, branch, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Invalid
from app.models import ClientSession, User
from app.services.accounts import passwords, presence, trials
from app.services.audit.record import Action, record
from app.vocabulary import Level, Product, Role

VALID_FOR = dt.timedelta(days=30)


class WrongClientSignIn(Invalid):
    message = "The user id or the password is wrong."


@dataclass(frozen=True)
class ClientIdentity:
    """Who a token stands for."""

    session_id: int
    user_id: int
    actor: Actor
    expires_at: dt.datetime


@dataclass(frozen=True)
class NewToken:
    """The token is shown once; only its digest is kept."""

    token: str
    expires_at: dt.datetime
    identity: ClientIdentity


def sign_in(user_id: str, password: str, product: Product = Product.DESKTOP) -> NewToken:
    """Start a client session with a BroadWorks user id, in any case (S12).

    `product` says which client it is; a user's first sign-in starts its trial.

    Raises WrongClientSignIn: for an unknown user and a wrong password alike.
    """
    known = visible(User, EVERYTHING).where(User.broadworks_key == user_id.strip().lower())
    user = db.session.scalar(known.where(User.closed_at.is_(None)))
    if not passwords.matches(user.client_password_hash if user else None, password) or user is None:
        raise WrongClientSignIn
    return _enter(user.id, product)


@transactional
def _enter(user_id: int, product: Product) -> NewToken:
    new = _start(user_id)
    trials.begin(new.identity.actor, user_id, product)
    return new


@transactional
def _start(user_id: int) -> NewToken:
    user = fetch(User, user_id, EVERYTHING)
    token, expires_at = secrets.token_urlsafe(32), now() + VALID_FOR
    session = ClientSession(token_digest=_digest(token), expires_at=expires_at, **branch(user))
    db.session.add(session)
    db.session.flush()
    return NewToken(token, expires_at, _identity(session, user.broadworks_id, user.timezone))


def signed_in(token: str) -> ClientIdentity | None:
    """Who this token stands for; None when it is unknown, ended or too old."""
    query = (
        visible(ClientSession, EVERYTHING)
        .add_columns(User.broadworks_id, User.timezone)
        .join(User, User.id == ClientSession.user_id)
        .where(ClientSession.token_digest == _digest(token), ClientSession.ended_at.is_(None))
        .where(ClientSession.expires_at > now(), User.closed_at.is_(None))
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    session, name, timezone = found
    identity = _identity(session, name, timezone)
    presence.note(session.id, session.last_seen_at)
    return identity


@transactional
def end(session_id: int) -> None:
    """Sign one client out."""
    _end(ClientSession.id == session_id)


@transactional
def end_all(user_id: int) -> None:
    """Sign out every client of a user, after a new password."""
    _end(ClientSession.user_id == user_id)


@transactional
def set_password(actor: Actor, scope: Scope, user_id: int, password: str) -> None:
    """Staff give a user a client password. Raises Invalid, NotFound."""
    user = fetch(User, user_id, scope)
    user.client_password_hash = passwords.hashed(password)
    end_all(user.id)
    record(actor, Action.CLIENT_PASSWORD_SET, user)


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
    return ClientIdentity(session.id, session.user_id, actor, session.expires_at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
