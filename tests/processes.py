"""The sandbox as a process, for tests of anything that speaks to the carrier over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import requests

Found = TypeVar("Found")

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(check: Callable[[], Found], seconds: float = 10) -> Found:
    """Ask until the answer is true, and return it. Raises AssertionError after `seconds`.

    An AssertionError or a refused connection inside `check` counts as "not yet".
    """
    deadline = time.monotonic() + seconds
    while True:
        trouble: Exception | None = None
        answer = None
        try:
            answer = check()
        except (AssertionError, requests.RequestException) as not_yet:
            trouble = not_yet
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last answer: {answer!r}") from trouble
        time.sleep(0.02)


class Sandbox:
    """The stand-in carrier on ports of its own, with its data in `data_dir`."""

    def __init__(self, data_dir: Path, *, port: int = 0, smtp_port: int = 0):
        """`port` 0 takes a free one; `smtp_port` 0 catches no mail."""
        self.data_dir = data_dir
        self.port = port or free_port()
        self.smtp_port = smtp_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._http = requests.Session()
        self._http.trust_env = False

    @property
    def endpoints(self) -> dict[str, str]:
        """The base addresses of the two APIs and of the login."""
        return {
            "services_url": f"{self.url}/Services/2.0.0",
            "token_url": f"{self.url}/oauth2/token",
            "broker_url": f"{self.url}/msgbroker/rest",
        }

    def start(self, seconds: float = 30) -> Sandbox:
        """Start the process and wait until it answers; what it writes goes to data_dir/sandbox.log."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "sandbox.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sandbox"],
                cwd=ROOT,
                env=os.environ
                | {
                    "SANDBOX_PORT": str(self.port),
                    "DATA_DIR": str(self.data_dir),
                    "SANDBOX_SMTP_PORT": str(self.smtp_port),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        eventually(self._answers, seconds)
        return self

    def stop(self) -> None:
        """End it in order (SIGTERM), or with force when that takes more than 10 s."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None
        self._http.close()

    def kill(self) -> None:
        """kill -9, and wait until the port is free again."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None
            self._http.close()
            eventually(self._is_silent)

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *trouble: object) -> None:
        self.stop()

    def accounts(self) -> dict[str, dict[str, str]]:
        """Keys per account: account_key, token_secret, private_key, outbound_api_key."""
        return self._control("GET", "accounts")

    def add_key(self, account: str) -> str:
        """One more outbound API key."""
        key: str = self._control("POST", f"accounts/{account}/keys")["outbound_api_key"]
        return key

    def remove_key(self, account: str, key: str) -> None:
        """Make an outbound API key invalid."""
        self._control("DELETE", f"accounts/{account}/keys/{key}")

    def add_numbers(self, account: str, first: str, count: int) -> None:
        """A block of good numbers more, until the next reset."""
        self._control("POST", f"accounts/{account}/numbers", json={"first": first, "count": count})

    def state(self) -> dict[str, Any]:
        """Accounts with numbers and webhooks, counts, carried_out, faults, held, pending_webhooks."""
        return self._control("GET", "state")

    def webhooks(self, account: str, tn: str | None = None) -> list[dict[str, Any]]:
        """The account's webhooks, all or those of one ten-digit number."""
        hooks = self.state()["accounts"][account]["webhooks"]
        return [hook for hook in hooks if tn is None or hook["tn"] == tn]

    def outbox(self, to: str | None = None, sender: str | None = None) -> list[dict[str, Any]]:
        """Accepted texts, oldest first; numbers to filter by in any form."""
        wanted = {name: value for name, value in (("to", to), ("from", sender)) if value}
        items: list[dict[str, Any]] = self._control("GET", "outbox", params=wanted)["items"]
        return items

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Caught mails, newest first: id, to, from, subject, text, html, at."""
        items: list[dict[str, Any]] = self._control("GET", "mails", params={"to": to} if to else {})["items"]
        return items

    def inbound(
        self, sender: str | int, to: str | int | list[str], text: str = "", *, wait: bool = True, **more: Any
    ) -> dict[str, Any]:
        """A phone texts; the answer has referenceId and, with `wait`, deliveries.

        `more`: mediaUrls, referenceId, numbers_as.
        """
        return self._control(
            "POST", "inbound", json={"from": sender, "to": to, "text": text, "wait": wait, **more}
        )

    def receipt(self, reference: str, stat: str, *, swap: bool = False, wait: bool = True) -> dict[str, Any]:
        """Send a delivery receipt now."""
        return self._control(
            "POST", "receipt", json={"referenceId": reference, "stat": stat, "swap": swap, "wait": wait}
        )

    def fault(self, fault: str, operation: str | None = None, **more: Any) -> None:
        """Switch a fault on. `more`: times, seconds, then, every."""
        where = {"operation": operation} if operation else {}
        self._control("POST", "faults", json={"fault": fault, **where, **more})

    def clear_faults(self) -> None:
        """All faults off; held requests go on."""
        self._control("DELETE", "faults")

    def reset(self) -> None:
        """As new, but with the same keys."""
        self._control("POST", "reset")

    def wait_held(self, operation: str, phase: str = "before", seconds: float = 20) -> None:
        """Wait until a request to `operation` is held, before or after it was carried out."""
        wanted = {"operation": operation, "phase": phase}
        eventually(lambda: wanted in self.state()["held"], seconds)

    def _control(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self._http.request(method, f"{self.url}/control/{path}", timeout=30, **more)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        told: dict[str, Any] = answer.json()
        return told

    def _answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            log = (self.data_dir / "sandbox.log").read_text(errors="replace")
            raise RuntimeError(f"the sandbox ended with {self.process.returncode}:\n{log[-2000:]}")
        return bool(self.state())

    def _is_silent(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0
