"""Uploaded tables: written as they come, hashed on the way, there whole or not at all; the same file twice is one."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from analyst.core.errors import ConflictError, NotFoundError, StoreError, UploadError
from analyst.service.requests import REQUEST
from analyst.storage import jobs, uploads
from analyst.storage.database import Store
from analyst.storage.transaction import Transaction
from analyst.storage.uploads import Upload

MAX_NAME = 200
MB = 10**6
PART = ".part"
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


class Uploads:
    """The uploaded tables of every asker, in `folder` and noted in `store`. `random` names unfinished files.

    `forget` is told of each file that was deleted.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        limit_mb: int,
        random: Callable[[], str] = secrets.token_hex,
        now: Callable[[Transaction], float] = Transaction.now,
        forget: Callable[[Path], None] = lambda file: None,
    ) -> None:
        self.limit_bytes = limit_mb * MB
        self._store, self._folder, self._random, self._now = store, folder, random, now
        self._forget = forget

    def sweep(self) -> None:
        """Remove what uploads left behind whose process was killed."""
        for file in self._folder.glob(f".*{PART}"):
            with suppress(OSError):
                if time.time() - file.stat().st_mtime > ABANDONED_S:
                    file.unlink()

    def receive(self, name: str) -> Receiving:
        """Begin to take a file called `name`. UploadError: a name that can't be a file's."""
        plain = name == Path(name).name and name.isprintable() and not name.startswith(".")
        if not plain or not 0 < len(name.encode()) <= MAX_NAME:
            raise UploadError(f"{name[:MAX_NAME]!r} can't be the name of a table.", "Use a name such as sales.csv.")
        return Receiving(self._folder / f".{self._random()}{PART}", self.limit_bytes)

    def keep(self, received: Receiving, name: str, asker: str) -> Upload:
        """The upload that was received whole; the same bytes under the same name are the same upload."""
        if not received.bytes:
            raise UploadError("The upload is empty.", "Send the file as the request's body.")
        id = hashlib.sha256(f"{asker}\0{received.sha256}\0{name}".encode()).hexdigest()[:24]
        path = self._folder / id / name
        received.keep(path)
        with self._store.write() as transaction:
            now = self._now(transaction)
            uploads.add(transaction, Upload(id, asker, name, received.sha256, received.bytes, str(path), now))
            found = uploads.find(transaction, id)
        return found or Upload(id, asker, name, received.sha256, received.bytes, str(path), now)

    def of(self, asker: str) -> list[Upload]:
        """The uploads of `asker`, the newest first."""
        with self._store.read() as transaction:
            return uploads.listing(transaction, asker)

    def holds(self, file: Path, asker: str) -> bool:
        """Whether `file` is an upload of `asker`."""
        return any(upload.path == str(file) for upload in self.of(asker))

    def find(self, id: str, asker: str) -> Upload:
        """The upload of `asker`. NotFoundError: there is none, or it is another asker's."""
        with self._store.read() as transaction:
            found = uploads.find(transaction, id)
        if found is None or found.asker != asker:
            raise NotFoundError(f"There is no table {id!r}.", "Upload it, or list your tables to see their ids.")
        return found

    def delete(self, id: str, asker: str) -> None:
        """Forget a table and its file. ConflictError: an analysis of it waits or runs."""
        found = self.find(id, asker)
        with self._store.write() as transaction:
            asked = {str(REQUEST.validate_json(job.request).table) for job in jobs.open_of(transaction, asker)}
            if found.path in asked:
                raise ConflictError(f"The table {id!r} is being analyzed.", "Cancel the analysis or wait for its end.")
            uploads.remove(transaction, id)
        self._remove(found)

    def forget(self, before: float) -> int:
        """Forget the uploads from before that time (Unix seconds) that no kept analysis is about; how many."""
        with self._store.write() as transaction:
            asked = {str(REQUEST.validate_json(request).table) for request in jobs.requests(transaction)}
            old = [upload for upload in uploads.older(transaction, before) if upload.path not in asked]
            for upload in old:
                uploads.remove(transaction, upload.id)
        for upload in old:
            self._remove(upload)
        return len(old)

    def _remove(self, upload: Upload) -> None:
        shutil.rmtree(Path(upload.path).parent, ignore_errors=True)
        self._forget(Path(upload.path))


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
