"""Media streams and their numbers (S13, S14), and what closing does."""

from __future__ import annotations

import pytest

from app.access.policy import Closed
from app.access.scope import place_of
from app.clock import now
from app.errors import Invalid, NotFound
from app.models import Assignment, AuditEntry, Conversation, MediaStream, Message, Queue
from app.services.contact_center import centers, closing, lists, members, streams
from app.services.contact_center.streams import StreamWish
from app.services.messaging import erasure
from app.services.provisioning import assignment, lookup
from app.services.provisioning.assignment import MmsNotOffered, NumberInUse, NumberWish, OfStream
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import AssignmentState, ConversationState, OptIn
from tests import make

GOOD = "2019920781"


def wish(**fields):
    return StreamWish(
        **{"name": "Sales texts", "timezone": "America/New_York", "media_type": "sms", **fields}
    )


def create(place, number=GOOD, *, stream=None, **fields):
    return streams.create(
        place.actor, place.scope, place.queue.id, stream or wish(), NumberWish(number, **fields)
    )


def held(stream):
    return make.every(Assignment, stream_id=stream.id)[0]


def test_a_stream_begins_with_its_number_which_has_its_name(place, queued):
    """S14. Nobody is asked whether the number may be used (S22)."""
    row = held(create(place))

    assert (row.number, row.friendly_name, row.shown_name) == ("+12019920781", "Sales texts", "Sales texts")
    assert (row.state, row.opt_in, row.user_id) == (AssignmentState.PROVISIONING, OptIn.NOT_REQUIRED, None)
    assert (row.mms, row.user_can_block) == (None, None)
    assert queued() == [("enable_number", {"assignment_id": row.id})]


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        ("2019920789", lookup.NumberNotOnAccount),
        ("2019920790", lookup.MessagingOff),
        ("2019920791", lookup.NumberNotInService),
        ("2019920787", lookup.SmsOnly),
        ("12", Invalid),
    ],
)
def test_no_stream_is_made_when_the_number_cannot_be_used(place, number, refusal):
    """S10, S14, D3."""
    with pytest.raises(refusal):
        create(place, number)

    assert not make.every(MediaStream)
    assert not make.every(Assignment)


def test_no_stream_is_made_when_somebody_has_the_number(place):
    """D1."""
    make.assignment(number="+12019920781", on=place.platform, holder=make.user(place.group))

    with pytest.raises(NumberInUse):
        create(place)

    assert not make.every(MediaStream)


def test_mms_needs_the_platform(place):
    """S9."""
    place.platform.mms_available = False
    make.kept(place.platform)

    with pytest.raises(MmsNotOffered):
        create(place)

    assert held(create(place, mms=False)).mms is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"media_type": ""}, "Choose a media type."),
        ({"name": " "}, "Enter a name."),
        ({"reply_in_hours": "x" * 1601}, "A text has 1,600 characters at most."),
        ({"timezone": "Mars/Olympus"}, "Choose a timezone from the list."),
        ({"language": "tlh"}, "Choose a language from the list."),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_before_the_carrier_is_asked(place, fields, words):
    with pytest.raises(Invalid, match=words):
        create(place, "2019920789", stream=wish(**fields))


def test_the_profile_is_one_of_the_own_group(place):
    stranger = make.in_office_profile(make.group())

    with pytest.raises(Invalid, match="Choose an In Office Profile"):
        create(place, stream=wish(in_office_profile_id=stranger.id))

    assert not make.every(MediaStream)


def test_the_queue_is_one_of_the_own_group_and_open(place):
    stranger, shut = make.queue(), make.queue(place.group, closed_at=now())
    for queue, refusal in ((stranger, NotFound), (shut, Closed)):
        with pytest.raises(refusal):
            streams.create(place.actor, place.scope, queue.id, wish(), NumberWish(GOOD))


def test_a_rename_goes_to_the_number_and_to_what_is_searched(place):
    """S14, S15."""
    stream = create(place)
    change(place, stream, name="Support texts")

    row = held(stream)
    assert (row.friendly_name, row.holder_name) == ("Support texts", "Support texts")
    assert row.search_text == "+12019920781 support texts support texts"


def test_the_settings_of_the_number_are_changed_with_the_stream_alone(place):
    """S9: nothing stored means that the platform is followed."""
    stream = create(place)
    row = held(stream)
    with pytest.raises(OfStream):
        assignment.change(place.actor, place_of(row), row.id, NumberWish(GOOD, mms=False), seen=1)

    change(place, stream, number=NumberWish("", mms=False, user_can_block=False))
    assert (held(stream).mms, held(stream).user_can_block) == (False, False)
    change(place, stream, number=NumberWish(""), seen=2)
    assert (held(stream).mms, held(stream).user_can_block) == (None, None)


def test_the_second_of_two_editors_is_told(place):
    """Of the number's settings as well."""
    stream = create(place)
    change(place, stream, number=NumberWish("", mms=False))

    with pytest.raises(ChangedMeanwhile, match="mms is now “False”"):
        change(place, stream, name="Mine")

    assert make.again(stream).name == "Sales texts"


def test_an_unchanged_form_changes_nothing(place):
    stream = create(place)
    before = len(make.every(AuditEntry))
    change(place, stream)

    assert make.again(stream).revision == 1
    assert len(make.every(AuditEntry)) == before


def test_a_text_to_a_streams_number_waits_and_is_counted(place, arrive, app):
    """Two texts of one person are one conversation. No licence is needed, and no client is told."""
    row = make.assignment(make.stream(place.queue), on=place.platform)
    for sender in (make.PHONE, make.PHONE, "+12125550101"):
        arrive(row, sender)

    assert [text.handed_over_at is None for text in make.every(Message)] == [False] * 3
    assert {one.state for one in make.every(Conversation)} == {ConversationState.WAITING}
    assert lists.waiting(place_of(row)) == 2
    assert app.extensions["redis_for_streams"].keys("impp:user:*") == []


def test_a_blocked_person_does_not_wait(place, arrive):
    """S23."""
    row = make.assignment(make.stream(place.queue), on=place.platform)
    make.block(row)
    arrive(row)

    assert lists.waiting(place_of(row)) == 0


def test_a_users_conversation_has_no_state(place, arrive):
    user = make.user(place.group)
    make.licence(user)
    arrive(make.assignment(user, on=place.platform))

    assert [one.state for one in make.every(Conversation)] == [None]


def test_closing_a_stream_releases_its_number_and_erases_what_waited(place, arrive, queued):
    """D4: the rows stay, texting stops at once."""
    stream = make.stream(place.queue)
    row = make.assignment(stream, on=place.platform)
    arrive(row)
    closing.close_stream(place.actor, make.at(stream))

    assert make.again(stream).closed_at is not None
    assert make.again(row).state is AssignmentState.RELEASING
    assert ("release_number", {"assignment_id": row.id}) in queued()
    erasure.erase_released(row.id)
    assert (make.every(Message)[0].text, make.every(Conversation)) == (None, [])
    with pytest.raises(Closed):
        closing.close_stream(place.actor, make.at(stream))


def test_closing_a_contact_center_closes_what_is_below_and_nothing_else(place):
    mine = make.contact_center(place.group)
    queue = make.queue(mine, name="Sales")
    stream = make.stream(queue)
    row = make.assignment(stream, on=place.platform)
    make.message(row)
    other = make.assignment(make.stream(make.queue(place.group)), on=place.platform)

    loss = closing.loss_of_center(place.scope, mine.id)
    assert (loss.queues, loss.streams, loss.numbers) == (("Sales",), ("Sales texts",), (row.number,))
    assert loss.messages == 1
    closing.close_center(place.actor, place.scope, mine.id)

    assert make.again(queue).closed_at and make.again(stream).closed_at
    assert make.again(row).release_requested_at is not None
    assert make.again(other).release_requested_at is None
    with pytest.raises(Closed):
        centers.create_queue(place.actor, place.scope, mine.id, "Late")
    with pytest.raises(Closed):
        centers.rename(place.actor, place.scope, mine.id, "Late", seen=1)


def test_a_closed_stream_is_not_changed(place):
    stream = create(place)
    closing.close_stream(place.actor, make.at(stream))

    with pytest.raises(Closed):
        change(place, stream, name="Late")


def test_members_are_users_of_the_own_group(place):
    """D22."""
    una, shut = make.user(place.group), make.user(place.group, closed_at=now())
    stranger = make.user()
    members.put(place.actor, place.scope, place.queue.id, una.id, is_supervisor=False)
    members.put(place.actor, place.scope, place.queue.id, una.id, is_supervisor=True)

    found = members.of_queue(place.scope, place.queue.id)
    assert [(one.user.id, one.is_supervisor, one.is_licensed) for one in found] == [(una.id, True, False)]
    assert members.candidates(place.scope, place.queue.id, "") == []
    with pytest.raises(NotFound):
        members.put(place.actor, place.scope, place.queue.id, stranger.id, is_supervisor=False)
    with pytest.raises(Exception, match="This user was closed"):
        members.put(place.actor, place.scope, place.queue.id, shut.id, is_supervisor=False)
    members.remove(place.actor, place.scope, place.queue.id, una.id)
    assert members.of_queue(place.scope, place.queue.id) == []


def test_lists_count_what_is_open(place):
    make.queue_member(place.queue, make.user(place.group))
    make.queue_member(place.queue, make.user(place.group, closed_at=now()))
    stream = make.stream(place.queue)
    make.stream(place.queue, closed_at=now())
    row = make.assignment(stream, on=place.platform)
    conversation = make.conversation(row)
    conversation.state = ConversationState.WAITING
    make.kept(conversation)
    make.queue(place.group, name="Old", closed_at=now())

    [(_, [line])] = [pair for pair in lists.of_group(place.scope) if pair[1]]
    assert (line.members, line.streams, line.waiting) == (1, 1, 1)
    system = make.at(None)
    [found] = lists.stream_lines(system, lists.streams_below(system, "sales").items)
    assert (found.queue, found.waiting, found.number.id) == (place.queue.name, 1, row.id)
    centers_found = lists.center_lines(system, lists.centers_below(system).items)
    assert sorted((one.queues, one.streams) for one in centers_found) == [(0, 0), (1, 1)]


def change(place, stream, *, number=None, seen=1, **fields):
    streams.change(place.actor, make.at(stream), wish(**fields), number or NumberWish(""), seen=seen)


def test_names_are_kept_for_queues(place):
    centers.rename_queue(place.actor, place.scope, place.queue.id, " Night desk ", seen=1)

    assert make.every(Queue)[0].name == "Night desk"
    with pytest.raises(ChangedMeanwhile, match="name is now “Night desk”"):
        centers.rename_queue(place.actor, place.scope, place.queue.id, "Other", seen=1)
