"""The second factor: codes of an app (RFC 6238), and recovery codes for when the phone is lost."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from dataclasses import dataclass, field

import pyotp
from sqlalchemy import CursorResult, delete, func, select, update

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, at, fetch, missing
from app.clock import now
from app.config import settings
from app.db import db, transactional
from app.errors import Conflict, Invalid, NotFound
from app.models import PortalUser, RecoveryCode
from app.services.accounts import branding, portal_sessions
from app.services.accounts.tokens import digest, sealed, unsealed
from app.services.alerts import letters, mail_limits, notices
from app.services.audit.record import Action, record
from app.vocabulary import MailKind

_SETUP_WITHIN = dt.timedelta(minutes=30)
_SETUP = "setting up a second factor"
_CODES_SHOWN, _SHOWN_FOR = "recovery codes that are shown", dt.timedelta(minutes=10)
_STEP_SECONDS = 30
_NEIGHBOURS = (-1, 0, 1)  # a phone's clock may be half a minute off
_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


class WrongSetupCode(Invalid):
    def __init__(self) -> None:
        super().__init__("This code does not fit. Type the one that the app shows now.", field="code")


class SetupTooOld(Invalid):
    message = "That took too long. Scan the new picture and type the code that the app shows."


class AlreadyOn(Conflict):
    message = "A second factor is on already. Turn it off before you set up another one."


class OwnSecondFactor(Conflict):
    message = "Turn off your own second factor on the page My account."


def is_required(actor: Actor) -> bool:
    """Whether people at this level must have a second factor (SECOND_FACTOR_REQUIRED); until they do, they
    open nothing but the page that sets it up.
    """
    return actor.scope.level in settings().second_factor_levels


@dataclass(frozen=True)
class Setup:
    """What an app needs to know. `token` carries it to the confirmation; nothing is stored before that."""

    secret: str = field(repr=False)
    address: str = field(repr=False)
    token: str = field(repr=False)


def begin(actor: Actor) -> Setup:
    """A new secret to show."""
    secret = pyotp.random_base32()
    return _setup(actor, secret, sealed(_SETUP, [actor.account_id, secret]))


def again(actor: Actor, token: str) -> Setup | None:
    """The secret that was shown before; None when it is too old or somebody else's."""
    account_id, secret = unsealed(_SETUP, token, _SETUP_WITHIN) or (None, "")
    return _setup(actor, secret, token) if secret and account_id == actor.account_id else None


def keep_for_reload(actor: Actor, codes: list[str]) -> str:
    """Recovery codes for the browser to carry for ten minutes: a page that is reloaded loses none."""
    return sealed(_CODES_SHOWN, [actor.account_id, codes])


def kept_for_reload(actor: Actor, token: str) -> list[str]:
    """The codes that were shown a moment ago; none when it is too late or somebody else's."""
    account_id, codes = unsealed(_CODES_SHOWN, token, _SHOWN_FOR) or (None, [])
    return codes if account_id == actor.account_id else []


@transactional
def turn_on(actor: Actor, token: str, code: str) -> list[str]:
    """It counts from here on; returns the recovery codes, which are shown once.

    Raises WrongSetupCode, SetupTooOld, AlreadyOn.
    """
    setup = again(actor, token)
    if setup is None:
        raise SetupTooOld
    step = _step_of(setup.secret, code)
    if step is None:
        raise WrongSetupCode
    person = fetch(PortalUser, actor.account_id or 0, EVERYTHING, lock=True)
    if person.totp_confirmed_at is not None:
        raise AlreadyOn
    person.totp_secret, person.totp_confirmed_at, person.totp_last_step = setup.secret, now(), step
    record(actor, Action.SECOND_FACTOR_ON, person)
    return _new_codes(person.id)


@transactional
def renew_codes(actor: Actor) -> list[str]:
    """Ten new recovery codes; those before stop working. Raises NotFound: there is no second factor."""
    person = fetch(PortalUser, actor.account_id or 0, EVERYTHING, lock=True)
    if person.totp_confirmed_at is None:
        raise NotFound
    record(actor, Action.RECOVERY_CODES_RENEWED, person)
    return _new_codes(person.id)


@transactional
def turn_off(actor: Actor) -> None:
    """Whoever asks has just shown password and code."""
    person = fetch(PortalUser, actor.account_id or 0, EVERYTHING, lock=True)
    _remove(person)
    record(actor, Action.SECOND_FACTOR_OFF, person)


@transactional
def reset(actor: Actor, scope: Scope, portal_user_id: int) -> PortalUser:
    """For somebody at this very node who lost it: they sign in with the password alone, everywhere anew.

    Raises OwnSecondFactor, NotFound, TooManyMails.
    """
    person = db.session.scalar(at(PortalUser, scope).where(PortalUser.id == portal_user_id))
    if person is None or person.totp_confirmed_at is None:
        raise missing(PortalUser, portal_user_id)
    if person.id == actor.account_id:
        raise OwnSecondFactor
    _remove(person)
    portal_sessions.end_all(person.id)
    record(actor, Action.SECOND_FACTOR_RESET, person)
    head = branding.letterhead(person)
    letter = letters.second_factor_reset(person.name, head.portal)
    notices.add(
        f"second-factor-reset:{person.id}:{now().isoformat()}",
        person.email,
        letter,
        head,
        kind=MailKind.ACCOUNT_CHANGED,
        about=person,
        cause=mail_limits.by(actor, person),
    )
    return person


def codes_left(portal_user_id: int) -> int:
    """How many recovery codes were not used yet."""
    query = select(func.count()).where(
        RecoveryCode.portal_user_id == portal_user_id, RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(query) or 0


@transactional
def accepts(portal_user_id: int, code: str) -> bool:
    """Use up a code of the app or a recovery code; a second time it is refused."""
    person = fetch(PortalUser, portal_user_id, EVERYTHING)
    typed = "".join(code.split()).replace("-", "").lower()
    if person.totp_secret is None or person.totp_confirmed_at is None:
        return False
    if typed.isdecimal():
        step = _step_of(person.totp_secret, typed)
        return step is not None and _use_step(person.id, step)
    return _use_recovery_code(person, typed)


def _step_of(secret: str, code: str) -> int | None:
    """The half minute to which a code belongs, if that is now or next to it."""
    current, app = int(now().timestamp()) // _STEP_SECONDS, pyotp.TOTP(secret)
    typed = "".join(code.split())
    near = (current + offset for offset in _NEIGHBOURS)
    return next((s for s in near if hmac.compare_digest(app.generate_otp(s).encode(), typed.encode())), None)


def _use_step(portal_user_id: int, step: int) -> bool:
    """Once, and never one before it: of two tries at the same time one wins."""
    newer = PortalUser.totp_last_step.is_(None) | (PortalUser.totp_last_step < step)
    statement = update(PortalUser).where(PortalUser.id == portal_user_id, newer).values(totp_last_step=step)
    options = {"scope": EVERYTHING}
    done: CursorResult[object] = db.session.execute(statement, execution_options=options)  # type: ignore[assignment]
    return done.rowcount == 1


def _use_recovery_code(person: PortalUser, code: str) -> bool:
    statement = (
        update(RecoveryCode)
        .where(RecoveryCode.portal_user_id == person.id, RecoveryCode.code_digest == digest(code))
        .where(RecoveryCode.used_at.is_(None))
        .values(used_at=now())
    )
    done: CursorResult[object] = db.session.execute(statement)  # type: ignore[assignment]
    return done.rowcount == 1


def _new_codes(portal_user_id: int) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.portal_user_id == portal_user_id))
    codes = ["-".join(_word() for _ in range(4)) for _ in range(_CODES)]
    for code in codes:
        db.session.add(RecoveryCode(portal_user_id=portal_user_id, code_digest=digest(code.replace("-", ""))))
    return codes


def _word() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


def _remove(person: PortalUser) -> None:
    person.totp_secret = person.totp_confirmed_at = person.totp_last_step = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.portal_user_id == person.id))


def _setup(actor: Actor, secret: str, token: str) -> Setup:
    address = pyotp.TOTP(secret).provisioning_uri(name=actor.name, issuer_name="CPaaS portal")
    return Setup(secret, address, token)
