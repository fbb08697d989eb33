"""Limits and lengths of time as pages say them: each from the one constant that the rule itself uses.

Templates have `figures.longest_text` and the filter `lasts`; scripts read what templates write for them.
"""

from __future__ import annotations

import datetime as dt

from flask import Flask
from flask_babel import ngettext

from app.clock import in_words
from app.services.accounts import licences, one_time_links, portal_sessions
from app.services.messaging import attachments, quarantine, sending, signature
from app.services.provisioning import bulk

FIGURES: dict[str, int | dt.timedelta] = {
    "longest_text": sending.LONGEST_TEXT,
    "most_files": attachments.MOST_FILES,
    "session": portal_sessions.VALID_FOR,
    "fresh": portal_sessions.FRESH_FOR,
    "link": one_time_links.VALID_FOR,
    "reset_link": one_time_links.RESET_WITHIN,
    "held": licences.HELD_KEPT,
    "uploads": bulk.KEPT_FOR,
    "quarantine": quarantine.KEPT,
    "refused_calls": signature.KEPT,
    "most_refused_calls": signature.MOST_KEPT,
}


def register(app: Flask) -> None:
    """Give templates `figures` and the filter `lasts`."""
    app.jinja_env.globals["figures"] = FIGURES
    app.jinja_env.filters["lasts"] = lasts


def lasts(length: dt.timedelta) -> str:
    """A length of time in the viewer's language: `15 minutes`, `12 hours`, `3 days`."""
    number, _, unit = in_words(length).partition(" ")
    count = int(number)
    if unit.startswith("day"):
        return ngettext("%(num)d day", "%(num)d days", count)
    if unit.startswith("hour"):
        return ngettext("%(num)d hour", "%(num)d hours", count)
    if unit.startswith("minute"):
        return ngettext("%(num)d minute", "%(num)d minutes", count)
    return ngettext("%(num)d second", "%(num)d seconds", count)
