"""Call Center Activity: who waits in which queue, and how many texts came and went."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from app.access.scope import Scope
from app.clock import now
from app.services.contact_center import activity
from app.vocabulary import ConversationState, Level, MessageState
from tests import make
from tests.make.rows import kept

NEW_YORK = ZoneInfo("America/New_York")


def test_a_group_sees_who_waits_in_each_of_its_queues_and_nobody_elses():
    group, elsewhere = make.group(), make.group()
    queue, idle = make.queue(group, name="Sales"), make.queue(group, name="Support")
    waiting(make.assignment(make.stream(queue)), "+12125550101", "+12125550102")
    waiting(make.assignment(make.stream(make.queue(elsewhere))), "+12125550103")

    seen = {row.name: (row.streams, row.waiting, row.since is not None) for row in of(group).queues}

    assert seen == {queue.name: (1, 2, True), idle.name: (0, 0, False)}


def test_a_user_sees_the_queues_it_answers_and_a_closed_one_is_gone():
    group = make.group()
    una, closed = make.user(group), make.queue(group, name="Old", closed_at=now())
    mine, other = make.queue(group, name="Sales"), make.queue(group, name="Support")
    for queue in (mine, closed):
        make.queue_member(queue, una)
    make.queue_member(other, make.user(group))

    assert [(row.name, row.members) for row in of(una).queues] == [("Sales", 1)]


def test_texts_are_counted_on_the_viewers_days():
    """Half past eleven at night in New York is the next day in UTC."""
    number = make.assignment(make.stream())
    today = now().astimezone(NEW_YORK).date()
    late = dt.datetime.combine(today - dt.timedelta(days=3), dt.time(23, 30), NEW_YORK)
    make.message(number, created_at=late)
    make.message(number, created_at=late, state=MessageState.SENT)
    make.message(number, created_at=now() - dt.timedelta(days=40))

    days = activity.of(Scope(Level.GROUP, number.group_id), "America/New_York").days

    assert {day.date: (day.received, day.sent) for day in days if day.received or day.sent} == {
        today - dt.timedelta(days=3): (1, 1)
    }
    assert len(days) == activity.DAYS


def of(node):
    return activity.of(make.at(node), "UTC")


def waiting(number, *remotes):
    for remote in remotes:
        conversation = make.conversation(number, remote)
        conversation.state = ConversationState.WAITING
        kept(conversation)
