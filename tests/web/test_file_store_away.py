"""While the store of files is away, whoever asks for one hears that it is worth another try, and of what."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from app.config import MediaSettings, settings
from app.media.s3 import Bucket
from app.models import Attachment
from app.services.messaging import files
from app.vocabulary import AttachmentState
from tests import make
from tests.processes import free_port
from tests.web.browsing import HTMX, WebClient
from tests.web.linked import given, text_of

SENTENCE = "The file store does not answer at this moment: try again in a minute."


@pytest.fixture
def here(client: Callable[..., Any]) -> SimpleNamespace:
    """Una with a picture in a text and her client."""
    una = make.user()
    make.licence(una)
    text = make.message(make.assignment(una))
    file = make.attachment(text)
    page, address = (f"/m/{url.partition('/m/')[2]}" for url in given(file.id))
    return SimpleNamespace(una=una, client=client(una), text=text, file=file, page=page, address=address)


@pytest.fixture(params=["bucket", "folder"])
def away(request: pytest.FixtureRequest, here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the bucket was, or the folder is gone with its disk."""
    if request.param == "folder":
        shutil.rmtree(settings().data_dir / "media")
        return
    endpoint = f"http://127.0.0.1:{free_port()}"
    bucket = Bucket(MediaSettings("portal-media", "", endpoint, "us-east-1", "made", "up"))
    monkeypatch.setattr(bucket._client.meta.config, "retries", {"total_max_attempts": 1})
    monkeypatch.setattr(files, "store", lambda: bucket)


@pytest.mark.parametrize("part", ["file", "thumbnail"])
def test_a_client_is_told_503_of_what_and_when_to_try_again(here, away, part):
    answer = here.client.get(f"attachments/{here.file.id}/{part}")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.json["detail"] == SENTENCE
    assert answer.headers["Retry-After"] == "60"
    assert here.client.get(f"attachments/{here.file.id}").status_code == 200


@pytest.mark.parametrize("part", ["file", "thumbnail"])
def test_a_page_of_the_web_client_says_it_too(app, here, away, part):
    answer = WebClient(app, here.una).get(f"/unity/files/{here.file.id}/{part}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert SENTENCE in answer.text


def test_whoever_has_a_link_reads_it_on_a_page(stranger, here, away):
    answer = stranger.get(here.address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Not available for a moment" in text_of(answer)
    assert SENTENCE in text_of(answer)
    assert stranger.get(here.page).status_code == 200


class Full:
    """A store that takes nothing."""

    def put(self, key: str, source: Any) -> None:
        raise OSError(28, "No space left on device")


def test_what_is_not_kept_is_said_and_leaves_nothing(app, here, monkeypatch):
    monkeypatch.setattr(files, "store", Full)
    form = {"number_id": here.text.assignment_id, "file": (io.BytesIO(make.picture()), "a.png")}
    answer = here.client.call("POST", "attachments", data=form)
    assert (answer.status_code, answer.json["detail"]) == (503, SENTENCE)
    assert answer.headers["Retry-After"] == "60"
    form = {"number_id": here.text.assignment_id, "files": [(io.BytesIO(make.picture()), "a.png")]}
    listed = WebClient(app, here.una).post("/unity/files", form, headers=HTMX)
    assert f"a.png: {SENTENCE}" in listed.text
    states = [row.state for row in make.every(Attachment, message_id=None)]
    assert states == [AttachmentState.ERASED] * 2


def test_a_file_that_the_store_lost_is_not_there(here):
    """What is away comes back, what is lost does not."""
    shutil.rmtree(settings().data_dir / "media")
    (settings().data_dir / "media").mkdir()
    assert here.client.get(f"attachments/{here.file.id}/file").status_code == 404
