"""Every command that README, docs, `make help` and our own sentences name is one that can be given."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
TOLD = [ROOT / "README.md", ROOT / ".env.example", ROOT / ".ci/run", *sorted((ROOT / "docs").rglob("*.md"))]
_CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_SECONDS = 60


def commands() -> Iterator[tuple[str, list[str]]]:
    """The words of each command in code, with the name of the file; of scripts and units, every line."""
    for path in TOLD:
        text = path.read_text()
        code = [one or other for one, other in _CODE.findall(text)] if path.suffix == ".md" else [text]
        for line in "\n".join(code).replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\|\||[;|]|(?<==)(?=/)", line):
                try:
                    words = shlex.split(part, comments=True)
                except ValueError:  # a piece of something that is no command
                    continue
                yield path.name, words


def told(*programs: str) -> list[tuple[str, tuple[str, ...]]]:
    """What follows one of these programs, wherever a command is named."""
    found = set()
    for where, words in commands():
        for place, word in enumerate(words):
            if word.rpartition("/")[2] in programs and (place == 0 or "=" in words[place - 1] or "/" in word):
                found.add((where, tuple(words[place + 1 :])))
                break
    return sorted(found)


def helped() -> set[str]:
    return set(re.findall(r"^\t@echo \"  make ([a-z][a-z-]*)", MAKEFILE, re.MULTILINE))


def spoken() -> set[str]:
    """What our own sentences, comments and documents call `make ...`."""
    files = [*(ROOT / "app").rglob("*.py"), *(ROOT / "scripts").rglob("*.py"), *TOLD]
    said = "\n".join(path.read_text() for path in files)
    return set(re.findall(r"`make ([a-z][a-z-]*)", said))


def test_every_make_target_that_is_named_is_one_and_can_be_made():
    named = {words[0] for _, words in told("make") if words and re.fullmatch(r"[a-z][a-z-]*", words[0])}
    wanted = named | helped() | spoken()
    assert {"run", "test", "chaos", "assets", "bench-portal"} <= wanted
    assert wanted <= TARGETS
    for target in sorted(wanted):
        dry = subprocess.run(
            ["make", "-n", target], cwd=ROOT, capture_output=True, timeout=_SECONDS, check=False
        )
        assert dry.returncode == 0, dry.stderr.decode()


def test_make_help_names_every_target_and_none_is_taken_for_a_file():
    assert helped() == TARGETS - {"help"}
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS


def test_what_make_calls_is_there():
    """The programs, and the words with which they are called."""
    for path, word in re.findall(r"\$\(with_python\) (scripts/\S+)(?: (\S+))?", MAKEFILE):
        assert (ROOT / path).is_file()
        assert word in (ROOT / path).read_text(), f"{path} {word}"
    for module in re.findall(r"python -m (\S+)", MAKEFILE):
        assert importlib.util.find_spec(module), module


def test_every_flask_command_is_one_with_as_many_words_as_it_takes(app):
    found = told("flask")
    assert any("let-in" in words for _, words in found)
    for where, words in found:
        given = list(words[2:] if words[:1] == ("--app",) else words)
        command: click.Command | None = app.cli
        with app.app_context():
            context = click.Context(app.cli)
            while isinstance(command, click.Group) and given:
                command = command.get_command(context, given.pop(0))
        assert command is not None, f"{where}: flask {' '.join(words)}"
        most = sum(isinstance(one, click.Argument) for one in command.params)
        assert len([word for word in given if not word.startswith("-")]) <= most, where


def test_every_program_and_module_of_python_is_there():
    found = [(where, words) for where, words in told("python", "python3") if words]
    checked = 0
    for where, words in found:
        if words[0] == "-m":
            assert importlib.util.find_spec(words[1]), f"{where}: {words[1]}"
            checked += 1
        elif words[0].endswith(".py"):
            assert (ROOT / words[0]).is_file(), f"{where}: {words[0]}"
            checked += 1
    assert checked >= 2


@pytest.mark.parametrize("name", ["scripts", "bench", "tests", "deploy", ".ci"])
def test_every_file_of_ours_that_a_document_names_is_there(name):
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for named in re.findall(
            rf"`({re.escape(name)}/[\w./-]+\.(?:py|sh|conf|service|md))`", path.read_text()
        ):
            assert (ROOT / named).exists(), f"{path.name}: {named}"


def test_production_needs_nothing_that_is_for_development():
    """What runs there imports only itself and requirements.txt: no launcher, no stand-in, no tests."""
    sources = [
        *sorted((ROOT / "app").rglob("*.py")),
        ROOT / "worker.py",
        ROOT / "wsgi.py",
        ROOT / "migrations/env.py",
    ]
    found = {}
    for path in sources:
        names = {
            alias.name if isinstance(node, ast.Import) else str(node.module)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        if foreign := {
            name for name in names if name.split(".")[0] in {"scripts", "sandbox", "tests", "bench"}
        }:
            found[path.name] = foreign
    assert not found
