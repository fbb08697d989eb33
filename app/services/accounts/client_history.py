"""What the History Log of a user says about signing in with a Unity client: who, when, from where, with what.

A client may sign in every minute and somebody may guess all day. So the same line is written once an hour,
and of each kind a few an hour at most.
"""

from __future__ import annotations

import datetime as dt

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.models import AuditEntry, User
from app.services.accounts.known_devices import Device
from app.services.audit.record import Action, record
from app.vocabulary import Level, Product, Role

_WITHIN = dt.timedelta(hours=1)
_MOST = {Action.CLIENT_SIGNED_IN: 20, Action.CLIENT_SIGNED_OUT: 20}
_MOST_REFUSALS = 5
_SHOWN_OF_BROWSER = 200


def signed_in(actor: Actor, user_id: int, product: Product, device: Device) -> None:
    """Inside the transaction that starts the session."""
    _write(actor, Action.CLIENT_SIGNED_IN, fetch(User, user_id, EVERYTHING), device, product=product)


def signed_out(actor: Actor, user: User, device: Device) -> None:
    """Inside the transaction that ends the session."""
    _write(actor, Action.CLIENT_SIGNED_OUT, user, device)


@transactional
def refused(user_id: int, device: Device) -> None:
    """A wrong password for a user that exists."""
    _write_of_stranger(Action.CLIENT_REFUSED, user_id, device)


@transactional
def locked(user_id: int, device: Device) -> None:
    """So many wrong passwords that no more are looked at for a while."""
    _write_of_stranger(Action.CLIENT_LOCKED, user_id, device)


def _write_of_stranger(action: Action, user_id: int, device: Device) -> None:
    """It is not known who it was, so the user is named as the one whom somebody claimed to be."""
    user = fetch(User, user_id, EVERYTHING)
    _write(Actor(user.broadworks_id, Role.CLIENT, Scope(Level.USER, user.id)), action, user, device)


def _write(actor: Actor, action: Action, user: User, device: Device, **more: str) -> None:
    said = {"address": device.address, "device": device.browser[:_SHOWN_OF_BROWSER]} | more
    change = {name: value for name, value in said.items() if value}
    of_late = visible(AuditEntry, EVERYTHING).where(
        AuditEntry.target_kind == User.__tablename__,
        AuditEntry.target_id == user.id,
        AuditEntry.action == action,
        AuditEntry.at > now() - _WITHIN,
    )
    most = _MOST.get(action, _MOST_REFUSALS)
    lines = db.session.scalars(of_late.with_only_columns(AuditEntry.change).limit(most)).all()
    if len(lines) < most and change not in lines:
        record(actor, action, user, **change)
