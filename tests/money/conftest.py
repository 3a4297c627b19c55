from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Store


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(1_795_392_000.0)  # 2026-11-23 00:00 UTC


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "metrics.db")
    yield opened
    opened.close()
