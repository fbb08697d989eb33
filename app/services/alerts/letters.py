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


def invitation(name: str, link: str, portal: str = PORTAL, *, lasts: str) -> Letter:
    """To a new portal user. `lasts`: for how long the link works, in words, as in all letters with a link."""
    return Letter(
        f"Your access to {portal}",
        f"Hello {name},\n\nAn account in {portal} was made for you. Open this link within "
        f"{lasts} and choose a password:\n\n{link}\n\n"
        "The link works once. If you did not expect this mail, ignore it.\n",
    )


def client_password(name: str, link: str, *, lasts: str) -> Letter:
    """To a user who sets the password of a Unity client."""
    return Letter(
        "Set the password of your Unity client",
        f"Hello {name},\n\nOpen this link within {lasts} and choose the password of your Unity client:\n\n"
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


def password_reset(name: str, link: str, portal: str = PORTAL, *, lasts: str) -> Letter:
    """To a portal user who forgot the password."""
    return Letter(
        f"Set a new password for {portal}",
        f"Hello {name},\n\nOpen this link within {lasts} and choose a new password for {portal}:\n\n"
        f"{link}\n\n"
        "The link works once. You are then signed out everywhere. If you did not ask for this mail, ignore "
        "it: your password stays as it is.\n",
    )


def locked(name: str, portal: str = PORTAL, *, tries: int, lasts: str) -> Letter:
    """To a portal user whose account was locked after so many tries, once per lock."""
    return Letter(
        f"Signing in to {portal} is locked for {lasts}",
        f"Hello {name},\n\n{tries} wrong passwords or codes in a row were typed for your account in "
        f"{portal}, so nobody can sign in with it for {lasts}.\n\n"
        'If that was you, wait, or set a new password with "Forgot your password?" on the sign-in page. '
        "If it was not, nothing is lost: nobody got in. A second factor on the page My account keeps it "
        "that way.\n",
    )


def second_factor_reset(name: str, portal: str = PORTAL) -> Letter:
    """To a portal user whose second factor an administrator took away."""
    return Letter(
        f"Your second factor for {portal} was removed",
        f"Hello {name},\n\nAn administrator removed the second factor of your account in {portal} and signed "
        "you out everywhere. You sign in with your password alone now; set up a second factor again on the "
        "page My account.\n\nIf you did not ask for this, tell your administrator.\n",
    )


@dataclass(frozen=True)
class Ending:
    """A licence that ends, as a line of a mail."""

    days: int
    user: str
    user_id: str
    product: str
    kind: str
    at: str


def licences_ending(recipient: str, lines: list[Ending], more: int, address: str, *, held: str) -> Letter:
    """To everybody with Send License Expiry Alerts above the users, one a day."""
    headings = {0: "Today", 1: "Tomorrow"}
    parts = []
    for days in sorted({line.days for line in lines}):
        named = [
            f"- {line.user} ({line.user_id}): Unity {line.product.capitalize()}"
            f"{', trial' if line.kind == 'trial' else ''}, until {line.at}"
            for line in lines
            if line.days == days
        ]
        parts.append("\n".join([f"{headings.get(days, f'In {days} days')}:", *named]))
    if more:
        parts.append(f"... and {more:,} more.")
    count = len(lines) + more
    return Letter(
        f"{count:,} Unity licence{'' if count == 1 else 's'} will end",
        f"Hello {recipient},\n\nThese Unity licences end soon. Without a licence a user's texts are kept for "
        f"{held} and sending is refused.\n\n"
        + "\n\n".join(parts)
        + f"\n\nHere they can be extended:\n\n{address}\n\n"
        "You receive this mail because Send License Expiry Alerts is on for your account.\n",
    )


@dataclass(frozen=True)
class Hour:
    """How many security events of a kind there were in an hour, from how many on there is a mail, and from
    which networks how many came, the most frequent first; "" for the rest.
    """

    count: int
    limit: int
    sources: list[tuple[str, int]]


def security_alert(recipient: str, kind: str, hour: Hour, address: str) -> Letter:
    """To operators with Send Alerts, once when a kind of security event reached its threshold."""
    lines = "\n".join(f"- {source or 'other addresses'}: {times:,}" for source, times in hour.sources)
    return Letter(
        f"Security alert: {kind}",
        f"Hello {recipient},\n\n{kind}: {hour.count:,} times in this hour; "
        f"the alert threshold is {hour.limit:,}.\n\n"
        f"Most came from:\n\n{lines}\n\nThe page Security Events shows who and when:\n\n{address}\n\n"
        "There is no second mail while this goes on.\n\n"
        "You receive this mail because Send Alerts is on for your account.\n",
    )


def number_failed(recipient: str, holder: str, number: str, reason: str, address: str) -> Letter:
    """To everybody with Send Technical Emails above a number whose set-up failed."""
    return Letter(
        f"Setting up {number} failed",
        f"Hello {recipient},\n\nThe CPaaS number {number} of {holder} could not be set up at the carrier:\n\n"
        f"{reason}\n\nThe number's page says what can be done, and has a button to try again:\n\n"
        f"{address}\n\n"
        "You receive this mail because Send Technical Emails is on for your account.\n",
    )
