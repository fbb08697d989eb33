"""What a person is told when everything runs: addresses, sign-ins, keys, and numbers to try."""

from __future__ import annotations

import http.client
import json
import urllib.request
from collections.abc import Mapping
from typing import Any

STAFF = {
    "operator@example.com": "the whole system",
    "provider@example.com": "provider Demo Telecom",
    "reseller@example.com": "one of its resellers",
    "group@example.com": "one of its groups",
    "test@example.com": "My Test Provider, to walk the main job by hand",
}
CLIENTS = {
    "chris@demo.example": "holds 2019920780 and 2019920778, opted in",
    "dana@demo.example": "has a fresh number, not yet asked",
    "terry@test.example": "user of My Test Provider, without a number yet",
}
TEST_ACCOUNT = "test"
WRONG_KEY = "not-the-right-key"

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy does not know this machine


def answers(url: str) -> bool:
    """Does a GET of this address give 200?"""
    try:
        with _opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def lines(portal_url: str, sandbox_url: str, environment: Mapping[str, str]) -> list[str]:
    """The words to print.

    portal_url, sandbox_url: where they answer.  environment: of the processes, for the demo password.
    """
    keys: dict[str, str] = _get(f"{sandbox_url}/control/accounts")[TEST_ACCOUNT]
    state = _get(f"{sandbox_url}/control/state")
    return [
        "",
        f"Portal    {portal_url}/",
        f"Handset   {sandbox_url}/handset/   a phone, to text with the numbers",
        f"Mailbox   {sandbox_url}/mailbox/   mail ends here, none leaves this machine",
        f"Carrier   {sandbox_url}/           the stand-in for the Inteliquent cloud",
        "",
        f"Password of every sign-in: {environment['DEMO_PASSWORD']}",
        *(f"  {name:22} {what}" for name, what in STAFF.items()),
        *_second_factor(environment.get("SECOND_FACTOR_REQUIRED", "")),
        f"Clients (user id at {portal_url}/unity/ or POST {portal_url}/client/v1/session), same password:",
        *(f"  {name:22} {what}" for name, what in CLIENTS.items()),
        "",
        "Keys of My Test Provider at the sandbox (form Add CPaaS Platform):",
        f"  Account/Key            {keys['account_key']}",
        f"  Token/Secret           {keys['token_secret']}",
        f"  Outbound API Key       {keys['outbound_api_key']}",
        f"  a wrong one to try     {WRONG_KEY}",
        "",
        "Numbers of My Test Provider, and what becomes of each:",
        *(f"  {number}  {outcome}" for number, outcome in _outcomes(state)),
        "",
    ]


def _second_factor(required: str) -> list[str]:
    if required != "none":
        return [f"  A second factor is required for: {required or 'operators'}."]
    return ["  A second factor is not required here; in production operators must set one up."]


def _outcomes(state: Mapping[str, Any]) -> list[tuple[str, str]]:
    numbers = state["accounts"][TEST_ACCOUNT]["numbers"]
    return sorted((str(number["tn"]), str(number["outcome"])) for number in [*numbers, *state["elsewhere"]])


def _get(url: str) -> Any:
    with _opener.open(url, timeout=10) as answer:
        return json.load(answer)
