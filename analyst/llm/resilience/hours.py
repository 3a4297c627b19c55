"""Time of day: the hours in which most of a day's analyses come, and how strongly cheaper models are preferred then.

Budgets are made by the day and work comes by office hours: what is saved in the peak pays for the rest of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PeakHours:
    """Working days from `start` to `end` (hours, local time): `saving` (0 to 1) weighs cost for `agents`, and why."""

    name: str
    start: int
    end: int
    agents: tuple[str, ...]
    saving: float
    why: str

    def holds(self, moment: datetime) -> bool:
        """Whether `moment` (local time) lies in it."""
        return moment.weekday() < 5 and self.start <= moment.hour < self.end


PEAKS = (
    PeakHours(
        name="morning",
        start=9,
        end=12,
        agents=("insight_generator", "report_writer"),
        saving=0.5,
        why="morning reports all arrive at the same time, so the two expensive agents prefer cheaper models",
    ),
    PeakHours(
        name="afternoon",
        start=13,
        end=17,
        agents=("report_writer",),
        saving=0.3,
        why="the afternoon is busy too, so only the premium report model is used less",
    ),
)
"""Which hours are busy and what moves to cheaper models then. Change it to your own company's day."""


def peak_at(moment: datetime, agent: str) -> PeakHours | None:
    """The peak that holds for `agent` at `moment` (local time); None outside of all."""
    return next((peak for peak in PEAKS if agent in peak.agents and peak.holds(moment)), None)
