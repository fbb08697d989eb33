"""The words of the business as enums. Imports nothing of ours."""

import enum


class Level(enum.StrEnum):
    """A level of the tree; also the first half of a node's address (`provider-7`)."""

    SYSTEM = "system"
    PROVIDER = "provider"
    RESELLER = "reseller"
    GROUP = "group"
    USER = "user"
    STREAM = "stream"


class Role(enum.StrEnum):
    ADMINISTRATOR = "administrator"
    READ_ONLY = "read-only"
    CLIENT = "client"  # a user's Unity client, never a portal user


class CarrierName(enum.StrEnum):
    INTELIQUENT = "inteliquent"


# What a carrier calls itself; a platform is called so until somebody names it (D36).
CARRIER_NAMES = {CarrierName.INTELIQUENT: "Inteliquent"}


class Channel(enum.StrEnum):
    """What a platform carries (S26). SMS includes MMS."""

    SMS = "sms"


class NumberStatus(enum.StrEnum):
    """State of a number at the carrier."""

    IN_SERVICE = "in-service"
    PENDING = "pending"
    DISCONNECTING = "disconnecting"
    OTHER = "other"


class AssignmentState(enum.StrEnum):
    """D2 and D4."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    FAILED = "failed"
    RELEASING = "releasing"
    ENDED = "ended"


class FailureKind(enum.StrEnum):
    """Why an assignment is *failed*, where the page offers something special for it."""

    OTHER_SYSTEM = "other-system"
    CARRIER_REFUSED = "carrier-refused"
    KEYS_REFUSED = "keys-refused"


class OptIn(enum.StrEnum):
    """D7: a user's consent to a number's messages."""

    NOT_REQUIRED = "not-required"
    PENDING = "pending"
    OPTED_IN = "opted-in"
    OPTED_OUT = "opted-out"


class Direction(enum.StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageState(enum.StrEnum):
    """D13. `claimed` is shown as queued; `received` is the one state of an inbound message."""

    RECEIVED = "received"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class TextEncoding(enum.StrEnum):
    """In which alphabet the carrier counts a text: 160 or 153 characters a part, or 70 or 67."""

    GSM_7 = "gsm-7"
    UCS_2 = "ucs-2"


class SentAs(enum.StrEnum):
    """What a text with attachments left as (S21)."""

    SMS = "sms"
    MMS = "mms"
    LINK = "link"


class Priority(enum.IntEnum):
    """Which texts leave first: the smaller number."""

    ANSWER = 0  # somebody wrote to us and waits
    ORDINARY = 5
    BULK = 9


class AttachmentState(enum.StrEnum):
    """Of a file: ours, or one of the carrier's that a job fetches into our store (D17)."""

    WAITING = "waiting"
    STORED = "stored"
    DROPPED = "dropped"  # part of the envelope, not for people
    FAILED = "failed"
    ERASED = "erased"


class HostnameCheck(enum.StrEnum):
    """What the last look at a host name's TXT record said (D35)."""

    VERIFIED = "verified"
    MISSING = "missing"
    OTHER_VALUE = "other-value"
    NO_ANSWER = "no-answer"
    IN_USE = "in-use"  # the record is right, but another provider verified the name before


class SignatureMode(enum.StrEnum):
    """What becomes of a carrier's call with a wrong signature but the right header."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class CallFault(enum.StrEnum):
    """Why a carrier's call was refused, or would have been. Of the last three the signature was right."""

    SIGNATURE = "signature"
    HEADER = "header"
    UNREADABLE = "unreadable"  # D34: the body is not a call of this carrier
    REUSED_ID = "reused-id"  # at the legacy address: the message ID was seen with other content
    LEGACY_OFF = "legacy-off"  # at the legacy address, which the platform does not accept


class AttemptOutcome(enum.StrEnum):
    STARTED = "started"
    SENT = "sent"
    REFUSED = "refused"
    NOT_SENT = "not-sent"
    UNCERTAIN = "uncertain"


class SuppressionReason(enum.StrEnum):
    BLOCKED = "blocked"
    OPTED_OUT = "opted-out"


class Product(enum.StrEnum):
    """Unity licences."""

    DESKTOP = "desktop"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    RECEPTION = "reception"


class LicenceKind(enum.StrEnum):
    PERMANENT = "permanent"
    UNTIL = "until"
    TRIAL = "trial"


class LicenceState(enum.StrEnum):
    """What a licence is worth at this moment; worked out, never stored."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    ENDED = "ended"


class MediaType(enum.StrEnum):
    """Through what a media stream is reached (S13). SMS is the one that holds a number."""

    SMS = "sms"


class ConversationState(enum.StrEnum):
    """Of a conversation of a media stream (D18); a user's conversation has none."""

    WAITING = "waiting"


class BulkState(enum.StrEnum):
    """Of a CSV of numbers: its rows are checked, a person starts it, its rows are assigned."""

    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"


class RowOutcome(enum.StrEnum):
    """Of one row of a CSV of numbers."""

    UNCHECKED = "unchecked"
    READY = "ready"
    REFUSED = "refused"
    ASSIGNED = "assigned"


class NoticeState(enum.StrEnum):
    """A mail in the outbox."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class MailKind(enum.StrEnum):
    """What a mail is about."""

    INVITATION = "invitation"
    PASSWORD_LINK = "password-link"  # noqa: S105 - a kind, not a password
    CLIENT_PASSWORD_LINK = "client-password-link"  # noqa: S105 - a kind, not a password
    ADDRESS_LINK = "address-link"
    ACCOUNT_CHANGED = "account-changed"
    ALERT = "alert"
    OTHER = "other"


class NoticeCause(enum.StrEnum):
    """Who makes the portal send a mail."""

    PORTAL = "portal"  # the portal by itself
    STAFF = "staff"  # a signed-in portal user
    STRANGER = "stranger"  # a request without signing in: anybody may have made it


class MailFailure(enum.StrEnum):
    """Why a mail did not leave."""

    ADDRESS_REFUSED = "address-refused"
    REFUSED = "refused"
    NO_ANSWER = "no-answer"
    NOT_TRUSTED = "not-trusted"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class LinkPurpose(enum.StrEnum):
    """What a one-time link lets its holder do."""

    INVITATION = "invitation"
    CLIENT_PASSWORD = "client-password"  # noqa: S105 - a purpose, not a password
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a purpose, not a password
    NEW_ADDRESS = "new-address"


class SecurityEventKind(enum.StrEnum):
    """What was refused, as Security Events counts it."""

    FOREIGN_ROW = "foreign-row"  # it exists, outside of what this person sees
    MISSING_ROW = "missing-row"
    FORBIDDEN = "forbidden"
    WRONG_CSRF_TOKEN = "wrong-csrf-token"  # noqa: S105 - a kind of event
    FAILED_SIGN_IN = "failed-sign-in"
    LOCKED_ACCOUNT = "locked-account"
    WRONG_SECOND_FACTOR = "wrong-second-factor"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - of somebody who is signed in, asked for it again
    WRONG_CLIENT_TOKEN = "wrong-client-token"  # noqa: S105 - a kind of event
    REFUSED_REFRESH = "refused-refresh"
    ONE_TIME_LINK = "one-time-link"
    ATTACHMENT_LINK = "attachment-link"
    RATE_LIMIT = "rate-limit"
    REFUSED_CALL = "refused-call"
    BAD_HOST = "bad-host"
    TOO_LARGE = "too-large"


class ActorKind(enum.StrEnum):
    """Whose account a security event is about."""

    NOBODY = "nobody"
    STAFF = "staff"
    CLIENT = "client"
    UNKNOWN = "unknown"  # a sign-in name that no account has
    SEVERAL = "several"  # more than are told apart
