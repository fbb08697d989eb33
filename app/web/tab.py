"""A portal tab: a blueprint whose every route names its permission and its place in the tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint
from flask_babel import LazyString
from werkzeug import exceptions
from werkzeug.routing import BaseConverter

from app.access import policy
from app.access.policy import Permission
from app.access.scope import Scope, narrow
from app.errors import NotFound
from app.vocabulary import Level
from app.web import enrolling, identity
from app.web.session import actor

LARGEST_ID = 2**31 - 1
TABS: list[Tab] = []  # in the order of the tab bar; navigation reads it


class NodeConverter(BaseConverter):
    """`system`, `provider-7`, `reseller-12`, `group-34`, `user-56`, `stream-9`"""

    regex = r"system|(?:provider|reseller|group|user|stream)-\d{1,10}"

    def to_python(self, value: str) -> Scope:
        level, _, node_id = value.partition("-")
        return Scope(Level(level), _row_id(node_id) if node_id else None)

    def to_url(self, value: Any) -> str:
        return str(value)


class RowId(BaseConverter):
    """`<int:...>` that no database refuses: anything larger is not found."""

    regex = r"\d{1,10}"

    def to_python(self, value: str) -> int:
        return _row_id(value)


def _row_id(digits: str) -> int:
    """Not the router's own ValidationError: at an address with several methods it would say 405."""
    if int(digits) > LARGEST_ID:
        raise exceptions.NotFound
    return int(digits)


def guard(
    view: Callable[..., Any],
    needs: Permission,
    *,
    fresh: bool | Callable[[Scope], bool],
    enrolls: bool = False,
) -> Callable[..., Any]:
    """A view behind its permission and, if it is `fresh`, behind the question for the password.

    Where only some of what a form changes needs it, `fresh` is asked about this request. Who must have a
    second factor and has none opens nothing but what `enrolls`.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who = actor()
        if not enrolls and (first := enrolling.first()) is not None:
            return first
        policy.require(who, needs, kwargs.get("scope"))
        is_fresh = fresh if isinstance(fresh, bool) else identity.is_asking() or fresh(kwargs["scope"])
        question = identity.question() if is_fresh else None
        return view(*args, **kwargs) if question is None else question

    guarded.needs, guarded.fresh = needs, fresh  # type: ignore[attr-defined]  # read by tests
    return guarded


class Tab(Blueprint):
    """A blueprint at `/<node>/<name>/`.

    `title` is the word on the tab, `levels` where the tab exists, `needs` what it takes to see it.
    A tab with an empty title is not shown in the bar: its pages belong to the tab named by `under`.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        title: str | LazyString,
        levels: set[Level],
        needs: Permission,
        under: str = "",
    ):
        super().__init__(name, import_name, url_prefix=f"/<node:scope>/{name.replace('_', '-')}")
        self.title, self.levels, self.needs, self.under = title, levels, needs, under
        self.is_on_bar = not (isinstance(title, str) and title == "")  # asking a lazy title translates it
        self.url_value_preprocessor(self._stay_inside_own_tree)
        TABS.append(self)

    def route(  # type: ignore[override]  # a permission more than Flask asks for
        self,
        rule: str,
        *,
        needs: Permission,
        fresh: bool | Callable[[Scope], bool] = False,
        **options: Any,
    ) -> Callable[..., Any]:
        """Leaving out `needs` is a TypeError at import, so an unguarded page cannot be deployed.

        `fresh`: for secrets, deletions, and whatever changes who gets in or where links lead, the password
        must have been typed lately. Every changing route that is not is listed with its reason in
        tests/architecture/test_fresh_routes.py.
        """
        register = super().route(rule, **options)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            guarded = guard(view, needs, fresh=fresh)
            register(guarded)
            return guarded

        return decorate

    def _stay_inside_own_tree(self, _endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values is None:
            return
        if values["scope"].level not in self.levels:
            raise NotFound
        values["scope"] = narrow(actor().scope, values["scope"])
