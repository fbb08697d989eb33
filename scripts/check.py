"""The check, as CI runs it: what `make test`, `make test-fast` and `make check` call.

python3 scripts/check.py all       everything
python3 scripts/check.py fast      the tests that start no processes and no browser
python3 scripts/check.py static    style, types, imports
python3 scripts/check.py chaos     texts both ways while everything is killed at random
python3 scripts/check.py assets    only fetch what pages load
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import base64
import os
import time

from scripts.checking.steps import Report
from scripts.checking.surroundings import is_ci, why_no_browser, why_no_servers
from scripts.launcher import environment
from scripts.launcher.problems import Problem

_BIN = environment.VENV / "bin"
_SERVERS = ("TEST_DATABASE_URL", "TEST_REDIS_URL")


def main(arguments: list[str]) -> int:
    """Run the part of the check that the command line names.

    Returns: the exit code; 1 when anything failed or the environment cannot be made.
    """
    part = arguments[0] if arguments else "all"
    if part not in {"all", "fast", "static", "chaos", "assets"}:
        print(__doc__, file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        environment.prepare(development=part != "assets")
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if part == "assets":
        print("What pages load is in app/static/vendor.")
        return 0
    report = Report()
    try:
        if part in {"all", "static"}:
            static(report)
        if part == "fast":
            quick_tests(report, _bare())
        if part == "chaos":
            report.step("chaos: nothing lost, nothing twice", _python("-m", "tests.chaos"), _bare())
        if part == "all":
            everything(report)
    except KeyboardInterrupt:
        report.left_out("the rest", "Interrupted.", is_failure=True)
    return report.close(time.monotonic() - began)


def static(report: Report) -> None:
    """Style, types, imports: nothing is run."""
    for name, command in {
        "style: ruff check": ["ruff", "check", "."],
        "style: ruff format": ["ruff", "format", "--check", "."],
        "types: mypy": ["mypy"],
        "imports: import-linter": ["lint-imports"],
    }.items():
        report.step(name, [str(_BIN / command[0]), *command[1:]], _bare())


def everything(report: Report) -> None:
    """Migrations and tests on the servers that come along; what depends on them, on others too."""
    bare = _bare()
    drift = _python("scripts/checking/drift.py")
    report.step("migrations match models", drift, bare)
    quick_tests(report, bare)
    report.step("tests with processes", [*_pytest("processes and not browser"), "-n", "2"], bare)
    no_servers, no_browser = why_no_servers(os.environ), why_no_browser()
    if no_servers:
        report.left_out("what depends on the servers, on other ones", no_servers, is_failure=is_ci())
    else:
        report.step("migrations match models: TEST_DATABASE_URL", drift, _full())
        quick_tests(report, _full(), ": TEST_DATABASE_URL, TEST_REDIS_URL", " and servers")
    if no_browser:
        report.left_out("journeys in the browser", no_browser, is_failure=is_ci())
    else:
        report.step("journeys in the browser", _pytest("browser"), bare)


def quick_tests(report: Report, variables: dict[str, str], where: str = "", but: str = "") -> None:
    """The tests that start no processes and no browser, on both cores. `but`: those that are left out."""
    marks = f"not browser and not processes{but}"
    report.step(f"tests{where}", [*_pytest(marks), "-n", "2"], variables)


def _pytest(marks: str) -> list[str]:
    return _python("-m", "pytest", "-m", marks)


def _python(*arguments: str) -> list[str]:
    return [str(environment.PYTHON), *arguments]


def _full() -> dict[str, str]:
    """The environment of every step: with secrets to start with, which protect nothing here."""
    made_up = base64.urlsafe_b64encode(b"for tests, protects nothing at a").decode()
    keys = {"SECRET_KEY": "for-tests-only", "ENCRYPTION_KEYS": made_up}
    defaults = {"LOCAL_RUN": "1", **keys, "PYTHONUNBUFFERED": "1"}
    return {**defaults, **os.environ, "PATH": f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def _bare() -> dict[str, str]:
    """The same without servers of one's own: what a laptop has."""
    return {name: value for name, value in _full().items() if name not in _SERVERS}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
