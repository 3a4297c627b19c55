"""Which files a part of the program is made of, found by following its imports, and a digest that tells a change.

What is kept or runs on from an earlier program (a cached answer, a running gateway) is compared with the digest of
today's files: code and data alike, so that a changed word list or template counts as much as a changed function.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from analyst.core.settings import ROOT

_IMPORT = re.compile(r"^\s*(?:from|import) analyst\.(\w+)", re.MULTILINE)


def files_behind(starts: Iterable[Path], root: Path = ROOT) -> list[Path]:
    """The files `starts` and every file of the rooms of `root`/analyst that they import, directly or not; sorted."""
    found, left = set(starts), list(starts)
    rooms: set[str] = set()
    while left:
        for room in set(_IMPORT.findall(left.pop().read_text(encoding="utf-8"))) - rooms:
            rooms.add(room)
            files = files_below(root / "analyst" / room)
            found.update(files)
            left += [file for file in files if file.suffix == ".py"]
    return sorted(found)


def files_below(folder: Path) -> list[Path]:
    """Every file below `folder`, without what Python and editors leave there."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.parent.name != "__pycache__"]
    return [file for file in files if not file.name.startswith(".")]


def digest(files: Iterable[Path], root: Path = ROOT) -> str:
    """Changes when the name or the content of one of `files` does."""
    joined = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        joined.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return joined.hexdigest()
