"""What a trade of the question set is: rows made by a seeded rule, how its file is written, what is asked of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd

from lab.benchmarks.questions.expectations import Expected

SEED = 4_150
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Trade:
    """`rows` hold Python values; the file shows dates by `dates` and numbers with a comma when `comma` is set."""

    name: str
    make: Callable[[Random], Rows]
    asked: Callable[[pd.DataFrame], dict[str, Expected]]
    delimiter: str = ","
    dates: str = "%Y-%m-%d"
    comma: bool = False
    flags: tuple[str, str] = ("true", "false")
    text: Callable[[str, Any], str | None] = lambda column, item: None

    def rows(self) -> Rows:
        """The rows, the same each time."""
        return self.make(Random(f"{SEED}-{self.name}"))

    def frame(self) -> pd.DataFrame:
        """The rows as pandas sees them: what expected answers are computed from."""
        frame = pd.DataFrame(self.rows())
        for name in frame.columns:
            if isinstance(frame[name].iloc[0], date):
                frame[name] = pd.to_datetime(frame[name])
        return frame

    def write(self, folder: Path) -> Path:
        """The file that the platform gets."""
        path, rows = folder / f"{self.name}.csv", self.rows()
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=self.delimiter, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows([self._shown(name, item) for name, item in row.items()] for row in rows)
        return path

    def _shown(self, column: str, item: Any) -> str:
        own = self.text(column, item)
        if own is not None:
            return own
        if item is None:
            return ""
        if isinstance(item, bool):
            return self.flags[0] if item else self.flags[1]
        if isinstance(item, datetime):
            return item.isoformat(sep=" ")
        if isinstance(item, date):
            return item.strftime(self.dates)
        return str(item).replace(".", ",") if self.comma and isinstance(item, float) else str(item)


def days(start: date, end: date) -> list[date]:
    """Every day from `start` to `end`, both included."""
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]
