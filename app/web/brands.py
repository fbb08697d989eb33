"""Whose name, logo and colour a page shows: those of the person who is signed in, else those of the host
name by which somebody came. It does not change while a person walks the tree. A user in the web client sees
the brand of their own place.
"""

from __future__ import annotations

from flask import Flask, g, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.services.accounts import branding
from app.services.accounts.branding import Brand
from app.vocabulary import Level, Role
from app.web import hosts
from app.web.session import viewer

TONES_VERSION = 1  # counted up when the sheet of a colour changes, since browsers keep it for good


def register(app: Flask) -> None:
    """Templates get `brand`, `portal_name`, `brand_class`, `brand_sheet` and `brand_logo`."""
    app.jinja_env.globals.update(
        brand=brand,
        portal_name=portal_name,
        brand_class=brand_class,
        brand_sheet=brand_sheet,
        brand_logo=brand_logo,
    )


def brand() -> Brand:
    """Looked up once for each page, and not at all for a fragment, which has no frame."""
    if "brand" not in g:
        g.brand = _brand()
    found: Brand = g.brand
    return found


def wear(found: Brand) -> None:
    """This answer shows this brand, whoever looks."""
    g.brand = found


def without_brand() -> None:
    """For pages that say what is broken: nothing is read any more."""
    wear(Brand())


def portal_name(shown: Brand | None = None) -> str:
    """What the portal is called."""
    return (brand() if shown is None else shown).name or _("CPaaS portal")


def brand_class(accent: str) -> str:
    """The class under which the sheet of a colour has its tones."""
    return f"brand-{accent.removeprefix('#')}" if accent else ""


def brand_sheet(accent: str) -> str:
    """The address of the sheet of a colour."""
    return url_for("brand_files.sheet", colour=accent.removeprefix("#"), v=TONES_VERSION)


def brand_logo(digest: str) -> str:
    """The address of a logo."""
    return branding.logo_path(digest)


def _brand() -> Brand:
    who = viewer()
    if who is not None and who.role is Role.CLIENT:
        return branding.brand(who.scope)
    if current_user.is_authenticated and current_user.actor.scope.level is not Level.SYSTEM:
        own = branding.brand_of_person(current_user.account.id)
        if own:
            return own
    return Brand() if hosts.is_own(hosts.name()) else branding.brand_of_host(hosts.name())
