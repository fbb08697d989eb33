"""The Messages tab: who, when, state and reason of texts, never their words (D13, D29)."""

import pytest

from app.access.scope import branch
from app.carriers.base import DeliveryReceipt
from app.clock import now
from app.models import Provider, Suppression
from app.services.messaging import receipts
from app.vocabulary import AttemptOutcome, MessageState, Role, SuppressionReason
from tests import make
from tests.web.browsing import soup

OTHER = "+12125550143"
SECRET = "the words of a text"


@pytest.fixture
def number():
    return make.assignment()


@pytest.fixture
def staff(number, browser):
    return browser(make.portal_user(make.every(Provider, id=number.provider_id)[0]))


def rows(answer):
    return [row.get_text(" ", strip=True) for row in soup(answer).select("#list tbody tr")]


def lists(of, **query):
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/provider-{of.provider_id}/messages/?{asked}"


def test_why_did_this_text_not_arrive(number, staff):
    """By typing the remote number, in any way of writing."""
    make.message(number, state=MessageState.FAILED, reason="The carrier refused it.", text=SECRET)
    make.message(number, state=MessageState.DELIVERED, remote=OTHER)
    spellings = ("tel:2125550142", "212%E2%80%8E5550142", "+12125550142", "0012125550142")
    for typed in ("2125550142", "(212) 555-0142", "%2B12125550142", *spellings):
        [row] = rows(staff.get(lists(number, remote=typed)))
        assert "2125550142" in row
        assert "Failed" in row
        assert "The carrier refused it." in row


def test_words_are_shown_nowhere(number, staff):
    message = make.message(number, state=MessageState.UNCERTAIN, text=SECRET)
    for path in (lists(number), f"/provider-{number.provider_id}/messages/{message.id}"):
        page = staff.get(path)
        assert page.status_code == 200
        assert SECRET not in page.get_data(as_text=True)


def test_the_filters_narrow_the_list(number, staff):
    make.message(number)
    make.message(number, state=MessageState.CLAIMED, remote=OTHER)
    make.message(number, state=MessageState.DELIVERED)
    assert len(rows(staff.get(lists(number)))) == 3
    assert len(rows(staff.get(lists(number, state="queued")))) == 1, "a lease is nobody's business"
    assert len(rows(staff.get(lists(number, direction="inbound")))) == 1
    for typed in (number.number[2:], number.number, f"tel:{number.number[2:]}", f"00{number.number[1:]}"):
        assert len(rows(staff.get(lists(number, number=typed)))) == 3
    assert len(rows(staff.get(lists(number, day=now().date())))) in {0, 3}, "where the viewer is"
    assert rows(staff.get(lists(number, day="2001-01-01"))) == []
    assert rows(staff.get(lists(number, remote="nobody at all"))) == []
    assert rows(staff.get(lists(number, number="123"))) == []


def test_erased_texts_are_not_listed(number, staff):
    make.message(number, erased_at=now(), text=None)
    assert rows(staff.get(lists(number))) == []


def test_the_page_of_a_text_tells_its_attempts_and_receipts(number, staff):
    message = make.message(number, state=MessageState.SENT)
    make.attempt(message, None, outcome=AttemptOutcome.NOT_SENT, detail="The carrier is busy.")
    make.attempt(message, "reference-9")
    told = DeliveryReceipt("reference-9", (number.number, make.PHONE), "DELIVRD", delivered=True)
    receipts.settle(message.platform_id, told)
    page = soup(staff.get(f"/provider-{number.provider_id}/messages/{message.id}")).get_text(" ", strip=True)
    for words in ("Not sent", "The carrier is busy", "reference-9", "DELIVRD", "Delivered"):
        assert words in page


def test_the_button_asks_first_and_says_that_it_may_arrive_twice(number, staff):
    message = make.message(number, state=MessageState.UNCERTAIN)
    path = f"/provider-{number.provider_id}/messages/{message.id}/send-again"
    assert "arrives twice" in staff.get(path).get_data(as_text=True)
    assert make.again(message).state is MessageState.UNCERTAIN
    staff.post(path)
    assert make.again(message).state is MessageState.QUEUED


@pytest.mark.parametrize("asked", ["send-again", "mark-sent", "mark-not-sent"])
def test_what_destroys_nothing_has_no_red_button(number, staff, asked):
    message = make.message(number, state=MessageState.UNCERTAIN)
    page = soup(staff.get(f"/provider-{number.provider_id}/messages/{message.id}/{asked}"))
    assert page.select_one(".confirmation .btn-primary")
    assert not page.select_one(".confirmation .btn-danger")


def test_a_search_in_vain_offers_once_to_clear_the_filters(number, staff):
    make.message(number)
    tab = f"/provider-{number.provider_id}/messages/"
    assert len(soup(staff.get(f"{tab}?state=failed")).find_all("a", string="Clear filters")) == 1
    assert len(soup(staff.get(f"{tab}?direction=inbound")).find_all("a", string="Clear filters")) == 1


def test_a_refusal_stands_in_the_question(number, staff):
    message = make.message(number, state=MessageState.FAILED)
    make.block(number)
    answer = staff.post(f"/provider-{number.provider_id}/messages/{message.id}/send-again")
    assert answer.status_code == 422
    assert "blocked meanwhile" in answer.get_data(as_text=True)


def test_who_only_reads_gets_no_buttons(number, browser):
    message = make.message(number, state=MessageState.UNCERTAIN)
    reader = browser(make.portal_user(make.every(Provider, id=number.provider_id)[0], role=Role.READ_ONLY))
    page = reader.get(f"/provider-{number.provider_id}/messages/{message.id}").get_data(as_text=True)
    assert "send-again" not in page
    assert "mark-sent" not in page


def test_the_neighbour_sees_none_of_it(number, browser):
    message = make.message(number, state=MessageState.FAILED)
    stranger = make.provider()
    neighbour = browser(make.portal_user(stranger))
    assert rows(neighbour.get(f"/provider-{stranger.id}/messages/?remote=2125550142")) == []
    assert neighbour.get(f"/provider-{stranger.id}/messages/{message.id}").status_code == 404
    assert neighbour.post(f"/provider-{stranger.id}/messages/{message.id}/send-again").status_code == 404
    assert make.again(message).state is MessageState.FAILED


def test_texts_that_were_not_handed_over_are_counted(number, staff):
    for n, reason in enumerate(SuppressionReason):
        make.kept(
            Suppression(
                platform_id=number.platform_id,
                assignment_id=number.id,
                carrier_reference=f"kept-back-{n}",
                number=number.number,
                reason=reason,
                **branch(number),
            )
        )
    page = staff.get(lists(number, number=number.number[2:])).get_data(as_text=True)
    assert "2 texts not handed over: 1 from blocked numbers, 1 while opted out." in page


def test_pages_go_by_key(number, staff):
    for _ in range(52):
        make.message(number, state=MessageState.FAILED)
    first = staff.get(lists(number, state="failed"))
    assert len(rows(first)) == 50
    onward = soup(first).select_one(".pager a")["href"]
    assert len(rows(staff.get(onward))) == 2


def test_a_sender_is_found_by_what_the_carrier_wrote(number, staff):
    """D26: also where that is no number in any way."""
    for remote in ("2125550142 ext 5", "ACME", "24683579", "911"):
        make.message(number, remote=remote)
        [row] = rows(staff.get(lists(number, remote=remote)))
        assert remote in row
