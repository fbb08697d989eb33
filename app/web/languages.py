"""In which language a page speaks. English is complete; each catalogue in `translations` adds a language.

Rules raise English sentences and know no language: `sentence` translates them where they are shown.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, get_translations, gettext

DEFAULT = "en"
babel = Babel()


def register(app: Flask) -> None:
    """Templates get `_`, `ngettext`, `language` and the filter `sentence`."""
    babel.init_app(app, default_locale=DEFAULT, locale_selector=_chosen)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of jinja2.ext.i18n
        gettext=lambda words: _catalogue().ugettext(words),
        ngettext=lambda one, many, n: _catalogue().ungettext(one, many, n),
        pgettext=lambda about, words: _catalogue().upgettext(about, words),
        npgettext=lambda about, one, many, n: _catalogue().unpgettext(about, one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals["language"] = language
    app.jinja_env.filters["sentence"] = sentence


def _catalogue() -> Any:
    """Looked up once for each answer: a list of fifty rows asks for words some hundred times."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def language() -> str:
    """The language of this answer, as HTML names it."""
    return str(get_locale() or DEFAULT).replace("_", "-")


def language_of_viewer() -> str:
    """What the signed-in person chose; "" for no choice. Nothing is stored yet, so nobody has chosen."""
    return ""


def sentence(words: str) -> str:
    """The words of a rule in the viewer's language; as they are where no catalogue has them."""
    return gettext(words) if words else ""


def _chosen() -> str:
    """The person's choice, else the best that the browser asks for, else English."""
    available = [str(locale) for locale in babel.list_translations()]
    if (choice := language_of_viewer()) in available:
        return choice
    return (request.accept_languages.best_match(available) if has_request_context() else None) or DEFAULT
