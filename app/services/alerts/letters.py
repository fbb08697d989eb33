"""The words of every mail. What people chose (names, user ids, reasons) stands in them as `plain` words."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.email_address import spelled
from app.services.alerts.plain_words import plain

_LONGEST_REASON = 300
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
        return plain(self.name) if self.name else PORTAL


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str = field(repr=False)


def _letter(subject: str, *paragraphs: str, link: str = "", **words: str) -> Letter:
    """The one place where people's words enter a mail: each of `words`, made `plain`, fills its name.

    `link` fills `{link}`, as the only thing to press.
    """
    safe = {name: plain(value) for name, value in words.items()}
    body = "\n\n".join(part.format(**safe, link=link) for part in paragraphs)
    return Letter(subject.format(**safe), body + "\n")


def _literal(words: str) -> str:
    """Words in which braces fill nothing."""
    return words.replace("{", "{{").replace("}", "}}")


def invitation(name: str, link: str, portal: str = PORTAL, *, lasts: str) -> Letter:
    """To a new portal user. `lasts`: for how long the link works, in words, as in all letters with a link."""
    return _letter(
        "Your access to {portal}",
        "Hello {name},",
        "An account in {portal} was made for you. Open this link within {lasts} and choose a password:",
        "{link}",
        "The link works once. If you did not expect this mail, ignore it.",
        name=name,
        portal=portal,
        link=link,
        lasts=lasts,
    )


def client_password(name: str, link: str, *, lasts: str) -> Letter:
    """To a user who sets the password of a Unity client."""
    return _letter(
        "Set the password of your Unity client",
        "Hello {name},",
        "Open this link within {lasts} and choose the password of your Unity client:",
        "{link}",
        "The link works once. If you did not expect this mail, ignore it.",
        name=name,
        link=link,
        lasts=lasts,
    )


def client_password_changed(name: str) -> Letter:
    """To a user whose client password an administrator set."""
    return _letter(
        "The password of your Unity client was changed",
        "Hello {name},",
        "An administrator set a new password for your Unity client. Clients that were signed in must sign in "
        "again.",
        "If you did not ask for this, tell your administrator.",
        name=name,
    )


def client_address_changed(name: str, address: str) -> Letter:
    """To the address that a user had before."""
    return _letter(
        "The email address of your Unity client was changed",
        "Hello {name},",
        "An administrator changed the address to which links for the password of your Unity client are "
        "mailed. They go to {address} now, no longer here.",
        "If you did not ask for this, tell your administrator.",
        name=name,
        address=spelled(address) if address else "no address",
    )


def opted_out(recipient: str, user: str, number: str, address: str) -> Letter:
    """To everybody with Send Alerts above a user who said no (S22, D8)."""
    return _letter(
        "{user} declined SMS for {number}",
        "Hello {recipient},",
        "{user} was asked by the Unity client to activate SMS for {number} and answered No. Texts to this "
        "number are not handed over, and none can be sent from it.",
        "If this was a mistake, press Reset Opt-In State on the number's page; the client then asks again at "
        "its next start:",
        "{link}",
        "You receive this mail because Send Alerts is on for your account.",
        recipient=recipient,
        user=user,
        number=number,
        link=address,
    )


def password_reset(name: str, link: str, portal: str = PORTAL, *, lasts: str) -> Letter:
    """To a portal user who forgot the password."""
    return _letter(
        "Set a new password for {portal}",
        "Hello {name},",
        "Open this link within {lasts} and choose a new password for {portal}:",
        "{link}",
        "The link works once. You are then signed out everywhere. If you did not ask for this mail, ignore "
        "it: your password stays as it is.",
        name=name,
        portal=portal,
        link=link,
        lasts=lasts,
    )


def password_changed(name: str, portal: str = PORTAL) -> Letter:
    """To a portal user whose password was set by a link."""
    return _letter(
        "Your password for {portal} was changed",
        "Hello {name},",
        "A new password for your account in {portal} was set by a link, and you were signed out everywhere.",
        "If that was not you, ask for a new link on the sign-in page and tell your administrator.",
        name=name,
        portal=portal,
    )


def confirm_address(name: str, address: str, link: str, portal: str = PORTAL, *, lasts: str) -> Letter:
    """To the new address of a portal user; it signs in only after the link was used."""
    return _letter(
        "Confirm your new email address for {portal}",
        "Hello {name},",
        "An administrator entered {address} as the address with which you sign in to {portal}. Open this "
        "link within {lasts} to confirm it:",
        "{link}",
        "Until then you sign in with your old address. If you did not expect this mail, ignore it.",
        name=name,
        address=spelled(address),
        portal=portal,
        link=link,
        lasts=lasts,
    )


def address_will_change(name: str, address: str, portal: str = PORTAL) -> Letter:
    """To the old address, when an administrator entered another one."""
    return _letter(
        "Your email address for {portal} is being changed",
        "Hello {name},",
        "An administrator entered {address} as the new address with which you sign in to {portal}. It takes "
        "effect when the link that was mailed there is used. Until then you sign in with this address.",
        "If you did not ask for this, tell your administrator: the change can still be canceled.",
        name=name,
        address=spelled(address),
        portal=portal,
    )


def address_changed(name: str, address: str, portal: str = PORTAL) -> Letter:
    """To the old address, when the new one was confirmed."""
    return _letter(
        "Your email address for {portal} was changed",
        "Hello {name},",
        "You sign in to {portal} with {address} now, and mails go there. Links that were mailed to this "
        "address no longer work.",
        "If you did not ask for this, tell your administrator.",
        name=name,
        address=spelled(address),
        portal=portal,
    )


def role_changed(name: str, role: str, portal: str = PORTAL) -> Letter:
    """To a portal user whose role an administrator changed."""
    return _letter(
        "Your role in {portal} was changed",
        "Hello {name},",
        "An administrator changed the role of your account in {portal}. It is now: {role}. You were signed "
        "out everywhere.",
        "If you did not expect this, ask your administrator.",
        name=name,
        role=role,
        portal=portal,
    )


def locked(name: str, portal: str = PORTAL, *, tries: int, lasts: str) -> Letter:
    """To a portal user whose account was locked after so many tries, once per lock."""
    return _letter(
        "Signing in to {portal} is locked for {lasts}",
        "Hello {name},",
        "{tries} wrong passwords or codes in a row were typed for your account in {portal}, so it is locked "
        "for {lasts}. Browsers with which you signed in before still work.",
        'If that was you, wait, or set a new password with "Forgot your password?" on the sign-in page. If '
        "it was not, nothing is lost: nobody got in. A second factor on the page My account keeps it that "
        "way.",
        name=name,
        portal=portal,
        tries=str(tries),
        lasts=lasts,
    )


def second_factor_reset(name: str, portal: str = PORTAL) -> Letter:
    """To a portal user whose second factor an administrator took away."""
    return _letter(
        "Your second factor for {portal} was removed",
        "Hello {name},",
        "An administrator removed the second factor of your account in {portal} and signed you out "
        "everywhere. You sign in with your password alone now; set up a second factor again on the page "
        "My account.",
        "If you did not ask for this, tell your administrator.",
        name=name,
        portal=portal,
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
        named = [_ending(line) for line in lines if line.days == days]
        parts.append("\n".join([f"{headings.get(days, f'In {days} days')}:", *named]))
    if more:
        parts.append(f"... and {more:,} more.")
    count = len(lines) + more
    return _letter(
        f"{count:,} Unity licence{'' if count == 1 else 's'} will end",
        "Hello {recipient},",
        "These Unity licences end soon. Without a licence a user's texts are kept for {held} and sending is "
        "refused.",
        *map(_literal, parts),
        "Here they can be extended:",
        "{link}",
        "You receive this mail because Send License Expiry Alerts is on for your account.",
        recipient=recipient,
        link=address,
        held=held,
    )


def _ending(line: Ending) -> str:
    trial = ", trial" if line.kind == "trial" else ""
    who = f"{plain(line.user)} ({plain(line.user_id)})"
    return f"- {who}: Unity {line.product.capitalize()}{trial}, until {line.at}"


@dataclass(frozen=True)
class Hour:
    """How many security events of a kind there were in an hour, from how many on there is a mail, and from
    which networks how many came, the most frequent first; "" for the rest.
    """

    count: int
    limit: int
    sources: list[tuple[str, int]]


def security_alert(recipient: str, kind: str, hour: Hour, link: str) -> Letter:
    """To operators with Send Alerts, once when a kind of security event reached its threshold."""
    lines = "\n".join(f"- {source or 'other addresses'}: {times:,}" for source, times in hour.sources)
    return _letter(
        "Security alert: {kind}",
        "Hello {recipient},",
        f"{{kind}}: {hour.count:,} times in this hour; the alert threshold is {hour.limit:,}.",
        "Most came from:",
        _literal(lines),
        "The page Security Events shows who and when:",
        "{link}",
        "There is no second mail while this goes on.",
        "You receive this mail because Send Alerts is on for your account.",
        recipient=recipient,
        kind=kind,
        link=link,
    )


def number_failed(recipient: str, holder: str, number: str, reason: str, address: str) -> Letter:
    """To everybody with Send Technical Emails above a number whose set-up failed."""
    return _letter(
        "Setting up {number} failed",
        "Hello {recipient},",
        "The CPaaS number {number} of {holder} could not be set up at the carrier:",
        _literal(plain(reason, _LONGEST_REASON)),
        "The number's page says what can be done, and has a button to try again:",
        "{link}",
        "You receive this mail because Send Technical Emails is on for your account.",
        recipient=recipient,
        holder=holder,
        number=number,
        link=address,
    )


def calls_refused(recipient: str, platform: str, reason: str, link: str, *, kept: str) -> Letter:
    """To everybody with Send Alerts or Send Technical Emails at a platform's provider, one a day.

    `kept`: for how long refused calls can be replayed, in words.
    """
    return _letter(
        "Calls from the carrier were refused: {platform}",
        "Hello {recipient},",
        "The carrier called the CPaaS platform {platform} with a valid signature, and the call was refused. "
        "It may hold a text for one of your users.",
        "{reason}",
        "Refused calls are kept for {kept}, encrypted. Review them here, and replay them once the cause is "
        "known:",
        "{link}",
        "We send this at most once a day for each platform. You receive this mail because Send Alerts or "
        "Send Technical Emails is on for your account.",
        recipient=recipient,
        platform=platform,
        reason=reason,
        kept=kept,
        link=link,
    )


def hostname_record_missing(recipient: str, host: str, link: str, *, until: str) -> Letter:
    """To everybody with Send Technical Emails at a provider (D35).

    `until`: the day when the name is lost; "" when it is. The record to add is on the page that `link` opens:
    nothing that a provider typed can be pressed in a mail.
    """
    subject = "The DNS record of {host} is missing" if until else "{host} is no longer verified"
    happened = (
        "The TXT record that proves that {host} is yours was not found. If it is still missing on {until}, "
        "links and the sign-in page use the portal's own name instead."
        if until
        else "The TXT record that proves that {host} is yours was missing for too long, so the name is not "
        "verified any more. Links and the sign-in page use the portal's own name now."
    )
    return _letter(
        subject,
        "Hello {recipient},",
        happened,
        "This page shows the record to add to the DNS of the domain. Add it, then press Check now:",
        "{link}",
        "You receive this mail because Send Technical Emails is on for your account.",
        recipient=recipient,
        host=host,
        until=until or "-",
        link=link,
    )
