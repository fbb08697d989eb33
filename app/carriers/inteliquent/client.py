"""Calls to Inteliquent's two APIs: signed in, timed, logged, and answered in our three kinds of trouble."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app.carriers import http
from app.carriers.base import CarrierRefused, Endpoints, Keys, KeysRefused
from app.carriers.inteliquent import answers, logins
from app.errors import CarrierTrouble

_logger = logging.getLogger(__name__)

# A list of all numbers or webhooks of a large account is longer than any other answer.
_LIST_BYTES = 32_000_000
_HEADER_SAFE = re.compile(r"[!-~]+")
_PRIVATE_KEY = re.compile(r"private\W?key", re.IGNORECASE)


class Client:
    """One account at the carrier: its keys and where the APIs are."""

    def __init__(self, keys: Keys, endpoints: Endpoints):
        self._keys = keys
        self._endpoints = Endpoints(
            services_url=endpoints.services_url.rstrip("/"),
            token_url=endpoints.token_url,
            broker_url=endpoints.broker_url.rstrip("/"),
        )

    @property
    def outbound_api_key(self) -> str:
        """The key that the carrier signs its calls to us with (D27)."""
        return self._keys.outbound_api_key

    def sign_in(self) -> None:
        """Try Account/Key and Token/Secret now, past what is kept (S5).

        Raises: KeysRefused(keys="services"), CarrierRefused, CarrierUnavailable.
        """
        with _logged("sign-in"):
            logins.sign_in(self._keys, self._endpoints)

    def services(self, operation: str, body: Mapping[str, Any], *, is_list: bool = False) -> dict[str, Any]:
        """Call the Services API. All that we use of it can be repeated without harm.

        A login that was kept and is refused is replaced by a fresh one, once.

        Raises: KeysRefused(keys="services"), NothingFound, CarrierRefused, CarrierUnavailable.
        """
        with _logged(operation):
            login, is_fresh = logins.current(self._keys, self._endpoints)
            try:
                return self._services(operation, body, login, is_list)
            except CarrierRefused as refusal:
                if is_fresh or not _is_about_login(refusal):
                    raise
            logins.forget(self._keys, self._endpoints, login)
            login, _ = logins.current(self._keys, self._endpoints)
            return self._services(operation, body, login, is_list)

    def broker(
        self,
        operation: str,
        body: Mapping[str, Any],
        *,
        repeatable: bool,
        is_list: bool = False,
        read_seconds: float = http.READ_SECONDS,
        hide: Iterable[str] = (),
    ) -> dict[str, Any]:
        """Call the message broker.

        Args: `repeatable` as in `http.post`; `hide`, words that must not appear in an error.
        Raises: KeysRefused(keys="broker"), NothingFound, CarrierRefused, CarrierUnavailable, CarrierSilent.
        """
        with _logged(operation):
            if not _HEADER_SAFE.fullmatch(self._keys.outbound_api_key):
                # No header can carry it, so it cannot be a key.
                raise answers.keys_refused("broker")
            answer = http.post(
                f"{self._endpoints.broker_url}/{operation}",
                headers={
                    "Accept": "application/json",
                    "Authorization": f"Bearer {self._keys.outbound_api_key}",
                },
                json=body,
                repeatable=repeatable,
                read_seconds=read_seconds,
                max_bytes=_LIST_BYTES if is_list else http.MAX_BYTES,
            )
            hide = (*logins.hidden(self._keys), *hide)
            return answers.read(answer, keys="broker", repeatable=repeatable, hide=hide)

    def _services(
        self, operation: str, body: Mapping[str, Any], login: logins.Login, is_list: bool
    ) -> dict[str, Any]:
        answer = http.post(
            f"{self._endpoints.services_url}/{operation}",
            headers={"Accept": "application/json", "Authorization": f"Bearer {login.token}"},
            json={"privateKey": login.private_key, **body},
            repeatable=True,
            max_bytes=_LIST_BYTES if is_list else http.MAX_BYTES,
        )
        hide = logins.hidden(self._keys, login.token, login.private_key)
        return answers.read(answer, keys="services", repeatable=True, hide=hide)


def _is_about_login(refusal: CarrierRefused) -> bool:
    """A token that ended early, or a private key that was replaced at the carrier."""
    return isinstance(refusal, KeysRefused) or bool(_PRIVATE_KEY.search(refusal.message))


@contextmanager
def _logged(operation: str) -> Iterator[None]:
    """One line per call: what, how it ended, how long it took. Never what was said."""
    started = time.monotonic()
    outcome = "crashed"
    try:
        yield
        outcome = "ok"
    except CarrierTrouble as trouble:
        outcome = type(trouble).__name__
        if isinstance(trouble, CarrierRefused) and trouble.code:
            outcome += f" {answers.quoted(trouble.code)}"
        raise
    finally:
        milliseconds = round((time.monotonic() - started) * 1000)
        _logger.info("inteliquent %s: %s in %d ms", operation, outcome, milliseconds)
