"""Why a platform can or cannot be saved: recipients first, then the carrier's word on the keys (S1 to S7)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError

from app import queue
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, fetch, inherited, node_of, visible
from app.carriers.base import Carrier, Keys, KeysRefused
from app.carriers.registry import Endpoints, connect
from app.clock import now
from app.config import settings
from app.db import db, end_read, transactional
from app.digests import keyed_digest
from app.errors import Conflict, NotFound
from app.models import Assignment, Platform, Provider
from app.models.provisioning import ACCOUNT, RECEIVER_PATH
from app.services.accounts import nodes, portal_users
from app.services.audit.record import Action, differences, record
from app.services.provisioning.platform_input import (
    AccountTaken,
    NameTaken,
    PlatformWish,
    checked_keys,
    name_for,
    require_free,
)
from app.services.revisions import require_current
from app.vocabulary import AssignmentState, CarrierName, OptIn

LEGACY_PATH = "/Cpaas/Receiver.aspx/InteliquentSms"


class NoAlertRecipient(Conflict):
    """S3, in the words of the source."""

    message = (
        "CPaaS platforms cannot be added as there are no login users at the system provider level that are "
        "configured to receive alerts. These users will be notified of any issues surrounding CPaaS "
        "enablement and at least one user must be alerted."
    )


class PlatformInUse(Conflict):
    """D5."""

    def __init__(self, numbers: int):
        plural = "numbers" if numbers != 1 else "number"
        super().__init__(
            f"This platform still has {numbers} {plural}. Delete the {plural} first, then the platform."
        )


@dataclass(frozen=True)
class Progress:
    """How far a change of keys has come (D27)."""

    done: int
    total: int


def listed(scope: Scope) -> list[Platform]:
    """The platforms that a place may use: its provider's, oldest first (S1, S7)."""
    return of_node(node_of(scope))


def of_node(node: Any) -> list[Platform]:
    """The same for a place whose row is at hand."""
    query = inherited(Platform, node).where(Platform.deleted_at.is_(None))
    return list(db.session.scalars(query.order_by(Platform.id)))


def one(scope: Scope, platform_id: int) -> Platform:
    """A platform of this provider. Raises NotFound."""
    return _fetch(scope, platform_id)


def require_alert_recipient(provider: Scope) -> None:
    """Raises NoAlertRecipient: nobody at provider level would be told (S3)."""
    if not portal_users.alert_recipients(provider):
        raise NoAlertRecipient


def add(actor: Actor, provider: Scope, wish: PlatformWish) -> Platform:
    """Save a platform whose keys the carrier accepts (S2, S3, S5, D36).

    Raises NoAlertRecipient, Invalid, KeyMissing, NameTaken, AccountTaken (several of these as Several),
    KeysRefused, CarrierUnavailable, Closed.
    """
    require_alert_recipient(provider)
    keys = checked_keys(provider, wish)
    _try_keys(wish.carrier, keys)
    return _write(actor, provider, wish, keys)


@transactional
def _write(actor: Actor, provider: Scope, wish: PlatformWish, keys: Keys) -> Platform:
    """The provider row is locked, so that the last recipient cannot leave at the same moment (S4), and of two
    administrators who add the same account or name one is refused."""
    nodes.open_node(provider)
    require_alert_recipient(provider)
    require_free(provider, wish, keys.account_key)
    platform = Platform(
        provider_id=provider.node_id,
        name=name_for(provider, wish, None),
        carrier=wish.carrier,
        receiver_path_key=secrets.token_urlsafe(24),
        receiver_header_key=secrets.token_urlsafe(32),
        account_key=keys.account_key,
        token_secret=keys.token_secret,
        outbound_api_key=keys.outbound_api_key,
        **wish.settings(),
    )
    db.session.add(platform)
    _flush()
    record(actor, Action.PLATFORM_ADDED, platform, **wish.settings())
    return platform


def change(actor: Actor, provider: Scope, platform_id: int, wish: PlatformWish, *, seen: int) -> Platform:
    """Save a platform as it was at revision `seen`, after the carrier accepted its keys (S5, D6, D7, D27).

    Raises Invalid, KeyMissing, NameTaken, AccountTaken (several of these as Several), KeysRefused,
    CarrierUnavailable, ChangedMeanwhile, NotFound.
    """
    platform = _fetch(provider, platform_id)
    keys = checked_keys(provider, wish, platform)
    _try_keys(platform.carrier, keys)
    return _rewrite(actor, provider, platform_id, wish, keys, seen=seen)


@transactional
def _rewrite(
    actor: Actor, provider: Scope, platform_id: int, wish: PlatformWish, keys: Keys, *, seen: int
) -> Platform:
    # As when one is added: names and accounts are compared while nobody else changes one.
    fetch(Provider, _fetch(provider, platform_id).provider_id, EVERYTHING, lock=True)
    platform = _fetch(provider, platform_id, lock=True)
    require_current(platform, seen)
    require_free(provider, wish, keys.account_key, platform)
    wanted = {"name": name_for(provider, wish, platform), **wish.settings()}
    changes: dict[str, object] = dict(differences(platform, wanted))
    stops_asking = platform.user_confirmation_required and not wish.user_confirmation_required
    old = keys_of(platform)
    for name, value in wanted.items():
        setattr(platform, name, value)
    for name in ("account_key", "token_secret", "outbound_api_key"):
        if getattr(keys, name) != getattr(old, name):
            setattr(platform, name, getattr(keys, name))
            changes[name] = "changed"
    _flush()
    if keys.outbound_api_key != old.outbound_api_key:
        _renew_webhooks(platform, old)
    if stops_asking:
        _stop_asking(actor, provider, platform)
    if changes:
        platform.revision += 1
        record(actor, Action.PLATFORM_CHANGED, platform, **changes)
    return platform


def _renew_webhooks(platform: Platform, old: Keys) -> None:
    """Every number is registered anew with the new key; until then the older ones count, too (D27)."""
    # One per line: with a second change under way, numbers may still carry the key before the last.
    platform.previous_outbound_api_key = _lines(old.outbound_api_key, platform.previous_outbound_api_key)
    platform.previous_receiver_header_key = _lines(
        platform.receiver_header_key, platform.previous_receiver_header_key
    )
    platform.receiver_header_key = secrets.token_urlsafe(32)
    platform.key_version += 1
    queue.later(queue.REREGISTER_NUMBERS, platform_id=platform.id)


def _stop_asking(actor: Actor, provider: Scope, platform: Platform) -> None:
    """Nobody is asked any longer, and what was kept for an answer is handed over (D7)."""
    waiting = visible(Assignment, provider).where(
        Assignment.platform_id == platform.id, Assignment.opt_in == OptIn.PENDING
    )
    for assignment in list(db.session.scalars(waiting)):
        assignment.opt_in = OptIn.NOT_REQUIRED
        record(actor, Action.OPT_IN_NOT_REQUIRED, assignment)
        if assignment.user_id is not None:
            queue.later(queue.HAND_OVER, user_id=assignment.user_id)


@transactional
def delete(actor: Actor, provider: Scope, platform_id: int) -> None:
    """Take a platform away; its row stays without keys (D5). Raises PlatformInUse, NotFound."""
    platform = _fetch(provider, platform_id, lock=True)
    if numbers := running_numbers(provider, platform_id):
        raise PlatformInUse(numbers)
    platform.deleted_at = now()
    platform.account_key = platform.token_secret = platform.outbound_api_key = None
    platform.receiver_header_key = None
    platform.previous_outbound_api_key = platform.previous_receiver_header_key = None
    record(actor, Action.PLATFORM_DELETED, platform)


def running_numbers(scope: Scope, platform_id: int) -> int:
    """How many assignments of this platform have not ended."""
    query = visible(Assignment, scope).where(
        Assignment.platform_id == platform_id, Assignment.ended_at.is_(None)
    )
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def running_by_platform(scope: Scope) -> dict[int, int]:
    """How many assignments of each platform at a place have not ended; nothing for one without any."""
    query = visible(Assignment, scope).where(Assignment.ended_at.is_(None)).group_by(Assignment.platform_id)
    return dict(db.session.execute(query.with_only_columns(Assignment.platform_id, func.count())).all())


def reregistration(scope: Scope, platform: Platform) -> Progress | None:
    """How many active numbers carry the present keys; None when no change of keys is under way (D27)."""
    if platform.previous_outbound_api_key is None:
        return None
    active = visible(Assignment, scope).where(
        Assignment.platform_id == platform.id, Assignment.state == AssignmentState.ACTIVE
    )
    fresh = active.where(Assignment.registered_key_version == platform.key_version)
    count = func.count()
    return Progress(
        done=db.session.scalar(fresh.with_only_columns(count)) or 0,
        total=db.session.scalar(active.with_only_columns(count)) or 0,
    )


def keys_of(platform: Platform) -> Keys:
    """The stored keys; empty strings after the platform was deleted."""
    return Keys(platform.account_key or "", platform.token_secret or "", platform.outbound_api_key or "")


def signing_keys(platform: Platform) -> list[str]:
    """What the carrier may sign with: the present key, and those before it until all is renewed (D27)."""
    return _lines(platform.outbound_api_key, platform.previous_outbound_api_key).split("\n")


def header_keys(platform: Platform) -> list[str]:
    """The values of the fixed header that a call may carry, likewise (D27)."""
    return _lines(platform.receiver_header_key, platform.previous_receiver_header_key).split("\n")


def carrier_of(platform: Platform) -> Carrier:
    """The carrier, reached with this platform's keys."""
    return _connect(platform.carrier, keys_of(platform))


def receiver_url(platform: Platform) -> str:
    """Where the carrier calls us for this platform (S11)."""
    return f"{settings().receiver_url}/receiver/{platform.carrier}/{platform.receiver_path_key}"


@transactional
def renew_digests() -> int:
    """Write the digests of all platforms with the first of ENCRYPTION_KEYS, so that an older one can go.

    Returns how many there are. What people see does not change, so there is no line of history.
    """
    rows = list(db.session.scalars(visible(Platform, EVERYTHING)))
    for row in rows:
        digests: dict[str, str] = {"receiver_path_digest": keyed_digest(RECEIVER_PATH, row.receiver_path_key)}
        if row.account_key is not None and row.account_digest is not None:
            digests["account_digest"] = keyed_digest(ACCOUNT, row.account_key)
        db.session.execute(
            update(Platform).where(Platform.id == row.id).values(**digests),
            execution_options={"scope": EVERYTHING, "synchronize_session": False},
        )
    return len(rows)


def legacy_url() -> str:
    """Where the carrier calls for numbers that were registered before this product."""
    return settings().receiver_url + LEGACY_PATH


def _lines(*values: str | None) -> str:
    return "\n".join(value for value in values if value)


def _connect(carrier: CarrierName, keys: Keys) -> Carrier:
    config = settings()
    endpoints = Endpoints(
        services_url=config.inteliquent_services_url,
        token_url=config.inteliquent_token_url,
        broker_url=config.inteliquent_broker_url,
    )
    return connect(carrier, keys, endpoints)


def _flush() -> None:
    """The database has the last word on names and accounts."""
    try:
        db.session.flush()
    except IntegrityError as taken:
        is_name = "provider_id_name" in str(taken.orig) or "platforms.name" in str(taken.orig)
        raise (NameTaken() if is_name else AccountTaken()) from taken


def _try_keys(carrier: CarrierName, keys: Keys) -> None:
    """Ask the carrier, with no transaction open; a refusal stands beside the field that it is about."""
    end_read()
    try:
        _connect(carrier, keys).check_keys()
    except KeysRefused as refusal:
        refusal.field = "outbound_api_key" if refusal.keys == "broker" else "account_key"
        raise


def _fetch(scope: Scope, platform_id: int, *, lock: bool = False) -> Platform:
    platform = fetch(Platform, platform_id, scope, lock=lock)
    if platform.deleted_at is not None:
        raise NotFound
    return platform
