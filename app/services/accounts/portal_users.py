"""Portal users, and why the last one who receives alerts must stay (S4, S6)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError

from app import email_address
from app.access.policy import Actor
from app.access.scope import Scope, at, branch, fetch, missing, upwards, visible
from app.db import db, transactional
from app.errors import Conflict, Invalid
from app.models import Platform, PortalUser, Provider
from app.services.accounts import branding, nodes, one_time_links, portal_sessions, sign_in_address
from app.services.accounts.portal_user_lookup import EmailInUse, is_misspelled, require_free
from app.services.alerts import letters, mail_limits, notices
from app.services.audit.record import Action, differences, record
from app.services.revisions import require_current
from app.vocabulary import Level, MailKind, Role

_LAST_RECIPIENT = (
    "This user cannot be {done} as they are the only user account configured to receive alerts from the "
    "Kakapo partner portal. These alerts include notifications for any issues relating to CPaaS enablement, "
    "so at least one user must be set as a recipient. Please re-enable this setting, or configure another "
    "user to receive alerts before {doing} this account."
)


class LastAlertRecipient(Conflict):
    """S4, in the words of the source."""

    def __init__(self, *, deleting: bool):
        done, doing = ("deleted", "deleting") if deleting else ("updated", "updating")
        super().__init__(_LAST_RECIPIENT.format(done=done, doing=doing))


class OwnAccount(Conflict):
    message = "You cannot delete or disable the account that you are signed in with."


class OwnRole(Conflict):
    def __init__(self) -> None:
        super().__init__("Somebody else has to change the role of the account that you use.", field="role")


@dataclass(frozen=True)
class PortalUserWish:
    """What a form says about a portal user."""

    name: str
    email: str
    timezone: str = "UTC"
    role: Role = Role.ADMINISTRATOR
    is_enabled: bool = True
    send_technical_emails: bool = False
    send_alerts: bool = False
    send_invoices: bool = False
    send_licence_expiry_alerts: bool = False

    def values(self) -> dict[str, object]:
        """Checked and tidied. Raises Invalid."""
        try:
            email = email_address.read(self.email).lower()
        except email_address.NotAnAddress as problem:
            raise Invalid(str(problem), field="email") from None
        if not self.name.strip():
            raise Invalid("Enter a name.", field="name")
        if self.timezone not in available_timezones():
            raise Invalid("Choose a timezone from the list.", field="timezone")
        if self.role is Role.CLIENT:
            raise Invalid("Choose a role from the list.", field="role")
        return {**asdict(self), "email": email, "name": self.name.strip()}


def listed(scope: Scope) -> list[PortalUser]:
    """The portal users at this node (not below it), by name."""
    return list(db.session.scalars(at(PortalUser, scope).order_by(PortalUser.name, PortalUser.id)))


def one(scope: Scope, portal_user_id: int) -> PortalUser:
    """A portal user at exactly this node. Raises NotFound."""
    return _at_node(scope, portal_user_id)


@transactional
def create(actor: Actor, scope: Scope, wish: PortalUserWish) -> PortalUser:
    """Add a portal user at a node and mail the invitation (S6).

    Raises Invalid, EmailInUse, Closed, TooManyMails.
    """
    node = nodes.open_node(scope)
    person = PortalUser(**wish.values(), **(branch(node) if node else {}))
    require_free(person.email)
    db.session.add(person)
    _flush_email()
    record(actor, Action.PORTAL_USER_CREATED, person, **_switches(person))
    one_time_links.invite(actor, person)
    return person


@transactional
def change(actor: Actor, scope: Scope, portal_user_id: int, wish: PortalUserWish, *, seen: int) -> PortalUser:
    """Change a portal user as it was at revision `seen`.

    Another address waits for its confirmation (`sign_in_address`); of another role the person is told.
    Raises LastAlertRecipient (S4), OwnAccount, OwnRole, ChangedMeanwhile, EmailInUse, Invalid, NotFound,
    TooManyMails.
    """
    person = _locked(scope, portal_user_id)
    wanted = wish.values()
    if person.id == actor.account_id and not wish.is_enabled:
        raise OwnAccount
    require_current(person, seen)
    if is_misspelled(person) and wanted["email"] == email_address.sign_in_form(person.email):
        wanted["email"] = person.email  # nobody entered another one
    changes = differences(person, wanted)
    if person.id == actor.account_id and "role" in changes:
        raise OwnRole
    if not changes:
        return person
    if not (wish.send_alerts and wish.is_enabled):
        _keep_a_recipient(person, deleting=False)
    if "role" in changes or not wish.is_enabled:
        portal_sessions.end_all(person.id)
        one_time_links.void(portal_user_id=person.id)
    if not wish.is_enabled:
        sign_in_address.drop(person)
    _apply(actor, person, wanted, changes)
    return person


def _apply(actor: Actor, person: PortalUser, wanted: dict[str, Any], changes: dict[str, Any]) -> None:
    """Write what was changed. The address waits for its confirmation where the old one is in use."""
    address, is_in_use = wanted.pop("email"), person.accepted_at is not None
    for name, value in wanted.items():
        setattr(person, name, value)
    person.revision += 1
    if "email" in changes:
        sign_in_address.ask_for(actor, person, address)
    _flush_email()
    others = {name: pair for name, pair in changes.items() if name != "email" or not is_in_use}
    if others:
        record(actor, Action.PORTAL_USER_CHANGED, person, **others)
    if is_in_use and "role" in changes:
        _tell_of_role(actor, person)
    if "email" in changes and not is_in_use and person.is_enabled:
        one_time_links.invite(actor, person)


def _tell_of_role(actor: Actor, person: PortalUser) -> None:
    words = {Role.ADMINISTRATOR: "administrator (sees and changes)", Role.READ_ONLY: "read only (sees)"}
    head = branding.letterhead(person)
    notices.add(
        f"role:{person.id}:{person.revision}",
        person.email,
        letters.role_changed(person.name, words[person.role], head.portal),
        head,
        kind=MailKind.ACCOUNT_CHANGED,
        about=person,
        cause=mail_limits.by(actor, person),
    )


@transactional
def set_enabled(actor: Actor, scope: Scope, portal_user_id: int, *, is_enabled: bool) -> PortalUser:
    """Let somebody sign in, or no more: then every session ends at once.

    Raises LastAlertRecipient (S4), OwnAccount, NotFound.
    """
    person = _locked(scope, portal_user_id)
    if person.is_enabled == is_enabled:
        return person
    if not is_enabled:
        if person.id == actor.account_id:
            raise OwnAccount
        _keep_a_recipient(person, deleting=False)
        portal_sessions.end_all(person.id)
        one_time_links.void(portal_user_id=person.id)
        sign_in_address.drop(person)
    record(actor, Action.PORTAL_USER_CHANGED, person, is_enabled=[person.is_enabled, is_enabled])
    person.is_enabled = is_enabled
    person.revision += 1
    return person


@transactional
def delete(actor: Actor, scope: Scope, portal_user_id: int) -> None:
    """Delete a portal user.

    Raises LastAlertRecipient (S4), OwnAccount, NotFound.
    """
    person = _locked(scope, portal_user_id)
    _keep_a_recipient(person, deleting=True)
    if person.id == actor.account_id:
        raise OwnAccount
    record(actor, Action.PORTAL_USER_DELETED, person)
    db.session.delete(person)


@transactional
def invite_again(actor: Actor, scope: Scope, portal_user_id: int) -> PortalUser:
    """Mail a new invitation; the links mailed before stop working.

    Raises Conflict, NotFound, TooManyMails.
    """
    person = _at_node(scope, portal_user_id)
    if person.accepted_at is not None:
        raise Conflict("This person has already accepted an invitation.")
    one_time_links.invite(actor, person)
    return person


def alert_recipients(scope: Scope) -> list[PortalUser]:
    """Who is mailed for this node: at this very place, Send Alerts on, enabled, invitation accepted (S4)."""
    query = at(PortalUser, scope).where(PortalUser.send_alerts, is_reached())
    return list(db.session.scalars(query.order_by(PortalUser.id)))


def is_reached() -> ColumnElement[bool]:
    """Of portal users: enabled, and the invitation accepted; nobody else is mailed or counted."""
    return PortalUser.is_enabled & PortalUser.accepted_at.is_not(None)


def recipients_above(row: Any, switch: str) -> list[PortalUser]:
    """Who has the switch on at the provider, the reseller or the group above a row (D8)."""
    query = upwards(PortalUser, row).where(
        getattr(PortalUser, switch), is_reached(), PortalUser.provider_id.is_not(None)
    )
    return list(db.session.scalars(query.order_by(PortalUser.id)))


def require_other_recipient(scope: Scope, portal_user_id: int) -> None:
    """Raises LastAlertRecipient: nobody else would be alerted (S4). Asked early; `change` asks again."""
    _keep_a_recipient(_at_node(scope, portal_user_id), deleting=False)


def _keep_a_recipient(person: PortalUser, *, deleting: bool) -> None:
    """S4. The provider row is locked, so two administrators cannot both take the last but one."""
    if person.provider_id is None or person.reseller_id is not None:
        return
    provider = Scope(Level.PROVIDER, person.provider_id)
    recipients = alert_recipients(provider)
    if [one.id for one in recipients] != [person.id]:
        return
    platforms = visible(Platform, provider).where(Platform.deleted_at.is_(None))
    if db.session.scalar(platforms.limit(1)):
        raise LastAlertRecipient(deleting=deleting)


def _locked(scope: Scope, portal_user_id: int) -> PortalUser:
    if scope.level is Level.PROVIDER:
        fetch(Provider, scope.node_id or 0, scope, lock=True)
    return _at_node(scope, portal_user_id)


def _at_node(scope: Scope, portal_user_id: int) -> PortalUser:
    person = db.session.scalar(at(PortalUser, scope).where(PortalUser.id == portal_user_id))
    if person is None:
        raise missing(PortalUser, portal_user_id)
    return person


def _flush_email() -> None:
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise EmailInUse from taken


def _switches(person: PortalUser) -> dict[str, object]:
    names = ("role", "send_technical_emails", "send_alerts", "send_invoices", "send_licence_expiry_alerts")
    return {name: getattr(person, name) for name in names}
