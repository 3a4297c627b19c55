"""What was spent, a second time: a line a booking in files of this machine, for when the database loses its books.

Books that vanish, deleted or emptied, would grant the day's budget again. A day's books begin with what this file says
was spent. A reservation is noted at its estimate when it is made, so that one that is never settled counts too; of
several lines with one id the last one holds. Only the last days are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

DAYS_KEPT = 3
_MOST = 10**15
"""A billion dollars: no line of ours has more."""


class Daybook:
    """The files with the name of `path` and a day, one a day, of the database at `place`."""

    def __init__(self, path: Path, place: str) -> None:
        # Servers share a path.
        of = "" if place == str(path) else f"-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        self._folder, self._name = path.parent, f"{path.name}{of}.spent-"

    def note(self, row: Mapping[str, Any], micros: int) -> None:
        """Note that the reservation `row` (id, scope, day, agent) stands at so many micro-dollars.

        A disk that takes no line takes no call's record either: that is told where it is met.
        """
        line = json.dumps([row["scope"], row["agent"], row["id"], micros])
        with suppress(OSError):
            self._append(self._file(row["day"]), f"{line}\n".encode())

    def spent(self, books: Mapping[str, Any]) -> int:
        """Micro-dollars that were noted for the `books` of a scope and day, and of an agent if named. OSError."""
        file = self._file(books["day"])
        noted: dict[str, int] = {}
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        for line in text.splitlines():
            with suppress(ValueError, TypeError):  # the last line of a process that was killed may be cut
                scope, agent, id, micros = json.loads(line)
                ours = scope == books["scope"] and agent == books.get("agent", agent)
                if ours and isinstance(micros, int) and 0 <= micros <= _MOST:
                    noted[str(id)] = micros
        return sum(noted.values())

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
