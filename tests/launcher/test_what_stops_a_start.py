"""Whatever is missing is one sentence and the line that mends it: exit code 1, never a traceback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.launcher import checks, postgres_server, redis_server
from scripts.launcher.problems import Problem
from scripts.launcher.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent.parent


def launch(**settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/launch.py", "run"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_said(done: subprocess.CompletedProcess[str], sentence: str, remedy: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    first, second = done.stderr.strip().splitlines()
    assert sentence in first
    assert remedy in second


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("setting", ["PORT", "SANDBOX_PORT"])
def test_a_port_in_use_names_the_setting_to_change(tmp_path, taken, setting):
    ports = {"PORT": str(checks.free_port()), "SANDBOX_PORT": str(checks.free_port()), setting: str(taken)}
    done = launch(DATA_DIR=str(tmp_path / "data"), **ports)
    assert_said(done, f"Port {taken} on 127.0.0.1 is in use.", f"make run {setting}=")


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "8000x"])
def test_a_port_that_is_no_port_is_said(tmp_path, port):
    assert_said(launch(DATA_DIR=str(tmp_path), PORT=port), "not a port number", "make run PORT=8000")


def test_portal_and_sandbox_cannot_share_a_port():
    with pytest.raises(Problem, match="cannot share port 8123"):
        read_settings({"PORT": "8123", "SANDBOX_PORT": "8123"})


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    done = launch(DATA_DIR=str(tmp_path / "file" / "data"))
    assert_said(done, "cannot be made", "make run DATA_DIR=")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "data").mkdir(mode=0o500)
    done = launch(DATA_DIR=str(tmp_path / "data"))
    assert_said(done, "cannot be written", "make run DATA_DIR=")


def test_a_data_folder_that_refuses_files_is_said(tmp_path, monkeypatch):
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(checks.tempfile, "TemporaryFile", refuse)
    with pytest.raises(Problem, match="cannot be written: Permission denied") as stop:
        checks.check_data_dir(tmp_path)
    assert "make run DATA_DIR=" in stop.value.remedy


def test_a_second_run_on_the_same_data_folder_is_said(tmp_path):
    with checks.hold_lock(tmp_path):
        done = launch(DATA_DIR=str(tmp_path))
    assert_said(done, f"already runs on the data folder {tmp_path} (process {os.getpid()})", "Ctrl-C")


def folder_with(path: Path, **programs: str) -> Path:
    """A folder for the PATH that holds a shell and these programs, name to shell script."""
    path.mkdir()
    (path / "sh").symlink_to("/bin/sh")
    for name, script in programs.items():
        (path / name).write_text(f"#!/bin/sh\n{script}\n")
        (path / name).chmod(0o755)
    return path


def test_a_missing_python_is_said_by_make(tmp_path):
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make on this machine")
    empty = folder_with(tmp_path / "bin")
    done = subprocess.run(
        [make, "run"], cwd=ROOT, env={"PATH": str(empty)}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Python 3.11 or later is needed and was not found on the PATH." in done.stderr
    assert "sudo apt install python3 python3-venv" in done.stderr


def find_python(path: Path) -> str:
    script = str(ROOT / "scripts" / "find-python.sh")
    done = subprocess.run(
        ["/bin/sh", script], env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def test_a_python_that_can_make_environments_is_taken_before_one_that_cannot(tmp_path):
    without_venv = 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac'
    folder = folder_with(tmp_path / "bin", python3=without_venv, **{"python3.11": "exit 0"})
    assert find_python(folder) == str(folder / "python3.11")


def test_a_python_without_venv_gets_the_apt_line(tmp_path):
    folder = folder_with(tmp_path / "bin", python3="exit 1")
    with pytest.raises(Problem, match="venv module is missing") as stop:
        checks.check_venv_module(str(folder / "python3"))
    assert "sudo apt install python3-venv" in stop.value.remedy


def test_an_old_python_is_refused():
    with pytest.raises(Problem, match=r"this is 3\.9"):
        checks.check_python((3, 9))


def test_without_any_redis_server_the_install_line_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(folder_with(tmp_path / "bin")))
    monkeypatch.setattr(redis_server, "_package_folders", list)
    with pytest.raises(Problem, match="No Redis") as stop:
        redis_server.redis_server_binary()
    assert "sudo apt install redis-server" in stop.value.remedy


def test_a_redis_url_where_nobody_listens_is_said_without_its_password():
    port = checks.free_port()
    with pytest.raises(Problem, match=f"No Redis answers at 127.0.0.1:{port}") as stop:
        redis_server.check_reachable(f"redis://:hidden-word@127.0.0.1:{port}/0")
    assert "hidden-word" not in str(stop.value)


def test_a_redis_url_that_is_none_is_said():
    with pytest.raises(Problem, match="not the address of a Redis"):
        redis_server.check_reachable("http://127.0.0.1:6379")


def test_a_data_folder_of_the_time_before_postgresql_is_left_untouched(tmp_path):
    old = tmp_path / "portal.db"
    old.write_bytes(b"SQLite format 3")
    ports = {"PORT": str(checks.free_port()), "SANDBOX_PORT": str(checks.free_port())}
    done = launch(DATA_DIR=str(tmp_path), DATABASE_URL="", **ports)
    assert_said(done, "a SQLite database of an earlier version", "make run DATA_DIR=.data-2")
    assert old.read_bytes() == b"SQLite format 3"


def test_without_any_postgresql_the_setting_for_a_server_of_ones_own_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(folder_with(tmp_path / "bin")))
    monkeypatch.setattr(postgres_server, "_package_folders", list)
    with pytest.raises(Problem, match="No PostgreSQL") as stop:
        postgres_server.prepare(tmp_path / "postgres")
    assert "make run DATABASE_URL=" in stop.value.remedy


def test_data_of_another_postgresql_is_said_and_left(tmp_path):
    server = postgres_server.prepare(tmp_path / "postgres", is_durable=False)
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Problem, match="was made by PostgreSQL 9") as stop:
        postgres_server.prepare(tmp_path / "postgres")
    assert "make run DATA_DIR=.data-2" in stop.value.remedy
    postgres_server.forget(tmp_path / "postgres")
