"""Keeping the processes of a run alive, and stopping them in order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.lifeline import tied
from scripts.launcher.problems import Problem, tail
from scripts.launcher.settings import ROOT

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
_SETTLED = 30.0  # seconds after which a process counts as healthy again


@dataclass(frozen=True)
class Service:
    """A process of a run.

    ready: does it do its work now?  patience: seconds it gets to end after `stop_signal`.
    user: uid and gid to run as, when not ours.
    """

    name: str
    command: list[str]
    ready: Callable[[], bool] = lambda: True
    patience: float = 1.0
    stop_signal: signal.Signals = signal.SIGTERM
    user: tuple[int, int] | None = None


@dataclass
class _Running:
    service: Service
    process: subprocess.Popen[bytes]
    since: float
    pause: float = _FIRST_PAUSE
    again_at: float | None = field(default=None)


class Supervisor:
    """Starts services, starts them again when they die, and stops them, last one first."""

    def __init__(
        self, data_dir: Path, environment: Mapping[str, str], say: Callable[[str], None] = print
    ) -> None:
        self._logs, self._pids = data_dir / "logs", data_dir / "pids"
        self._environment = dict(environment)
        self._say = say
        self._running: list[_Running] = []

    def start(self, service: Service) -> None:
        """Start a service; from now on it is looked after by `watch`, and stopped by `stop`."""
        self._running.append(_Running(service, self._spawn(service), time.monotonic()))

    def wait_until_ready(self, service: Service, seconds: float) -> None:
        """Wait for a service that was just started.

        Raises Problem: it died or is not ready in time; with the end of its log.
        """
        entry = next(entry for entry in self._running if entry.service is service)
        until = time.monotonic() + seconds
        while not service.ready():
            if entry.process.poll() is not None:
                raise self._problem(service, f"{service.name} stops right after its start.")
            if time.monotonic() > until:
                raise self._problem(service, f"{service.name} is not ready after {seconds:.0f} seconds.")
            time.sleep(0.05)

    def run_once(self, name: str, command: list[str], sentence: str) -> None:
        """Run a program that ends, and wait for it.

        Raises Problem: it failed; `sentence` and the end of its output.
        """
        log = self._logs / f"{name}.log"
        done = subprocess.run(
            tied(command), env=self._environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        with log.open("a") as file:
            file.write(done.stdout + done.stderr)
        if done.returncode:
            raise Problem(sentence, f"All of it: {log}", tail(done.stdout + done.stderr))

    def watch(self) -> None:
        """Look after the services until interrupted: what has died is said in a line and started again."""
        while True:
            for entry in self._running:
                self._look_at(entry, time.monotonic())
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop all, the last started first, the two last ones together; within about five seconds."""
        order = [entry for entry in reversed(self._running) if entry.process.poll() is None]
        for together in (order[:2], *([entry] for entry in order[2:])):
            for entry in together:
                _signal(entry.process, entry.service.stop_signal, whole_group=False)
            until = time.monotonic() + max((entry.service.patience for entry in together), default=0)
            for entry in together:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    entry.process.wait(max(0.0, until - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """End everything that is left at once, with what it has started itself."""
        for entry in self._running:
            _signal(entry.process, signal.SIGKILL, whole_group=True)
            with contextlib.suppress(subprocess.TimeoutExpired):
                entry.process.wait(2)
            for note in self._pids.glob(f"{entry.service.name}*.pid"):  # its own, and those of its children
                note.unlink(missing_ok=True)
        self._running = []

    def _look_at(self, entry: _Running, now: float) -> None:
        name = entry.service.name
        if entry.again_at is not None:
            if now >= entry.again_at:
                entry.process, entry.since, entry.again_at = self._spawn(entry.service), now, None
        elif entry.process.poll() is not None:
            # What it had started may still hold its port.
            _signal(entry.process, signal.SIGKILL, whole_group=True)
            if now - entry.since > _SETTLED:
                entry.pause = _FIRST_PAUSE
            self._say(f"{name} has stopped ({_manner(entry.process.returncode)}) and is started again.")
            entry.again_at = now + entry.pause
            entry.pause = min(entry.pause * 2, _LONGEST_PAUSE)

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        with (self._logs / f"{service.name}.log").open("ab") as log:
            process = subprocess.Popen(
                tied(service.command, service.user),
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the launcher alone, which stops the others in order
            )
        (self._pids / f"{service.name}.pid").write_text(f"{process.pid}\n")
        return process

    def _problem(self, service: Service, sentence: str) -> Problem:
        log = self._logs / f"{service.name}.log"
        return Problem(
            sentence.capitalize(), f"Its log says why: {log}", tail(log.read_text(errors="replace"))
        )


def _signal(process: subprocess.Popen[bytes], number: signal.Signals, *, whole_group: bool) -> None:
    """Signal a process, or all of the group it leads: some of which may outlive it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if whole_group:
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.send_signal(number)


def _manner(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
