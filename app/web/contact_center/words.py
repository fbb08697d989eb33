"""What closing loses, said before it is done."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from app.phone import ten_digits
from app.services.contact_center.closing import Loss

_TYPED_ABOVE = 100  # messages: then the name must be typed


def typed_for(loss: Loss, name: str) -> str:
    return name if loss.messages > _TYPED_ABOVE else ""


def loss_in_words(name: str, loss: Loss) -> str:
    """One sentence for each thing that goes."""
    said = [_("Closes %(name)s.", name=name)]
    if loss.queues:
        said.append(
            ngettext(
                "Its queue is closed with it: %(names)s.",
                "Its %(num)d queues are closed with it: %(names)s.",
                len(loss.queues),
                names=", ".join(loss.queues),
            )
        )
    if loss.streams:
        said.append(
            ngettext(
                "So is the media stream %(names)s.",
                "So are %(num)d media streams: %(names)s.",
                len(loss.streams),
                names=", ".join(loss.streams),
            )
        )
    return " ".join([*said, *lost_numbers(loss), _("This cannot be undone.")])


def lost_numbers(loss: Loss) -> list[str]:
    """What closing does to the numbers of media streams."""
    if not loss.numbers:
        return []
    numbers = ", ".join(ten_digits(number) for number in loss.numbers)
    said = [
        ngettext(
            "%(numbers)s is released: texting stops at once.",
            "%(num)d numbers are released, texting stops at once: %(numbers)s.",
            len(loss.numbers),
            numbers=numbers,
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
