"""What the tests of the source's rows share: somebody at a desk, and a customer of their own to work on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import Any

from playwright.sync_api import Error, Locator, Page, expect

from app.models import Platform
from tests import make
from tests.processes import eventually
from tests.running import Portal

_serial = count(1)
TIMEZONE = "America/New_York"


class Desk:
    """Somebody at the portal: what is pressed and typed has the words that stand on the screen."""

    def __init__(self, portal: Portal, page: Page):
        self.portal, self.page = portal, page

    def at(self, node: Any, tab: str = "details") -> Desk:
        """Go to a tab of a node, or to a page of it (`numbers/7`), by its address."""
        self.page.goto(f"{self.portal.url}/{node}/{tab}{'' if '/' in tab else '/'}")
        return self

    def tab(self, words: str) -> None:
        self.page.locator("nav.tabs").get_by_role("link", name=words, exact=True).click()
        self.page.wait_for_load_state()

    def link(self, words: str) -> Locator:
        return self.page.get_by_role("link", name=words, exact=True)

    def button(self, words: str) -> Locator:
        return self.page.get_by_role("button", name=words, exact=True)

    def field(self, label: str) -> Locator:
        """The field with this label; what the label says besides, such as "(optional)", does not matter."""
        return self.page.locator("main").get_by_label(re.compile(rf"^{re.escape(label)}(\s|$)"))

    def follow(self, words: str) -> None:
        self.link(words).first.click()
        self.page.wait_for_load_state()

    def press(self, words: str) -> None:
        """Press a button that sends a form, and wait for what comes of it."""
        self._send(self.button(words).last)

    def confirm(self, words: str) -> None:
        """Follow a link that asks first, and press the button in its dialog."""
        self.link(words).first.click()
        self._send(self.page.get_by_role("dialog").get_by_role("button").first)

    def _send(self, button: Locator) -> None:
        self.page.evaluate("window.isThePageBefore = true")
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            button.click()
        leads_on = sent.value.request.is_navigation_request() or "hx-redirect" in sent.value.headers
        eventually(self._has_left if leads_on else self._has_settled, 30)
        self.page.wait_for_load_state()

    def _has_left(self) -> bool:
        try:
            return not self.page.evaluate("window.isThePageBefore")
        except Error:  # asked in the moment of leaving
            return False

    def _has_settled(self) -> bool:
        return not self.page.evaluate("document.querySelector('.htmx-request, .htmx-swapping') !== null")

    def fill(self, typed: dict[str, str | bool]) -> None:
        """Text, a choice by its words or its value, or True and False for a switch."""
        for label, value in typed.items():
            field = self.field(label)
            if isinstance(value, bool):
                field.set_checked(value)
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def reads(self, *sentences: str) -> None:
        """These words are to be seen, whatever is bold or a link in them."""
        for words in sentences:
            expect(self.page.locator("body")).to_contain_text(words, use_inner_text=True)

    def misses(self, *sentences: str) -> None:
        """The page itself, without the tree beside it, does not say this."""
        for words in sentences:
            expect(self.page.locator("main")).not_to_contain_text(words, use_inner_text=True)

    def row(self, words: str) -> Locator:
        return self.page.get_by_role("row").filter(has_text=words)


@dataclass
class Customer:
    """A provider with a reseller, a group and a user of its own, at first without a platform."""

    portal: Portal
    name: str
    provider: int
    reseller: int
    group: int
    user: int
    user_id: str
    staff: str

    @classmethod
    def new(cls, portal: Portal, name: str) -> Customer:
        """`staff` is the address of an administrator of the provider, who receives no alerts."""
        number = next(_serial)
        with portal.app():
            telco = make.provider(name=name)
            north = make.reseller(telco, name=f"{name} North")
            sales = make.group(north, name=f"{name} Sales")
            user_id = f"robin{number}@rows.example"
            hashed = {"client_password_hash": make.people.password_hash()}
            robin = make.user(sales, name=f"Robin {name}", broadworks_id=user_id, timezone=TIMEZONE, **hashed)
            make.licence(robin)
            staff = make.portal_user(
                telco, name="Stella Staff", email=f"stella{number}@rows.example", timezone=TIMEZONE
            )
            return cls(portal, name, telco.id, north.id, sales.id, robin.id, user_id, staff.email)

    def platform(self, account: str = "test", **fields: Any) -> int:
        """A platform with the keys of an account at the carrier, as if somebody had added it."""
        keys = {
            name: value
            for name, value in self.portal.sandbox.accounts()[account].items()
            if name in {"account_key", "token_secret", "outbound_api_key"}
        }
        with self.portal.app():
            given = {"receiver_path_key": f"rows-{next(_serial)}", **keys, **fields}
            [telco] = make.every(make.tree.Provider, id=self.provider)
            return make.platform(telco, **given).id

    def number(self, ten_digits: str, **fields: Any) -> int:
        """A number that the user holds, active unless told."""
        with self.portal.app():
            [robin] = make.every(make.tree.User, id=self.user)
            [platform, *_] = make.every(Platform, provider_id=self.provider)
            return make.assignment(robin, on=platform, number=f"+1{ten_digits}", **fields).id

    def keys(self) -> list[tuple[str | None, str | None, str | None]]:
        """What is kept of the platforms."""
        with self.portal.app():
            found = make.every(Platform, provider_id=self.provider)
            return [(one.account_key, one.token_secret, one.outbound_api_key) for one in found]
