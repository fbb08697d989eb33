"""The rows are the truth: either site does the work of both, and together they do it once (S25, D24)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from app.clock import now
from app.db import transactional
from app.models import Message
from app.services.alerts import notices
from app.services.alerts.letters import Letter
from app.services.messaging import sending
from app.vocabulary import AssignmentState, MessageState
from tests import make
from tests.sites import Site, at_once


@transactional
def _mail(many: int) -> None:
    for count in range(many):
        notices.add(f"mail {count}", f"ada{count}@example.com", Letter("s", "b"))


@pytest.fixture
def platform(una, carrier):
    """With the right keys of the carrier's account "test"."""
    keys = carrier.accounts()["test"]
    names = ("account_key", "token_secret", "outbound_api_key")
    return make.platform(una, **{name: keys[name] for name in names})


def test_a_sites_work_is_done_by_the_other_when_it_is_gone(east, west, una, platform, carrier):
    """Its Redis with all its jobs, its workers, everything; the rows are the truth."""
    number = make.assignment(una, on=platform, number="+12019920781")
    with east.here():
        sending.send(make.at(una), number.id, to="2125550142", text="Hi", client_ref="1")
        _mail(1)
    ended = {"claim": "of east", "claimed_until": now() - dt.timedelta(seconds=1)}
    make.message(number, state=MessageState.CLAIMED, remote="+12125550143", **ended)
    setting_up = make.assignment(
        una, on=platform, number="+12019920782", state=AssignmentState.PROVISIONING, **ended
    )
    east.redis.kill()

    west.sweep()
    assert {"send_outbox", "send_notices", "enable_number"} <= set(west.work())
    assert [message.state for message in make.every(Message)] == [MessageState.SENT] * 2
    assert len(carrier.outbox()) == 2
    assert make.again(setting_up).state is AssignmentState.ACTIVE


def test_workers_of_both_sites_at_once_do_everything_once(sites, una, platform, carrier):
    number = make.assignment(una, on=platform, number="+12019920781")
    new = [f"+1201992078{digit}" for digit in (2, 3, 4)]
    for one in new:
        make.assignment(una, on=platform, number=one, state=AssignmentState.PROVISIONING)
    texts = [f"text {count}" for count in range(24)]
    for count, text in enumerate(texts):
        remote = f"+1212555014{count % 4}"
        make.message(number, state=MessageState.QUEUED, remote=remote, text=text)

    def serve(site: Site) -> Callable[[], Any]:
        return lambda: (site.sweep(), site.work())

    at_once([serve(site) for site in sites])
    assert {message.state for message in make.every(Message)} == {MessageState.SENT}
    assert sorted(sent["text"] for sent in carrier.outbox()) == sorted(texts)
    for one in new:
        assert len(carrier.webhooks("test", tn=one.removeprefix("+1"))) == 1
