"""A customer of the carrier: the side that calls the two APIs, and the webhook that is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from tests.processes import Sandbox


@dataclass
class Call:
    """A webhook call as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Receiver:
    """A customer's webhook: keeps what it is told and answers as it is told to."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def texts(self) -> list[str]:
        """The words of the calls, in the order in which they came."""
        return [call.body["text"] for call in self.calls]


class Api:
    """A customer's side of the two APIs, for one account."""

    def __init__(self, sandbox: Sandbox, account: str):
        self.keys = sandbox.accounts()[account]
        self.sandbox = sandbox

    def services(self, operation: str, **body: Any) -> requests.Response:
        """Call the Services API with key and secret, and the private key in the body."""
        return requests.post(
            f"{self.sandbox.url}/Services/2.0.0/{operation}",
            json={"privateKey": self.keys["private_key"]} | body,
            auth=(self.keys["account_key"], self.keys["token_secret"]),
            timeout=30,
        )

    def look_up(self, tn: str) -> requests.Response:
        """tnDetail of one number."""
        return self.services("tnDetail", tnSearchList={"tnSearchItem": [{"tnMask": tn}]})

    def broker(self, operation: str, **body: Any) -> requests.Response:
        """Call the message broker with the outbound API key."""
        return requests.post(
            f"{self.sandbox.url}/msgbroker/rest/{operation}",
            json=body,
            headers={"Authorization": f"Bearer {self.keys['outbound_api_key']}"},
            timeout=30,
        )

    def send(self, sender: str, to: str, text: str = "Hello", **more: Any) -> dict[str, Any]:
        """publishMessages to one recipient."""
        answer: dict[str, Any] = self.broker(
            "publishMessages", **{"from": sender, "to": [to], "text": text}, **more
        ).json()
        return answer

    def register(self, url: str, tn: str | None = None, **more: Any) -> str:
        """Add a webhook and return its authId."""
        where = {"tn": tn} if tn else {}
        answer = self.broker(
            "configureAuthorization",
            authorizations=[{"inboundAuth": True, "webhookUrl": url, **where, **more}],
        ).json()
        assert answer["success"], answer
        return str(answer["authConfig"]["authorizations"][0]["authId"])
