from __future__ import annotations

import pytest


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(1_795_392_000.0)  # 2026-11-23 00:00 UTC
