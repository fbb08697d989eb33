"""Killed with -9, the sandbox goes on where it was."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.processes import ROOT, Sandbox, eventually
from tests.sandbox.customer import Api

pytestmark = pytest.mark.processes


def test_state_and_undelivered_webhooks_survive_kill_9(tmp_path, receiver):
    with Sandbox(tmp_path) as sandbox:
        api = Api(sandbox, "test")
        api.register(receiver.url, "2019920781")
        sandbox.fault("drop_receipts")
        api.send("12019920781", "12125550142", "before")
        receiver.answers = [503]
        sandbox.inbound("2125550142", "2019920781", "undelivered")
        keys, before = sandbox.accounts(), sandbox.state()

        sandbox.kill()
        sandbox.start()

        after = sandbox.state()
        assert sandbox.accounts() == keys
        assert {name: after[name] for name in ("accounts", "counts", "faults")} == {
            name: before[name] for name in ("accounts", "counts", "faults")
        }
        assert [item["text"] for item in sandbox.outbox()] == ["before"]
        eventually(lambda: receiver.texts() == ["undelivered", "undelivered"])


def test_the_store_is_for_its_owner_only(tmp_path):
    with Sandbox(tmp_path):
        assert (tmp_path / "sandbox.db").stat().st_mode & 0o777 == 0o600


def test_sigterm_ends_it_although_a_request_is_held(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        sandbox.fault("hang_before", "token", seconds=60)
        hanging = subprocess.Popen(
            [sys.executable, "-c", f"import requests; requests.post('{sandbox.url}/oauth2/token')"],
            stderr=subprocess.DEVNULL,
        )
        sandbox.wait_held("token")

        assert sandbox.process is not None
        sandbox.process.terminate()
        assert sandbox.process.wait(5) == 0
        hanging.wait(5)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("SANDBOX_PORT", "many", "SANDBOX_PORT is 'many'; it must be a port number"),
        ("SANDBOX_SMTP_PORT", "70000", "SANDBOX_SMTP_PORT is '70000'"),
        ("DATA_DIR", "/dev/null/data", "DATA_DIR cannot be used"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(tmp_path, setting, value, sentence):
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), setting: value},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith(sentence)
    assert "Traceback" not in ended.stderr
