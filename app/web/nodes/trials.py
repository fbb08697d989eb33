"""The trial length of a place in words, with where it comes from."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from app.access.scope import NODES
from app.services.accounts.trial_length import LONGEST, TrialLength
from app.vocabulary import Level
from app.web.session import actor


def help_text(above: TrialLength) -> str:
    """Below the field: what an empty one means."""
    return _(
        "Days, from 0 to %(most)d. When empty: %(days)s, %(source)s.",
        most=LONGEST,
        days=_days(above.days),
        source=_source(above),
    )


def shown(own: int | None, above: TrialLength) -> str:
    """For people who only look: `7 days`, or `14 days, as at Demo Telecom`."""
    return _days(own) if own is not None else f"{_days(above.days)}, {_source(above)}"


def _days(days: int) -> str:
    return ngettext("%(num)d day", "%(num)d days", days) if days else _("no trial")


def _source(trial: TrialLength) -> str:
    """Nothing above somebody's own place is named."""
    if trial.source is None:
        return _("as everywhere")
    levels, own = list(NODES), actor().scope.level
    if own is not Level.SYSTEM and levels.index(trial.source.scope.level) < levels.index(own):
        return _("as above")
    return _("as at %(place)s", place=trial.source.title)
