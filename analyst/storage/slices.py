"""Which of the records a figure is made of: those of a time, of the real platform or of one simulation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone


@dataclass(frozen=True)
class Slice:
    """The records from `since` up to, and without, `until` (Unix seconds).

    `scenario` names a simulation, whose records are meant instead of the real ones.
    """

    since: float = 0.0
    until: float = math.inf
    scenario: str = ""

    @property
    def values(self) -> Mapping[str, float | str]:
        """The values of WITHIN."""
        return {"since": self.since, "until": self.until, "scenario": self.scenario}

    @property
    def bounds(self) -> dict[str, str | None]:
        """`since` and `until` as ISO 8601 in UTC; None where it is open."""
        return {"since": _iso(self.since) if self.since else None, "until": _iso(self.until)}


def within(moment: str) -> str:
    """The condition (SQL, with a slice's values) that column `moment` and column `scenario` are of the slice."""
    return f"{moment} >= :since AND {moment} < :until AND coalesce(scenario, '') = :scenario"


EVERYTHING = Slice()


def _iso(moment: float) -> str | None:
    return datetime.fromtimestamp(moment, timezone.utc).isoformat() if math.isfinite(moment) else None
