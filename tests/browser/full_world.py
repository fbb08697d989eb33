"""A portal after a year: long lists, long names, every state of a number; and beside it an empty branch."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.access.scope import branch
from app.clock import now
from app.models import AuditEntry, OneTimeLink, OptInEvidence, PortalUser, Suppression, User
from app.services.accounts import one_time_links
from app.services.audit.record import Action
from app.vocabulary import (
    AssignmentState,
    CallFault,
    FailureKind,
    Level,
    LicenceKind,
    LinkPurpose,
    MessageState,
    OptIn,
    Product,
    Role,
    SuppressionReason,
)
from tests import make
from tests.browser import full_tabs
from tests.browser.full_tabs import LONG
from tests.web.world import Branch

LONG_ID = "maria-fernanda.villanueva-santamaria@northern-counties-cooperative.example"
STATES: list[dict[str, Any]] = [
    {"state": AssignmentState.PROVISIONING, "opt_in": OptIn.PENDING},
    {"state": AssignmentState.FAILED, "failure_reason": "The carrier refused the keys of the platform."},
    {
        "state": AssignmentState.FAILED,
        "failure_kind": FailureKind.OTHER_SYSTEM,
        "failure_reason": "Another system receives this number (other.example).",
    },
    {"state": AssignmentState.RELEASING, "release_requested_at": now()},
    {"state": AssignmentState.ENDED, "release_requested_at": now(), "ended_at": now()},
    {"state": AssignmentState.ACTIVE, "opt_in": OptIn.OPTED_OUT, "opt_in_at": now()},
]


class FullWorld(Branch):
    """One branch with everything in it; `empty` is a branch with nothing in it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.empty = self._empty_branch()
        self.rich = self._rich_number()
        self.numbers = [self.rich, *(self._number(**fields) for fields in STATES)]
        self._neighbours()
        self._people()
        self._users_with_numbers()
        self._history()
        self._other_tabs()
        self.talks = full_tabs.talks(self.rich)
        self.shared = full_tabs.shared_files(self.rich)
        self.told = full_tabs.told_text(self.rich)
        self._carrier_calls()

    def _empty_branch(self) -> dict[Level, Any]:
        north = make.reseller(self.nodes[Level.PROVIDER], name="New Resale")
        sales = make.group(north, name="Just moved in")
        nodes = {
            Level.PROVIDER: make.provider(name="Fresh Telecom"),
            Level.RESELLER: north,
            Level.GROUP: sales,
        }
        return nodes | {Level.USER: make.user(sales, name="Newcomer")}

    def _number(self, **fields: Any) -> Any:
        return make.assignment(self.user, on=self.platform, **fields)

    def _rich_number(self) -> Any:
        """Answered twice, with blocks, saved messages and texts that were not handed over."""
        row = self._number(friendly_name=LONG, opt_in=OptIn.OPTED_IN, opt_in_at=now())
        for state in (OptIn.OPTED_OUT, OptIn.PENDING, OptIn.OPTED_IN):
            by = self.user.broadworks_id if state is not OptIn.PENDING else self.staff[Level.GROUP].email
            make.kept(
                OptInEvidence(assignment_id=row.id, state=state, by=by, address="192.0.2.7", **branch(row))
            )
        for remote in ("+12125550142", "+4723456789", "ACMEBANK"):
            make.block(row, remote)
            make.message(row, remote=remote)
            make.stop(row, remote)
        for serial in range(52):
            make.stop(row, f"+1212555{serial:04}")
        make.message(row, created_at=now() - dt.timedelta(days=90))
        make.message(row, state=MessageState.DELIVERED)
        for serial, reason in enumerate([*SuppressionReason, SuppressionReason.BLOCKED]):
            held = {"carrier_reference": f"held-{serial}", "number": row.number, "reason": reason}
            make.kept(Suppression(assignment_id=row.id, platform_id=row.platform_id, **held, **branch(row)))
        return row

    def _neighbours(self) -> None:
        """Lists of providers, resellers, groups and users, of which one has a very long name."""
        for serial in range(9):
            name = LONG if serial == 4 else f"Customer {serial + 1}"
            make.provider(name=name, account_reference=f"AC-{serial}")
            make.reseller(self.nodes[Level.PROVIDER], name=name)
            make.group(self.nodes[Level.RESELLER], name=name, account_reference=LONG)

    def _people(self) -> None:
        """At every level somebody invited, disabled, mailed everything, with a long address."""
        for node in (self.nodes[level] for level in self.staff):
            make.portal_user(node, name="Ingrid Invited", accepted_at=None)
            make.portal_user(node, name="Dirk Disabled", is_enabled=False)
            mailed = dict.fromkeys(
                ("send_technical_emails", "send_alerts", "send_invoices", "send_licence_expiry_alerts"), True
            )
            place = node.id if node else 0
            make.portal_user(
                node,
                name=LONG,
                email=f"{type(node).__name__}-{place}.{LONG_ID}".lower(),
                last_sign_in_at=now(),
                **mailed,
            )

    def _users_with_numbers(self) -> None:
        group = self.nodes[Level.GROUP]
        kinds = [*Product]
        for serial in range(54):
            name = LONG if serial == 7 else f"{['Ann', 'Bo', 'Cy', 'Di'][serial % 4]} Example {serial}"
            more = {"broadworks_id": LONG_ID} if serial == 7 else {}
            one = make.user(
                group, name=name, external_reference="" if serial % 3 else f"EXT-{serial}", **more
            )
            expires = {"kind": LicenceKind.UNTIL, "expires_at": now() + dt.timedelta(days=serial)}
            make.licence(one, product=kinds[serial % len(kinds)], **(expires if serial % 2 else {}))
            friendly = None if serial % 4 else "Front desk"
            make.assignment(one, on=self.platform, friendly_name=friendly)
        make.licence(self.user, product=Product.RECEPTION, kind=LicenceKind.TRIAL, expires_at=now())
        self.known = {"licence_id": make.licence(self.user, product=Product.AGENT).id}

    def _history(self) -> None:
        """What was done: at every level, in every shape of a change."""
        changes: list[dict[str, Any]] = [
            {},
            {"name": ["Acme", LONG]},
            {"mms": [None, True], "user_can_block": [True, False]},
            {"send_alerts": [False, True], "role": [Role.READ_ONLY, Role.ADMINISTRATOR]},
        ]
        actions = [*Action]
        for serial in range(60):
            action = actions[serial % len(actions)]
            target = {"target_kind": "assignments", "target_id": self.rich.id, "target": self.rich.number}
            who = self.staff[Level.GROUP].email if serial % 5 else LONG_ID
            make.kept(
                AuditEntry(
                    actor=who, action=action, change=changes[serial % 4], **target, **branch(self.user)
                )
            )

    def _other_tabs(self) -> None:
        provider, reseller, group = (self.nodes[one] for one in (Level.PROVIDER, Level.RESELLER, Level.GROUP))
        self.known |= full_tabs.contact_center(group, make.every(User, group_id=group.id)[:5], self.platform)
        full_tabs.looks(provider, reseller)
        full_tabs.templates(provider, reseller, group)
        self.uploads = full_tabs.uploads(provider, LONG_ID)
        full_tabs.sessions(make.every(PortalUser)[0])
        make.assignment(self.nodes[Level.STREAM], on=self.platform)

    def _carrier_calls(self) -> None:
        """Quarantined texts with each fate, refused calls with each outcome."""
        for number in ("+12019929998", self.rich.number, ""):
            make.quarantined(self.platform, number)
        make.quarantined(self.platform, payload=None, replayed_at=now())
        for fields in (
            {},
            {"fault": CallFault.HEADER, "tries": 5, "replay_wanted_at": now()},
            {"was_accepted": True},
            {"replay_wanted_at": now()},
            {"replay_wanted_at": now(), "replayed_at": now()},
        ):
            make.refused_call(self.platform, **fields)

    def variants(self, endpoint: str, level: Level) -> list[tuple[str, dict[str, int]]]:
        """Pages that look different in each state of their row."""
        if endpoint == "numbers.show" and level is Level.USER:
            return [
                (f"{row.state} {row.failure_kind or ''} {row.opt_in}", {"assignment_id": row.id})
                for row in self.numbers[1:]
            ]
        if endpoint == "messages.show" and level is Level.USER:
            return [("with attempts", {"message_id": self.told})]
        if endpoint in {"bulk.show", "bulk.progress"} and level is Level.PROVIDER:
            return [(str(run.state), {"run_id": run.id}) for run in self.uploads]
        return []

    def known_ids(self, level: Level) -> dict[str, int]:
        """What stands in addresses: the row with the most on it."""
        return {} if level is Level.STREAM else {"assignment_id": self.rich.id, **self.known}

    def link(self, purpose: LinkPurpose) -> str:
        """A mailed link that nobody has opened yet."""
        token = f"{purpose}-link-of-the-walk"
        of_user = purpose.startswith("client")
        holder = {"user_id": self.user.id} if of_user else {"portal_user_id": make.every(PortalUser)[0].id}
        make.kept(
            OneTimeLink(
                purpose=purpose,
                token_digest=one_time_links.digest(token),
                expires_at=now() + dt.timedelta(days=1),
                **holder,
            )
        )
        return token
