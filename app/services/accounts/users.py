"""Users: people with a BroadWorks user id, which is unique in the cloud, in any case (S12)."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import available_timezones

from sqlalchemy.exc import IntegrityError

from app import email_address
from app.access.policy import Actor
from app.access.scope import Scope, branch, visible
from app.db import db, transactional
from app.errors import Conflict, Invalid
from app.models import Assignment, User
from app.services import search_index
from app.services.accounts import branding, nodes, one_time_links
from app.services.alerts import letters, mail_limits, notices
from app.services.audit.record import Action, differences, record
from app.services.revisions import require_current
from app.vocabulary import MailKind

_LONGEST_ID = 161
LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German"}


class UserIdInUse(Conflict):
    def __init__(self) -> None:
        super().__init__("This user id is already in use.", field="broadworks_id")  # not where: S12


@dataclass(frozen=True)
class UserWish:
    """What a form says about a user."""

    broadworks_id: str
    name: str
    timezone: str = "America/New_York"
    language: str = "en"
    external_reference: str = ""
    email: str = ""
    trial_days: int | None = None

    def values(self) -> dict[str, object]:
        """Checked and tidied. Raises Invalid."""
        broadworks_id, name = self.broadworks_id.strip(), self.name.strip()
        if not broadworks_id or any(c.isspace() for c in broadworks_id):
            raise Invalid(
                "Enter the user id as it stands in BroadWorks, without blanks.", field="broadworks_id"
            )
        if len(broadworks_id.lower()) > _LONGEST_ID:  # some capitals are two characters in lower case
            raise Invalid(f"A user id has {_LONGEST_ID} characters at most.", field="broadworks_id")
        if not name:
            raise Invalid("Enter a name.", field="name")
        if self.timezone not in available_timezones():
            raise Invalid("Choose a timezone from the list.", field="timezone")
        if self.language not in LANGUAGES:
            raise Invalid("Choose a language from the list.", field="language")
        return {
            "broadworks_id": broadworks_id,
            "broadworks_key": broadworks_id.lower(),
            "name": name,
            "timezone": self.timezone,
            "language": self.language,
            "external_reference": self.external_reference.strip(),
            "email": self._address(),
            "trial_days": nodes.checked_trial(self.trial_days),
        }

    def _address(self) -> str:
        if not self.email.strip():
            return ""
        try:
            return email_address.read(self.email)
        except email_address.NotAnAddress as problem:
            raise Invalid(str(problem), field="email") from None


@transactional
def create(actor: Actor, group: Scope, wish: UserWish) -> User:
    """Add a user to a group. Raises Invalid, UserIdInUse, Closed, NotFound."""
    row = User(**wish.values(), **branch(nodes.open_node(group)))
    db.session.add(row)
    _flush()
    record(actor, Action.USER_CREATED, row)
    return row


@transactional
def change(actor: Actor, scope: Scope, wish: UserWish, *, seen: int) -> User:
    """Change a user's details as they were at revision `seen`.

    Raises Invalid, UserIdInUse, Closed, ChangedMeanwhile, NotFound.
    """
    user: User = nodes.open_node(scope)
    require_current(user, seen)
    changes = differences(user, wanted := wish.values())
    for name, value in wanted.items():
        setattr(user, name, value)
    user.revision += 1 if changes else 0
    _flush()
    if changes:
        changes.pop("broadworks_key", None)
        if "email" in changes:
            one_time_links.void(user_id=user.id)
            _tell_old_address(actor, user, *changes["email"])
        record(actor, Action.DETAILS_CHANGED, user, **changes)
        for number in db.session.scalars(visible(Assignment, scope)):
            search_index.refresh(number, user)  # numbers are found by their holder (S15)
    return user


def changes_address(scope: Scope, typed: str) -> bool:
    """Whether saving a user's details with this address leads the user's links elsewhere. Raises NotFound."""
    user: User = nodes.one(scope)
    return email_address.sign_in_form(typed) != email_address.sign_in_form(user.email)


def _tell_old_address(actor: Actor, user: User, old: str, new: str) -> None:
    """Mail the address that a user had before; one that was entered for the first time has none."""
    if old:
        notices.add(
            f"client-address:{user.id}:{user.revision}",
            old,
            letters.client_address_changed(user.name, new),
            branding.letterhead(user),
            kind=MailKind.ACCOUNT_CHANGED,
            about=user,
            cause=mail_limits.by(actor, user),
        )


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise UserIdInUse from taken
