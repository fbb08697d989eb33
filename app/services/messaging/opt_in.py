"""A user's consent to a number: asked once, answered once, kept as evidence (S16, S22, D7, D8)."""

from __future__ import annotations

from typing import Any

from app import impp
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, above, branch, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Conflict
from app.models import Assignment, OptInEvidence, User
from app.phone import ten_digits
from app.services.accounts import branding, portal_users
from app.services.accounts.hostnames import portal_address
from app.services.alerts import letters, notices
from app.services.audit.record import Action, record
from app.services.messaging import automatic_texts
from app.services.messaging.automatic_texts import AutomaticText
from app.services.messaging.inbound.held import release_held
from app.services.provisioning import assignment as assignments
from app.vocabulary import Level, OptIn


class AlreadyAnswered(Conflict):
    message = "This question was already answered. Ask your administrator to reset the opt-in state."


def prompt(assignment: Assignment) -> dict[str, Any]:
    """What a client asks its user."""
    return {
        "number_id": assignment.id,
        "number": assignment.number,
        "friendly_name": assignment.friendly_name or ten_digits(assignment.number),
        "text": prompt_text(assignment),
    }


def prompt_text(assignment: Assignment) -> str:
    """The words of the question, the provider's or ours (S22); they are kept with the answer as evidence."""
    return automatic_texts.said(assignment, AutomaticText.PROMPT)


def prompts(user_scope: Scope) -> list[dict[str, Any]]:
    """The questions that a user has not answered: asked at every start of a session (D7)."""
    query = visible(Assignment, user_scope).where(
        Assignment.opt_in == OptIn.PENDING, Assignment.release_requested_at.is_(None)
    )
    return [prompt(row) for row in db.session.scalars(query.order_by(Assignment.id))]


@transactional
def ask(assignment_id: int) -> None:
    """Ask at once, for a new number (D7)."""
    assignment = fetch(Assignment, assignment_id, EVERYTHING)
    if assignment.opt_in is OptIn.PENDING and assignment.release_requested_at is None:
        impp.publish(assignment.user_id, "opt_in.requested", prompt(assignment))


@transactional
def answer(actor: Actor, scope: Scope, assignment_id: int, *, accept: bool, address: str) -> Assignment:
    """The user's yes or no. Yes hands over what was kept; no mails everybody with Send Alerts above.

    The same answer again changes nothing and mails nobody.
    Raises AlreadyAnswered, NotFound.
    """
    assignment = assignments.running(scope, assignment_id, lock=True)
    wanted = OptIn.OPTED_IN if accept else OptIn.OPTED_OUT
    if assignment.opt_in is wanted:
        return assignment
    if assignment.opt_in is not OptIn.PENDING:
        raise AlreadyAnswered
    assignment.opt_in, assignment.opt_in_at = wanted, now()
    evidence = _keep(assignment, actor, address)
    record(actor, Action.OPTED_IN if accept else Action.OPTED_OUT, assignment)
    if accept:
        release_held(assignment)
    else:
        _alert(assignment, evidence)
    return assignment


@transactional
def reset(actor: Actor, scope: Scope, assignment_id: int) -> None:
    """Have the client ask again at its next start (S16). Raises WrongState, NotFound."""
    assignment = assignments.running(scope, assignment_id, lock=True)
    if assignment.opt_in not in {OptIn.OPTED_IN, OptIn.OPTED_OUT}:
        raise assignments.WrongState(
            "There is no answer to reset: the user was not asked or has not answered."
        )
    record(actor, Action.OPT_IN_RESET, assignment, opt_in=[assignment.opt_in, OptIn.PENDING])
    assignment.opt_in, assignment.opt_in_at = OptIn.PENDING, None
    _keep(assignment, actor, "")


def evidence(scope: Scope, assignment_id: int) -> list[OptInEvidence]:
    """Every step of the consent, oldest first."""
    query = visible(OptInEvidence, scope).where(OptInEvidence.assignment_id == assignment_id)
    return list(db.session.scalars(query.order_by(OptInEvidence.id)))


def _keep(assignment: Assignment, actor: Actor, address: str) -> OptInEvidence:
    step = OptInEvidence(
        assignment_id=assignment.id,
        state=assignment.opt_in,
        by=actor.name,
        address=address,
        prompt=prompt_text(assignment),
        **branch(assignment),
    )
    db.session.add(step)
    db.session.flush()
    return step


def _alert(assignment: Assignment, step: OptInEvidence) -> None:
    """Mail everybody with Send Alerts at the provider, the reseller and the group above (D8)."""
    user = fetch(User, assignment.user_id or 0, EVERYTHING)
    address = f"{portal_address(user)}/user-{user.id}/numbers/{assignment.id}"
    for place in above(assignment):
        if place.level is Level.USER:
            continue
        for person in portal_users.alert_recipients(place):
            notices.add(
                f"opt-out:{step.id}:{person.id}",
                person.email,
                letters.opted_out(person.name, user.name, ten_digits(assignment.number), address),
                branding.letterhead(person),
                about=person,
            )
