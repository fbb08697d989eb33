"""The words of every mail."""

from __future__ import annotations

from dataclasses import dataclass, field

PORTAL = "the CPaaS portal"


@dataclass(frozen=True)
class Letterhead:
    """The brand that a mail shows: name, colour, address of the logo; what is empty is the portal's own."""

    name: str = ""
    accent: str = ""
    logo_url: str = ""

    @property
    def portal(self) -> str:
        """What the portal is called in a mail."""
        return self.name or PORTAL


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str = field(repr=False)


def invitation(name: str, link: str, portal: str = PORTAL) -> Letter:
    """To a new portal user."""
    return Letter(
        f"Your access to {portal}",
        f"Hello {name},\n\nAn account in {portal} was made for you. Open this link within three "
        f"days and choose a password:\n\n{link}\n\n"
        "The link works once. If you did not expect this mail, ignore it.\n",
    )


def client_password(name: str, link: str) -> Letter:
    """To a user who sets the password of a Unity client."""
    return Letter(
        "Set the password of your Unity client",
        f"Hello {name},\n\nOpen this link within three days and choose the password of your Unity client:\n\n"
        f"{link}\n\nThe link works once. If you did not expect this mail, ignore it.\n",
    )


def opted_out(recipient: str, user: str, number: str, address: str) -> Letter:
    """To everybody with Send Alerts above a user who said no (S22, D8)."""
    return Letter(
        f"{user} declined SMS for {number}",
        f"Hello {recipient},\n\n{user} was asked by the Unity client to activate SMS for {number} and "
        "answered No. Texts to this number are not handed over, and none can be sent from it.\n\n"
        "If this was a mistake, press Reset Opt-In State on the number's page; the client then asks again "
        f"at its next start:\n\n{address}\n\n"
        "You receive this mail because Send Alerts is on for your account.\n",
    )
