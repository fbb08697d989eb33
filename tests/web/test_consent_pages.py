"""The Consent & Retention tab, standing STOPs and the evidence of a number (D7, D10, D11)."""

import datetime as dt

import pytest

from app.clock import now
from app.models import AuditEntry, Provider, User
from app.services.audit.record import Action
from app.vocabulary import Role
from tests import make
from tests.web.browsing import fields_of, soup


@pytest.fixture
def provider(number):
    return make.every(Provider, id=number.provider_id)[0]


@pytest.fixture
def ada(browser, provider):
    return browser(make.portal_user(provider))


def tab(provider, rest=""):
    return f"/provider-{provider.id}/consent/{rest}"


def words(answer):
    return soup(answer).get_text(" ", strip=True)


def sent(browser, address, action, **values):
    return browser.fill(address, action, **values)


def test_own_words_are_saved_shown_and_counted(ada, provider):
    page = words(ada.get(tab(provider)))
    assert "When empty: “You will get no more texts from {number}." in page
    answer = sent(ada, tab(provider), tab(provider), stop_text="Bye – {number}")
    assert answer.status_code == 303
    assert make.again(provider).stop_text == "Bye – {number}"
    page = words(ada.get(tab(provider)))
    assert "16 characters · 1 part (UCS-2) · UCS-2 because of –" in page


def test_a_wrong_placeholder_is_refused_at_its_field(ada, provider):
    answer = sent(ada, tab(provider), tab(provider), help_text="I am {user}")
    assert answer.status_code == 422
    assert "{user} is not known: use {number} or {name}." in words(answer)
    assert make.again(provider).help_text is None


def test_what_is_typed_is_counted_and_not_saved(ada, provider):
    answer = ada.post(
        tab(provider, "count"),
        data={"which": "help_text", "stop_text": "", "help_text": "x" * 161},
        headers={"HX-Request": "true"},
    )
    assert "161 characters · 2 parts (GSM-7)" in answer.text
    empty = ada.post(tab(provider, "count"), data={"which": "help_text", "help_text": " "})
    assert "character" not in words(empty)  # our words go out
    assert make.again(provider).help_text is None


def test_the_second_of_two_administrators_is_told(ada, provider):
    address = tab(provider)
    stale = fields_of(soup(ada.get(address)), address)
    sent(ada, address, address, stop_text="Bye")
    answer = ada.post(address, data=stale | {"stop_text": "Ciao"})
    assert answer.status_code == 422
    assert "changed this while you were editing" in words(answer)
    assert make.again(provider).stop_text == "Bye"


def test_a_shorter_time_names_the_loss_before_it_is_saved(ada, provider, number, queued):
    for days in (10, 40, 50):
        make.message(number, created_at=now() - dt.timedelta(days=days))
    keep = tab(provider, "retention")
    assert "Would erase the words and media of 2 messages older than 30 days." in words(
        ada.get(tab(provider, "loss?retention_days=30"))
    )

    answer = sent(ada, tab(provider), keep, retention_days="30")
    assert answer.status_code == 303
    assert make.again(provider).retention_days is None
    question = answer.headers["Location"]
    assert "Erases the words and media of 2 messages older than that" in words(ada.get(question))

    answer = ada.post(question, data=fields_of(soup(ada.get(question)), question))
    assert answer.status_code == 303
    assert make.again(provider).retention_days == 30
    assert ("erase_old", {}) in queued()


def test_where_nothing_is_old_enough_it_says_so(ada, provider, number):
    make.message(number)
    loss = words(ada.get(tab(provider, "loss?retention_days=30")))
    assert "Nothing would be erased now: no message is older than 30 days." in loss
    question = words(ada.get(tab(provider, "retention/shorten?days=30")))
    assert "there is nothing to erase now" in question
    assert "Erase and keep" not in question


def test_a_longer_time_and_one_that_erases_nothing_are_saved_at_once(ada, provider, number):
    make.message(number)
    for days, stored in (("30", 30), ("90", 90), ("", None)):
        sent(ada, tab(provider), tab(provider, "retention"), retention_days=days)
        assert make.again(provider).retention_days == stored
    history = words(ada.get(f"/provider-{provider.id}/history/"))
    assert "Texts are kept: until deleted → 30 days" in history
    assert "Texts are kept: 90 days → until deleted" in history


def test_who_may_not_change_reads_the_texts_and_no_word_about_fields(browser, provider):
    page = words(browser(make.portal_user(provider, role=Role.READ_ONLY)).get(tab(provider)))
    assert "· the portal's own" in page
    assert "empty field" not in page
    assert "Texts are kept until deleted" in page


@pytest.mark.parametrize("days", ["0", "-1", "4000", "soon"])
def test_days_that_make_no_sense_are_refused(ada, provider, days):
    answer = sent(ada, tab(provider), tab(provider, "retention"), retention_days=days)
    assert answer.status_code == 422
    assert make.again(provider).retention_days is None


def test_who_replied_stop_is_listed_page_by_page_and_nobody_can_undo_it(ada, number):
    for n in range(11):
        make.stop(number, f"+1212555{n:04}")
    make.stop(number, "+12125550099", resumed_at=now(), resume_word="START")
    address = f"/user-{number.user_id}/numbers/{number.id}"
    assert "Only they can undo this, by texting START" in words(ada.get(address))

    first = ada.get(f"{address}/stops")
    assert "2125550010" in words(first)
    assert "2125550000" not in words(first)
    assert "2125550099" not in words(first)
    second = ada.get(soup(first).select_one(".pager a")["href"])
    assert "2125550000" in words(second)


def test_the_evidence_is_a_file_and_a_page_and_both_are_noted(ada, number):
    make.stop(number, "+12125550007")
    address = f"/user-{number.user_id}/numbers/{number.id}/evidence"
    file, page = ada.get(f"{address}.csv", buffered=True), ada.get(address)
    assert file.mimetype == "text/csv"
    assert '"Remote person replied STOP","2125550007"' in file.text
    assert "Remote person replied STOP" in words(page)
    noted = [e.change for e in make.every(AuditEntry) if e.action == Action.EVIDENCE_EXPORTED]
    assert noted == [{"format": "CSV"}, {"format": "page"}]


def test_a_refused_text_says_why_to_the_client(number, client):
    make.stop(number, "+12125550001")
    una = client(make.every(User, id=number.user_id)[0])
    wish = {"number_id": number.id, "to": "2125550001", "text": "Hi", "client_ref": "1"}
    answer = una.post("messages", wish)
    assert (answer.status_code, answer.json["state"]) == (202, "failed")
    assert answer.json["reason"].startswith("This person opted out")
    assert una.post("messages", wish).json["id"] == answer.json["id"]


def test_further_opt_out_words_are_saved_normalized_and_in_the_history(ada, provider):
    address = tab(provider, "words")
    page = words(ada.get(tab(provider)))
    assert "CANCEL, END, OPT OUT, OPTOUT, QUIT, REVOKE, STOP, STOP ALL, STOPALL, UNSUBSCRIBE" in page
    answer = sent(ada, tab(provider), address, opt_out_words="alto\r\n No más! \r\n")
    assert answer.status_code == 303
    assert make.again(provider).opt_out_words == ["ALTO", "NO MÁS"]
    assert soup(ada.get(tab(provider))).select_one("#opt_out_words").text.split("\n")[-2:] == [
        "ALTO",
        "NO MÁS",
    ]
    history = words(ada.get(f"/provider-{provider.id}/history/"))
    assert "Opt-out words changed" in history
    assert "Further opt-out words: empty → ALTO, NO MÁS" in history


@pytest.mark.parametrize("typed", ["Start", "ALTO\nalto", "🛑", "stop all"])
def test_a_word_that_cannot_be_taken_is_refused_at_its_field_and_what_was_typed_stays(ada, provider, typed):
    answer = sent(ada, tab(provider), tab(provider, "words"), opt_out_words=typed)
    assert answer.status_code == 422
    page = soup(answer)
    assert page.select_one("#opt_out_words-error").get_text(strip=True)
    assert page.select_one("#opt_out_words").text.strip() == typed
    assert make.again(provider).opt_out_words == []


def test_spanish_words_are_offered_without_scripts_and_nothing_is_saved_before_update(ada, provider):
    address = tab(provider, "words")
    answer = sent(ada, tab(provider), address, opt_out_words="basta\nfin", spanish="1")
    assert answer.status_code == 200
    assert "Remove what you do not want" in words(answer)
    assert make.again(provider).opt_out_words == []
    form = fields_of(soup(answer), address)
    assert form["opt_out_words"].split()[:3] == ["basta", "fin", "ALTO"]
    ada.post(address, data=form)
    assert make.again(provider).opt_out_words[:3] == ["BASTA", "FIN", "ALTO"]


def test_the_second_of_two_who_change_opt_out_words_is_told(ada, provider):
    address = tab(provider, "words")
    stale = fields_of(soup(ada.get(tab(provider))), address)
    sent(ada, tab(provider), address, opt_out_words="ALTO")
    answer = ada.post(address, data=stale | {"opt_out_words": "BASTA"})
    assert answer.status_code == 422
    assert "changed this while you were editing: opt out words is now “ALTO”" in words(answer)
    assert make.again(provider).opt_out_words == ["ALTO"]
    answer = ada.post(address, data=fields_of(soup(answer), address))  # knowingly
    assert make.again(provider).opt_out_words == ["BASTA"]


def test_saving_the_texts_says_nothing_about_the_words(ada, provider):
    sent(ada, tab(provider), tab(provider, "words"), opt_out_words="ALTO")
    sent(ada, tab(provider), tab(provider), stop_text="Bye")
    sent(ada, tab(provider), tab(provider, "retention"), retention_days="90")
    answer = sent(ada, tab(provider), tab(provider), stop_text="{wrong}")
    assert soup(answer).select_one("#opt_out_words").text.strip() == "ALTO"
    assert make.again(provider).opt_out_words == ["ALTO"]


def test_who_only_reads_sees_the_words_as_words(browser, provider, ada):
    sent(ada, tab(provider), tab(provider, "words"), opt_out_words="ALTO")
    page = browser(make.portal_user(provider, role=Role.READ_ONLY)).get(tab(provider))
    assert "Further opt-out words ALTO" in words(page)
    assert not soup(page).select("#opt_out_words")


def test_a_recorded_opt_out_is_listed_and_is_evidence_with_the_user_who_recorded_it(ada, number):
    recorded = {
        "word": "",
        "recorded_by": "una@example.com",
        "recorded_from": "192.0.2.7",
        "recorded_at": now(),
    }
    make.stop(number, "+12125550008", **recorded)
    address = f"/user-{number.user_id}/numbers/{number.id}"
    assert "una@example.com" in words(ada.get(f"{address}/stops"))
    file = ada.get(f"{address}/evidence.csv", buffered=True).text
    assert '"Opt-out of the remote person recorded","una@example.com","192.0.2.7","2125550008",' in file
    page = words(ada.get(f"{address}/evidence"))
    assert "Opt-out of the remote person recorded una@example.com 192.0.2.7 2125550008" in page
    assert "replied STOP" not in page
