"""Platforms on the provider's pages (S1 to S5, D5, D6), and the portal users that stand behind them (S4)."""

from __future__ import annotations

import pytest

from app.models import Platform, PortalUser
from app.services.provisioning import platforms
from app.services.provisioning.platforms import NoAlertRecipient, PlatformWish
from app.vocabulary import Role
from tests import make
from tests.web.browsing import HTMX, alerts, fields_of, soup


@pytest.fixture
def telco():
    return make.provider(name="My Test Provider")


@pytest.fixture
def ada(telco):
    return make.portal_user(telco, send_alerts=True, name="Ada", email="ada@telco.example")


@pytest.fixture
def page(telco):
    return f"/provider-{telco.id}/platforms/new"


def buttons(answer):
    found = soup(answer)
    return [
        one.get_text(" ", strip=True)
        for one in found.select("main button[type=submit] .when-idle, main a.btn")
    ]


def test_the_details_tab_lists_the_platforms_and_offers_another(browser, telco, ada):
    """S1."""
    make.platform(telco)
    answer = browser(ada).get(f"/provider-{telco.id}/details/")
    assert "Add CPaaS Platform" in answer.text
    assert "Inteliquent" in answer.text


def test_the_form_has_the_words_and_switches_of_the_source(browser, ada, page):
    """S2: the three switches start on."""
    answer = browser(ada).get(page)
    for words in (
        "Configure the Unity cloud and clients to integrate with a CPaaS platform for MMS/SMS and WhatsApp",
        "MMS is only available when the 'from' and 'to' numbers are both American numbers",
        "Account/Key",
        "Token/Secret",
        "Outbound API Key",
        "Message Broker API",
    ):
        assert words in soup(answer).get_text(" ", strip=True), words
    filled = fields_of(soup(answer), page)
    switches = {"user_confirmation_required", "user_can_block", "mms_available"}
    assert switches <= set(filled)
    assert {"Add Platform", "Cancel"} <= set(buttons(answer))
    assert "Delete Platform" not in answer.text


def test_without_a_recipient_the_form_says_so_and_has_no_button(browser, telco, page, keys):
    """S3: Cancel stays; a direct POST is refused with the same words."""
    bob = make.portal_user(telco)
    answer = browser(bob).get(page)
    assert NoAlertRecipient.message in soup(answer).get_text(" ", strip=True)
    assert "Add Platform" not in buttons(answer)
    assert "Cancel" in buttons(answer)

    posted = browser(bob).post(page, {"carrier": "inteliquent", **keys})
    assert posted.status_code == 422
    assert NoAlertRecipient.message in alerts(posted)
    assert make.every(Platform) == []


def test_right_keys_are_saved_and_lead_back_to_the_details(browser, telco, ada, page, keys):
    """S5."""
    answer = browser(ada).fill(page, **keys)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/provider-{telco.id}/details/")
    assert len(make.every(Platform)) == 1


@pytest.mark.parametrize("field", ["account_key", "outbound_api_key"])
def test_wrong_keys_are_shown_at_the_form_and_no_key_is_sent_back(browser, ada, page, keys, field):
    """S5, D6."""
    answer = browser(ada).fill(page, **(keys | {field: "wrong-key-typed"}))
    assert answer.status_code == 422
    assert "refused" in alerts(answer)
    assert soup(answer).select_one(f"#{field}-error").get_text(strip=True)
    for secret in (*keys.values(), "wrong-key-typed"):
        assert secret not in answer.text
    assert make.every(Platform) == []


def test_three_empty_keys_are_three_errors_in_one_answer(browser, telco, ada, page):
    """D36: and whatever else is wrong, each at its field."""
    make.platform(telco, name="Main")
    for more in ({}, {"name": "main"}, {"texts_per_minute": "0"}):
        answer = browser(ada).post(page, {"carrier": "inteliquent", **more})
        assert answer.status_code == 422
        wrong = {
            field.split("-")[0]
            for field in (
                "account_key-error",
                "token_secret-error",
                "outbound_api_key-error",
                *[f"{m}-error" for m in more],
            )
            if soup(answer).select_one(f"#{field}").get_text(strip=True)
        }
        assert wrong == {"account_key", "token_secret", "outbound_api_key", *more}


def test_the_same_account_is_refused_at_its_field(browser, telco, ada, page, keys):
    """D36."""
    make.platform(telco, **keys)
    answer = browser(ada).fill(page, **keys, name="Second")
    assert answer.status_code == 422
    assert "already added" in soup(answer).select_one("#account_key-error").get_text(strip=True)
    assert fields_of(soup(answer), page)["name"] == "Second"
    assert keys["account_key"] not in answer.text


def test_a_platform_goes_by_its_name_wherever_it_is_shown(browser, telco, ada, keys):
    """D36."""
    named = make.platform(telco, **keys, name="Toll-free <A&B>")
    other = make.platform(telco, name="Local")
    una = make.user(make.group(make.reseller(telco)))
    given = make.assignment(una, on=named, number="+12019920780")
    make.quarantined(named)
    make.refused_call(named)
    platforms.change(
        make.admin_of(telco), make.at(telco), named.id, PlatformWish(mms_available=False), seen=1
    )
    base = f"/provider-{telco.id}"
    for path in (
        f"{base}/details/",
        f"{base}/platforms/{named.id}",
        f"{base}/platforms/{named.id}/delete",
        f"{base}/numbers/",
        f"{base}/numbers/?platform={named.id}",
        f"{base}/history/",
        f"{base}/carrier-calls/",
        f"{base}/carrier-calls/refused",
        f"{base}/carrier-calls/platforms/{named.id}/signature",
        f"{base}/bulk/",
        f"/user-{una.id}/add-number/",
        f"/user-{una.id}/numbers/{given.id}",
    ):
        answer = browser(ada).get(path)
        page = soup(answer).main
        fields = [one.get("value", "") for one in page.select("input")]
        assert any("Toll-free <A&B>" in said for said in (page.text, *fields)), path
    platforms.delete(make.admin_of(telco), make.at(telco), other.id)
    assert "Local" in soup(browser(ada).get(f"{base}/history/")).main.text


def test_the_legacy_address_is_a_switch_that_says_what_it_is_for(browser, telco, ada, page, keys):
    """Off for a new platform; what was chosen is in the history."""
    shown = browser(ada).get(page)
    assert "/Cpaas/Receiver.aspx/InteliquentSms" in soup(shown).main.text
    assert "accepts_legacy" not in fields_of(soup(shown), page)
    browser(ada).fill(page, **keys)
    [saved] = make.every(Platform)
    assert not saved.accepts_legacy
    path = f"/provider-{telco.id}/platforms/{saved.id}"
    assert browser(ada).fill(path, accepts_legacy="y").status_code == 303
    assert make.again(saved).accepts_legacy
    assert (
        "Accept Calls at the Legacy Address" in soup(browser(ada).get(f"/provider-{telco.id}/history/")).text
    )


def test_what_was_chosen_stays_after_a_refusal(browser, ada, page, keys):
    typed = {name: value for name, value in keys.items() if name != "token_secret"}
    answer = browser(ada).post(page, {"carrier": "inteliquent", "mms_available": "y", **typed})
    assert answer.status_code == 422
    filled = fields_of(soup(answer), page)
    assert "mms_available" in filled
    assert "user_can_block" not in filled


def test_a_carrier_that_does_not_answer_is_said_at_the_form(browser, ada, page, keys, carrier):
    carrier.fault("answer_500")
    answer = browser(ada).fill(page, **keys)
    assert answer.status_code == 422
    assert "Try again" in alerts(answer)
    assert make.every(Platform) == []


def test_stored_keys_are_masked_and_an_empty_field_keeps_them(browser, telco, ada, keys):
    """D6."""
    stored = make.platform(telco, **keys)
    path = f"/provider-{telco.id}/platforms/{stored.id}"
    shown = browser(ada).get(path)
    assert all(value not in shown.text for value in keys.values())
    answer = browser(ada).fill(path)
    assert answer.status_code == 303
    assert make.again(stored).token_secret == keys["token_secret"]


def test_a_platform_with_numbers_says_how_many_and_links_to_them(browser, telco, ada):
    """D5."""
    una = make.user(make.group(make.reseller(telco)))
    held = make.platform(telco)
    for _ in range(3):
        make.assignment(una, on=held)
    path = f"/provider-{telco.id}/platforms/{held.id}/delete"
    for answer in (browser(ada).get(path), browser(ada).post(path)):
        assert "3" in soup(answer).main.get_text()
        assert "The CPaaS platform Inteliquent cannot be deleted now" in soup(answer).main.get_text()
        assert soup(answer).select_one(f'main a[href^="/provider-{telco.id}/numbers/"]')
    assert make.again(held).deleted_at is None


def test_no_secret_is_on_any_page_of_the_provider(browser, telco, ada, keys):
    """D6."""
    stored = make.platform(telco, **keys)
    secrets = [*keys.values(), stored.receiver_header_key, stored.receiver_path_key]
    for path in (
        "details/",
        "history/",
        f"platforms/{stored.id}",
        f"platforms/{stored.id}/delete",
        "numbers/",
    ):
        text = browser(ada).get(f"/provider-{telco.id}/{path}").text
        assert not [secret for secret in secrets if secret in text], path


LAST = "as they are the only user account configured to receive alerts from the Kakapo partner portal"


@pytest.mark.parametrize("how", ["switched off", "disabled"])
def test_the_last_recipient_cannot_be_switched_off_and_what_was_typed_stays(browser, telco, ada, how):
    """S4."""
    make.platform(telco)
    other = make.portal_user(telco)
    path = f"/provider-{telco.id}/portal-users/{ada.id}"
    sent = fields_of(soup(browser(other).get(path)), path) | {"name": "Ada Lovelace"}
    del sent["send_alerts" if how == "switched off" else "is_enabled"]

    answer = browser(other).post(path, sent)

    assert answer.status_code == 422
    assert f"This user cannot be updated {LAST}" in alerts(answer)
    assert "before updating this account." in alerts(answer)
    kept = fields_of(soup(answer), path)
    assert kept["name"] == "Ada Lovelace"
    assert ("send_alerts" in kept) is (how != "switched off")
    after = make.again(ada)
    assert (after.name, after.send_alerts, after.is_enabled) == ("Ada", True, True)


def test_the_last_recipient_cannot_be_deleted(browser, telco, ada):
    """S4."""
    make.platform(telco)
    other = make.portal_user(telco)
    answer = browser(other).post(f"/provider-{telco.id}/portal-users/{ada.id}/delete")
    assert answer.status_code == 422
    assert f"This user cannot be deleted {LAST}" in alerts(answer)
    assert "before deleting this account." in alerts(answer)
    assert make.again(ada)


def test_a_portal_user_is_added_with_four_switches_off(browser, telco, ada):
    """S6."""
    path = f"/provider-{telco.id}/portal-users/new"
    shown = browser(ada).get(path)
    assert not [name for name in fields_of(soup(shown), path) if name.startswith("send_")]
    for words in (
        "Send Technical Emails",
        "Send Alerts",
        "Send Invoices & Receipts",
        "Send License Expiry Alerts",
    ):
        assert words in soup(shown).get_text()
    answer = browser(ada).fill(path, name="Bob", email="Bob@telco.example")
    assert answer.status_code == 303
    [bob] = make.every(PortalUser, email="bob@telco.example")
    assert (bob.provider_id, bob.role, bob.accepted_at) == (telco.id, Role.ADMINISTRATOR, None)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "email": "bob@telco.example"}, "name"),
        ({"name": "Bob", "email": "bob"}, "email"),
        ({"name": "Bob", "email": "ada@telco.example"}, "email"),
        ({"name": "B" * 121, "email": "bob@telco.example"}, "name"),
        ({"name": "Bob", "email": "bob@telco.example", "timezone": "Mars"}, "timezone"),
        ({"name": "Bob", "email": "bob@telco.example", "role": "client"}, "role"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_refusal_is_422_beside_its_field_and_what_was_typed_stays(
    browser, telco, ada, typed, field, headers
):
    path = f"/provider-{telco.id}/portal-users/new"
    answer = browser(ada).post(path, typed, headers=headers)
    assert answer.status_code == 422
    assert soup(answer).select_one(f"#{field}-error").get_text(strip=True)
    kept = fields_of(soup(answer), path)
    assert (kept["name"], kept["email"]) == (typed["name"], typed["email"])
    assert (soup(answer).find("html") is None) is bool(headers)
    assert [one.email for one in make.every(PortalUser)] == ["ada@telco.example"]


def test_somebody_who_was_deleted_is_signed_out_at_once(browser, telco, ada):
    bob = make.portal_user(telco)
    his = browser(bob)
    assert his.get(f"/provider-{telco.id}/details/").status_code == 200
    browser(ada).post(f"/provider-{telco.id}/portal-users/{bob.id}/delete")
    assert his.get(f"/provider-{telco.id}/details/").status_code == 302
