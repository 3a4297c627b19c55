"""Whether what is asked for can be written at its end, found out before any work is done or money spent."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from analyst.core.errors import OutputError

ROOM_BYTES = 2**20
"""What must fit: a report with its charts takes about half of it."""
OTHER_RUN = "choose another --out or RUNS_DIR"


def check_folder(folder: Path, other: str = OTHER_RUN) -> None:
    """Refuse a folder for a run that can't be written. OutputError; `other` says what to choose instead."""
    _check_room(folder, other)
    charts = folder / "charts"
    if charts.is_symlink():
        raise OutputError(
            f"{str(charts)!r} is a link, and nothing is written outside the folder of a run.",
            f"Remove it, or {other}.",
        )


def check_file(path: Path, option: str) -> None:
    """Refuse a file that `option` names and that can't be written. OutputError."""
    if path.is_dir():
        raise OutputError(f"{option} {str(path)!r} is a folder.", "Name a file.")
    _check_room(path.parent, f"name another file with {option}")


def _check_room(folder: Path, other: str) -> None:
    try:
        there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        if not there.is_dir():
            raise OutputError(f"{str(there)!r} is a file, not a folder.", f"{other[0].upper()}{other[1:]}.")
        # Permissions alone don't tell: root may write everywhere but where the file system takes no files.
        with TemporaryFile(dir=there) as file:
            file.write(bytes(ROOM_BYTES))
    except OSError as error:
        raise OutputError(
            f"{str(folder)!r} can't be written to: {error.strerror}.", f"Make room, make it writable, or {other}."
        ) from None
