"""What was spent, a second time: a line a booking in files of this machine, for when the database loses its books.

Books that vanish, deleted or emptied, would grant the day's budget again. A day's books begin with what this file says
was spent. A reservation is noted at its estimate when it is made, so that one that is never settled counts too; of
several lines with one id the last one holds. Only the last days are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DAYS_KEPT = 3
_MOST = 10**15
"""A billion dollars: no line of ours has more."""
_Whose = tuple[str, str, str | None]
"""Scope, agent, and the user of the service, if it was one."""


@dataclass
class _Notes:
    """What the file of one `day` and one `inode` says up to byte `end`: what each id stands at, whose it is (scope,
    agent, asker), and the sums of these."""

    day: int
    inode: int
    end: int = 0
    stands: dict[str, tuple[_Whose, int]] = field(default_factory=dict)
    sums: Counter[_Whose] = field(default_factory=Counter)

    def take(self, line: bytes) -> None:
        """Read one more line; the last one of a process that was killed may be cut."""
        with suppress(ValueError, TypeError):
            scope, agent, id, micros, *asker = json.loads(line)  # lines of earlier programs name no asker
            if isinstance(micros, int) and 0 <= micros <= _MOST:
                whose = (scope, agent, asker[0] if asker else None)
                before, stood = self.stands.get(str(id), (whose, 0))
                self.sums[before] -= stood
                self.sums[whose] += micros
                self.stands[str(id)] = whose, micros


class Daybook:
    """The files with the name of `path` and a day, one a day, of the database at `place`. Safe to use from threads."""

    def __init__(self, path: Path, place: str) -> None:
        # Servers share a path.
        of = "" if place == str(path) else f"-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        self._folder, self._name = path.parent, f"{path.name}{of}.spent-"
        self._read = _Notes(0, 0)
        self._reading = threading.Lock()

    def note(self, row: Mapping[str, Any], micros: int) -> None:
        """Note that the reservation `row` (id, scope, day, agent, asker) stands at so many micro-dollars.

        A disk that takes no line takes no call's record either: that is told where it is met.
        """
        line = json.dumps([row["scope"], row["agent"], row["id"], micros, row["asker"]])
        with suppress(OSError):
            self._append(self._file(row["day"]), f"{line}\n".encode())

    def spent(self, books: Mapping[str, Any]) -> int:
        """Micro-dollars noted for the `books` of a scope and day, and of an agent or asker if named. OSError."""
        with self._reading:
            sums = self._caught_up(int(books["day"])).sums
        return sum(
            micros
            for (scope, agent, asker), micros in sums.items()
            if (scope, agent, asker) == (books["scope"], books.get("agent", agent), books.get("asker", asker))
        )

    def _caught_up(self, day: int) -> _Notes:
        """The notes of a day, with what was written since they were read."""
        file = self._file(day)
        if not file.exists():
            return _Notes(day, 0)
        with file.open("rb") as notes:
            found = os.fstat(notes.fileno())
            if (day, found.st_ino) != (self._read.day, self._read.inode) or found.st_size < self._read.end:
                self._read = _Notes(day, found.st_ino)
            notes.seek(self._read.end)
            text = notes.read()
        whole = text[: text.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._read.take(line)
        self._read.end += len(whole)
        return self._read

    def _append(self, file: Path, line: bytes) -> None:
        if not file.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._drop_old()
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)

    def _file(self, day: int) -> Path:
        return self._folder / f"{self._name}{day}"

    def _drop_old(self) -> None:
        for file in sorted(self._folder.glob(f"{self._name}*"))[: -(DAYS_KEPT - 1)]:
            file.unlink(missing_ok=True)
