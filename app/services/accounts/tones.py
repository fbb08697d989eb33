"""The tones of one accent colour: readable on every surface of the pages, light and dark (WCAG 2.2 AA)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import Invalid

READABLE = 4.5
_VISIBLE = 3.0  # of a button against the page
_WHITE, _BLACK = "#ffffff", "#000000"
# The surfaces of app.css on which the accent is read.
_LIGHT = ("#ffffff", "#f5f6f8", "#f1f3f6")
_DARK = ("#14171c", "#0e1115", "#1c2027", "#20252d")
_HEX = re.compile(r"#[0-9a-f]{6}")


class NotReadable(Invalid):
    def __init__(self, colour: str, nearest: str):
        super().__init__(
            f"White words on {colour} have a contrast of {contrast(colour, _WHITE):.1f} to 1, and {READABLE} "
            f"to 1 is needed. {nearest} is the nearest tone that can be read.",
            field="accent",
        )


@dataclass(frozen=True)
class Tones:
    """One theme's: of text, of filled buttons with white words, and of the faint ground behind them."""

    text: str
    fill: str
    fill_hover: str
    tint: str


def read(typed: str) -> str:
    """A colour as it is kept: `#0b63ce`. Raises Invalid: it is not one, or white cannot be read on it."""
    colour = "#" + typed.strip().lower().removeprefix("#")
    if len(colour) == 4:
        colour = "#" + "".join(2 * digit for digit in colour[1:])
    if not _HEX.fullmatch(colour):
        raise Invalid("Enter a colour as six digits, for example #0b63ce.", field="accent")
    if contrast(colour, _WHITE) < READABLE:
        raise NotReadable(colour, _until(colour, _BLACK, _readable_on(_WHITE)))
    return colour


def light(colour: str) -> Tones:
    """On light pages the colour fills as it is; as text it is darker where the ground asks for it."""
    tint = mixed(colour, _WHITE, 0.92)
    return Tones(
        text=_until(colour, _BLACK, _readable_on(*_LIGHT, tint)),
        fill=colour,
        fill_hover=mixed(colour, _BLACK, 0.15) if luminance(colour) > 0.01 else mixed(colour, _WHITE, 0.2),
        tint=tint,
    )


def dark(colour: str) -> Tones:
    """On dark pages the colour is lighter: as text until it is readable, as a button until it is seen."""
    fill = _until(colour, _WHITE, lambda tone: contrast(tone, _DARK[0]) >= _VISIBLE)
    tint = mixed(colour, _DARK[0], 0.8)
    return Tones(
        text=_until(colour, _WHITE, _readable_on(*_DARK, tint)),
        fill=fill,
        fill_hover=mixed(fill, _BLACK, 0.1),
        tint=tint,
    )


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [value / 255 for value in _rgb(colour)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def mixed(colour: str, other: str, share: float) -> str:
    """`share` of the other colour in this one."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(own + (theirs - own) * share):02x}" for own, theirs in pairs)


def _readable_on(*grounds: str) -> Callable[[str], bool]:
    return lambda tone: all(contrast(tone, ground) >= READABLE for ground in grounds)


def _until(colour: str, towards: str, is_enough: Callable[[str], bool]) -> str:
    """The nearest tone on the way to black or white that is good enough."""
    tones = (mixed(colour, towards, step / 100) for step in range(101))
    return next((tone for tone in tones if is_enough(tone)), towards)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
