"""Tables in buckets (s3://, gs://, az://): a file, or all tables' files below a folder, copied here up to a size."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from analyst.core.errors import TableError
from analyst.datasets.sources.folders import SUFFIXES
from analyst.protocol.places import Url

MB = 10**6
_SETTLED_NS = 2 * 10**9
"""A file written less than this ago may be written again at the same time, to the second."""
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AWS_REGION, AWS_ENDPOINT_URL), or ~/.aws",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME with `az login`",
}
"""Where each kind of bucket takes its credentials from."""
Opened = Callable[[str], tuple[Any, str]]
"""The file system of a URL, and the path in it."""


def opened(uri: str) -> tuple[Any, str]:
    """The file system that pyarrow knows for a URL."""
    from pyarrow.fs import FileSystem

    found: tuple[Any, str] = FileSystem.from_uri(uri)
    return found


@dataclass(frozen=True)
class Bucket:
    """Copies what lies in a bucket, up to `most_bytes` in all."""

    most_bytes: int
    opened: Opened = opened
    clock_ns: Callable[[], int] = time.time_ns

    def fetch(self, url: Url, folder: Path) -> tuple[Path, int]:
        """The file, or the folder of files, as it lies in `folder` now; and its bytes. TableError: why not."""
        with self._reached(url) as (system, path, infos):
            size = sum(info.size for info in infos)
            if size > self.most_bytes:
                raise TableError(
                    f"{url.shown!r} holds {size // MB:,} MB; the maximum is {self.most_bytes // MB:,} MB.",
                    "Raise SOURCE_LIMIT_MB, or name one file or folder of it.",
                )
            target = folder / url.name
            for info in infos:
                inside = PurePosixPath(info.path).relative_to(path)
                _copy(system, info.path, target / inside if str(inside) != "." else target)
            return target, size

    def version(self, url: Url) -> str:
        """What changes with whatever is written there: the files with their sizes and times; "" where one has no time,
        or was written just now. TableError: why they can't be listed."""
        with self._reached(url) as (_, _, infos):
            times = [info.mtime_ns for info in infos]
            if None in times or max(times) > self.clock_ns() - _SETTLED_NS:
                return ""
            told = sorted(f"{info.path} {info.size} {info.mtime_ns}" for info in infos)
            return hashlib.sha256("\n".join(told).encode()).hexdigest()

    @contextmanager
    def _reached(self, url: Url) -> Iterator[tuple[Any, str, list[Any]]]:
        """The file system of a URL, the path in it, and the tables' files there. TableError: what went wrong, also in
        the block."""
        from pyarrow.lib import ArrowException

        if url.parts.query:
            raise TableError(f"{url.shown!r} takes no options.", f"Set {_CREDENTIALS[url.scheme]}.")
        try:
            system, path = self.opened(url.shown)
            infos = list(_files(system, path))
            if not infos:
                raise TableError(f"There is no table at {url.shown!r}.", "Check the path.")
            yield system, path, infos
        except (OSError, ArrowException) as error:
            reason = str(error).splitlines()[0][:200].rstrip(".")
            raise TableError(f"{url.shown!r} can't be read: {reason}.", f"Set {_CREDENTIALS[url.scheme]}.") from None


def _files(system: Any, path: str) -> Iterator[Any]:
    """The file at `path`, or the tables' files below it."""
    from pyarrow.fs import FileSelector, FileType

    found = system.get_file_info(path)
    if found.type == FileType.File:
        yield found
    elif found.type == FileType.Directory:
        below = system.get_file_info(FileSelector(path, recursive=True))
        yield from (info for info in below if info.type == FileType.File and info.path.lower().endswith(SUFFIXES))


def _copy(system: Any, path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with system.open_input_stream(path) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
