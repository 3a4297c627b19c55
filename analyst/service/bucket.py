"""Uploaded tables on object storage or a shared folder, through pyarrow's filesystems: S3, Google, Azure, file://."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analyst.core.errors import SettingsError, StoreError

if TYPE_CHECKING:
    from pyarrow import NativeFile
    from pyarrow.fs import FileSystem

PIECE = 4 << 20
"""Bytes that are copied at once."""
KINDS = ("s3", "gs", "gcs", "abfs", "abfss", "file")


class Bucket:
    """The folder `path` of `filesystem`, which people know as `url`."""

    def __init__(self, filesystem: FileSystem, path: str, url: str) -> None:
        self.url = url
        self._filesystem, self._path = filesystem, PurePosixPath(path)

    @classmethod
    def at(cls, url: str) -> Bucket:
        """The bucket, or the folder in one, that `url` names. SettingsError: it names none."""
        parts = urlsplit(url)
        if parts.scheme not in KINDS:
            kinds = ", ".join(f"{kind}://" for kind in KINDS)
            raise SettingsError("UPLOADS_URL can't be used: its kind is unknown.", f"Begin it with one of {kinds}.")
        if parts.password is not None:
            raise SettingsError("UPLOADS_URL holds a secret.", "Give it as the storage's own variables do.")
        from pyarrow.fs import FileSystem

        shown = f"{parts.scheme}://{parts.netloc}{parts.path}"
        try:
            filesystem, path = FileSystem.from_uri(url)
        except (OSError, ValueError) as error:
            raise SettingsError(f"UPLOADS_URL {shown!r} can't be used: {_reason(error)}.", "Check it.") from None
        return cls(filesystem, path, shown)

    def put(self, file: Path, key: str) -> None:
        """Copy `file` there as `key`. StoreError."""
        with self._told("can't be written"):
            try:
                with file.open("rb") as source, self._opened(key) as target:
                    while piece := source.read(PIECE):
                        target.write(piece)
            except BaseException:
                self.remove(key)  # closing a stream keeps what came so far
                raise

    def fetch(self, key: str, file: Path) -> str:
        """Copy what is there as `key` into `file`; its SHA-256. StoreError: it can't be read, or is not there."""
        digest = hashlib.sha256()
        with (
            self._told("can't be read"),
            self._filesystem.open_input_stream(self._place(key)) as source,
            file.open("wb") as target,
        ):
            while piece := source.read(PIECE):
                digest.update(piece)
                target.write(piece)
        return digest.hexdigest()

    def remove(self, key: str) -> None:
        """Delete `key`, if it is there."""
        with suppress(OSError):
            self._filesystem.delete_file(self._place(key))

    def _opened(self, key: str) -> NativeFile:
        place = self._place(key)
        try:
            return self._filesystem.open_output_stream(place)
        except FileNotFoundError:  # a file system has folders, object storage has none
            self._filesystem.create_dir(str(PurePosixPath(place).parent), recursive=True)
            return self._filesystem.open_output_stream(place)

    def _place(self, key: str) -> str:
        return str(self._path / key)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise StoreError(f"The uploads in {self.url!r} {what}: {_reason(error)}.", "Try again later.") from error


def _reason(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0][:200].rstrip(".") if text else type(error).__name__
