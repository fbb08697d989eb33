"""Platforms as an administrator of a provider adds and changes them."""

from __future__ import annotations

from typing import Any

from app.models import Platform, Provider
from app.services.provisioning import platforms
from app.services.provisioning.platforms import PlatformWish
from tests import make

KEYS = ("account_key", "token_secret", "outbound_api_key")


def add(provider: Provider, **wish: Any) -> Platform:
    return platforms.add(make.admin_of(provider), make.at(provider), PlatformWish(**wish))


def change(provider: Provider, platform: Platform, **wish: Any) -> Any:
    actor, seen = make.admin_of(provider), make.again(platform).revision
    return platforms.change(actor, make.at(provider), platform.id, PlatformWish(**wish), seen=seen)
