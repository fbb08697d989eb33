"""Who is told that signed calls of the carrier were refused: Send Alerts and Send Technical Emails (D34)."""

from __future__ import annotations

from app.access.scope import place_of
from app.clock import now
from app.models import Platform
from app.services.accounts import branding, portal_users
from app.services.accounts.hostnames import portal_address
from app.services.alerts import letters, notices
from app.vocabulary import CallFault

_REASONS = {
    CallFault.UNREADABLE: "The portal could not read what the carrier sent.",
    CallFault.REUSED_ID: "The carrier's message ID was used before, with other content. Either the carrier "
    "reuses its message IDs, or somebody made the call with headers that they had seen.",
    CallFault.LEGACY_OFF: "The call came to the address of registrations that are older than this portal, "
    "which this platform does not accept.",
}


def notify_refused_call(platform: Platform, fault: CallFault, *, kept: str) -> None:
    """Inside the caller's transaction; each recipient gets one mail a day (UTC) for a platform at most.

    `kept`: for how long refused calls can be replayed, in words.
    """
    address = f"{portal_address(platform)}/{place_of(platform)}/carrier-calls/refused?platform={platform.id}"
    people = {
        person.id: person
        for switch in ("send_alerts", "send_technical_emails")
        for person in portal_users.recipients_above(platform, switch)
    }
    for person in people.values():
        notices.add(
            f"calls-refused:{platform.id}:{now():%Y-%m-%d}:{person.id}",
            person.email,
            letters.calls_refused(person.name, platform.name, _REASONS[fault], address, kept=kept),
            branding.letterhead(person),
        )
