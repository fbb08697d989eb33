"""Starts the portal on one machine with nothing else installed: what `make run` calls.

python3 scripts/launch.py            environment, migrations, seed; then web, worker and sandbox until Ctrl-C
python3 scripts/launch.py migrate    the migrations alone
python3 scripts/launch.py seed       migrations and seed, beside a portal that runs
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import os
import signal
import time
from types import FrameType
from typing import NoReturn

from scripts.launcher import checks, environment, servers, welcome
from scripts.launcher.problems import Problem
from scripts.launcher.processes import Service, Supervisor
from scripts.launcher.settings import Settings, read_settings

_PYTHON = str(environment.PYTHON)
_MIGRATE = [_PYTHON, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
_SEED = [_PYTHON, "-m", "scripts.seed"]


def main(arguments: list[str]) -> int:
    """Do what the command line asks.

    Returns: the exit code; 1 with one sentence on the error stream when something is missing.
    """
    commands = {"run": run, "migrate": migrate, "seed": seed}
    command = commands.get(arguments[0] if arguments else "run")
    if command is None or len(arguments) > 1:
        print(f"usage: launch.py [{'|'.join(commands)}]", file=sys.stderr)
        return 2
    os.umask(0o077)  # the data folder may have to be open to PostgreSQL's user; nothing else in it is
    try:
        command(read_settings())
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def run(settings: Settings) -> None:
    """Bring everything up, look after it until Ctrl-C or SIGTERM, and stop it in order.

    Raises Problem: something is missing or does not start.
    """
    began = time.monotonic()
    checks.check_python()
    checks.check_data_dir(settings.data_dir)
    lock = checks.hold_lock(settings.data_dir)
    checks.check_port("PORT", settings.port)
    checks.check_port("SANDBOX_PORT", settings.sandbox_port)
    # SIGINT, too: a shell starts what runs in its background with Ctrl-C switched off.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    environment.prepare()
    servers.check_given(settings)
    variables = servers.environment_of(settings)
    supervisor = Supervisor(settings.data_dir, variables, _say)
    _say("Starting ...")
    try:
        servers.start(supervisor, settings)
        _start(supervisor, settings)
        for line in welcome.lines(settings.portal_url, settings.sandbox_url, variables):
            print(line)
        print(f"Logs: {settings.data_dir}/logs")
        _say(f"Ready after {time.monotonic() - began:.0f} s. Ctrl-C stops all of it.")
        supervisor.watch()
    finally:
        _stop(supervisor)
        lock.close()


def migrate(settings: Settings) -> None:
    """Bring the database of the data folder, or the one named by DATABASE_URL, up to date.

    Raises Problem: it cannot be migrated.
    """
    supervisor = _beside(settings)
    try:
        servers.start_postgres(supervisor, settings)  # no run may be up that has started it
        supervisor.run_once("migrate", _MIGRATE, "The database cannot be migrated.")
    finally:
        supervisor.stop()


def seed(settings: Settings) -> None:
    """Fill the database with the demonstration data, once more; the sandbox must run, for its keys.

    Raises Problem: it cannot be filled.
    """
    if not welcome.answers(f"{settings.sandbox_url}/control/state"):
        raise Problem(
            f"The sandbox does not answer at {settings.sandbox_url}, and the seed needs its keys.",
            "Start everything first (it seeds, too): make run",
        )
    supervisor = _beside(settings)
    supervisor.run_once("migrate", _MIGRATE, "The database cannot be migrated.")
    supervisor.run_once("seed", _SEED, "The demonstration data cannot be written.")


def _start(supervisor: Supervisor, settings: Settings) -> None:
    """Start the processes in the order in which they need each other."""
    control = f"{settings.sandbox_url}/control/state"
    sandbox = Service("sandbox", [_PYTHON, "-m", "sandbox"], lambda: welcome.answers(control))
    supervisor.start(sandbox)
    supervisor.run_once("migrate", _MIGRATE, "The database cannot be migrated.")
    supervisor.wait_until_ready(sandbox, 30)
    supervisor.run_once("seed", _SEED, "The demonstration data cannot be written.")
    gunicorn = [_PYTHON, "-m", "gunicorn", "-c", "python:scripts.launcher.web", "wsgi:app"]
    web = Service("web", gunicorn, lambda: welcome.answers(f"{settings.portal_url}/readyz"), patience=3)
    supervisor.start(web)
    supervisor.start(Service("worker", [_PYTHON, "worker.py"], patience=3))
    supervisor.wait_until_ready(web, 60)


def _beside(settings: Settings) -> Supervisor:
    """For commands that run beside a portal, or before the first one."""
    checks.check_data_dir(settings.data_dir)
    environment.prepare()
    return Supervisor(settings.data_dir, servers.environment_of(settings, beside_a_run=True), _say)


def _stop(supervisor: Supervisor) -> None:
    """Stop in order; a second Ctrl-C meanwhile ends everything at once."""

    def at_once(number: int, frame: FrameType | None) -> NoReturn:
        supervisor.kill()
        os._exit(130)

    signal.signal(signal.SIGINT, at_once)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    print("\nStopping ...", flush=True)
    supervisor.stop()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
