"""The History Log is narrowed by person, target, action and time, and read to its end in batches."""

import datetime as dt

import pytest

from app.clock import now
from app.models import AuditEntry
from app.services.audit import history
from app.services.audit.history import Wanted
from app.services.audit.record import Action
from tests import make

DAY = dt.timedelta(days=1)


@pytest.fixture
def telco():
    return make.provider()


def line(telco, **fields):
    given = {"actor": "ada@x.example", "action": "Details changed", "target_kind": "providers"}
    given |= {"target_id": telco.id, "target": "Telco", "provider_id": telco.id}
    return make.kept(AuditEntry(**{**given, **fields}))


def found(telco, **wanted):
    return history.history_page(make.at(telco), Wanted(**wanted)).items


def test_each_filter_narrows(telco):
    plain = line(telco)
    other = line(telco, actor="bob_1@x.example", target="+12019920780", action="CPaaS number added")
    line(make.provider())
    assert found(telco) == [other, plain]
    assert found(telco, person="BOB_1") == [other]
    assert found(telco, person="bob%") == []
    assert found(telco, target="992*780") == [other]
    assert found(telco, action=Action.NUMBER_ASSIGNED) == [other]
    assert found(telco, action=Action.NUMBER_ASSIGNED, person="ada") == []


def test_times_narrow_also_where_numbers_and_times_do_not_agree(telco):
    at = now() - 10 * DAY
    rows = [line(telco, at=at + minutes * dt.timedelta(minutes=1)) for minutes in (0, 3, 2, 4, 6000)]
    minute = dt.timedelta(minutes=1)
    assert found(telco, since=at + 2 * minute, until=at + 4 * minute) == [rows[2], rows[1]]
    assert found(telco, since=at + 3 * minute) == [rows[4], rows[3], rows[1]]
    assert found(telco, until=at + 3 * minute) == [rows[2], rows[0]]
    assert found(telco, since=now() + DAY) == []
    assert found(telco, until=at - DAY) == []


def test_a_log_is_read_to_its_end_in_batches(telco, monkeypatch):
    monkeypatch.setattr(history, "_BATCH", 3)
    ids = [line(telco, actor=f"{n % 2}@x.example").id for n in range(14)]
    batches = list(history.history_in_batches(make.at(telco), Wanted()))
    assert [len(batch) for batch in batches] == [3, 3, 3, 3, 2]
    assert [row.id for batch in batches for row in batch] == ids[::-1]
    some = history.history_in_batches(make.at(telco), Wanted(person="1@"))
    assert [row.id for batch in some for row in batch] == ids[1::2][::-1]
