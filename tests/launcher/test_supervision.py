"""What dies is started again, what is stopped stays stopped, and nothing outlives the launcher."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import redis

from scripts.launcher import start_redis
from scripts.launcher.problems import Problem
from scripts.launcher.processes import Service, Supervisor
from scripts.launcher.redis_server import answers_on, socket_of
from tests.processes import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.processes


@pytest.fixture
def folder(tmp_path):
    for part in ("logs", "pids"):
        (tmp_path / part).mkdir()
    return tmp_path


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def pid_of(folder: Path, name: str) -> int:
    return int((folder / "pids" / f"{name}.pid").read_text())


class _Enough(Exception):
    """Ends `watch` in a test."""


def test_a_killed_process_is_started_again_and_said_in_one_line(folder):
    said: list[str] = []

    def note(line: str) -> None:
        said.append(line)

    supervisor = Supervisor(folder, os.environ, note)
    supervisor.start(Service("sleeper", ["sleep", "60"]))
    first = pid_of(folder, "sleeper")
    done = threading.Event()

    def end_when_back() -> None:
        os.kill(first, signal.SIGKILL)
        eventually(lambda: pid_of(folder, "sleeper") != first, 10)
        done.set()

    killer = threading.Thread(target=end_when_back)
    killer.start()
    looks = supervisor._look_at

    def look_or_end(entry, now):
        if done.is_set():
            raise _Enough
        looks(entry, now)

    supervisor._look_at = look_or_end  # type: ignore[method-assign]
    with pytest.raises(_Enough):
        supervisor.watch()
    killer.join()
    second = pid_of(folder, "sleeper")
    assert lives(second)
    assert said == ["sleeper has stopped (signal 9) and is started again."]
    supervisor.stop()
    assert not lives(second)
    assert not (folder / "pids" / "sleeper.pid").exists()


def test_one_that_does_not_want_to_stop_is_ended_in_time(folder):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    stubborn = f"{deaf}; print('on', flush=True); time.sleep(60)"
    supervisor = Supervisor(folder, os.environ, print)
    service = Service("stubborn", [sys.executable, "-c", stubborn], patience=0.5)
    supervisor.start(service)
    pid = pid_of(folder, "stubborn")
    eventually(lambda: "on" in (folder / "logs" / "stubborn.log").read_text(), 10)
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 3
    assert not lives(pid)


def test_one_that_stops_at_once_is_told_with_the_end_of_its_log(folder):
    supervisor = Supervisor(folder, os.environ, print)
    service = Service(
        "web", [sys.executable, "-c", "raise SystemExit('a setting is missing')"], lambda: False
    )
    supervisor.start(service)
    with pytest.raises(Problem, match="a setting is missing"):
        supervisor.wait_until_ready(service, 20)
    supervisor.stop()


def test_a_program_that_fails_is_told_with_the_end_of_its_output(folder):
    supervisor = Supervisor(folder, os.environ, print)
    command = [sys.executable, "-c", "raise SystemExit('no such table')"]
    with pytest.raises(Problem, match="no such table"):
        supervisor.run_once("migrate", command, "The database cannot be migrated.")


def test_nothing_outlives_a_launcher_killed_with_9(folder):
    script = (
        "import os, sys, time; from pathlib import Path\n"
        "from scripts.launcher.processes import Service, Supervisor\n"
        "supervisor = Supervisor(Path(sys.argv[1]), os.environ, print)\n"
        "supervisor.start(Service('one', ['sleep', '61']))\n"
        "supervisor.start(Service('two', ['sleep', '62']))\n"
        "time.sleep(60)\n"
    )
    launcher = subprocess.Popen([sys.executable, "-c", script, str(folder)], cwd=ROOT)
    eventually((folder / "pids" / "two.pid").exists, 20)
    pids = [pid_of(folder, name) for name in ("one", "two")]
    assert all(map(lives, pids))
    launcher.kill()
    launcher.wait()
    eventually(lambda: not any(map(lives, pids)), 10)


def test_a_redis_of_our_own_is_ours_alone_and_keeps_its_data(tmp_path):
    folder = tmp_path / "redis"
    for value in (None, b"kept"):
        process, url = start_redis(folder)
        connection = redis.Redis.from_url(url)
        assert connection.get("word") == value
        connection.set("word", "kept")
        assert connection.config_get("port")["port"] == "0"
        connection.close()
        process.terminate()
        process.wait(10)
    assert folder.stat().st_mode & 0o077 == 0
    assert not answers_on(socket_of(folder))


def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere(tmp_path):
    deep = tmp_path / ("d" * 120) / "redis"
    process, url = start_redis(deep)
    try:
        assert answers_on(socket_of(deep))
        assert len(url) < 110
    finally:
        process.terminate()
        process.wait(10)
    short = socket_of(deep).parent
    assert short.stat().st_mode & 0o077 == 0
    shutil.rmtree(short)
