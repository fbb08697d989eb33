"""The numbers of the two accounts: at least one for each outcome of a look-up."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

IN_SERVICE, PENDING, DISCONNECTING = "In Service", "Pending", "Pending Disconnect"
STATUS_CODES = {"INSVC": IN_SERVICE, "PNDNG": PENDING, "PDISC": DISCONNECTING}
MESSAGE_CLASSES = ("P2P", "A2PLC", "A2P8XX")
MESSAGE_TYPES = ("SMS", "MMS", "SMSMMS", "SMS_ALT", "MMS_ALT", "SMSMMS_ALT")

OTHER_SYSTEM_NUMBER = "2019920793"
OTHER_SYSTEM_URL = "https://sms.other-system.example/inbound"
UNASSIGNED_NUMBER = "2019920789"

# Made-up phones of other people: 555-01xx is set aside for fiction.
PHONES = ("2125550142", "2125550143", "3105550117", "3105550118")
UNREACHABLE_PHONE = "2125550199"
LANDLINE = "2125550198"


@dataclass(frozen=True)
class Number:
    """A number of an account. `message_type` empty: messaging is off."""

    tn: str
    status: str = IN_SERVICE
    message_type: str = "SMSMMS"
    can_provision: bool = True


@dataclass(frozen=True)
class Account:
    """An account at the carrier: its name in /control, its title on the pages, its numbers."""

    name: str
    title: str
    numbers: tuple[Number, ...]


ACCOUNTS = (
    Account(
        "demo",
        "Demo Telecom",
        (
            Number("2019920780"),
            Number("2019920778", message_type="SMS"),
            Number("2019920779"),
            *(Number(str(2019920700 + step)) for step in range(12)),
        ),
    ),
    Account(
        "test",
        "My Test Provider",
        (
            *(Number(str(2019920781 + step)) for step in range(6)),
            Number("2019920787", message_type="SMS"),
            Number("2019920788", message_type=""),
            Number("2019920790", message_type="", can_provision=False),
            Number("2019920791", status=PENDING),
            Number("2019920792", status=DISCONNECTING),
            Number(OTHER_SYSTEM_NUMBER),
        ),
    ),
)


def restock(db: sqlite3.Connection) -> None:
    """Put every number back into the state it is delivered in, the other system's webhook included."""
    db.execute("DELETE FROM number")
    for account in ACCOUNTS:
        _add(db, account.name, account.numbers)
    db.execute("DELETE FROM authorization WHERE inbound")
    db.execute(
        "INSERT INTO authorization (account, inbound, tn, url) VALUES ('test', 1, ?, ?)",
        (OTHER_SYSTEM_NUMBER, OTHER_SYSTEM_URL),
    )


def add_block(db: sqlite3.Connection, account: str, first: int, count: int) -> None:
    """So many numbers more, from `first` on; those that an account has already stay as they are."""
    _add(db, account, tuple(Number(str(first + step)) for step in range(count)))


def _add(db: sqlite3.Connection, account: str, numbers: tuple[Number, ...]) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO number (tn, account, status, message_class, message_type, can_provision)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (n.tn, account, n.status, "P2P" if n.message_type else "", n.message_type, n.can_provision)
            for n in numbers
        ],
    )


def can_text(number: sqlite3.Row) -> bool:
    """Whether texts go in and out of this number: in service, with messaging on."""
    return number["status"] == IN_SERVICE and bool(number["message_type"])


def has_mms(number: sqlite3.Row) -> bool:
    """Whether pictures may be sent from this number."""
    return "MMS" in number["message_type"]


def outcome(number: sqlite3.Row, *, taken: bool) -> str:
    """What somebody meets who adds this number in the portal, in a few words.

    `taken` says that a webhook of another system is registered for it.
    """
    if number["status"] == PENDING:
        return "pending at the carrier"
    if number["status"] == DISCONNECTING:
        return "disconnecting at the carrier"
    if not number["message_type"]:
        return "messaging off, can be turned on" if number["can_provision"] else "messaging off for good"
    if taken:
        return "another system receives it"
    return "works, MMS & SMS" if has_mms(number) else "works, SMS only"
