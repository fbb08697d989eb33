"""Every change writes its line of history in the same transaction as the change itself."""

from __future__ import annotations

import enum
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from app.access.policy import Actor
from app.access.scope import branch
from app.config import settings
from app.db import before_commit, db
from app.email_address import spelled
from app.models import Audited, AuditEntry


class Action(enum.StrEnum):
    """What the History Log calls it."""

    PROVIDER_CREATED = "Provider created"
    RESELLER_CREATED = "Reseller created"
    GROUP_CREATED = "Group created"
    USER_CREATED = "User created"
    PROVIDER_CLOSED = "Provider closed"
    RESELLER_CLOSED = "Reseller closed"
    GROUP_CLOSED = "Group closed"
    USER_CLOSED = "User closed"
    DETAILS_CHANGED = "Details changed"
    LICENCE_GRANTED = "Licence granted"
    LICENCE_CHANGED = "Licence changed"
    LICENCE_ENDED = "Licence ended"
    LICENCE_ASSIGNED = "Licence assigned automatically"
    TRIAL_STARTED = "Trial started"
    TRIAL_ENDED = "Trial ended"
    AUTOMATIC_ASSIGNMENT_CHANGED = "Automatic assignment changed"
    TEMPLATE_CREATED = "User template created"
    TEMPLATE_CHANGED = "User template changed"
    TEMPLATE_DELETED = "User template deleted"
    PORTAL_USER_CREATED = "Portal user created"
    PORTAL_USER_CHANGED = "Portal user changed"
    PORTAL_USER_DELETED = "Portal user deleted"
    INVITATION_SENT = "Invitation sent"
    INVITATION_ACCEPTED = "Invitation accepted"
    ADDRESS_CHANGE_ASKED = "New email address entered, not confirmed yet"
    ADDRESS_CHANGED = "Email address changed"
    ADDRESS_CHANGE_CANCELED = "Change of the email address canceled"
    ADDRESS_SHARED = "Email address is that of another account"
    MAIL_FAILED = "Mail could not be delivered"
    SIGNED_IN = "Signed in"
    CLIENT_SIGNED_IN = "Client signed in"
    CLIENT_SIGNED_OUT = "Client signed out"
    CLIENT_REFUSED = "Client sign-in refused"
    CLIENT_LOCKED = "Client sign-in locked after wrong tries"
    CLIENT_PASSWORD_SET = "Client password set"  # noqa: S105 - the name of an action
    CLIENT_LINK_SENT = "Client password link sent"
    CLIENT_SESSION_COPIED = "Client signed out: its refresh token was used twice"
    PLATFORM_ADDED = "CPaaS platform added"
    PLATFORM_CHANGED = "CPaaS platform changed"
    PLATFORM_DELETED = "CPaaS platform deleted"
    PLATFORM_REREGISTERED = "CPaaS platform keys renewed"
    SIGNATURE_MODE_CHANGED = "Signature of the carrier's calls changed"
    CALLS_REPLAYED = "Refused calls replayed"
    QUARANTINE_REPLAYED = "Quarantined texts handed over"
    QUARANTINE_ERASED = "Quarantined texts erased"
    NUMBER_REREGISTERED = "CPaaS number registered anew"
    NUMBER_ASSIGNED = "CPaaS number added"
    NUMBER_CHANGED = "CPaaS number changed"
    NUMBER_ACTIVE = "CPaaS number active"
    NUMBER_FAILED = "CPaaS number failed"
    NUMBER_WAITS = "CPaaS number waits for the carrier"
    NUMBER_RETRIED = "CPaaS number retried"
    NUMBER_TAKEN_OVER = "CPaaS number taken over"
    NUMBER_DELETED = "CPaaS number deleted"
    NUMBER_ENDED = "CPaaS number ended"
    BULK_UPLOADED = "Numbers uploaded"
    BULK_STARTED = "Uploaded numbers are being added"
    BULK_DONE = "Uploaded numbers added"
    BULK_DISCARDED = "Uploaded numbers discarded"
    MESSAGING_TURNED_ON = "Messaging turned on at the carrier"
    OPTED_IN = "User opted in"
    OPTED_OUT = "User opted out"
    OPT_IN_RESET = "Opt-in state reset"
    OPT_IN_NOT_REQUIRED = "Opt-in no longer required"
    REMOTE_BLOCKED = "Remote number blocked"
    REMOTE_UNBLOCKED = "Remote number unblocked"
    REMOTE_STOPPED = "Remote person replied STOP"
    REMOTE_RESUMED = "Remote person replied START"
    OPT_OUT_RECORDED = "Opt-out of the remote person recorded"
    HELP_ASKED = "Remote person asked for help"
    TEXT_SENT_AGAIN = "Text sent again"
    TEXT_MARKED_SENT = "Text marked as sent"
    TEXT_MARKED_NOT_SENT = "Text marked as not sent"
    MESSAGES_DELETED = "Saved messages deleted"
    TEXTS_CHANGED = "Texts to people changed"
    OPT_OUT_WORDS_CHANGED = "Opt-out words changed"
    RETENTION_CHANGED = "Retention changed"
    RETENTION_ERASED = "Old messages erased"
    EVIDENCE_EXPORTED = "Evidence of consent exported"
    ACCOUNT_LOCKED = "Account locked after wrong tries"
    DEVICE_LOCKED = "Known browser locked after wrong tries"
    ACCOUNT_UNLOCKED = "Account unlocked"
    PASSWORD_CHANGED = "Password changed"  # noqa: S105 - the name of an action
    PASSWORD_LINK_SENT = "Password reset link sent"  # noqa: S105 - the name of an action
    PASSWORD_RESET = "Password reset by mail"  # noqa: S105 - the name of an action
    SECOND_FACTOR_ON = "Second factor turned on"
    SECOND_FACTOR_OFF = "Second factor turned off"
    SECOND_FACTOR_RESET = "Second factor reset"
    RECOVERY_CODES_RENEWED = "Recovery codes renewed"
    SESSIONS_ENDED = "Sessions ended"
    BRANDING_CHANGED = "Branding changed"
    CONTACT_CENTER_CREATED = "Contact center created"
    CONTACT_CENTER_CHANGED = "Contact center changed"
    CONTACT_CENTER_CLOSED = "Contact center closed"
    QUEUE_CREATED = "Queue created"
    QUEUE_CHANGED = "Queue changed"
    QUEUE_CLOSED = "Queue closed"
    QUEUE_MEMBER_ADDED = "Queue member added"
    QUEUE_MEMBER_CHANGED = "Queue member changed"
    QUEUE_MEMBER_REMOVED = "Queue member removed"
    PROFILE_CREATED = "In Office Profile created"
    PROFILE_CHANGED = "In Office Profile changed"
    PROFILE_DELETED = "In Office Profile deleted"
    STREAM_CREATED = "Media stream created"
    STREAM_CHANGED = "Media stream changed"
    STREAM_CLOSED = "Media stream closed"
    HOSTNAME_ADDED = "Server hostname added"
    HOSTNAME_DELETED = "Server hostname deleted"
    HOSTNAME_VERIFIED = "Server hostname verified"
    HOSTNAME_UNVERIFIED = "Server hostname no longer verified"


class MissingAudit(RuntimeError):
    """A programming error: a rule changed an audited row and told nobody."""


def record(actor: Actor, action: Action, target: Any, **change: Any) -> None:
    """Write one line of history.

    `target` is a row of the tree; `change` holds what was set, or `[from, to]` pairs. Never a secret,
    never a text of a message, never the number of a remote person.
    """
    db.session.flush()  # a new target has its id from here on
    db.session.add(
        AuditEntry(
            actor=spelled(actor.name),
            action=action,
            target_kind=target.__tablename__,
            target_id=target.id,
            target=_label(target),
            change=change,
            **branch(target),
        )
    )


def differences(row: Any, wanted: dict[str, Any]) -> dict[str, list[Any]]:
    """What would change, as `{field: [from, to]}`."""
    return {
        name: [getattr(row, name), value] for name, value in wanted.items() if getattr(row, name) != value
    }


def _label(target: Any) -> str:
    for name in ("number", "email", "broadworks_id", "hostname", "name", "carrier", "product"):
        value = getattr(target, name, None)
        if value:
            return spelled(str(value)) if name == "email" else str(value)
    return f"{target.__tablename__} {target.id}"


@event.listens_for(Session, "before_flush")
def _note_changes(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    notes = session.info.setdefault("audit", {"changed": set(), "written": 0})
    for row in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(row, Audited) and (
            row in session.new or row in session.deleted or session.is_modified(row)
        ):
            notes["changed"].add(f"{row.__tablename__}:{row.id}")  # type: ignore[attr-defined]
        if isinstance(row, AuditEntry):
            notes["written"] += 1


@before_commit
def _refuse_silent_changes(session: Session) -> None:
    session.flush()
    notes = session.info.pop("audit", {"changed": set(), "written": 0})
    if settings().checks and notes["changed"] and not notes["written"]:
        raise MissingAudit(", ".join(sorted(notes["changed"])))
