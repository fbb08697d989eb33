"""The demonstration data: a provider that is fully set up, and one to walk the main job by hand.

It goes through the services, the carrier stand-in included, and can be run again: what is there stays.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import requests

from app.access.policy import SYSTEM, Actor
from app.access.scope import EVERYTHING, NODES, Scope, branch, node_of, visible
from app.carriers.base import InboundMessage
from app.clock import now
from app.config import settings
from app.db import db, transactional
from app.errors import Invalid
from app.factory import create_app
from app.models import Assignment, Platform, PortalUser, Provider, User
from app.services.accounts import client_tokens, licences, nodes, passwords, users
from app.services.accounts.nodes import NodeWish
from app.services.accounts.users import UserWish
from app.services.audit.record import Action, record
from app.services.messaging import delivery, erasure, opt_in, sending
from app.services.messaging.inbound.process import process
from app.services.provisioning import assignment, enabling, platforms
from app.services.provisioning.assignment import NumberWish
from app.services.provisioning.platforms import PlatformWish
from app.vocabulary import Level, Product, Role
from scripts.seed_center import contact_center

TIMEZONE = "America/New_York"
STAFF = tuple(f"{name}@example.com" for name in ("operator", "provider", "reseller", "group", "test"))


@dataclass(frozen=True)
class Person:
    """A user to make, with the licence and the numbers that they hold."""

    user_id: str
    name: str
    product: Product = Product.DESKTOP
    numbers: tuple[tuple[str, str, bool], ...] = ()  # ten digits, friendly name, MMS
    answers: bool = True


DEMO = {
    "North Resale": {
        "Acme Dental": [
            Person(
                "chris@demo.example",
                "Chris Tutt",
                numbers=(("2019920780", "My MMS Number", True), ("2019920778", "SMS only", False)),
            ),
            Person("dana@demo.example", "Dana Reyes", numbers=(("2019920779", "", True),), answers=False),
            Person("front.desk@demo.example", "Front Desk", Product.RECEPTION, (("2019920700", "", True),)),
        ],
        "Bright Books": [
            Person("eli@demo.example", "Eli Novak", numbers=(("2019920701", "Orders", True),)),
            Person("fay@demo.example", "Fay Okoro"),
        ],
    },
    "South Resale": {
        "Harbor Logistics": [
            Person(
                "gus@demo.example", "Gus Lindqvist", Product.SUPERVISOR, (("2019920702", "Dispatch", True),)
            ),
            Person("hana@demo.example", "Hana Sato", Product.AGENT, (("2019920703", "Night desk", False),)),
        ],
    },
}
TEST = {"Test Resale": {"Test Group": [Person("terry@test.example", "Terry Test")]}}
TALK = (
    ("in", "2125550142", "Hi Chris, is my appointment still on Thursday?"),
    ("out", "2125550142", "Yes, Thursday at 9:30. See you then!"),
    ("in", "2125550142", "Great, thank you."),
    ("in", "3105550117", "Do you take new patients?"),
    ("out", "3105550117", "We do. Reply with a day that suits you and we will call you back."),
)


def main() -> None:
    app = create_app()
    with app.app_context():
        keys = requests.get(f"{settings().sandbox_url}/control/accounts", timeout=10).json()
        password = os.environ["DEMO_PASSWORD"]
        try:
            passwords.require_strong(password)
        except Invalid as refusal:
            raise SystemExit(f"DEMO_PASSWORD cannot be used: {refusal.message}") from None
        _tree(password)
        platform = _platform("Demo Telecom", keys["demo"])
        for person in _people(DEMO):
            _numbers(person, platform)
        _talk()
        contact_center(platform)


@transactional
def _tree(password: str) -> None:
    """Both providers with their people, all or nothing."""
    if db.session.scalar(visible(Provider, EVERYTHING).limit(1)):
        _renew_passwords(password)
        return
    _portal_user(EVERYTHING, STAFF[0], "Olga Operator", password)
    demo = _provider("Demo Telecom", "DT-1000", DEMO, password)
    _portal_user(demo, STAFF[1], "Petra Provider", password, send_alerts=True)
    reseller = Scope(Level.RESELLER, _named(Level.RESELLER, "North Resale"))
    _portal_user(reseller, STAFF[2], "Rudi Reseller", password)
    group = Scope(Level.GROUP, _named(Level.GROUP, "Acme Dental"))
    _portal_user(group, STAFF[3], "Greta Group", password)
    test = _provider("My Test Provider", "MTP-1", TEST, password)
    _portal_user(test, STAFF[4], "Tess Tester", password)


def _renew_passwords(password: str) -> None:
    """DEMO_PASSWORD was changed since the last start: what is printed must let people in."""
    staff = db.session.scalars(visible(PortalUser, EVERYTHING).where(PortalUser.email.in_(STAFF))).all()
    if all(passwords.matches(person.password_hash, password) for person in staff):
        return
    for person in staff:
        person.password_hash = passwords.hashed(password, passwords.words_about(person))
        record(SYSTEM, Action.PORTAL_USER_CHANGED, person, sign_in="renewed")
    clients = [person.user_id for person in [*_people(DEMO), *_people(TEST)]]
    for user in db.session.scalars(visible(User, EVERYTHING).where(User.broadworks_id.in_(clients))).all():
        client_tokens.set_password(SYSTEM, EVERYTHING, user.id, password)


def _provider(
    name: str, reference: str, resellers: dict[str, dict[str, list[Person]]], password: str
) -> Scope:
    provider = Scope(Level.PROVIDER, nodes.create(SYSTEM, EVERYTHING, NodeWish(name, reference)).id)
    for reseller_name, groups in resellers.items():
        reseller = Scope(Level.RESELLER, nodes.create(SYSTEM, provider, NodeWish(reseller_name)).id)
        for group_name, people in groups.items():
            group = Scope(Level.GROUP, nodes.create(SYSTEM, reseller, NodeWish(group_name)).id)
            for person in people:
                wish = UserWish(person.user_id, person.name, TIMEZONE, email=person.user_id)
                user = users.create(SYSTEM, group, wish)
                client_tokens.set_password(SYSTEM, EVERYTHING, user.id, password)
                licences.grant(SYSTEM, user.id, person.product)
    return provider


def _portal_user(scope: Scope, email: str, name: str, password: str, *, send_alerts: bool = False) -> None:
    """As if the invitation had been accepted."""
    node = node_of(scope)
    person = PortalUser(
        email=email,
        name=name,
        timezone=TIMEZONE,
        role=Role.ADMINISTRATOR,
        send_alerts=send_alerts,
        accepted_at=now(),
        **(branch(node) if node else {}),
    )
    person.password_hash = passwords.hashed(password, passwords.words_about(person))
    db.session.add(person)
    record(SYSTEM, Action.PORTAL_USER_CREATED, person, send_alerts=send_alerts)


def _platform(provider_name: str, keys: dict[str, str]) -> Platform:
    provider = Scope(Level.PROVIDER, _named(Level.PROVIDER, provider_name))
    return next(iter(platforms.listed(provider)), None) or platforms.add(
        SYSTEM,
        provider,
        PlatformWish(
            account_key=keys["account_key"],
            token_secret=keys["token_secret"],
            outbound_api_key=keys["outbound_api_key"],
        ),
    )


def _numbers(person: Person, platform: Platform) -> None:
    user = db.session.scalars(visible(User, EVERYTHING).filter_by(broadworks_id=person.user_id)).one()
    user_id, platform_id = user.id, platform.id
    client = Actor(person.user_id, Role.CLIENT, Scope(Level.USER, user_id))
    for number, friendly_name, mms in person.numbers:
        if _held(number):
            continue
        wish = NumberWish(number, platform_id, friendly_name, mms=mms)
        given = assignment.assign(SYSTEM, EVERYTHING, Scope(Level.USER, user_id), wish)
        enabling.enable(given.id)
        if person.answers:
            opt_in.answer(client, client.scope, given.id, accept=True, address="127.0.0.1")


def _talk() -> None:
    """A little conversation for Chris; what is sent goes through the carrier stand-in."""
    number = _held("2019920780")
    if number is None or erasure.saved(EVERYTHING, number.id):
        return
    scope = Scope(Level.USER, number.user_id)
    for position, (direction, phone, text) in enumerate(TALK):
        remote = f"+1{phone}"
        if direction == "in":
            message = InboundMessage(f"seed-{position}", remote, (number.number,), text)
            process(number.platform_id, message, {})
        else:
            sending.send(scope, number.id, to=remote, text=text, client_ref=f"seed-{position}")
            delivery.drain()


def _people(resellers: dict[str, dict[str, list[Person]]]) -> list[Person]:
    return [person for groups in resellers.values() for people in groups.values() for person in people]


def _held(number: str) -> Assignment | None:
    query = visible(Assignment, EVERYTHING).filter_by(number=f"+1{number}", release_requested_at=None)
    return db.session.scalar(query)


def _named(level: Level, name: str) -> int:
    node_id: int = db.session.scalars(visible(NODES[level], EVERYTHING).filter_by(name=name)).one().id
    return node_id


if __name__ == "__main__":
    main()
