"""Gathers the words of the pages for translators: what `make words` calls.

Writes `messages.pot`, brings every catalogue of app/translations up to date with it and compiles them.
A new language begins with
`.venv/bin/pybabel init -i app/translations/messages.pot -d app/translations -l es`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import ast
import subprocess
from collections.abc import Iterator
from typing import Any

from scripts.launcher import environment
from scripts.launcher.settings import ROOT

CATALOGUES = ROOT / "app" / "translations"


def main() -> int:
    environment.prepare(development=True)
    template = CATALOGUES / "messages.pot"
    CATALOGUES.mkdir(exist_ok=True)
    extract(template)
    if any(CATALOGUES.glob("*/LC_MESSAGES/messages.po")):
        _babel("update", "--ignore-pot-creation-date", "-i", str(template), "-d", str(CATALOGUES))
        _babel("compile", "-d", str(CATALOGUES))
    print(f"The words are in {template.relative_to(ROOT)}.")
    return 0


def extract(template: Path) -> None:
    """Write every text of the pages into `template`."""
    options = ["--no-location", "--sort-output", "--project=portal", "-k", "_l", "-F", "babel.cfg"]
    _babel("extract", *options, "-o", str(template), ".")


def sentences(source: Any, *_asked: Any, **_options: Any) -> Iterator[tuple[int, None, str, list[str]]]:
    """What rules say: `message` of a refusal, what is raised with words, and the History Log's actions."""
    for node in ast.walk(ast.parse(source.read())):
        if isinstance(node, ast.ClassDef):
            found = [line.value for line in node.body if isinstance(line, ast.Assign) and _says(node, line)]
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found = node.exc.args[:1]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
            found = node.args[:1]
        else:
            continue
        for text in found:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.lineno, None, text.value, []


def _says(node: ast.ClassDef, line: ast.Assign) -> bool:
    return node.name in {"Action", "Problem"} or ast.unparse(line.targets[0]) == "message"


def _babel(*arguments: str) -> None:
    command = [str(environment.PYTHON), "-m", "babel.messages.frontend", "-q", *arguments]
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
