import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.server import ThreadedMotoServer

from app.config import BadSetting, MediaSettings, from_environment
from app.media import store as store_module
from app.media.folder import Folder
from app.media.s3 import Bucket
from app.media.store import Store, new_key

WORDS = b"0123456789" * 100_000


@pytest.fixture(scope="module")
def bucket() -> Iterator[Store]:
    """A bucket of a stand-in for S3, over HTTP."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    media = MediaSettings("portal-media", "texts", f"http://{host}:{port}", "us-east-1", "made", "up")
    client = boto3.client(
        "s3",
        endpoint_url=media.endpoint,
        region_name=media.region,
        aws_access_key_id="made",
        aws_secret_access_key="up",
    )
    client.create_bucket(Bucket=media.bucket)
    client.close()
    yield Bucket(media)
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Any) -> Store:
    return Folder(tmp_path / "media") if request.param == "folder" else request.getfixturevalue("bucket")


def test_what_was_put_is_read_whole_and_in_parts(store):
    key = new_key()
    store.put(key, io.BytesIO(WORDS))

    assert b"".join(store.read(key)) == WORDS
    assert b"".join(store.read(key, 7)) == WORDS[7:]
    assert b"".join(store.read(key, 7, 5)) == b"78901"
    assert b"".join(store.read(key, 7, 0)) == b""


def test_putting_again_replaces_and_deleting_again_is_no_error(store):
    key = new_key()
    store.put(key, io.BytesIO(b"old"))
    store.put(key, io.BytesIO(b"new"))
    assert b"".join(store.read(key)) == b"new"

    store.delete(key)
    store.delete(key)
    with pytest.raises(FileNotFoundError):
        store.read(key)


def test_nobody_else_on_the_machine_reads_a_file(tmp_path):
    folder, key = Folder(tmp_path / "media"), new_key()
    folder.put(key, io.BytesIO(b"private"))

    (path,) = [one for one in (tmp_path / "media").rglob("*") if one.is_file()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_breaks_off_leaves_nothing(tmp_path):
    class Breaks(io.BytesIO):
        def read(self, *_size: Any) -> bytes:
            raise ConnectionError

    folder = Folder(tmp_path / "media")
    with pytest.raises(ConnectionError):
        folder.put(new_key(), Breaks())
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_folder_that_is_gone_is_a_store_that_is_away(tmp_path):
    """The disk is not there: nothing says that the files are lost."""
    with pytest.raises(OSError, match="no folder") as trouble:
        Folder(tmp_path / "media").read(new_key())
    assert not isinstance(trouble.value, FileNotFoundError)


@pytest.mark.parametrize("trouble", [ReadTimeoutError, ConnectionClosedError])
def test_a_bucket_that_breaks_off_is_a_store_that_is_away(bucket, monkeypatch, trouble):
    class Breaks:
        def iter_chunks(self, _size: int) -> Iterator[bytes]:
            yield b"half"
            raise trouble(endpoint_url="")

        def close(self) -> None:
            closed.append(True)

    closed: list[bool] = []
    monkeypatch.setattr(bucket._client, "get_object", lambda **_: {"Body": Breaks()})
    with pytest.raises(OSError, match=trouble.__name__):
        b"".join(bucket.read(new_key()))
    assert closed == [True]


@pytest.mark.parametrize(
    "key", ["../../../etc/passwd", "/etc/passwd", "aa/../../secrets", "", "a", "ab\x00cdefgh"]
)
def test_a_key_never_leaves_the_folder(tmp_path, key):
    with pytest.raises(FileNotFoundError):
        Folder(tmp_path).read(key)


@pytest.mark.parametrize("address", ["/var/media", "s3://", "http://bucket", "file://media", "file:"])
def test_a_store_that_cannot_be_is_said_at_start(settings_with: Callable[..., dict[str, str]], address):
    with pytest.raises(BadSetting, match="MEDIA_STORE must be"):
        from_environment(settings_with(MEDIA_STORE=address))


def test_a_bucket_with_a_prefix_is_read_from_the_settings(settings_with):
    media = from_environment(settings_with(MEDIA_STORE="s3://portal/texts/", MEDIA_S3_SECRET="up")).media
    assert (media.bucket, media.prefix) == ("portal", "texts")
    assert "up" not in repr(media)


def test_a_folder_that_is_named_is_taken(settings_with):
    media = from_environment(settings_with(MEDIA_STORE="file:///srv/shared/media")).media
    assert (media.bucket, media.folder, media.is_named) == ("", "/srv/shared/media", True)
    assert store_module._store(media, Path("/elsewhere"))._root == Path("/srv/shared/media")


@pytest.mark.parametrize(
    "given",
    [
        {"MEDIA_FETCH_MOST_BYTES": "0"},
        {"MEDIA_FETCH_MOST_BYTES": "25 MB"},
        {"MEDIA_FETCH_SECONDS": "0"},
        {"MEDIA_FETCH_SECONDS": "241"},
    ],
)
def test_a_limit_that_cannot_be_is_said_at_start(settings_with, given):
    with pytest.raises(BadSetting, match=f"{next(iter(given))} must be "):
        from_environment(settings_with(**given))


def test_a_file_of_the_carrier_has_25_megabytes_and_a_minute_unless_said_otherwise(settings_with):
    given = from_environment(settings_with())
    assert (given.media_fetch_most_bytes, given.media_fetch_seconds) == (25_000_000, 60)
