"""Tables: typed columns and constraints, no I/O."""

from app.models.accounts import ClientSession, Licence, OneTimeLink, PortalUser
from app.models.alerts import Notice
from app.models.audit import AuditEntry
from app.models.audited import Audited
from app.models.messaging import (
    Attempt,
    Block,
    Conversation,
    Message,
    OptInEvidence,
    QuarantinedMessage,
    Receipt,
    Suppression,
    UnsettledEvent,
)
from app.models.provisioning import Assignment, Platform
from app.models.tenancy import Group, InTree, OwnedByAssignment, OwnedByUser, Provider, Reseller, User

__all__ = [
    "Assignment",
    "Attempt",
    "AuditEntry",
    "Audited",
    "Block",
    "ClientSession",
    "Conversation",
    "Group",
    "InTree",
    "Licence",
    "Message",
    "Notice",
    "OneTimeLink",
    "OptInEvidence",
    "OwnedByAssignment",
    "OwnedByUser",
    "Platform",
    "PortalUser",
    "Provider",
    "QuarantinedMessage",
    "Receipt",
    "Reseller",
    "Suppression",
    "UnsettledEvent",
    "User",
]
