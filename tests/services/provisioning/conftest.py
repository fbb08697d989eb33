from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from app.access.policy import Actor
from app.access.scope import Scope
from app.db import db
from app.models import Assignment, Provider
from app.services.provisioning import assignment as assignments
from app.services.provisioning import bulk, enabling
from app.services.provisioning.assignment import NumberWish
from app.services.provisioning.bulk import Upload
from app.vocabulary import Level, Role
from tests import make
from tests.services.provisioning.wishes import KEYS


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


@pytest.fixture
def una(place: SimpleNamespace) -> str:
    return str(place.user.broadworks_id)


@pytest.fixture
def staff(place: SimpleNamespace) -> SimpleNamespace:
    """An administrator of the provider: `actor`, and the provider as `scope`."""
    person = make.portal_user(SimpleNamespace(provider_id=place.user.provider_id))
    scope = Scope(Level.PROVIDER, place.user.provider_id)
    actor = Actor(person.email, Role.ADMINISTRATOR, scope, person.id)
    return SimpleNamespace(person=person, actor=actor, scope=scope)


@pytest.fixture
def send(staff: SimpleNamespace) -> Callable[..., int]:
    """Upload rows, each a line of the CSV without a header."""

    def upload(*lines: str, where: Scope | None = None, **more: Any) -> int:
        file = "\n".join(lines).encode()
        return bulk.upload(staff.actor, where or staff.scope, Upload("numbers.csv", file, **more))

    return upload


@pytest.fixture
def checked(send: Callable[..., int], work: Callable[..., list[str]]) -> Callable[..., int]:
    """Upload rows and let the job check them."""

    def run(*lines: str, **more: Any) -> int:
        run_id = send(*lines, **more)
        work(("bulk",))
        return run_id

    return run


@pytest.fixture
def telco() -> Provider:
    """A provider that may add platforms: somebody would be alerted."""
    provider = make.provider()
    make.portal_user(provider, send_alerts=True)
    return provider


@pytest.fixture
def other_keys(carrier: Any) -> dict[str, str]:
    """Those of another account at the carrier."""
    return {name: carrier.accounts()["demo"][name] for name in KEYS}
