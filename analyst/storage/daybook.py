"""What was spent, a second time: a line a booking in a file beside the database, for when that is deleted or emptied.

Books that vanish would grant the day's budget again. New books begin with what this file says was spent. Only the last
days are kept; a reservation that was never settled stands in the database alone.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

from analyst.storage import budget
from analyst.storage.transaction import Transaction

Booking = tuple[str, int, str]
"""Whose books: scope, day (yyyymmdd), agent."""
DAYS_KEPT = 3


class Daybook:
    """The files beside the database in file `path`, one a day."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, scope: str, day: int, agent: str, micros: int) -> None:
        """Note a booking. A disk that takes no line takes no call's record either: that is told where it is met."""
        with suppress(OSError):
            file = self._path.with_name(f"{self._path.name}.spent-{day}")
            if not file.exists():
                self._drop_old()
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, (json.dumps([scope, day, agent, micros]) + "\n").encode())
            finally:
                os.close(handle)

    def restore(self, transaction: Transaction) -> None:
        """Begin new books with what was spent."""
        for (scope, day, agent), micros in sorted(self._spent().items()):
            budget.book(transaction, {"scope": scope, "day": day, "agent": agent}, micros, 0)

    def _spent(self) -> Counter[Booking]:
        spent: Counter[Booking] = Counter()
        for file in self._files():
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, TypeError):  # the last line of a process that was killed may be cut
                    scope, day, agent, micros = json.loads(line)
                    spent[str(scope), int(day), str(agent)] += int(micros)
        return spent

    def _files(self) -> list[Path]:
        return sorted(self._path.parent.glob(f"{self._path.name}.spent-*"))

    def _drop_old(self) -> None:
        for file in self._files()[: -(DAYS_KEPT - 1)]:
            file.unlink(missing_ok=True)
