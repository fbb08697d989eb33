import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.carriers.base import DeliveryReceipt, InboundMessage
from app.db import db
from app.media import fetching
from app.media.folder import Folder
from app.models import User
from app.services.messaging import inbound_files, receipts
from app.services.messaging.inbound.process import process
from tests import make
from tests.stranger import Stranger, stranger


@pytest.fixture
def events(app: Flask) -> Callable[[Any], list[tuple[str, dict[str, Any]]]]:
    """What was published to a user's clients, oldest first, as (kind, data)."""
    redis = app.extensions["redis_for_streams"]

    def read(user: Any) -> list[tuple[str, dict[str, Any]]]:
        entries = redis.xrange(f"impp:user:{user.id}")
        return [(entry["kind"], json.loads(entry["data"])) for _id, entry in entries]

    return read


@pytest.fixture
def arrive() -> Callable[..., None]:
    """A text arrives for a number, as the receiver hands it on."""
    count = iter(range(10_000))

    def deliver(to: Any, text: str = "Hi", **fields: Any) -> None:
        given = {
            "carrier_reference": f"inbound-{next(count)}",
            "sender": make.PHONE,
            "recipients": (to.number,),
            "text": text,
        }
        process(to.platform_id, InboundMessage(**{**given, **fields}), {"text": text})

    return deliver


@pytest.fixture
def arrive_with(arrive: Callable[..., None]) -> Callable[..., None]:
    """A text with files arrives for a number: `arrive_with(number, address, ...)`."""
    return lambda to, *addresses, **fields: arrive(to, **fields, media_urls=addresses)


@pytest.fixture
def report() -> Callable[..., None]:
    """A delivery receipt arrives."""

    def settle(text: Any, stat: str, reference: str = "sent-1", **fields: Any) -> None:
        given = {
            "carrier_reference": reference,
            "numbers": (text.number, text.remote or make.PHONE),
            "stat": stat,
            "delivered": {"DELIVRD": True, "UNDELIV": False, "EXPIRED": False}.get(stat),
        }
        receipts.settle(text.platform_id, DeliveryReceipt(**{**given, **fields}))

    return settle


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stranger]:
    """Where the carrier's files are. Ours are in a store of this test's own, of 2 MB and 10 s at most."""
    real = fetching.fetch

    def watched(*args: Any, **kwargs: Any) -> Any:
        assert not db.session().in_transaction(), "a transaction is open while a stranger is asked"
        return real(*args, **kwargs)

    monkeypatch.setattr(fetching, "fetch", watched)
    with stranger() as running:
        settings = replace(
            app.extensions["settings"],
            sandbox_url=running.origin,
            data_dir=tmp_path,
            media_fetch_most_bytes=2_000_000,
            media_fetch_seconds=10,
        )
        monkeypatch.setitem(app.extensions, "settings", settings)
        yield running


@pytest.fixture
def in_store(tmp_path: Path) -> Callable[[], dict[str, bytes]]:
    """What the store of `server` holds, by key."""
    return lambda: {one.name: one.read_bytes() for one in (tmp_path / "media").rglob("*") if one.is_file()}


@pytest.fixture
def events_of(events: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`events` by the number instead of its user."""
    return lambda number: events(make.every(User, id=number.user_id)[0])


@pytest.fixture
def beside(app: Flask) -> Iterator[Callable[[], Future[None]]]:
    """Fetch in a process of its own, as it were; the future says when it is done."""

    def fetch() -> None:
        with app.app_context():
            inbound_files.fetch_due()

    with ThreadPoolExecutor(2) as pool:
        yield lambda: pool.submit(fetch)


@pytest.fixture
def putting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`putting(before=..., after=...)`: what happens at the first file that is put into the store."""

    def nothing() -> None:
        pass

    def interfere(before: Callable[[], None] = nothing, after: Callable[[], None] = nothing) -> None:
        real, firsts = Folder.put, iter([(before, after)])

        def put(self: Folder, key: str, source: Any) -> None:
            begin, end = next(firsts, (nothing, nothing))
            begin()
            real(self, key, source)
            end()

        monkeypatch.setattr(Folder, "put", put)

    return interfere
