from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from app.db import db
from app.models import Assignment
from app.services.provisioning import assignment as assignments
from app.services.provisioning import enabling
from app.services.provisioning.assignment import NumberWish
from tests import make


@pytest.fixture
def place(keys: dict[str, str]) -> SimpleNamespace:
    """A user with a licence below a provider whose platform has the carrier's keys."""
    user = make.user()
    make.licence(user)
    platform = make.platform(user, user_confirmation_required=False, **keys)
    return SimpleNamespace(user=user, platform=platform, actor=make.admin_of(user), scope=make.at(user))


@pytest.fixture
def assign(place: SimpleNamespace) -> Callable[..., Assignment]:
    """Add a number as its form does; every call is a request of its own."""

    def add(number: str, **wish: Any) -> Assignment:
        db.session.remove()
        return assignments.assign(place.actor, place.scope, make.at(place.user), NumberWish(number, **wish))

    return add


@pytest.fixture
def due_now() -> Callable[[Assignment], None]:
    """Let the wait for the next try, and every lease, be over."""

    def hurry(row: Assignment) -> None:
        fresh = make.again(row)
        fresh.due_at, fresh.claimed_until = fresh.started_at, None
        make.kept(fresh)

    return hurry


@pytest.fixture
def enable() -> Callable[[Assignment], Assignment]:
    """What the job does, and the row after it."""

    def run(row: Assignment) -> Assignment:
        enabling.enable(row.id)
        return make.again(row)

    return run
