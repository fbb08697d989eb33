"""The macros of `templates/components/` under one name, `ui`, in every template and every block of it.

A block that htmx asks for is rendered alone, without the imports at the top of its file; hence a global.
"""

from __future__ import annotations

from typing import Any

from flask import Flask

_FILES = ("icons", "values", "tables", "forms", "menus", "notices", "charts", "numbers")


class Macros:
    """`ui.table(...)` is the macro `table` of whichever component file defines it."""

    def __init__(self, app: Flask):
        self._app = app
        self._files: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self._files:
            return self._macro(self._files[name], name)
        for file in _FILES:
            macro = self._macro(file, name)
            if macro is not None:
                self._files[name] = file
                return macro
        raise AttributeError(f"no component is called {name}")

    def _macro(self, file: str, name: str) -> Any:
        return getattr(self._app.jinja_env.get_template(f"components/{file}.html").module, name, None)


def register(app: Flask) -> None:
    """Give templates `ui`."""
    app.jinja_env.globals["ui"] = Macros(app)
