"""Made-up calls of every kind, from the client API's own description: no 5xx, no undocumented answer."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.services.accounts import client_tokens
from tests import make

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_EXAMPLES = 25
# A stream does not end, and who signed out cannot go on.
_LEFT_OUT = {("GET", "/events"), ("DELETE", "/session")}


def _sound(operation: Any) -> Any:
    return operation.as_strategy(generation_mode=GenerationMode.POSITIVE)


def _broken(operation: Any) -> Any:
    """What the description does not allow, where there is anything to get wrong."""
    takes = operation.path_parameters or operation.query or operation.body
    return operation.as_strategy(
        generation_mode=GenerationMode.NEGATIVE if takes else GenerationMode.POSITIVE
    )


@pytest.mark.any_database
def test_no_made_up_call_is_answered_in_a_way_that_is_not_described(app, db, record_property):
    una = make.user()
    make.licence(una)
    make.message(make.assignment(una))
    headers = {"Authorization": f"Bearer {client_tokens._start(una.id).token}"}
    schema = schemathesis.openapi.from_wsgi("/client/v1/openapi.json", app)
    calls = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method.upper(), operation.path) in _LEFT_OUT:
            continue

        @given(case=_sound(operation) | _broken(operation))
        @settings(
            max_examples=_EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def try_it(case: Any) -> None:
            nonlocal calls
            calls += 1
            answer = case.call(headers=headers)
            db.session.rollback()
            case.validate_response(answer, checks=_CHECKS)

        try_it()
    record_property("tried", f"{calls} calls")
    assert calls > 15
