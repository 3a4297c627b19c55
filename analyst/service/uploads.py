"""Uploaded tables: written as they come, hashed on the way, there whole or not at all; the same file twice is one.

Where a bucket is set, that is where uploads are kept: this machine's folder then holds copies of those in use, and any
machine of the service copies what it needs.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from analyst.core.errors import ConflictError, NotFoundError, StoreError, UploadError
from analyst.protocol.places import Place
from analyst.service.bucket import Bucket
from analyst.service.requests import REQUEST
from analyst.storage import jobs, uploads
from analyst.storage.database import Store
from analyst.storage.transaction import Transaction
from analyst.storage.uploads import Upload

MAX_NAME = 200
MB = 10**6
PART = ".part"
IN_USE_S = 3600.0
"""A copy that was asked for in the last hour may still be read."""
ABANDONED_S = 86_400.0
"""An unfinished file that nobody wrote to for so long belongs to no upload any more."""


class Receiving:
    """A file that is being uploaded. Leaving the block without `keep` leaves nothing behind."""

    def __init__(self, place: Path, limit_bytes: int) -> None:
        self.bytes = 0
        self._place, self._limit_bytes = place, limit_bytes
        self._digest = hashlib.sha256()

    def __enter__(self) -> Receiving:
        try:
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(self._place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        except OSError as error:
            raise _unwritable(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with suppress(OSError):  # what a full disk did not take is lost anyway
            self._file.close()
        self._place.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        """The digest of what came so far."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Take the next piece. UploadError: too much; StoreError: no room on the disk."""
        self.bytes += len(piece)
        if self.bytes > self._limit_bytes:
            raise too_large(self._limit_bytes)
        self._digest.update(piece)
        try:
            self._file.write(piece)
        except OSError as error:
            raise _unwritable(error) from error

    def keep(self, path: Path) -> None:
        """Give the file its place, whole."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._place.replace(path)
        except OSError as error:
            raise _unwritable(error) from error


@dataclass(frozen=True)
class Shelf:
    """Where uploads lie: in `folder` of this machine or, where there is a `bucket`, in that; `folder` then holds up to
    `copies_bytes` of copies."""

    folder: Path
    bucket: Bucket | None = None
    copies_bytes: int = 0

    def file(self, upload: Upload) -> Path:
        """The upload's file on this machine, whether it is there or not."""
        return self.folder / upload.id / upload.name


class Uploads:
    """The uploaded tables of every asker, on `shelf` and noted in `store`. `random` names unfinished files.

    `forget` is told of each file that was deleted.
    """

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        limit_mb: int,
        random: Callable[[], str] = secrets.token_hex,
        now: Callable[[Transaction], float] = Transaction.now,
        forget: Callable[[Path], None] = lambda file: None,
    ) -> None:
        self.limit_bytes = limit_mb * MB
        self._store, self._shelf, self._random, self._now = store, shelf, random, now
        self._forget = forget

    def sweep(self) -> None:
        """Remove what uploads left behind whose process was killed, and copies of uploads that were deleted."""
        for file in self._shelf.folder.glob(f".*{PART}"):
            with suppress(OSError):
                if time.time() - file.stat().st_mtime > ABANDONED_S:
                    file.unlink()
        if self._shelf.bucket is None:
            return
        for copy in self._copies():
            with self._store.read() as transaction:
                known = uploads.find(transaction, copy.parent.name)
            if known is None:
                self._drop(copy)

    def receive(self, name: str) -> Receiving:
        """Begin to take a file called `name`. UploadError: a name that can't be a file's."""
        plain = name == Path(name).name and name.isprintable() and not name.startswith(".")
        if not plain or not 0 < len(name.encode()) <= MAX_NAME:
            raise UploadError(f"{name[:MAX_NAME]!r} can't be the name of a table.", "Use a name such as sales.csv.")
        return Receiving(self._shelf.folder / f".{self._random()}{PART}", self.limit_bytes)

    def keep(self, received: Receiving, name: str, asker: str) -> Upload:
        """The upload that was received whole; the same bytes under the same name are the same upload."""
        if not received.bytes:
            raise UploadError("The upload is empty.", "Send the file as the request's body.")
        id = hashlib.sha256(f"{asker}\0{received.sha256}\0{name}".encode()).hexdigest()[:24]
        path = self._shelf.folder / id / name
        received.keep(path)
        if self._shelf.bucket is not None:
            self._shelf.bucket.put(path, _key(path))
            self._make_room()
        with self._store.write() as transaction:
            now = self._now(transaction)
            uploads.add(transaction, Upload(id, asker, name, received.sha256, received.bytes, str(path), now))
            found = uploads.find(transaction, id)
        return found or Upload(id, asker, name, received.sha256, received.bytes, str(path), now)

    def of(self, asker: str) -> list[Upload]:
        """The uploads of `asker`, the newest first."""
        with self._store.read() as transaction:
            return [self._here(upload) for upload in uploads.listing(transaction, asker)]

    def holds(self, file: Path, asker: str) -> bool:
        """Whether `file` is an upload of `asker`."""
        return any(_is_of(upload, file) for upload in self.of(asker))

    def find(self, id: str, asker: str) -> Upload:
        """The upload of `asker`, whose file is on this machine now.

        NotFoundError: there is none, or it is another asker's. StoreError: it can't be copied here.
        """
        found = self._known(id, asker)
        self.fetch(Path(found.path))
        return found

    def fetch(self, place: Place) -> Place:
        """Where to read the table at `place` on this machine: an upload, of whichever machine, is copied here. What is
        no upload stays where it is. StoreError: it can't be copied."""
        if not isinstance(place, Path):
            return place
        with self._store.read() as transaction:
            found = uploads.find(transaction, place.parent.name)
        if found is None or not _is_of(found, place):
            return place
        file = self._shelf.file(found)
        if self._shelf.bucket is None:
            return file if file.exists() else place
        if file.exists():
            os.utime(file)
        else:
            self._copy(self._shelf.bucket, found, file)
        return file

    def _copy(self, bucket: Bucket, upload: Upload, file: Path) -> None:
        beside = self._shelf.folder / f".{self._random()}{PART}"
        try:
            beside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.touch(0o600)
            if bucket.fetch(_key(file), beside) != upload.sha256:
                raise StoreError(f"The table {upload.id!r} in {bucket.url!r} is damaged.", "Upload it again.")
            file.parent.mkdir(mode=0o700, exist_ok=True)
            beside.replace(file)
        except OSError as error:
            raise _unwritable(error) from error
        finally:
            beside.unlink(missing_ok=True)
        self._make_room()

    def _make_room(self) -> None:
        """Remove the copies that were not used for longest, until the rest has room; none that may be read now."""
        used = sorted(((file.stat().st_mtime, file.stat().st_size, file) for file in self._copies()), reverse=True)
        held = 0
        for used_at, size, file in used:
            held += size
            if held > self._shelf.copies_bytes and time.time() - used_at > IN_USE_S:
                self._drop(file)

    def _copies(self) -> list[Path]:
        return [file for file in self._shelf.folder.glob("*/*") if file.is_file()]

    def _drop(self, file: Path) -> None:
        """Remove a file, and what else this machine keeps of it."""
        shutil.rmtree(file.parent, ignore_errors=True)
        self._forget(file)

    def _here(self, upload: Upload) -> Upload:
        """The upload with its file's path on this machine."""
        return replace(upload, path=str(self._shelf.file(upload)))

    def _known(self, id: str, asker: str) -> Upload:
        with self._store.read() as transaction:
            found = uploads.find(transaction, id)
        if found is None or found.asker != asker:
            raise NotFoundError(f"There is no table {id!r}.", "Upload it, or list your tables to see their ids.")
        return self._here(found)

    def delete(self, id: str, asker: str) -> None:
        """Forget a table and its file. ConflictError: an analysis of it waits or runs."""
        found = self._known(id, asker)
        with self._store.write() as transaction:
            asked = _asked(job.request for job in jobs.open_of(transaction, asker))
            if (found.id, found.name) in asked:
                raise ConflictError(f"The table {id!r} is being analyzed.", "Cancel the analysis or wait for its end.")
            uploads.remove(transaction, id)
        self._remove(found)

    def forget(self, before: float) -> int:
        """Forget the uploads from before that time (Unix seconds) that no kept analysis is about; how many."""
        with self._store.write() as transaction:
            asked = _asked(jobs.requests(transaction))
            older = uploads.older(transaction, before)
            old = [upload for upload in older if (upload.id, upload.name) not in asked]
            for upload in old:
                uploads.remove(transaction, upload.id)
        for upload in old:
            self._remove(upload)
        return len(old)

    def _remove(self, upload: Upload) -> None:
        file = self._shelf.file(upload)
        if self._shelf.bucket is not None:
            self._shelf.bucket.remove(_key(file))
        self._drop(file)


def _names(place: Place) -> tuple[str, ...]:
    """The last two names of a path: of an upload's file its id and its name, on every machine."""
    return place.parts[-2:] if isinstance(place, Path) else ()


def _asked(requests: Iterable[str]) -> set[tuple[str, ...]]:
    """The last two names of every table that the requests (JSON) are about."""
    return {_names(one.place) for text in requests for one in REQUEST.validate_json(text).source.each}


def _is_of(upload: Upload, place: Place) -> bool:
    """Whether `place` is the upload's file, on whichever machine."""
    return _names(place) == (upload.id, upload.name)


def _key(file: Path) -> str:
    return "/".join(_names(file))


def too_large(limit_bytes: int) -> UploadError:
    """What is told of a table that is larger than allowed."""
    return UploadError(
        f"The table is larger than {limit_bytes // MB:,} MB.",
        "Send a part of it, or set UPLOAD_LIMIT_MB.",
        too_large=True,
    )


def _unwritable(error: OSError) -> StoreError:
    return StoreError(
        f"The upload can't be written: {error.strerror or error}.", "Free some disk space, or set UPLOADS_DIR."
    )
