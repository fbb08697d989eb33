"""A provider's own opt-out words, such as ALTO, beside those that always count (D11)."""

from __future__ import annotations

from app.access.policy import Actor
from app.access.scope import Scope, inherited
from app.db import db, transactional
from app.errors import Invalid
from app.models import Assignment, Provider
from app.services.accounts import nodes
from app.services.audit.record import Action, record
from app.services.messaging import keywords, opt_out_phrases
from app.services.messaging.keywords import Keyword
from app.services.revisions import require_current

MOST = 50
SHORTEST, LONGEST = 2, 30  # characters of one word or phrase
SPANISH = opt_out_phrases.SPANISH
_FIELD = "opt_out_words"
_LONGEST_TYPED = 10_000


def of(assignment: Assignment) -> frozenset[str]:
    """The further words of a number's provider, as `keywords.normalize` writes them."""
    query = inherited(Provider, assignment).where(Provider.id == assignment.provider_id)
    return frozenset(db.session.scalar(query.with_only_columns(Provider.opt_out_words)) or ())


def checked(typed: str) -> list[str]:
    """What was typed, one word or phrase a line, as it is stored: normalized, in that order.

    Raises Invalid with a sentence about the first line that cannot be taken.
    """
    if len(typed) > _LONGEST_TYPED:
        raise Invalid(f"Enter at most {MOST} words of at most {LONGEST} characters.", field=_FIELD)
    found: list[str] = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        word = _checked(line)
        if word in found:
            raise Invalid(f"“{word}” is listed twice: remove one of them.", field=_FIELD)
        found.append(word)
    if len(found) > MOST:
        raise Invalid(f"Enter at most {MOST} words: these are {len(found)}.", field=_FIELD)
    return found


def with_spanish(typed: str) -> str:
    """What was typed with the Spanish words that it lacks, below it."""
    known = {keywords.normalize(line) for line in typed[:_LONGEST_TYPED].splitlines()}
    missing = [word for word in SPANISH if word not in known]
    return "\n".join(filter(None, [typed.strip(), *missing]))


@transactional
def change(actor: Actor, scope: Scope, typed: str, *, seen: int) -> None:
    """Set a provider's further opt-out words, as they were at revision `seen`.

    Raises Invalid, Closed, ChangedMeanwhile, NotFound.
    """
    provider: Provider = nodes.open_node(scope)
    require_current(provider, seen)
    words = checked(typed)
    if words == provider.opt_out_words:
        return
    record(
        actor,
        Action.OPT_OUT_WORDS_CHANGED,
        provider,
        opt_out_words=[", ".join(provider.opt_out_words), ", ".join(words)],
    )
    provider.opt_out_words = words
    provider.revision += 1


def _checked(line: str) -> str:
    shown = line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
    word = keywords.normalize(line)
    if not any(map(str.isalnum, line)):
        raise Invalid(f"“{shown}” has no letter or digit.", field=_FIELD)
    if not SHORTEST <= len(word) <= LONGEST:
        raise Invalid(f"“{shown}” must have {SHORTEST} to {LONGEST} characters.", field=_FIELD)
    match keywords.meaning_of(word):
        case Keyword.STOP:
            raise Invalid(f"“{word}” always counts: remove it from the list.", field=_FIELD)
        case Keyword.START:
            raise Invalid(f"“{word}” starts texts again, so it cannot stop them.", field=_FIELD)
        case Keyword.HELP:
            raise Invalid(f"“{word}” asks for help, so it cannot stop texts.", field=_FIELD)
    return word
