"""Platform default or number override? (S9)"""

from __future__ import annotations

from dataclasses import dataclass

from app.models import Assignment, Platform


@dataclass(frozen=True)
class Effective:
    """What counts for a number, and whether it comes from the platform."""

    mms: bool
    mms_from_platform: bool
    can_block: bool
    can_block_from_platform: bool


def override(platform_value: bool, wished: bool) -> bool | None:
    """Saving the platform's own value follows the platform from then on."""
    return None if wished == platform_value else wished


def effective(assignment: Assignment, platform: Platform) -> Effective:
    """MMS needs the platform and, where set, the override; blocking is the override, else the platform's."""
    own_mms, own_block = assignment.mms, assignment.user_can_block
    return Effective(
        mms=platform.mms_available and own_mms is not False,
        mms_from_platform=own_mms is None or not platform.mms_available,
        can_block=platform.user_can_block if own_block is None else own_block,
        can_block_from_platform=own_block is None,
    )


def messaging_type(*, mms: bool) -> str:
    """The source's words for it."""
    return "MMS & SMS" if mms else "SMS"
