"""Two providers side by side with everything that an address can name, and how to fill an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.clock import now
from app.models import PortalUser, Queue, QueueMember
from app.vocabulary import AssignmentState, FailureKind, Level, MessageState, OptIn, Product, Role
from tests import make

ABOVE = {
    Level.SYSTEM: [Level.SYSTEM],
    Level.PROVIDER: [Level.SYSTEM, Level.PROVIDER],
    Level.RESELLER: [Level.SYSTEM, Level.PROVIDER, Level.RESELLER],
    Level.GROUP: [Level.SYSTEM, Level.PROVIDER, Level.RESELLER, Level.GROUP],
    Level.USER: [Level.SYSTEM, Level.PROVIDER, Level.RESELLER, Level.GROUP],
    Level.STREAM: [Level.SYSTEM, Level.PROVIDER, Level.RESELLER, Level.GROUP],
}
# A number in the state in which the action makes sense.
_STATES: dict[str, dict[str, Any]] = {
    "numbers.retry": {"state": AssignmentState.FAILED},
    "numbers.take_over": {"state": AssignmentState.FAILED, "failure_kind": FailureKind.OTHER_SYSTEM},
    "numbers.reset_opt_in": {"opt_in": OptIn.OPTED_IN},
    "client_api.answer": {"opt_in": OptIn.PENDING},
    "unity.answer": {"opt_in": OptIn.PENDING},
}
# A portal user in the state in which the action makes sense.
_PEOPLE: dict[str, dict[str, Any]] = {
    "portal_users.invite": {"accepted_at": None},
    "portal_users.send_address_link": {"pending_email": "new@example.com", "pending_email_at": now()},
    "portal_users.cancel_address": {"pending_email": "new@example.com", "pending_email_at": now()},
    "portal_users.reset_second_factor": {"totp_secret": "A" * 32, "totp_confirmed_at": now()},
}

# A text in the state in which the action makes sense.
_TEXTS: dict[str, dict[str, Any]] = {
    "messages.show": {
        "state": MessageState.UNCERTAIN,
        "tries": 1,
        "reason": "The carrier did not confirm it.",
    },
    "messages.send_again": {"state": MessageState.FAILED},
    "messages.mark_sent": {"state": MessageState.UNCERTAIN},
    "messages.mark_not_sent": {"state": MessageState.UNCERTAIN},
}


@dataclass
class Branch:
    """One provider and one node of each level below it, with the staff of each."""

    keys: dict[str, str]
    nodes: dict[Level, Any] = field(default_factory=dict)
    staff: dict[Level, PortalUser] = field(default_factory=dict)
    readers: dict[Level, PortalUser] = field(default_factory=dict)

    def __post_init__(self) -> None:
        telco = make.provider()
        north = make.reseller(telco)
        sales = make.group(north)
        una = make.user(sales, email="una@example.com")
        make.licence(una)
        self.nodes = {
            Level.SYSTEM: None,
            Level.PROVIDER: telco,
            Level.RESELLER: north,
            Level.GROUP: sales,
            Level.USER: una,
            Level.STREAM: make.stream(sales),
        }
        self.platform = make.platform(telco, **self.keys)
        for level in (Level.SYSTEM, Level.PROVIDER, Level.RESELLER, Level.GROUP):
            node = self.nodes[level]
            self.staff[level] = make.portal_user(node, send_alerts=True)
            self.readers[level] = make.portal_user(node, role=Role.READ_ONLY)

    @property
    def user(self) -> Any:
        return self.nodes[Level.USER]

    def assignment(self, endpoint: str, level: Level) -> int:
        holder = self.nodes[Level.STREAM] if level is Level.STREAM else self.user
        row = make.assignment(holder, on=self.platform, **_STATES.get(endpoint, {}))
        return row.id

    def portal_user(self, endpoint: str, level: Level) -> int:
        state = _PEOPLE.get(endpoint, {})
        return make.portal_user(self.nodes[level], **state).id

    def licence(self, _endpoint: str, _level: Level) -> int:
        return make.licence(self.user, product=Product.RECEPTION).id

    def template(self, _endpoint: str, level: Level) -> int:
        return make.user_template(self.nodes[level]).id

    def center(self, _endpoint: str, _level: Level) -> int:
        center_id: int = self.queue.contact_center_id
        return center_id

    def member(self, _endpoint: str, _level: Level) -> int:
        """Una, who answers the queue."""
        if not make.every(QueueMember, user_id=self.user.id):
            make.queue_member(self.queue, self.user)
        return self.user.id

    @property
    def queue(self) -> Any:
        return make.every(Queue, id=self.nodes[Level.STREAM].queue_id)[0]

    def profile(self, _endpoint: str, _level: Level) -> int:
        return make.in_office_profile(self.nodes[Level.GROUP]).id

    def message(self, endpoint: str, level: Level) -> int:
        holder = self.nodes[Level.STREAM] if level is Level.STREAM else self.user
        state = _TEXTS.get(endpoint, {})
        return make.message(make.assignment(holder, on=self.platform), **state).id

    def conversation(self, _endpoint: str, _level: Level) -> int:
        """With a text in it, as every conversation has."""
        return make.message(make.assignment(self.user, on=self.platform)).conversation_id or 0

    def file(self, _endpoint: str, _level: Level) -> int:
        """An upload that no text uses yet."""
        return make.attachment(make.assignment(self.user, on=self.platform)).id


# How to fill each part of an address but the node. An address with a part that is not here fails the walk.
FILL: dict[str, Callable[[Branch, str, Level], Any]] = {
    "assignment_id": Branch.assignment,
    "number_id": Branch.assignment,
    "portal_user_id": Branch.portal_user,
    "platform_id": lambda branch, _endpoint, _level: branch.platform.id,
    "message_id": Branch.message,
    "conversation_id": Branch.conversation,
    "licence_id": Branch.licence,
    "center_id": Branch.center,
    "queue_id": lambda branch, _endpoint, _level: branch.queue.id,
    "user_id": Branch.member,
    "profile_id": Branch.profile,
    "template_id": Branch.template,
    "hostname_id": lambda branch, _endpoint, _level: make.hostname(branch.nodes[Level.PROVIDER]).id,
    "run_id": lambda branch, _endpoint, level: make.bulk_run(branch.nodes[level]).id,
    "call_id": lambda branch, _endpoint, _level: make.refused_call(branch.platform).id,
    "quarantined_id": lambda branch, _endpoint, _level: make.quarantined(branch.platform).id,
    "attachment_id": Branch.file,
    "file_id": Branch.file,
    "remote": lambda _branch, _endpoint, _level: make.PHONE,
}
