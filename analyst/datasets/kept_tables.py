"""Opened tables and their profiles on disk, for every process of this machine: what one has read, no other reads again.

A table is built in a folder of its builder and then renamed, so that it is there whole or not at all, also when its
builder is killed. Who uses it holds a shared lock, which ends with the process, however that ends. It is used on the
day of its profile only, and by the program that made it. The last process to leave takes everything along: no table
stays on the disk longer than somebody works with them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.metadata import version
from io import FileIO
from pathlib import Path
from uuid import uuid4

from analyst.core.errors import StoreError
from analyst.core.program import digest, files_behind
from analyst.core.settings import ROOT
from analyst.datasets.exact_json import read_opened, read_profile, write
from analyst.protocol.table import OpenedTable, TableProfile

_OPENED, _PROFILE, _LOCK, _FORGOTTEN = "opened.json", "profile.json", "lock", "forgotten"
_BUILDING, _YOUNG_S = "building-", 60.0
"""How the folders are called in which tables are built and removed, and for how long one may have no lock yet. A lock
that nobody holds is a killed process's: its folder is swept."""
_READING = ("opening.py", "profiling.py")
"""The modules of this room that an opened and profiled table rests on, with all that they import."""


@cache
def reading_program() -> str:
    """Changes with whatever an opened table or its profile rests on."""
    files = files_behind([ROOT / "analyst" / "datasets" / name for name in _READING])
    return f"{digest(files)} {version('duckdb')}"


class KeptTable:
    """A kept table in `folder` as one user holds it, until `release`."""

    def __init__(self, folder: Path, lock: FileIO, opened: OpenedTable) -> None:
        self.opened = replace(opened, database=folder / opened.database.name)
        self._folder, self._lock = folder, lock

    def profile(self) -> TableProfile | None:
        """Its profile; None where nobody made it yet."""
        try:
            found = read_profile((self._folder / _PROFILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return replace(found, table=self.opened)

    def keep_profile(self, profile: TableProfile) -> None:
        """Keep its profile for the next user. A disk that does not take it, or a value that has no text, costs the next
        one the time of profiling."""
        with suppress(OSError, TypeError):
            _write(self._folder / _PROFILE, write(profile))

    def release(self) -> None:
        """It is used no more."""
        with suppress(OSError):
            now = time.time_ns()  # finer than the kernel's own
            os.utime(self._folder / _LOCK, ns=(now, now))
        self._lock.close()


class KeptTables:
    """Up to `most_bytes` of tables in `folder` that nobody uses; safe to use from several threads and processes."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._presence: FileIO | None = None
        self._entering = threading.Lock()

    def name(self, *parts: object) -> str:
        """What a table is called among those kept that is known by `parts`."""
        told = "\0".join(map(str, (*parts, reading_program())))
        return f"{_today()}-{hashlib.sha256(told.encode()).hexdigest()[:32]}"

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A folder to build a table in; it goes with the block or with the process, unless it is added. StoreError."""
        try:
            self._be_present()
            folder = self._own_folder()
            lock = _shared(folder / _LOCK)
        except OSError as error:
            raise StoreError(
                f"{self._folder} can't be written: {error.strerror}.", "Free some disk space, or set STATE_DIR."
            ) from error
        try:
            yield folder
        finally:
            lock.close()
            shutil.rmtree(folder, ignore_errors=True)

    def hold(self, name: str) -> KeptTable | None:
        """The table `name`, which nobody takes away before its release; None: it is not kept."""
        folder = self._folder / name
        try:
            self._be_present()
            lock = FileIO(folder / _LOCK, "r+")
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            opened = read_opened((folder / _OPENED).read_text(encoding="utf-8"))
            if not os.path.samestat(os.fstat(lock.fileno()), (folder / _LOCK).stat()) or (folder / _FORGOTTEN).exists():
                raise FileNotFoundError
        except (OSError, ValueError):  # it is being removed
            lock.close()
            return None
        return KeptTable(folder, lock, opened)

    def add(self, name: str, built: Path, opened: OpenedTable) -> KeptTable | None:
        """Keep the table that was `built` as `name`, and hold it; None: it can't be kept, and stays where it is."""
        try:
            _strip(built, opened.database)
            _write(built / _OPENED, write(opened))
            lock = _shared(built / _LOCK)
            built.rename(self._folder / name)
        except (OSError, TypeError):
            return self.hold(name)  # another process may have kept it meanwhile
        return KeptTable(self._folder / name, lock, opened)

    def evict(self) -> None:
        """Remove what is forgotten or of another day, then the least recently used until the rest has room."""
        self._sweep()
        held = {folder: _bytes(folder) for folder in sorted(self._tables(), key=_used_at)}
        for folder in list(held):
            outdated = (folder / _FORGOTTEN).exists() or not folder.name.startswith(str(_today()))
            if (outdated or sum(held.values()) > self._most_bytes) and self._remove(folder):
                del held[folder]

    def forget(self, source: Path) -> None:
        """Remove what was read from the file `source`, which is deleted: what is used now goes at its release."""
        for folder in self._tables():
            with suppress(OSError, ValueError):
                if source in read_opened((folder / _OPENED).read_text(encoding="utf-8")).places:
                    (folder / _FORGOTTEN).touch(0o600)
        self.evict()

    def close(self) -> None:
        """Leave; the last process takes everything along."""
        if self._presence is None:
            return
        with self._presence as presence, suppress(OSError):
            fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for folder in self._tables():
                self._remove(folder)
            self._sweep()
        self._presence = None

    def _be_present(self) -> None:
        with self._entering:
            if self._presence is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._presence = _shared(self._folder / _LOCK)

    def _tables(self) -> list[Path]:
        return [file.parent for file in self._folder.glob(f"*/{_OPENED}") if not file.parent.name.startswith(_BUILDING)]

    def _own_folder(self) -> Path:
        folder = self._folder / f"{_BUILDING}{os.getpid()}-{uuid4().hex}"
        folder.mkdir(mode=0o700)
        return folder

    def _remove(self, folder: Path) -> bool:
        """Whether the table was removed: one that somebody uses stays."""
        try:
            with _alone(folder / _LOCK):
                gone = self._own_folder() / folder.name
                folder.rename(gone)
                shutil.rmtree(gone.parent, ignore_errors=True)
        except OSError:
            return False
        return True

    def _sweep(self) -> None:
        """Remove what killed processes were building or removing."""
        for folder in self._folder.glob(f"{_BUILDING}*"):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > _YOUNG_S:
                    with ExitStack() as held:
                        for lock in folder.rglob(_LOCK):
                            held.enter_context(_alone(lock))
                        shutil.rmtree(folder, ignore_errors=True)


def _shared(file: Path) -> FileIO:
    """A lock that many may hold. OSError."""
    lock = FileIO(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _alone(file: Path) -> FileIO:
    """A lock that only one may hold. OSError: somebody holds it, or there is no such file."""
    lock = FileIO(file, "r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise
    return lock


def _today() -> date:
    """A profile rests on the day: on which dates lie in the future."""
    return date.today()  # noqa: DTZ011 - the machine's day


def _strip(built: Path, database: Path) -> None:
    """Leave only the database in the folder, on the disk and its owner's alone to read."""
    for left in built.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left != database and left.name != _LOCK:
            left.unlink()
    database.chmod(0o600)
    with database.open("rb") as file:
        os.fsync(file.fileno())


def _write(file: Path, text: str) -> None:
    """Put `text` into `file`, whole."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as written:
        written.write(text)
    beside.replace(file)


def _used_at(folder: Path) -> float:
    with suppress(OSError):
        return (folder / _LOCK).stat().st_mtime
    return 0.0


def _bytes(folder: Path) -> int:
    with suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0
