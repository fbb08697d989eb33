"""What closing a media stream, a queue or a contact center loses, said before it is done."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from app.phone import ten_digits
from app.services.contact_center.closing import Loss

_TYPED_ABOVE = 100  # messages: then the name must be typed
_NAMED = 5  # of a kind; of the others it is said how many


def typed_for(loss: Loss, name: str) -> str:
    return name if loss.messages > _TYPED_ABOVE else ""


def lost_with(loss: Loss) -> list[str]:
    """One sentence for each thing that goes with a queue or a contact center."""
    said = []
    if loss.queues:
        said.append(
            ngettext(
                "Its queue is closed: %(names)s.",
                "Its %(num)d queues are closed: %(names)s.",
                len(loss.queues),
                names=_few(loss.queues),
            )
        )
    if loss.streams:
        said.append(
            ngettext(
                "Its media stream is closed: %(names)s.",
                "Its %(num)d media streams are closed: %(names)s.",
                len(loss.streams),
                names=_few(loss.streams),
            )
        )
    return [*said, *lost_numbers(loss)]


def lost_numbers(loss: Loss) -> list[str]:
    """What closing does to the numbers of media streams."""
    if not loss.numbers:
        return []
    said = [
        ngettext(
            "%(numbers)s is released: texting stops at once.",
            "%(num)d numbers are released, texting stops at once: %(numbers)s.",
            len(loss.numbers),
            numbers=_few([ten_digits(number) for number in loss.numbers]),
        )
    ]
    if loss.messages:
        said.append(
            ngettext(
                "%(count)s message is erased.",
                "%(count)s messages are erased.",
                loss.messages,
                count=f"{loss.messages:,}",
            )
        )
    return said


def _few(names: Sequence[str]) -> str:
    first, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
    return _("%(names)s and %(num)d more", names=first, num=more) if more > 0 else first
