"""What a licence is worth, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.clock import now
from app.services.accounts import licences
from app.vocabulary import LicenceState
from app.web.filters import Shown, shown, zone


def state_in_words(licence: Any) -> Shown:
    """`Expires in 5 days` for one that does so soon."""
    state = licences.state(licence)
    if state is not LicenceState.EXPIRING:
        return shown(state)
    here = zone()  # the days that the date beside it counts (D25)
    days = (licence.expires_at.astimezone(here).date() - now().astimezone(here).date()).days
    words = (
        ngettext("Expires in %(num)d day", "Expires in %(num)d days", days) if days else _("Expires today")
    )
    return Shown(words, shown(state).tone)
