"""Refused requests are counted: all of them, in few rows, whatever else is away."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from sqlalchemy.exc import OperationalError

from app.clock import now
from app.jobs import schedule
from app.models import Notice, SecurityAlert, SecurityEvent
from app.services.security import alerts, events
from app.services.security.buckets import ROWS_PER_HOUR, Who
from app.services.security.events import Filters, claimed, record_event, who_is
from app.vocabulary import ActorKind, SecurityEventKind
from tests import make

KIND = SecurityEventKind.FOREIGN_ROW


def rows():
    events.write_waiting()
    return make.every(SecurityEvent)


def test_twenty_thousand_refusals_are_one_row_with_the_right_count():
    for _ in range(20_000):
        record_event(KIND, address="203.0.113.7", who=Who(ActorKind.STAFF, "ada@x.example", 7), route="a.b")
    [row] = rows()
    assert (row.count, row.actor, row.actor_id, row.address) == (20_000, "ada@x.example", 7, "203.0.113.7")
    assert (row.kind, row.last_route, row.hour.minute) == (KIND, "a.b", 0)
    record_event(KIND, address="203.0.113.7", who=Who(ActorKind.STAFF, "ada@x.example", 7))
    assert [(again.id, again.count) for again in rows()] == [(row.id, 20_001)]


def test_a_new_address_for_every_request_fills_no_table():
    for n in range(3_000):
        record_event(KIND, address=f"2001:db8:{n:x}::1")
        if n % 400 == 0:
            events.write_waiting()
    found = rows()
    assert sum(row.count for row in found) == 3_000
    assert len(found) <= ROWS_PER_HOUR + 1
    assert max(found, key=lambda row: row.count).address == ""


def test_the_memory_of_a_process_is_bounded_while_nothing_is_written():
    for n in range(5_000):
        record_event(KIND, address=f"198.51.{n // 250}.{n % 250}", who=claimed(ActorKind.STAFF, f"{n}@x"))
    assert len(events.waiting._counts) <= events._MOST_WAITING + 1
    assert sum(row.count for row in rows()) == 5_000


def test_a_subscriber_who_changes_within_a_network_is_one():
    for n in range(9):
        record_event(KIND, address=f"2001:db8:1:2::{n}")
    assert [(row.address, row.count) for row in rows()] == [("2001:db8:1:2::/64", 9)]


def test_a_claimed_name_is_an_account_or_a_digest():
    """A password typed into the field for the name is nowhere readable."""
    ada, una = make.operator(email="ada@x.example"), make.user(broadworks_id="Una@x.example")
    for kind, name in (
        (ActorKind.STAFF, " Ada@X.example "),
        (ActorKind.CLIENT, "UNA@x.example"),
        (ActorKind.STAFF, "correct horse battery"),
        (ActorKind.STAFF, "Correct horse battery "),
        (ActorKind.STAFF, "half \ud800 and \0"),
        (ActorKind.CLIENT, "x" * 9_000),
        (ActorKind.STAFF, ""),
    ):
        record_event(SecurityEventKind.FAILED_SIGN_IN, address="203.0.113.7", who=claimed(kind, name))
    found = {(row.actor_kind, row.actor): (row.actor_id, row.count) for row in rows()}
    assert found.pop((ActorKind.STAFF, ada.email)) == (ada.id, 1)
    assert found.pop((ActorKind.CLIENT, una.broadworks_id)) == (una.id, 1)
    assert {kind for kind, _ in found} == {ActorKind.UNKNOWN}
    assert sorted(count for _, count in found.values()) == [1, 1, 1, 2]
    assert all(len(name) == 12 or not name for _, name in found)


def test_somebody_who_is_signed_in_is_named():
    ada = make.admin_of(make.provider())
    record_event(KIND, address="203.0.113.7", who=who_is(ada))
    [row] = rows()
    assert (row.actor_kind, row.actor, row.actor_id) == (ActorKind.STAFF, ada.name, ada.account_id)


def test_without_redis_it_is_counted_all_the_same(stopped_redis):
    record_event(KIND, address="203.0.113.7")
    assert [row.count for row in rows()] == [1]


def test_what_cannot_be_written_waits(monkeypatch):
    def away(_taken):
        raise OperationalError("insert", {}, Exception("away"))

    record_event(KIND, address="203.0.113.7", count=3)
    with monkeypatch.context() as patch:
        patch.setattr(events, "_write", away)
        with pytest.raises(OperationalError):
            events.write_waiting()
    record_event(KIND, address="203.0.113.7", count=4)
    assert [row.count for row in rows()] == [7]


COUNTS = """
from app.factory import create_app
from app.services.security import events
from app.vocabulary import SecurityEventKind
with create_app().app_context():
    events.WRITE_AFTER = 3_600.0
    for turn in range(20):
        for n in range(50):
            events.record_event(SecurityEventKind.FOREIGN_ROW, address=f"203.0.113.{n % 5}")
        events.write_waiting()
    events.record_event(SecurityEventKind.FOREIGN_ROW, address="203.0.113.0")  # written at its end
"""


def test_two_processes_at_once_lose_nothing(app, real_database):
    given = app.extensions["settings"]
    environment = {
        **os.environ,
        "LOCAL_RUN": "1",
        "SECRET_KEY": given.secret_key,
        "ENCRYPTION_KEYS": ",".join(given.encryption_keys),
        "DATABASE_URL": given.database_url,
        "REDIS_URL": given.redis_url,
        "DATA_DIR": str(given.data_dir),
    }
    both = [subprocess.Popen([sys.executable, "-c", COUNTS], env=environment) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    found = make.every(SecurityEvent)
    assert sum(row.count for row in found) == 2 * 20 * 50 + 2
    assert len(found) <= 10  # five addresses, in two hours at most


def test_a_thread_writes_a_moment_later(app, real_database, monkeypatch):
    monkeypatch.setattr(events, "WRITE_AFTER", 0.0)
    monkeypatch.setattr(events.waiting, "is_timed", True)
    started = []
    real = events.threading.Timer

    def timer(*arguments):
        started.append(real(*arguments))
        return started[-1]

    monkeypatch.setattr(events.threading, "Timer", timer)
    record_event(KIND, address="203.0.113.7")
    started[0].join(30)
    assert [row.count for row in make.every(SecurityEvent)] == [1]


def kept(**fields):
    at = fields.pop("at", None) or now()
    hour = at.replace(minute=0, second=0, microsecond=0)
    given = {"kind": KIND, "address": "203.0.113.7", "actor_kind": ActorKind.NOBODY, "actor": ""}
    given |= {"count": 1, "first_at": at, "last_at": at, "hour": hour}
    return make.kept(SecurityEvent(**{**given, **fields}))


def test_pages_go_by_key_newest_first_and_filters_narrow_them():
    at = dt.datetime(2027, 3, 5, 12, 30, tzinfo=dt.UTC)
    for n in range(60):
        one = {"actor": f"ada{n}@x.example", "actor_kind": ActorKind.STAFF}
        kept(at=at - dt.timedelta(hours=n), **one)
    kept(at=at, address="2001:db8::/64", kind=SecurityEventKind.RATE_LIMIT)
    first = events.events_page()
    second = events.events_page(after=first.after)
    assert (len(first.items), len(second.items)) == (50, 11)
    hours = [row.hour for row in [*first.items, *second.items]]
    assert hours == sorted(hours, reverse=True)

    def count(**asked):
        return len(events.events_page(Filters(**asked)).items)

    assert count(kind=SecurityEventKind.RATE_LIMIT) == 1
    assert count(address="2001:db8::7") == count(address="2001:db8") == 1
    assert count(actor="ADA7@") == 1
    assert count(since=at - dt.timedelta(hours=3)) == 5
    assert count(until=at - dt.timedelta(hours=57)) == 3
    assert sum(len(batch) for batch in events.events_in_batches(Filters())) == 61


def test_an_overview_gets_counts_by_kind():
    kept(count=5)
    kept(count=2, address="203.0.113.8")
    kept(count=9, at=now() - dt.timedelta(days=2))
    assert events.counts_since(now() - dt.timedelta(days=1)) == {KIND: 7}


def test_old_hours_are_forgotten(settings_are, monkeypatch):
    settings_are(security_events_days=30)
    kept(at=now() - dt.timedelta(days=31))
    young = [kept(address=f"203.0.113.{n}").id for n in range(4)]
    events.forget_old()
    assert [row.id for row in make.every(SecurityEvent)] == young
    monkeypatch.setattr(events, "_MOST_ROWS", 2)
    events.forget_old()
    assert [row.id for row in make.every(SecurityEvent)] == young[2:]


@pytest.fixture
def operator(settings_are):
    settings_are(security_alert_per_hour={"": 100, "rate-limit": 0, "foreign-row": 10})
    make.operator(send_alerts=False)
    make.portal_user(make.provider(), send_alerts=True)
    return make.operator(send_alerts=True)


def subjects():
    return [(row.recipient, row.subject) for row in make.every(Notice)]


def test_one_mail_for_each_episode(operator, monkeypatch):
    at = dt.datetime(2027, 3, 1, 12, 5, tzinfo=dt.UTC)

    def more(count, minutes):
        for module in (alerts, events):
            monkeypatch.setattr(module, "now", lambda: at + dt.timedelta(minutes=minutes))
        record_event(KIND, address="203.0.113.7", count=count)
        events.write_waiting()
        due = alerts.are_due()
        alerts.mail_due()
        return due, len(make.every(Notice))

    assert more(9, 0) == (False, 0)
    assert more(1, 1) == (True, 1)
    assert alerts.are_due() is False
    assert more(500, 2) == (True, 1)
    assert more(500, 58) == (True, 1)  # in the next hour
    assert more(500, 58 + 59) == (True, 1)  # never quiet for an hour
    assert more(500, 58 + 59 + 61) == (True, 2)
    assert subjects() == [(operator.email, "Security alert: Item of another tenant")] * 2
    body = make.every(Notice)[0].body
    assert "10 times in this hour" in body
    assert "203.0.113.7: 10" in body
    assert "/system/security-events/?kind=foreign-row" in body
    assert len(make.every(SecurityAlert)) == 1


def test_each_kind_has_its_threshold_and_zero_is_never(operator):
    kept(count=99, kind=SecurityEventKind.FORBIDDEN)
    kept(count=10_000, kind=SecurityEventKind.RATE_LIMIT)
    assert alerts.are_due() is False
    kept(count=1, kind=SecurityEventKind.FORBIDDEN, address="203.0.113.8")
    alerts.mail_due()
    assert subjects() == [(operator.email, "Security alert: Action without permission")]


def test_two_workers_at_once_mail_once(app, real_database, at_once, settings_are):
    settings_are(security_alert_per_hour={"": 1})
    make.operator(send_alerts=True)
    kept(count=5)
    assert at_once(alerts.mail_due, alerts.mail_due) == [None, None]
    assert len(make.every(Notice)) == 1


def test_the_sweep_finds_what_is_due(operator, app, queued):
    kept(count=10)
    schedule.sweep(app)
    assert ("security_alerts", {}) in queued()
