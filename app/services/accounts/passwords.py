"""Passwords: which are accepted (NIST SP 800-63B, 3.1.1.2), and how they are kept (Argon2id)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from app.access.scope import EVERYTHING, upwards, visible
from app.db import db
from app.errors import Invalid
from app.models import Branding, PortalUser, Provider, User

_hasher = PasswordHasher()
# Somebody unknown costs as much time as somebody known, so that addresses cannot be guessed by the clock.
_NOBODY = _hasher.hash("nobody has this password")
SHORTEST, LONGEST = 10, 200
_ESTIMATED = 72  # characters: the time of an estimate grows faster than its length
_STRONG_ENOUGH = 3  # of 4: more than 10**8 guesses
_SHORTEST_WORD = 3
_LEAST_BESIDE_WORDS = 6  # characters that are left without the words that a stranger knows
_OUR_WORDS = ("cpaas", "portal", "partner", "kakapo", "unity", "broadworks")


class TooShortOrLong(Invalid):
    def __init__(self) -> None:
        super().__init__(f"Choose a password of {SHORTEST} to {LONGEST} characters.", field="password")


class TooEasyToGuess(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "This password is too easy to guess. Choose one that is longer or less common, for example four "
            "words that have nothing to do with each other.",
            field="password",
        )


class MadeOfKnownWords(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "This password is made of words that others know about you, such as your name, your address or "
            "your company. Choose other words, for example four that have nothing to do with each other.",
            field="password",
        )


def hashed(password: str, known: Iterable[str] = ()) -> str:
    """The hash to keep of a new password.

    `known` holds words that a stranger would try for this person; see `words_about`.

    Raises TooShortOrLong, TooEasyToGuess, MadeOfKnownWords.
    """
    require_strong(password, known)
    return _hasher.hash(password)


def require_strong(password: str, known: Iterable[str] = ()) -> None:
    """The one rule for every new password: a length, no rules about kinds of characters, and not one of
    those that are guessed first: common passwords, rows of keys, repetitions, dates, and `known` words.

    Raises TooShortOrLong, TooEasyToGuess, MadeOfKnownWords.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise TooShortOrLong
    plain = unicodedata.normalize("NFKC", password)
    words = _spellings([*known, *_OUR_WORDS])
    if _is_made_of(words, plain):
        raise MadeOfKnownWords
    if zxcvbn(plain[:_ESTIMATED], user_inputs=sorted(words))["score"] < _STRONG_ENOUGH:
        raise TooEasyToGuess


def words_about(row: PortalUser | User) -> list[str]:
    """What a stranger knows about this person: name, address, user id, provider, and the portal's name."""
    own = [row.name, row.email, getattr(row, "broadworks_id", "")]
    if row.provider_id is None:
        return own
    provider = visible(Provider, EVERYTHING).where(Provider.id == row.provider_id)
    names = db.session.scalars(provider.with_only_columns(Provider.name))
    return [*own, *names, *db.session.scalars(upwards(Branding, row).with_only_columns(Branding.name))]


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes the same time when nothing is stored."""
    try:
        return _hasher.verify(stored or _NOBODY, password[: LONGEST + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def _spellings(known: Iterable[str]) -> set[str]:
    """Each word whole, in parts, and with its parts joined: `ada.bell@example.com`, `ada`, `adabell` ..."""
    found: set[str] = set()
    for words in known:
        small = unicodedata.normalize("NFKC", words).casefold().strip()
        before, _, _ = small.partition("@")
        parts = re.findall(r"\w+", small.replace("_", " "))
        found |= {small, _squeezed(small), _squeezed(before), *parts}
    return {word for word in found if len(word) >= _SHORTEST_WORD}


def _is_made_of(words: set[str], password: str) -> bool:
    """Whether little is left of it without these words, whatever stands between them."""
    left = whole = _squeezed(password.casefold())
    for word in sorted(map(_squeezed, words), key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            left = left.replace(word, "")
    return left != whole and len(left) < _LEAST_BESIDE_WORDS


def _squeezed(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())
