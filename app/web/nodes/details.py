"""The Details tab: a node's own facts; at a provider its platforms too, at a user the numbers."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.accounts import licences, nodes, presence, trial_length, users
from app.services.alerts import deliveries
from app.services.provisioning import platforms, queries
from app.vocabulary import Level
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.nodes import trials
from app.web.nodes.forms import NodeForm, ProviderForm, UserForm
from app.web.nodes.words import WORDS
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "details",
    __name__,
    title=_l("Details"),
    levels={Level.PROVIDER, Level.RESELLER, Level.GROUP, Level.USER},
    needs=Permission.NODES_SEE,
)
_MOST_NUMBERS = 10  # more are on the tab that is theirs


@tab.get("/", needs=Permission.NODES_SEE)
def index(scope: Scope) -> Response:
    node = nodes.one(scope)
    return _page(scope, node, _form(scope, node))


def _leads_links_elsewhere(scope: Scope) -> bool:
    """Another address of a user: the links for the password of the client go there from then on."""
    return scope.level is Level.USER and users.changes_address(scope, request.form.get("email", ""))


@tab.post("/", needs=Permission.NODES_CHANGE, fresh=_leads_links_elsewhere)
def save(scope: Scope) -> Response:
    node = nodes.one(scope)
    form = _form(scope, node)
    if form.validate_on_submit():
        with refusals_on(form):
            if isinstance(form, UserForm):
                users.change(actor(), scope, form.wish(), seen=form.revision.data)
            else:
                nodes.change(actor(), scope, form.wish(), seen=form.revision.data)
            flash(_("The details were saved."), "success")
            return go(url_for(".index", scope=scope))
    return _page(scope, node, form)


def _form(scope: Scope, node: Any) -> NodeForm | UserForm:
    kind: type[NodeForm | UserForm] = _FORMS.get(scope.level, NodeForm)
    return kind(obj=node)


def _page(scope: Scope, node: Any, form: NodeForm | UserForm) -> Response:
    extra = _BESIDE.get(scope.level, _nothing)(scope, node)
    above = trial_length.inherited(scope)
    return render(
        f"nodes/{'user' if scope.level is Level.USER else 'details'}.html",
        fragment="form",
        status=422 if form.errors else 200,
        scope=scope,
        form=form,
        node=node,
        close_words=WORDS[scope.level]["close"] if actor().scope != scope else "",
        trial_help=trials.help_text(above),
        trial_shown=trials.shown(node.trial_days, above),
        **extra,
    )


def _platforms(scope: Scope, _node: Any) -> dict[str, Any]:
    return {"platforms": platforms.listed(scope), "counts": platforms.running_by_platform(scope)}


def _numbers(scope: Scope, node: Any) -> dict[str, Any]:
    numbers = queries.numbers_of_user(scope)
    return {
        "platforms": platforms.of_node(node),
        "numbers": numbers[:_MOST_NUMBERS],
        "number_count": len(numbers),
        "licences": licences.of_user(scope, scope.node_id or 0),
        "seen": presence.of_user(scope),
        "mail_problem": deliveries.problem_of_user(node.id, node.email),
    }


def _nothing(_scope: Scope, _node: Any) -> dict[str, Any]:
    return {}


_FORMS: dict[Level, type[NodeForm | UserForm]] = {Level.USER: UserForm, Level.PROVIDER: ProviderForm}
_BESIDE = {Level.PROVIDER: _platforms, Level.USER: _numbers}
