"""The licences of a place: one user's own, and at upper levels totals and the list of all below."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import contains_eager

from app.access.scope import Scope, visible
from app.clock import now
from app.db import db
from app.models import Licence, User
from app.services.accounts.licences import SOON, running
from app.services.keyset import Page, page
from app.services.search_index import contains
from app.vocabulary import LicenceKind, LicenceState, Product


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; None and "" ask for all."""

    search: str = ""
    product: Product | None = None
    kind: LicenceKind | None = None
    state: LicenceState | None = None

    def __bool__(self) -> bool:
        return self != Wanted()


def of_one_user(scope: Scope) -> list[Licence]:
    """All licences of the user at this place, running ones first."""
    query = visible(Licence, scope).order_by(running().desc(), Licence.id.desc())
    return list(db.session.scalars(query.limit(200)))


def totals(scope: Scope) -> dict[Product, dict[LicenceKind, int]]:
    """How many licences run at this place and below."""
    query = visible(Licence, scope).where(running()).group_by(Licence.product, Licence.kind)
    counted = query.with_only_columns(Licence.product, Licence.kind, func.count())
    found: dict[Product, dict[LicenceKind, int]] = {}
    for product, kind, count in db.session.execute(counted):
        found.setdefault(product, {})[kind] = count
    return found


def licences_page(
    scope: Scope, wanted: Wanted, *, after: str | None = None, before: str | None = None
) -> Page[Licence]:
    """The licences at this place and below with their users, newest first."""
    query = (
        visible(Licence, scope).join(User, User.id == Licence.user_id).options(contains_eager(Licence.user))
    )
    if wanted.search.strip():
        query = query.where(contains(User.search_text, wanted.search))
    if wanted.product:
        query = query.where(Licence.product == wanted.product)
    if wanted.kind:
        query = query.where(Licence.kind == wanted.kind)
    if wanted.state:
        query = query.where(_in_state(wanted.state))
    return page(query, order=(Licence.id,), after=after, before=before, newest_first=True)


def _in_state(state: LicenceState) -> ColumnElement[bool]:
    """The same as `licences.state`, for the database. *Active* includes those that expire soon."""
    at = now()
    has_run_out = Licence.expires_at <= func.coalesce(Licence.ended_at, at)
    match state:
        case LicenceState.ACTIVE:
            return running()
        case LicenceState.EXPIRING:
            return running() & (Licence.expires_at <= at + SOON)
        case LicenceState.EXPIRED:
            return has_run_out
        case LicenceState.ENDED:
            return Licence.ended_at.is_not(None) & (has_run_out.is_(None) | ~has_run_out)
