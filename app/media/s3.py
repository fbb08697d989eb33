"""A store in a bucket of whatever speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.config import MediaSettings

_PIECE = 256 * 1024
_GONE = {"NoSuchKey", "404", "NotFound"}


class Bucket:
    def __init__(self, media: MediaSettings):
        self._bucket = media.bucket
        self._prefix = f"{media.prefix}/" if media.prefix else ""
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=media.endpoint or None,
            region_name=media.region,
            aws_access_key_id=media.key or None,
            aws_secret_access_key=media.secret or None,
            config=Config(connect_timeout=3, read_timeout=15, retries={"total_max_attempts": 3}),
        )

    def put(self, key: str, source: BinaryIO) -> None:
        with _trouble():
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=source)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        if length == 0:
            return iter(())
        last = "" if length is None else start + length - 1
        part = {"Range": f"bytes={start}-{last}"} if start or length is not None else {}
        with _trouble():
            found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key, **part)
        return _pieces(found["Body"])

    def delete(self, key: str) -> None:
        with _trouble():
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key)


def _pieces(body: Any) -> Iterator[bytes]:
    with _trouble(), closing(body):
        yield from body.iter_chunks(_PIECE)


@contextmanager
def _trouble() -> Iterator[None]:
    """What goes wrong with a bucket, as what goes wrong with a folder."""
    try:
        yield
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        raise (FileNotFoundError if code in _GONE else OSError)(code) from None
    except BotoCoreError as trouble:
        raise OSError(type(trouble).__name__) from None
