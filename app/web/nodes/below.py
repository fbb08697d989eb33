"""What is below a node, as a list: Providers, Resellers, Groups and Users are the same tab at four levels."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.accounts import lists, nodes, trial_length, user_templates
from app.services.accounts.lists import Show, Sort, Wanted
from app.services.accounts.tree import CHILD
from app.vocabulary import Level
from app.web.fields import one_line
from app.web.filters import here
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.navigation import url_of
from app.web.nodes import trials
from app.web.nodes.forms import NodeForm, ProviderForm
from app.web.nodes.from_template import NewUserForm
from app.web.nodes.words import WORDS
from app.web.session import actor
from app.web.tab import Tab

_CHANGE = {Level.GROUP: Permission.USERS_CHANGE}
_FORMS = {Level.PROVIDER: ProviderForm}


def below(level: Level, name: str, title: LazyString) -> Tab:
    """The tab at `level` that lists and adds the nodes one level below."""
    tab = Tab(name, __name__, title=title, levels={level}, needs=Permission.NODES_SEE)
    change = _CHANGE.get(level, Permission.NODES_CHANGE)
    child = CHILD[level]

    @tab.get("/", needs=Permission.NODES_SEE)
    def index(scope: Scope) -> Response:
        wanted = _wanted()
        after, before = request.args.get("after"), request.args.get("before")
        page = lists.children_page(scope, wanted, after=after, before=before)
        counts = lists.counts_below(scope, page.items)
        context: dict[str, Any] = {
            "page": page,
            "wanted": wanted,
            "counts": counts,
            "head": _head,
            "may_add": change,
        }
        response = _render("nodes/children.html", "list", scope, **context)
        response.headers["HX-Push-Url"] = here()  # without the filters that are off
        return response

    @tab.route("/new", needs=change, methods=["GET", "POST"])
    def add(scope: Scope) -> Response:
        form: Any = NewUserForm(scope) if child is Level.USER else _FORMS.get(child, NodeForm)()
        is_filled = child is Level.USER and form.is_being_filled()
        if not is_filled and form.validate_on_submit():
            with refusals_on(form):
                row: Any = (
                    user_templates.create_user(actor(), scope, form.wish(), form.template_id.data)
                    if child is Level.USER
                    else nodes.create(actor(), scope, form.wish())
                )
                flash(_("%(name)s was added.", name=row.name), "success")
                return go(url_of(Scope(child, row.id)))
        trial_help = trials.help_text(trial_length.effective(scope))
        status = 422 if form.errors else 200
        return _render("nodes/new.html", "form", scope, status, form=form, trial_help=trial_help)

    def _render(template: str, fragment: str, scope: Scope, status: int = 200, **context: Any) -> Response:
        back = url_for(f"{name}.index", scope=scope)
        context |= {"scope": scope, "title": title, "child": child, "back": back, "words": WORDS[child]}
        return render(template, fragment=fragment, status=status, **context)

    return tab


def _wanted() -> Wanted:
    """What the address asks for; what makes no sense there is as if it were not there."""
    show, sort = request.args.get("show", ""), request.args.get("sort", "")
    return Wanted(
        search=one_line(request.args.get("q", "")),
        show=Show(show) if show in set(Show) else Show.OPEN,
        sort=Sort(sort) if sort in set(Sort) else Sort.NAME,
    )


def _head(title: str, by: str, wanted: Wanted) -> dict[str, Any]:
    """The head of a column that sorts: by it, and the other way round when it does already."""
    up, down = Sort(by), Sort(f"-{by}")
    next_sort = down if wanted.sort is up else up
    return {
        "title": title,
        "sort": here(sort=None if next_sort is Sort.NAME else next_sort, after=None, before=None),
        "sorted": {up: "ascending", down: "descending"}.get(wanted.sort),
    }
