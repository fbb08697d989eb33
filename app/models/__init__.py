"""Tables: typed columns and constraints, no I/O."""

from app.models.accounts import (
    ClientSession,
    KnownDevice,
    Licence,
    OneTimeLink,
    PortalSession,
    PortalUser,
    RecoveryCode,
)
from app.models.alerts import Notice
from app.models.audit import AuditEntry
from app.models.audited import Audited, Revised
from app.models.consent import Block, OptInEvidence, Stop
from app.models.contact_center import ContactCenter, InOfficeProfile, MediaStream, Queue, QueueMember
from app.models.messaging import (
    Attachment,
    Attempt,
    Conversation,
    Message,
    Receipt,
    Suppression,
)
from app.models.provisioning import Assignment, BulkRow, BulkRun, Platform
from app.models.receiving import CallCount, QuarantinedMessage, RefusedCall, SeenCall, UnsettledEvent
from app.models.security import SecurityAlert, SecurityEvent
from app.models.settings import AutomaticAssignment, Branding, ServerHostname, UserTemplate
from app.models.sites import MissedEvents
from app.models.tenancy import AtNode, Group, InTree, OwnedByAssignment, OwnedByUser, Provider, Reseller, User

__all__ = [
    "Assignment",
    "AtNode",
    "Attachment",
    "Attempt",
    "AuditEntry",
    "Audited",
    "AutomaticAssignment",
    "Block",
    "Branding",
    "BulkRow",
    "BulkRun",
    "CallCount",
    "ClientSession",
    "ContactCenter",
    "Conversation",
    "Group",
    "InOfficeProfile",
    "InTree",
    "KnownDevice",
    "Licence",
    "MediaStream",
    "Message",
    "MissedEvents",
    "Notice",
    "OneTimeLink",
    "OptInEvidence",
    "OwnedByAssignment",
    "OwnedByUser",
    "Platform",
    "PortalSession",
    "PortalUser",
    "Provider",
    "QuarantinedMessage",
    "Queue",
    "QueueMember",
    "Receipt",
    "RecoveryCode",
    "RefusedCall",
    "Reseller",
    "Revised",
    "SecurityAlert",
    "SecurityEvent",
    "SeenCall",
    "ServerHostname",
    "Stop",
    "Suppression",
    "UnsettledEvent",
    "User",
    "UserTemplate",
]
