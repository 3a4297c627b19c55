"""Tables that came on standard input: kept for a day on this machine, so that questions about one can follow."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from analyst.core.errors import StoreError, TableError

_FOLDER, _FILE = "piped", "stdin"
_MOST, _SOON_S, _KEPT_S = 3, 3600.0, 86_400.0
"""How many are kept for longer than an hour, and none for longer than a day."""


def keep(stream: IO[bytes], state_dir: Path) -> Path:
    """Where the bytes of the stream are now: the same ones at the same place. TableError: there is none. StoreError."""
    folder = state_dir.absolute() / _FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            shutil.copyfileobj(stream, file)
        written = Path(file.name)
        if written.stat().st_size == 0:
            written.unlink()
            raise TableError("Standard input is empty.", "Check the command before the pipe.")
        with written.open("rb") as again:
            place = folder / hashlib.file_digest(again, "sha256").hexdigest()[:24] / _FILE
        place.parent.mkdir(mode=0o700, exist_ok=True)
        written.replace(place)
        _sweep(folder)
    except OSError as error:
        raise StoreError(
            f"The table on standard input can't be kept: {error.strerror}.", "Free some disk space, or set STATE_DIR."
        ) from error
    return place


def is_piped(place: Path) -> bool:
    """Whether a table came on standard input."""
    return place.name == _FILE and place.parent.parent.name == _FOLDER


def _sweep(folder: Path) -> None:
    """Remove what is old, and what a killed process left."""
    now = time.time()
    files = [*folder.glob(f"*/{_FILE}"), *(file for file in folder.iterdir() if file.is_file())]
    newest = sorted(files, key=_written_at, reverse=True)
    for rank, file in enumerate(newest):
        age_s = now - _written_at(file)
        if age_s > _KEPT_S or (rank >= _MOST and age_s > _SOON_S):
            with suppress(OSError):
                file.unlink()
                if file.parent != folder:
                    file.parent.rmdir()


def _written_at(file: Path) -> float:
    with suppress(OSError):
        return file.stat().st_mtime
    return 0.0
