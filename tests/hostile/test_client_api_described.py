"""Made-up calls of every kind, from the client API's own description: no 5xx, no undocumented answer."""

from __future__ import annotations

from collections import Counter
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.services.accounts import client_tokens
from app.vocabulary import OptIn
from tests import make
from tests.make.people import password_hash
from tests.web.browsing import UnityClient

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_BLOCKED = "+13105550117"
_STREAM = ("GET", "/events")  # it does not end: only its head is read
_QUIET = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Place:
    """A user who has something of everything, and what a call may name of it."""

    def __init__(self, app: Flask) -> None:
        self.una = make.user(broadworks_id="una@example.com", client_password_hash=password_hash())
        make.licence(self.una)
        self.number = make.assignment(self.una)
        self.asked = make.assignment(self.una, opt_in=OptIn.PENDING)
        self.message = make.message(self.number)
        make.message(self.number, remote="+12125550143")
        make.block(self.number, _BLOCKED)
        self.file = make.attachment(self.number)
        self.mark = UnityClient(app, self.una).get("conversations?limit=1").json["next"]
        self.token = client_tokens._start(self.una.id).token

    def fill(self, case: Any) -> Any:
        """The same call, but what it names is there."""
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                part |= {name: value for name, value in self._named(case).items() if name in part}
        return case

    def _named(self, case: Any) -> dict[str, Any]:
        return {
            "number_id": (self.asked if case.path.endswith("/opt-in") else self.number).id,
            "conversation_id": self.message.conversation_id,
            "message_id": self.message.id,
            "up_to": self.message.id,
            "remote": _BLOCKED,
            "attachment_id": self._file(case),
            "attachment_ids": [],
            "with": make.PHONE,
            "to": make.PHONE,
            "after": self.mark,
            "user_id": self.una.broadworks_id,
            "password": make.PASSWORD,
            "refresh_token": self._new().refresh_token if "refresh" in case.path else "",
        }

    def token_for(self, case: Any) -> str:
        """Who signs out, takes nobody along."""
        leaves = (case.method.upper(), case.path) == ("DELETE", "/session")
        return self._new().token if leaves else self.token

    def _file(self, case: Any) -> int:
        """Each is taken back once."""
        is_taken_back = (case.method.upper(), case.path) == ("DELETE", "/attachments/{attachment_id}")
        return make.attachment(self.number).id if is_taken_back else self.file.id

    def _new(self) -> Any:
        return client_tokens._start(self.una.id)


def _ways(operation: Any, place: Place) -> list[tuple[Any, int]]:
    """How a call is made up, and how often: sound and of what is there, sound, and broken."""
    sound = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    takes = operation.path_parameters or operation.query or operation.body
    if not takes:
        return [(sound, 10)]
    broken = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return [(sound.map(place.fill), 20), (sound, 5), (broken, 15)]


def _try(strategy: Any, times: int, place: Place, db: Any, statuses: Counter[int]) -> None:
    @given(case=strategy)
    @settings(_QUIET, max_examples=times)
    def try_it(case: Any) -> None:
        headers = {"Authorization": f"Bearer {place.token_for(case)}"}
        answer = case.call(headers=headers)
        db.session.rollback()
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=_CHECKS)

    try_it()


def test_no_made_up_call_is_answered_in_a_way_that_is_not_described(app, db, record_property):
    place = Place(app)
    schema = schemathesis.openapi.from_wsgi("/client/v1/openapi.json", app)
    answered: dict[tuple[str, str], Counter[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        name = (operation.method.upper(), operation.path)
        statuses = answered[name] = Counter()
        if name == _STREAM:
            statuses[UnityClient(app, place.una).get("events").status_code] += 1
            continue
        for strategy, times in _ways(operation, place):
            _try(strategy, times, place, db, statuses)
    total = sum(answered.values(), Counter())
    each = ", ".join(f"{times} x {status}" for status, times in sorted(total.items()))
    record_property("tried", f"{total.total()} calls of {len(answered)} operations: {each}")
    without = [name for name, statuses in answered.items() if not any(200 <= one < 300 for one in statuses)]
    assert not without, f"never answered with 2xx: give Place what they name: {without}"
