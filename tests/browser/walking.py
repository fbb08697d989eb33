"""Windows side by side that look at pages: in both themes, in three widths, by keyboard, without scripts.

Widths and the console are each page's own. axe, the keyboard, pictures and the look without scripts are asked
once for each shape of a page: its elements without their words, where equal rows count once.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.async_api import Browser, CDPSession, Error, Page, async_playwright

from tests.browser.places import STRANGER, Place

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
_LOOK = Path(__file__).with_name("look.js").read_text()
_TAB = {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
WIDE, PHONE, NARROW = (1440, 900), (390, 844), (360, 740)
AXE, FIT, NOISE, KEYBOARD, BARE, ANSWER = "axe", "fit", "console", "keyboard", "no script", "answer"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong on one page."""

    kind: str
    place: str
    words: str

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


@dataclass
class Walk:
    """What was seen so far, shared by all windows."""

    url: str
    cookies: dict[str, list[Any]]
    pictures: Path
    all_pictures: bool = False
    faults: list[Fault] = field(default_factory=list)
    looked_at: Counter[str] = field(default_factory=Counter)
    shapes: set[str] = field(default_factory=set)
    dialogs: set[str] = field(default_factory=set)

    def note(self, kind: str, place: str, words: Iterable[str]) -> None:
        self.faults += [Fault(kind, place, one) for one in words]

    def go(self, places: Iterable[Place], windows: int = 2) -> None:
        """Look at all of these places. Runs in a thread, since this one may have a browser of its own."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._go(list(places), windows))
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]

    async def _go(self, places: list[Place], windows: int) -> None:
        waiting = sorted(places, key=lambda place: place.who, reverse=True)
        async with async_playwright() as playwright:
            binary = shutil.which("chromium")
            browser = await playwright.chromium.launch(executable_path=binary, args=FLAGS)
            await asyncio.gather(*(Window(self, browser).work(waiting) for _ in range(windows)))
            await browser.close()


class Window:
    """One person after the other at one screen."""

    def __init__(self, walk: Walk, browser: Browser):
        self.walk, self._browser = walk, browser
        self._who = ""
        self._pages: dict[bool, Page] = {}
        self._keys: dict[Page, CDPSession] = {}
        self._noise: list[str] = []

    async def work(self, waiting: list[Place]) -> None:
        """Take one place after the other until none is left."""
        while waiting:
            place = waiting.pop()
            try:
                if await self._visit(place):
                    await self._visit_without_scripts(place)
            except Error as error:
                self.walk.note(ANSWER, place.name, [f"as {place.who}: {error.message[:300]}"])
        await self._close()

    async def _visit(self, place: Place) -> bool:
        """True when this is the first page of its shape."""
        page = await self._page_of(place.who, script=True)
        self._noise.clear()
        await page.goto(place.path)
        await page.evaluate(_LOOK)
        self.walk.looked_at["pages"] += 1
        if page.url != f"{self.walk.url}{place.path}":
            self.walk.note(ANSWER, place.name, [f"{place.who} is led from {place.path} to {page.url}"])
        content, frame = await page.evaluate("look.shapes()")
        own_frame = f"{place.who}: {frame}"  # in the colours of this person's brand
        seen = self.walk.shapes
        is_new, knows_frame = not {content, frame} <= seen, own_frame in seen
        seen |= {content, frame, own_frame} if is_new else {content, frame}
        await self._fit(page, place, is_new)
        if is_new:
            self.walk.looked_at["shapes"] += 1
            await page.evaluate(_AXE)
            await self._ask_axe(page, place.name, dark="main" if knows_frame else "")
            self.walk.note(KEYBOARD, place.name, await self._keyboard(page))
        await self._open_dialogs(page, place)
        said = [
            line for line in self._noise if place.status == 200 or f"status of {place.status}" not in line
        ]
        self.walk.note(NOISE, place.name, said)
        return is_new

    async def _visit_without_scripts(self, place: Place) -> None:
        page = await self._page_of(place.who, script=False)
        await page.goto(place.path)
        await page.evaluate(_LOOK)
        self.walk.note(BARE, place.name, await page.evaluate("look.bare()"))

    async def _page_of(self, who: str, *, script: bool) -> Page:
        """This person's window with scripts, or the one without; of the person before both are closed."""
        if self._who != who:
            await self._close()
            self._who = who
        if script not in self._pages:
            context = await self._browser.new_context(
                base_url=self.walk.url,
                viewport={"width": WIDE[0], "height": WIDE[1]},
                reduced_motion="reduce",
                color_scheme="light",
                java_script_enabled=script,
            )
            if who != STRANGER:
                await context.add_cookies(self.walk.cookies[who])
            page = self._pages[script] = await context.new_page()
            page.on("console", lambda line: self._noise.append(line.text) if line.type == "error" else None)
            page.on("pageerror", lambda error: self._noise.append(str(error)))
        return self._pages[script]

    async def _close(self) -> None:
        for page in self._pages.values():
            await page.context.close()
        self._pages.clear()
        self._keys.clear()

    async def _fit(self, page: Page, place: Place, is_new: bool) -> None:
        """Nothing is cut off in any width; a picture of each shape, or of each page where they are wanted."""
        for width, height in (PHONE, NARROW, WIDE):
            await page.set_viewport_size({"width": width, "height": height})
            wrong = await page.evaluate("look.fits()")
            self.walk.note(FIT, place.name, [f"{width}px: {words}" for words in wrong])
            if width != NARROW[0] and (is_new or self.walk.all_pictures):
                await self._shoot(page, f"{place.picture}-{width}")

    async def _shoot(self, page: Page, name: str, *, full: bool = True) -> None:
        for theme in ("dark", "light") if self.walk.all_pictures else ("light",):
            await page.evaluate("theme => (look.theme(theme), scrollTo(0, 0))", theme)
            path = self.walk.pictures / f"{name}-{theme}.jpg"
            await page.screenshot(path=path, full_page=full, type="jpeg", quality=85)
            self.walk.looked_at["pictures"] += 1

    async def _ask_axe(self, page: Page, name: str, within: str = "", dark: str = "") -> None:
        """Everything in the light, colours in the dark; `dark` is the part whose colours are new."""
        for theme in ("dark", "light"):
            await page.evaluate("look.theme", theme)
            asked = "([within, onlyColours]) => look.faults(within, onlyColours)"
            part = dark if theme == "dark" and dark else within
            found = await page.evaluate(asked, [part, theme == "dark"])
            self.walk.note(AXE, f"{name}, {theme}", found)

    async def _keyboard(self, page: Page) -> list[str]:
        """Tab from the first stop to the last; of very long lists only the beginning and the end."""
        count: int = await page.evaluate("look.begin()")
        head = min(count, 60)
        wrong = await self._press_tab(page, 0, head)
        if count > head:
            tail = min(count - head, 20)
            await page.evaluate("from => look.begin(from)", count - tail)
            wrong += await self._press_tab(page, count - tail, tail)
        if await page.query_selector("#tree-search"):
            await page.keyboard.press("/")
            if not await page.evaluate("document.activeElement.id === 'tree-search'"):
                wrong.append("/ does not reach the tree search")
            await page.evaluate("document.activeElement.blur()")
        return wrong

    async def _press_tab(self, page: Page, start: int, count: int) -> list[str]:
        """All at once: keys are taken in the order in which they are sent."""
        if page not in self._keys:
            self._keys[page] = await page.context.new_cdp_session(page)
        keys, asked = self._keys[page], [start, count]
        presses = count - 1 + await page.evaluate("([start, count]) => look.inside(start, count)", asked)
        await asyncio.gather(*(keys.send("Input.dispatchKeyEvent", _TAB) for _ in range(presses)))
        wrong: list[str] = await page.evaluate("([start, count]) => look.end(start, count)", asked)
        return wrong

    async def _open_dialogs(self, page: Page, place: Place) -> None:
        """Confirmations in place: looked at, closed with Escape. One of a kind is enough."""
        for link in await page.query_selector_all("a[data-dialog]"):
            kind = re.sub(r"\d+", "0", str(await link.get_attribute("href")))
            if kind in self.walk.dialogs:
                continue
            self.walk.dialogs.add(kind)
            self.walk.looked_at["dialogs"] += 1
            await link.evaluate("link => link.click()")
            await page.wait_for_selector("#dialog[open]", timeout=5_000)
            await page.evaluate(_AXE)
            await self._ask_axe(page, f"{place.name}, dialog {kind}", "#dialog")
            await self._shoot(
                page, f"dialog-{re.sub(r'[^a-z]+', '-', kind).strip('-')}-{WIDE[0]}", full=False
            )
            wrong = []
            if not await page.evaluate("document.querySelector('#dialog').contains(document.activeElement)"):
                wrong.append("the dialog has no focus")
            await page.keyboard.press("Escape")
            if await page.query_selector("#dialog[open]"):
                wrong.append("Escape does not close the dialog")
            self.walk.note(KEYBOARD, f"{place.name}, dialog {kind}", wrong)
