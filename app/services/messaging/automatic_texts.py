"""The words that we say by ourselves: the question to the user, and the answers to STOP, START and HELP.

A provider may have its own (S22, D11). An empty one follows ours.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from app.access.policy import Actor
from app.access.scope import Scope, fetch, inherited
from app.db import db, transactional
from app.errors import Invalid
from app.models import Assignment, Provider
from app.phone import ten_digits
from app.services.accounts import nodes
from app.services.audit.record import Action, differences, record
from app.services.messaging import segments
from app.services.messaging.keywords import Keyword
from app.services.revisions import require_current


class AutomaticText(enum.StrEnum):
    """By the name of the provider's column."""

    PROMPT = "prompt_text"
    STOP = "stop_text"
    START = "start_text"
    HELP = "help_text"


OURS = {
    AutomaticText.PROMPT: (
        "Activate SMS for {number}? You will then receive texts that are sent to this number, also from "
        "people you do not know."
    ),
    AutomaticText.STOP: (
        "You will get no more texts from {number}. Reply START if you want to receive them again."
    ),
    AutomaticText.START: "You will get texts from {number} again. Reply STOP to end them.",
    AutomaticText.HELP: (
        "You are texting with {number}. Reply STOP to get no more texts. Message and data rates may apply."
    ),
}
ANSWERS = {
    Keyword.STOP: AutomaticText.STOP,
    Keyword.START: AutomaticText.START,
    Keyword.HELP: AutomaticText.HELP,
}
# Characters, with everything filled in; the question is shown by a client and kept as evidence.
LONGEST = {
    AutomaticText.PROMPT: 300,
    AutomaticText.STOP: 480,
    AutomaticText.START: 480,
    AutomaticText.HELP: 480,
}
PLACEHOLDERS = ("number", "name")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LONGEST_NAME = "x" * 120
_EXAMPLE = "2015550123"


@dataclass(frozen=True)
class TextsWish:
    """What the form says. "" follows ours."""

    texts: dict[AutomaticText, str]


def said(assignment: Assignment, which: AutomaticText) -> str:
    """The words for a number, filled in."""
    provider = db.session.scalars(inherited(Provider, assignment)).one()
    number = ten_digits(assignment.number)
    return _filled(getattr(provider, which) or OURS[which], number, assignment.friendly_name or number)


def counted(which: AutomaticText, typed: str) -> segments.Segments:
    """The parts of a text with a number of ours in it."""
    return segments.count(_filled(segments.normalised(typed) or OURS[which], _EXAMPLE, _EXAMPLE))


def checked(which: AutomaticText, typed: str) -> str | None:
    """As it is stored. Raises Invalid."""
    text = segments.normalised(typed)
    if not text:
        return None
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        raise Invalid(f"{{{unknown[0]}}} is not known: use {{number}} or {{name}}.", field=which)
    if set(_PLACEHOLDER.sub("", text)) & set("{}"):
        raise Invalid("Braces are only for {number} and {name}.", field=which)
    longest = LONGEST[which]
    if (
        len(text) > longest
        or len(_filled(text, _EXAMPLE, _LONGEST_NAME if "{name}" in text else "")) > longest
    ):
        raise Invalid(
            f"With a long name in place of {{name}} it has more than {longest} characters."
            if "{name}" in text
            else f"It has {longest} characters at most.",
            field=which,
        )
    return text


@transactional
def change(actor: Actor, scope: Scope, wish: TextsWish, *, seen: int) -> None:
    """Change a provider's texts as they were at revision `seen`.

    Raises Invalid, Closed, ChangedMeanwhile, NotFound.
    """
    provider: Provider = nodes.open_node(scope)
    require_current(provider, seen)
    wanted = {str(which): checked(which, typed) for which, typed in wish.texts.items()}
    changes = differences(provider, wanted)
    for name, value in wanted.items():
        setattr(provider, name, value)
    if changes:
        provider.revision += 1
        record(actor, Action.TEXTS_CHANGED, provider, **changes)


def of_provider(scope: Scope) -> Provider:
    """The provider whose texts these are. Raises NotFound."""
    return fetch(Provider, scope.node_id or 0, scope)


def _filled(text: str, number: str, name: str) -> str:
    values = {"number": number, "name": name}
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
