"""The first page: what this is, where everything is, the keys and what each number is good for."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, render_template

from sandbox import accounts, control, inventory
from sandbox.cloud import cloud

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> str:
    """Accounts, keys, numbers."""
    here = cloud()
    keys = accounts.keys_of(here.store)
    shown = [
        {
            "name": account.name,
            "title": account.title,
            "keys": keys[account.name],
            "numbers": control.numbers_of(account.name),
        }
        for account in reversed(inventory.ACCOUNTS)  # the one to try by hand comes first
    ]
    return render_template(
        "index.html",
        accounts=shown,
        unassigned=inventory.UNASSIGNED_NUMBER,
        unreachable=inventory.UNREACHABLE_PHONE,
        landline=inventory.LANDLINE,
        smtp_port=here.settings.smtp_port,
        faults=here.faults.listed(),
    )


@blueprint.app_template_filter("clock")
def clock(at: float) -> str:
    """A moment (seconds since 1970) as UTC date and time."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d @ %H:%M:%S UTC")


@blueprint.app_template_filter("time_of_day")
def time_of_day(at: float) -> str:
    """A moment as UTC time of day."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%H:%M:%S")
