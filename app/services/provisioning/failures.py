"""Who is told that a number could not be set up: Send Technical Emails, at every place above it."""

from __future__ import annotations

from app.access.scope import place_of
from app.models import Assignment
from app.phone import ten_digits
from app.services.accounts import branding, portal_users
from app.services.accounts.hostnames import portal_address
from app.services.alerts import letters, notices


def tell(assignment: Assignment, reason: str, failure: str) -> None:
    """Inside the caller's transaction; `failure` names this one, so that it is mailed once."""
    address = f"{portal_address(assignment)}/{place_of(assignment)}/numbers/{assignment.id}"
    number = ten_digits(assignment.number)
    for person in portal_users.recipients_above(assignment, "send_technical_emails"):
        notices.add(
            f"number-failed:{assignment.id}:{failure}:{person.id}",
            person.email,
            letters.number_failed(person.name, assignment.holder_name, number, reason, address),
            branding.letterhead(person),
            about=person,
        )
