"""No page asks the database more often because there are more rows, and none asks more than twelve times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.access.scope import branch
from app.clock import now
from app.models import Assignment, Conversation, OptInEvidence
from app.vocabulary import AssignmentState, Level, OptIn, Product
from tests import make
from tests.web.browsing import Browser, WebClient
from tests.web.linked import shared
from tests.web.stops import address, portal, web_client
from tests.web.world import Branch

MOST = 12
MOST_OF_CLIENT = 26  # list, questions, thread and what may be answered stand on one page
FEW, MANY = 3, 60
_NOT_THE_PAGES = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "UPDATE portal_sessions")


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile.

    Left out: savepoints, and that a session was seen, which is written once in a while on any page.
    """
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(_NOT_THE_PAGES):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def pages(app, keys) -> tuple[Branch, dict[str, str]]:
    """Every page at every level, with its address filled once."""
    here = Branch(keys)
    stops = [stop for stop in portal(app) if stop.method == "GET"]
    return here, {str(stop): address(app, stop, stop.values(here)) for stop in stops}


def grow(here: Branch, looked_at: Assignment, rows: range) -> None:
    """So many more of everything that pages list."""
    telco, north, sales = (here.nodes[level] for level in (Level.PROVIDER, Level.RESELLER, Level.GROUP))
    for n in rows:
        make.provider(name=f"Provider {n}")
        make.group(make.reseller(telco, name=f"Reseller {n}"), name=f"Group {n}")
        make.group(north, name=f"Group {n}")
        una = make.user(sales, name=f"User {n}")
        make.licence(una)
        make.licence(here.user, product=Product.AGENT, ended_at=now())
        state = {"state": AssignmentState.ENDED, "ended_at": now()} if n % 3 == 0 else {}
        make.assignment(una, on=here.platform, **state)
        make.assignment(here.user, on=here.platform, **state)
        make.block(looked_at, f"+1212555{n:04}")
        make.kept(evidence(looked_at))
        make.stop(looked_at, f"+1212555{n:04}")
        make.queue_member(here.queue, una)
        make.assignment(make.stream(here.queue, name=f"Stream {n}"), on=here.platform)
        make.in_office_profile(sales, name=f"Office {n}")
        for level in (Level.SYSTEM, Level.PROVIDER, Level.RESELLER, Level.GROUP):
            make.portal_user(here.nodes[level], send_alerts=True)
            make.user_template(here.nodes[level])


def evidence(of: Assignment) -> OptInEvidence:
    return OptInEvidence(
        assignment_id=of.id, state=OptIn.OPTED_IN, by="una@example.com", prompt="?", **branch(of)
    )


def counted(app: Any, here: Branch, addresses: dict[str, str]) -> dict[str, list[str]]:
    browser = Browser(app, here.staff[Level.SYSTEM])
    found = {}
    for stop, path in addresses.items():
        with statements() as asked:
            answer = browser.get(path)
        assert answer.status_code < 500, path
        found[stop] = asked
    return found


def test_a_page_asks_no_more_often_for_sixty_rows_than_for_three(app, pages, record_property):
    here, addresses = pages
    [shown] = [path for stop, path in addresses.items() if "<int:assignment_id> at user" in stop]
    [looked_at] = make.every(Assignment, id=int(shown.rpartition("/")[2]))
    grow(here, looked_at, range(FEW))
    few = counted(app, here, addresses)
    grow(here, looked_at, range(FEW, MANY))
    many = counted(app, here, addresses)
    record_property("tried", f"{len(many)} pages, {max(map(len, many.values()))} queries at most")
    more = [
        f"{stop}: {len(few[stop])} -> {len(many[stop])}" for stop in many if len(many[stop]) > len(few[stop])
    ]
    assert not more, "\n".join(more)
    over = [f"{stop}: {len(asked)}" for stop, asked in many.items() if len(asked) > MOST]
    assert not over, "\n".join(over)


def test_a_user_with_sixty_conversations_asks_no_more_often_than_one_with_three(app, keys, record_property):
    here = Branch(keys)
    stops = [stop for stop in web_client(app) if stop.method == "GET" and "events" not in stop.rule.rule]
    addresses = {str(stop): address(app, stop, stop.values(here)) for stop in stops}
    addresses["a search"] = "/unity/?q=good"
    counts = []
    for rows in (range(FEW), range(FEW, MANY)):
        for n in rows:
            talk = make.message(make.assignment(here.user, on=here.platform), remote=f"+1212555{n:04}")
            for path in addresses.values():
                if "/conversations/" in path:
                    of = make.every(Conversation, id=int(path.split("/")[3].partition("?")[0]))[0]
                    held = make.every(Assignment, id=of.assignment_id)[0]
                    make.message(held, remote=talk.remote if n % 2 else of.remote)
        browser, found = WebClient(app, here.user), {}
        for stop, path in addresses.items():
            with statements() as asked:
                assert browser.get(path).status_code == 200, path
            found[stop] = asked
        counts.append(found)
    few, many = counts
    record_property("tried", f"{len(many)} pages, {max(map(len, many.values()))} queries at most")
    more = [
        f"{stop}: {len(few[stop])} -> {len(many[stop])}" for stop in many if len(many[stop]) > len(few[stop])
    ]
    assert not more, "\n".join(more)
    over = [f"{stop}: {len(asked)}" for stop, asked in many.items() if len(asked) > MOST_OF_CLIENT]
    assert not over, "\n".join(over)


def test_a_link_asks_for_its_file_and_its_brand_and_for_nobody_else(app):
    """Whoever opens it, with whatever cookies: nobody is looked up."""
    page, file = shared()
    for person in (Browser(app), Browser(app, make.operator())):
        for path, tables in ((page, ["attachments", "brandings"]), (file, ["attachments"])):
            with statements() as asked:
                assert person.get(path).status_code == 200
            assert [re.search(r"FROM (\w+)", one)[1] for one in asked] == tables
