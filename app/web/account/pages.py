"""The blueprint of one's own pages: they need no place in the tree, and nobody else's id ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask_login import current_user

from app.access.policy import Permission
from app.services.accounts.portal_sessions import Account
from app.web.tab import guard

blueprint = Blueprint("account", __name__, url_prefix="/account")


def page(
    rule: str, *, fresh: bool = False, enrolls: bool = False, methods: tuple[str, ...] = ("GET",)
) -> Callable[..., Any]:
    """A page for whoever is signed in; `fresh` and `enrolls` as in `guard`."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        guarded = guard(view, Permission.OWN_ACCOUNT, fresh=fresh, enrolls=enrolls)
        blueprint.add_url_rule(rule, endpoint=view.__name__, view_func=guarded, methods=list(methods))
        return guarded

    return decorate


def me() -> Account:
    """The account and the session of this request."""
    account: Account = current_user.account
    return account
