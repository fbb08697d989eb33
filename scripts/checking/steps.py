"""Running the steps of the check one after the other, and saying at the end what came of them."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scripts.launcher.settings import ROOT

_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")
_NOTHING_COLLECTED = 5  # pytest's exit code


@dataclass
class Report:
    """What has been run so far. The counts hold every test, and every other step as one."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    lines: list[str] = field(default_factory=list)

    def step(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run one program, its output shown as it comes.

        name: for people.  command, environment: what to run.
        """
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        returncode, counts = _run(command, environment)
        seconds = time.monotonic() - began
        is_good = returncode == 0
        if counts:
            self.passed += counts.get("passed", 0)
            self.failed += counts.get("failed", 0) + counts.get("error", 0)
            self.skipped += counts.get("skipped", 0)
            if not is_good and not counts.get("failed") and not counts.get("error"):
                self.failed += 1
        else:
            self.passed += is_good
            self.failed += not is_good
        why = "  (no test was found)" if returncode == _NOTHING_COLLECTED and "pytest" in command else ""
        self._note("ok" if is_good else "FAILED", name, f"{seconds:5.1f} s{why}")

    def left_out(self, name: str, why: str, *, is_failure: bool) -> None:
        """Say that a part was not run.

        why: what is missing and how to have it.  is_failure: in CI a missing part fails the check.
        """
        self.failed += is_failure
        self._note("FAILED" if is_failure else "NOT RUN", name, why)
        print(f"\n== {name}: not run. {why}", flush=True)

    def close(self, seconds: float) -> int:
        """Print the summary; the counts are its last line.

        Returns: the exit code.
        """
        print("\n== Summary", *self.lines, sep="\n")
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped} in {seconds:.0f} s", flush=True)
        return 1 if self.failed else 0

    def _note(self, outcome: str, name: str, rest: str) -> None:
        self.lines.append(f"  {outcome:8} {name:52} {rest}")


def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Run a program, pass its output on, and read the counts off pytest's closing line."""
    with subprocess.Popen(
        command, env=dict(environment), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        last = ""
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line if line.strip() else last
    return process.returncode, _counts(last) if "pytest" in command else {}


def _counts(line: str) -> dict[str, int]:
    return {word.rstrip("s"): int(number) for number, word in _COUNT.findall(line)}
