"""An account at a made-up Inteliquent, whose answers the test decides."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses

from app.carriers.base import Carrier, Endpoints, Keys, OutboundText
from app.carriers.registry import connect
from app.vocabulary import CarrierName

SERVICES = "https://services.carrier.example/Services/2.0.0"
TOKENS = "https://token.carrier.example/oauth2/token"
BROKER = "https://broker.carrier.example/rest"


@dataclass
class Account:
    """The carrier under test, and what it is answered."""

    mock: responses.RequestsMock
    keys: Keys
    carrier: Carrier
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    private_key: str = field(default_factory=lambda: secrets.token_hex(8))

    def services(self, operation: str, body: Any, status: int = 200) -> None:
        self._answer(f"{SERVICES}/{operation}", body, status)

    def broker(self, operation: str, body: Any, status: int = 200) -> None:
        self._answer(f"{BROKER}/{operation}", body, status)

    def signs_in(self, *, expires_in: object = 3600) -> None:
        self._answer(TOKENS, {"access_token": self.token, "expires_in": expires_in}, 200)
        credential = {"privateKey": self.private_key}
        self.services("credential", {"statusCode": "200", "status": "Success", "credential": credential})

    def refuses_login(self) -> None:
        self._answer(TOKENS, {"error": "invalid_client"}, 401)

    def sent_to(self, operation: str) -> list[dict[str, Any]]:
        """The bodies that an operation was called with."""
        return [json.loads(call.request.body or "{}") for call in self.calls(operation)]

    def calls(self, operation: str) -> list[Any]:
        return [call for call in self.mock.calls if call.request.url.endswith(f"/{operation}")]

    def logins(self) -> list[dict[str, list[str]]]:
        return [parse_qs(call.request.body) for call in self.calls("token")]

    def _answer(self, url: str, body: Any, status: int) -> None:
        if isinstance(body, Exception | str | bytes):
            self.mock.post(url, body=body, status=status)
        else:
            self.mock.post(url, json=body, status=status)


@pytest.fixture
def account():
    keys = Keys(secrets.token_hex(8), secrets.token_hex(8), secrets.token_hex(8))
    carrier = connect(CarrierName.INTELIQUENT, keys, Endpoints(SERVICES, TOKENS, BROKER))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Account(mock, keys, carrier)


@pytest.fixture
def signed_in(account):
    account.signs_in()
    return account


@pytest.fixture
def text():
    return OutboundText("+12015550123", "+12125550142", "See you at eight")
