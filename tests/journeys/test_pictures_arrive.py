"""A picture goes from a phone to a client, and the worker that fetches it is killed meanwhile (D17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests import make
from tests.processes import eventually
from tests.running import Portal

pytestmark = pytest.mark.processes
PICTURE = make.picture("JPEG", (1200, 600))


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One whose leases of files are short."""
    running = Portal(tmp_path_factory.mktemp("pictures"), MEDIA_FETCH_SECONDS="3")
    try:
        yield running.start()
    finally:
        running.stop()


def test_a_picture_arrives_once_although_its_fetcher_is_killed(portal: Portal) -> None:
    client = portal.client("chris@demo.example")
    number = client.number("0780")

    def files() -> list[dict[str, Any]]:
        messages = client.call("GET", f"numbers/{number['id']}/messages?with=2125550157")["items"]
        return [file for message in messages for file in message["attachments"]]

    portal.sandbox.fault("slow", "media", times=1, seconds=20)
    requests.post(
        f"{portal.sandbox.url}/handset/send",
        data={"mine": "2125550157", "theirs": number["number"], "text": "Our house"},
        files={"picture": ("house.jpg", PICTURE)},
        timeout=10,
    )
    portal.sandbox.wait_held("media")
    [waiting] = eventually(files)
    assert waiting["state"] == "waiting"
    portal.kill("worker-media")
    portal.sandbox.clear_faults()

    eventually(lambda: [file["state"] for file in files()] == ["stored"], 60)
    [stored] = files()
    assert (stored["id"], stored["content_type"], stored["size"]) == (
        waiting["id"],
        "image/jpeg",
        len(PICTURE),
    )
    assert (stored["width"], stored["height"], stored["has_thumbnail"]) == (1200, 600, True)
    url = f"{portal.url}/client/v1/attachments/{stored['id']}/file"
    assert requests.get(url, headers=client.headers, timeout=10).content == PICTURE
    in_store = [one for one in (portal.data_dir / "media").rglob("*") if one.is_file()]
    assert sorted(one.read_bytes() == PICTURE for one in in_store) == [False, True]
