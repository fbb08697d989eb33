"""In Office Profiles: the weekly hours and holidays of a group, which its media streams use (D20)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import func

from app.access.policy import Actor
from app.access.scope import Scope, branch, fetch, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Conflict, Invalid
from app.models import InOfficeProfile, MediaStream
from app.services.accounts.nodes import open_node
from app.services.audit.record import Action, differences, record
from app.services.contact_center.centers import tidy
from app.services.office_hours import Office, minutes, office_at
from app.services.revisions import require_current

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4])(?::?([0-5][0-9]))?")
_MIDNIGHT = 24 * 60
_MOST_SPANS, _MOST_HOLIDAYS, _LONGEST_NAME = 70, 200, 120


class ProfileInUse(Conflict):
    def __init__(self, streams: int):
        what = "1 media stream uses" if streams == 1 else f"{streams} media streams use"
        super().__init__(f"{what} this In Office Profile. Choose another one there before deleting it.")


@dataclass(frozen=True)
class Hours:
    """One stretch of a day, as typed: `opens` and `closes` as 9:00, `closes` up to 24:00. 0 is Monday."""

    day: int
    opens: str
    closes: str


@dataclass(frozen=True)
class Holiday:
    date: dt.date
    name: str


@dataclass(frozen=True)
class ProfileWish:
    name: str
    timezone: str
    hours: tuple[Hours, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    def values(self) -> dict[str, Any]:
        """Checked, tidied, and in order. Raises Invalid."""
        if self.timezone not in available_timezones():
            raise Invalid("Choose a timezone from the list.", field="timezone")
        return {
            "name": tidy(self.name),
            "timezone": self.timezone,
            "weekly_hours": _checked_hours(self.hours),
            "holidays": _checked_holidays(self.holidays),
        }


@transactional
def create(actor: Actor, group: Scope, wish: ProfileWish) -> InOfficeProfile:
    """Raises Invalid, Closed, NotFound."""
    profile = InOfficeProfile(**wish.values(), **branch(open_node(group)))
    db.session.add(profile)
    record(actor, Action.PROFILE_CREATED, profile, timezone=profile.timezone, **_in_words(profile))
    return profile


@transactional
def change(actor: Actor, group: Scope, profile_id: int, wish: ProfileWish, *, seen: int) -> None:
    """Raises Invalid, Closed, ChangedMeanwhile, NotFound."""
    open_node(group)
    profile = fetch(InOfficeProfile, profile_id, group)
    require_current(profile, seen)
    changes, before = differences(profile, wanted := wish.values()), _in_words(profile)
    if not changes:
        return
    for name, value in wanted.items():
        setattr(profile, name, value)
    profile.revision += 1
    after = _in_words(profile)
    changes |= {name: [before[name], after[name]] for name in before if name in changes}
    record(actor, Action.PROFILE_CHANGED, profile, **changes)


@transactional
def delete(actor: Actor, group: Scope, profile_id: int) -> None:
    """Closed media streams let go of it. Raises ProfileInUse, Closed, NotFound."""
    open_node(group)
    profile = fetch(InOfficeProfile, profile_id, group, lock=True)
    require_unused(group, profile_id)
    users = visible(MediaStream, group).where(MediaStream.in_office_profile_id == profile_id)
    for stream in db.session.scalars(users):
        stream.in_office_profile_id = None
    record(actor, Action.PROFILE_DELETED, profile)
    db.session.delete(profile)


def require_unused(group: Scope, profile_id: int) -> None:
    """Raises ProfileInUse."""
    query = visible(MediaStream, group).where(
        MediaStream.in_office_profile_id == profile_id, MediaStream.closed_at.is_(None)
    )
    streams = db.session.scalar(query.with_only_columns(func.count())) or 0
    if streams:
        raise ProfileInUse(streams)


def one(group: Scope, profile_id: int) -> InOfficeProfile:
    """Raises NotFound."""
    return fetch(InOfficeProfile, profile_id, group)


def office_now(profile: InOfficeProfile, timezone: str = "") -> Office:
    """Whether somebody is in now, in the profile's timezone or that of a media stream."""
    return office_at(profile.weekly_hours, profile.holidays, timezone or profile.timezone, now())


def _checked_hours(typed: tuple[Hours, ...]) -> list[dict[str, Any]]:
    spans = []
    for hours in typed:
        if hours.day not in range(7):
            raise Invalid("Choose a day from the list.", field="hours")
        day, opens, closes = DAYS[hours.day], _clock(hours.opens), _clock(hours.closes) or _MIDNIGHT
        if opens == _MIDNIGHT or closes <= opens:
            raise Invalid(
                f"{day}: hours from {_shown(opens)} to {_shown(closes)} end before they begin.",
                field="hours",
            )
        spans.append((hours.day, opens, closes))
    if len(spans) > _MOST_SPANS:
        raise Invalid(f"A profile has {_MOST_SPANS} lines of hours at most.", field="hours")
    spans.sort()
    for first, second in pairwise(spans):
        if first[0] == second[0] and second[1] < first[2]:
            words = [f"{_shown(opens)} to {_shown(closes)}" for _, opens, closes in (first, second)]
            raise Invalid(f"{DAYS[first[0]]}: {words[0]} and {words[1]} overlap.", field="hours")
    return [{"day": day, "opens": _shown(opens), "closes": _shown(closes)} for day, opens, closes in spans]


def _checked_holidays(typed: tuple[Holiday, ...]) -> list[dict[str, Any]]:
    holidays = sorted(typed, key=lambda holiday: holiday.date)
    if len(holidays) > _MOST_HOLIDAYS:
        raise Invalid(f"A profile has {_MOST_HOLIDAYS} holidays at most.", field="holidays")
    for first, second in pairwise(holidays):
        if first.date == second.date:
            raise Invalid(f"{first.date.isoformat()} is listed twice.", field="holidays")
    for holiday in holidays:
        if len(holiday.name) > _LONGEST_NAME:
            raise Invalid(f"A name has {_LONGEST_NAME} characters at most.", field="holidays")
        if not holiday.name.strip():
            raise Invalid(f"Enter a name for {holiday.date.isoformat()}.", field="holidays")
    return [{"date": one.date.isoformat(), "name": one.name.strip()} for one in holidays]


def _clock(typed: str) -> int:
    """Minutes since midnight of 9, 9:30, 0930 or 24:00. Raises Invalid."""
    match = _CLOCK.fullmatch(typed.strip())
    found = minutes(f"{match[1]}:{match[2] or 0}") if match else _MIDNIGHT + 1
    if found > _MIDNIGHT:
        raise Invalid(f"“{typed.strip()}” is not a time of day. Enter it like 09:00.", field="hours")
    return found


def _shown(total: int) -> str:
    return f"{total // 60:02d}:{total % 60:02d}"


def _in_words(profile: InOfficeProfile) -> dict[str, str]:
    hours = (f"{DAYS[one['day']]} {one['opens']} to {one['closes']}" for one in profile.weekly_hours)
    return {
        "weekly_hours": ", ".join(hours),
        "holidays": ", ".join(f"{one['date']} {one['name']}" for one in profile.holidays),
    }
