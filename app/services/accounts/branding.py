"""Name, logo and colour of a place. What is empty comes from the nearest place above that has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import defer

from app.access.policy import Actor
from app.access.scope import EVERYTHING, NODES, Scope, at, branch, fetch, node_of, place_of, upwards, visible
from app.db import db, end_read, transactional
from app.errors import Invalid, NotFound
from app.models import Branding, PortalUser, ServerHostname, User
from app.services.accounts import hostnames, logos, tones
from app.services.alerts.letters import Letterhead
from app.services.audit.record import Action, differences, record
from app.services.revisions import require_current
from app.vocabulary import Level

LONGEST_NAME = 60
_FIELDS = {"name": "name", "accent": "accent", "logo": "logo_digest"}


@dataclass(frozen=True)
class Brand:
    """What counts at a place. `logo` is a digest; `sources` says from which level each part comes."""

    name: str = ""
    accent: str = ""
    logo: str = ""
    sources: dict[str, Level] = field(default_factory=dict, compare=False)

    def __bool__(self) -> bool:
        return bool(self.name or self.accent or self.logo)


@dataclass(frozen=True)
class BrandWish:
    """What a form says: empty means "as above". `logo` is a file as it was sent; None leaves the logo."""

    name: str = ""
    accent: str = ""
    logo: bytes | None = field(default=None, repr=False)
    removes_logo: bool = False

    def values(self, sharer: str = "") -> dict[str, Any]:
        """Checked and tidied; `sharer` is who waits for the logo. Raises Invalid, NotReadable, NotALogo,
        DecoderBusy, DecoderLost.
        """
        name = "".join(letter for letter in self.name if letter.isprintable()).strip()
        if len(name) > LONGEST_NAME:
            raise Invalid(f"A name has at most {LONGEST_NAME} characters.", field="name")
        values: dict[str, Any] = {
            "name": name,
            "accent": tones.read(self.accent) if self.accent.strip() else "",
        }
        if self.logo:
            logo = logos.read(self.logo, sharer=sharer)
            values |= {"logo": logo.data, "logo_type": logo.type, "logo_digest": logo.digest}
        elif self.removes_logo:
            values |= {"logo": None, "logo_type": "", "logo_digest": ""}
        return values


def own(scope: Scope) -> Branding | None:
    """What this very place sets; None as long as it has set nothing."""
    return db.session.scalar(at(Branding, scope).options(defer(Branding.logo)))


def brand(scope: Scope) -> Brand:
    """What counts at a place."""
    return _nearest(node_of(scope))


def brand_over(row: Any) -> Brand:
    """What counts where a row hangs that is no node: a file, for instance."""
    return _nearest(row)


def brand_above(scope: Scope) -> Brand:
    """What would count at a place that sets nothing itself."""
    return _nearest(node_of(scope), below=scope.level)


def brand_of_person(portal_user_id: int) -> Brand:
    """What a portal user sees on every page: the brand of their own place, wherever they look."""
    query = upwards(Branding, PortalUser).join(PortalUser, PortalUser.id == portal_user_id)
    return _merged(db.session.scalars(query.options(defer(Branding.logo))))


def brand_of_host(hostname: str) -> Brand:
    """The brand of the provider whose people come by this host name; none until it is verified (D35)."""
    query = upwards(Branding, ServerHostname).join(ServerHostname, hostnames.counts(hostname))
    return _merged(db.session.scalars(query.options(defer(Branding.logo))))


def letterhead(row: PortalUser | User) -> Letterhead:
    """How a mail to this person looks."""
    found = _nearest(row)
    address = hostnames.portal_address(row)
    logo = f"{address}{logo_path(found.logo)}" if found.logo else ""
    return Letterhead(found.name, found.accent, logo)


def client_brand(scope: Scope) -> dict[str, str]:
    """What a user's client shows, and the accent that it takes on dark ground."""
    user = node_of(scope)
    head = letterhead(user)
    on_dark = tones.dark(head.accent).text if head.accent else ""
    return {"name": head.name, "accent": head.accent, "accent_dark": on_dark, "logo_url": head.logo_url}


def logo_path(digest: str) -> str:
    """Where a logo is served, for ever: another picture has another address."""
    return f"/brand/{digest}.png"


def logo_of(digest: str) -> tuple[bytes, str]:
    """The picture and its type. Raises NotFound."""
    found = db.session.scalar(visible(Branding, EVERYTHING).where(Branding.logo_digest == digest).limit(1))
    if not digest or found is None or found.logo is None:
        raise NotFound
    return found.logo, found.logo_type


def change(actor: Actor, scope: Scope, wish: BrandWish, seen: int) -> None:
    """Set the brand of a place; `seen` is the revision that the form was filled from, 0 for none.

    The logo is decoded before the transaction begins. Raises Invalid, NotReadable, NotALogo, DecoderBusy,
    DecoderLost, ChangedMeanwhile, NotFound.
    """
    end_read()
    _change(actor, scope, wish.values(f"actor {actor.account_id or actor.name}"), seen)


@transactional
def _change(actor: Actor, scope: Scope, wanted: dict[str, Any], seen: int) -> None:
    node = fetch(NODES[scope.level], scope.node_id or 0, scope, lock=True)
    row = own(scope)
    if row is not None:
        require_current(row, seen)
    else:
        row = Branding(name="", accent="", logo_type="", logo_digest="", revision=0, **branch(node))
    changes = differences(row, {name: value for name, value in wanted.items() if name in _FIELDS.values()})
    if not changes:
        return
    for name, value in wanted.items():
        setattr(row, name, value)
    row.revision += 1
    db.session.add(row)
    if "logo_digest" in changes:
        changes["logo"] = [digest[:8] for digest in changes.pop("logo_digest")]
    record(actor, Action.BRANDING_CHANGED, row, **changes)


def _nearest(node: Any, below: Level | None = None) -> Brand:
    if node is None:
        return Brand()
    query = upwards(Branding, node).options(defer(Branding.logo))
    return _merged(row for row in db.session.scalars(query) if below is None or place_of(row).level != below)


def _merged(rows: Any) -> Brand:
    """Of several rows the lowest one that says something, part by part."""
    parts: dict[str, str] = {}
    sources: dict[str, Level] = {}
    for row in sorted(rows, key=lambda row: list(Level).index(place_of(row).level), reverse=True):
        for part, column in _FIELDS.items():
            if part not in parts and (value := getattr(row, column)):
                parts[part], sources[part] = value, place_of(row).level
    return Brand(**parts, sources=sources)
