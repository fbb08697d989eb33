"""What the numbers tab and a number's page show (S15, S16)."""

from __future__ import annotations

import re

from sqlalchemy.orm import joinedload

from app.access.scope import Scope, visible
from app.db import db
from app.errors import NotFound
from app.models import Assignment
from app.services.keyset import Page, page
from app.services.patterns import pattern

_SHOWN = (joinedload(Assignment.user), joinedload(Assignment.stream), joinedload(Assignment.platform))
_NUMBER = re.compile(r"[+*]?[\d*][\d\s().*-]{2,}")


def numbers_page(
    scope: Scope, search: str = "", *, after: str | None = None, before: str | None = None
) -> Page[Assignment]:
    """The numbers at this place and below, with their users and platforms, by number."""
    query = visible(Assignment, scope).options(*_SHOWN)
    if search.strip():
        query = query.where(Assignment.search_text.like(pattern(_as_stored(search)).lower(), escape="\\"))
    return page(query, order=(Assignment.number, Assignment.id), after=after, before=before)


def _as_stored(search: str) -> str:
    """A number with punctuation is searched without it: `201-992-0780` is kept as digits."""
    return re.sub(r"[\s().-]", "", search) if _NUMBER.fullmatch(search.strip()) else search


def number(scope: Scope, assignment_id: int) -> Assignment:
    """One assignment with its user and platform. Raises NotFound."""
    query = visible(Assignment, scope).options(*_SHOWN)
    found = db.session.scalar(query.where(Assignment.id == assignment_id))
    if found is None:
        raise NotFound
    return found


def numbers_of_user(scope: Scope) -> list[Assignment]:
    """All assignments of a user, running ones first."""
    query = visible(Assignment, scope).options(*_SHOWN)
    return list(db.session.scalars(query.order_by(Assignment.ended_at.is_not(None), Assignment.number)))
