"""What was typed about a platform, and what is wrong with it: all at once, each at its field (S2, D36)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from app.access.scope import Scope, inherited, node_of
from app.carriers.base import Keys
from app.db import db
from app.digests import keyed_digests
from app.errors import Conflict, DomainError, Invalid, Several
from app.models import Platform
from app.models.provisioning import ACCOUNT
from app.services.accounts import nodes
from app.vocabulary import CARRIER_NAMES, CarrierName

LONGEST_NAME = 120


class KeyMissing(Invalid):
    def __init__(self, name: str):
        super().__init__("Copy this key from the carrier's portal and paste it here.", field=name)


class NameTaken(Conflict):
    """D36."""

    def __init__(self) -> None:
        super().__init__("Another platform of this provider has this name. Choose another one.", field="name")


class NameTooLong(Invalid):
    def __init__(self) -> None:
        super().__init__(f"Enter at most {LONGEST_NAME} characters.", field="name")


class AccountTaken(Conflict):
    """D36: a number of the same account would belong to two platforms."""

    def __init__(self) -> None:
        super().__init__(
            "This account is already added to this provider. Change the existing platform instead.",
            field="account_key",
        )


@dataclass(frozen=True)
class PlatformWish:
    """What the platform form says. An empty key on update keeps the stored one (D6).

    An empty `name` stands for the carrier's, None for the present one; so does None for `accepts_legacy`.
    """

    carrier: CarrierName = CarrierName.INTELIQUENT
    name: str | None = None
    account_key: str = field(default="", repr=False)
    token_secret: str = field(default="", repr=False)
    outbound_api_key: str = field(default="", repr=False)
    user_confirmation_required: bool = True
    user_can_block: bool = True
    mms_available: bool = True
    texts_per_minute: int | None = None  # D14: None follows the provider
    accepts_legacy: bool | None = None

    def settings(self) -> dict[str, object]:
        """What is no secret, without the name. Raises Invalid."""
        texts = self.texts_per_minute
        legacy = {} if self.accepts_legacy is None else {"accepts_legacy": self.accepts_legacy}
        return {
            "user_confirmation_required": self.user_confirmation_required,
            "user_can_block": self.user_can_block,
            "mms_available": self.mms_available,
            "texts_per_minute": None if texts is None else nodes.checked_texts(texts),
            **legacy,
        }


def checked_keys(provider: Scope, wish: PlatformWish, platform: Platform | None = None) -> Keys:
    """The keys to try at the carrier, if nothing else is wrong. `platform` is the one that is changed.

    Raises Invalid, KeyMissing, NameTaken, AccountTaken; several of these as Several.
    """
    keys, missing = _keys(wish, platform)
    Several.raise_any([*_bad_settings(wish), *missing, *_clashes(provider, wish, keys.account_key, platform)])
    return keys


def require_free(provider: Scope, wish: PlatformWish, account: str, platform: Platform | None = None) -> None:
    """Ask once more, with the provider locked. Raises NameTaken, AccountTaken, Several."""
    Several.raise_any(_clashes(provider, wish, account, platform))


def name_for(provider: Scope, wish: PlatformWish, platform: Platform | None) -> str:
    """The name that was typed, else the present one, else the carrier's: with a number for the second one."""
    if wish.name is None and platform is not None:
        return platform.name
    if name := (wish.name or "").strip():
        return name
    others = _others(provider, platform)
    taken = {one.name.casefold() for one in others}
    plain = CARRIER_NAMES[wish.carrier]
    numbered = (plain if number == 1 else f"{plain} {number}" for number in count(1))
    return next(name for name in numbered if name.casefold() not in taken)


def _keys(wish: PlatformWish, stored: Platform | None) -> tuple[Keys, list[KeyMissing]]:
    """What was typed, without pasted blanks; what was left empty stays as stored. And what is missing."""
    chosen = {
        name: getattr(wish, name).strip() or ((getattr(stored, name) or "") if stored else "")
        for name in ("account_key", "token_secret", "outbound_api_key")
    }
    return Keys(**chosen), [KeyMissing(name) for name, value in chosen.items() if not value]


def _bad_settings(wish: PlatformWish) -> list[Invalid]:
    try:
        wish.settings()
    except Invalid as refusal:
        return [refusal]
    return []


def _clashes(
    provider: Scope, wish: PlatformWish, account: str, platform: Platform | None = None
) -> list[DomainError]:
    """What other platforms of this provider have already: the name, in any case, or the account (D36).

    `platform` is the one that is changed. One that keeps its account is not asked about it: two that were
    added before that was refused can both be changed.
    """
    others = _others(provider, platform)
    found: list[DomainError] = []
    name = (wish.name or "").strip()
    if len(name) > LONGEST_NAME:
        found.append(NameTooLong())
    if name and name.casefold() in {one.name.casefold() for one in others}:
        found.append(NameTaken())
    if account and (platform is None or account != platform.account_key):
        digests = keyed_digests(ACCOUNT, account)
        if any(one.carrier is wish.carrier and one.account_digest in digests for one in others):
            found.append(AccountTaken())
    return found


def _others(provider: Scope, platform: Platform | None) -> list[Platform]:
    """The other platforms of this provider."""
    query = inherited(Platform, node_of(provider)).where(Platform.deleted_at.is_(None))
    return [one for one in db.session.scalars(query) if platform is None or one.id != platform.id]
