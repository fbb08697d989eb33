"""Users: people with a BroadWorks user id, which is unique in the cloud, in any case (S12)."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.exc import IntegrityError

from app.access.policy import Actor
from app.access.scope import Scope, branch, visible
from app.db import db, transactional
from app.errors import Conflict, Invalid
from app.models import Assignment, User
from app.services.accounts import nodes, one_time_links
from app.services.audit.record import Action, differences, record
from app.services.patterns import describe
from app.services.revisions import require_current

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
            return validate_email(self.email, check_deliverability=False).normalized
        except EmailNotValidError:
            raise Invalid("Enter an e-mail address, for example name@example.com.", field="email") from None


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
        record(actor, Action.DETAILS_CHANGED, user, **changes)
        for number in db.session.scalars(visible(Assignment, scope)):
            describe(number, user)  # numbers are found by their holder (S15)
    return user


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise UserIdInUse from taken
