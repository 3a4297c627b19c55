"""How hard the day's budget presses: what is left against what the rest of the day will want.

The policy reads it before each call and prefers cheaper models while it is high, so that the money lasts to the end of
the day and the hard cap is never met by surprise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

EVEN_HOURS = (1.0,) * 24
"""Every hour of the day alike."""
PRIOR_SHARE = 0.125
"""How much of a day the plan counts beside what was seen: three hours, so that one early call is no trend."""


@dataclass(frozen=True)
class Pressure:
    """A moment of the day's budget. Money in USD; `day_share` is the part of the day's work that is over (0 to 1).

    `known` is false when the books can't be read; nothing may be paid for then.
    """

    cap: Decimal
    spent: Decimal
    reserved: Decimal
    day_share: float
    soft_cap: Decimal
    known: bool = True

    @property
    def committed(self) -> Decimal:
        """What is spent or reserved."""
        return self.spent + self.reserved

    @property
    def remaining(self) -> Decimal:
        """What can still be reserved."""
        return max(self.cap - self.committed, Decimal(0))

    @property
    def planned(self) -> Decimal:
        """What should be committed by now if the soft limit is to last the whole day."""
        return self.soft_cap * Decimal(self.day_share)

    @property
    def soft_limit_passed(self) -> bool:
        """Whether the soft limit is reached: cheaper models should do the work from here on."""
        return not self.known or self.committed >= self.soft_cap

    @property
    def expected(self) -> Decimal:
        """What the rest of the day will want, at the day's rate so far blended with the plan's (PRIOR_SHARE)."""
        rate = (self.committed + self.soft_cap * Decimal(PRIOR_SHARE)) / Decimal(self.day_share + PRIOR_SHARE)
        return rate * Decimal(1 - self.day_share)

    @property
    def level(self) -> float:
        """The expected spend of the rest of the day over what remains; above 1 the money will not last.

        With nothing spent at the start of the day it is the soft share (0.8); infinite when nothing remains.
        """
        if not self.known or not self.remaining:
            return math.inf
        return float(self.expected / self.remaining)


UNKNOWN_PRESSURE = Pressure(Decimal(0), Decimal(0), Decimal(0), 0.0, Decimal(0), known=False)
"""The books can't be read."""


def day_bounds(moment: float, zone: ZoneInfo) -> tuple[float, float]:
    """When the local day of `moment` begins and ends, in Unix seconds."""
    local = datetime.fromtimestamp(moment, zone)
    start = datetime(local.year, local.month, local.day, tzinfo=zone)
    tomorrow = (start + timedelta(hours=36)).date()
    end = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    return start.timestamp(), end.timestamp()


def share_of_day(moment: float, zone: ZoneInfo, hours: Sequence[float] = EVEN_HOURS) -> float:
    """The part of the day's work that is over at `moment` (Unix seconds), `hours` weighing each local hour.

    Each hour of the day at `zone` counts as often as it occurs: a day with a clock change has 23 or 25 of them.
    """
    begun, ended = day_bounds(moment, zone)
    whole = done = 0.0
    while begun < ended:
        weight = hours[datetime.fromtimestamp(begun, zone).hour]
        length = min(3600.0, ended - begun)
        whole += weight * length
        done += weight * min(max(moment - begun, 0.0), length)
        begun += length
    return done / whole if whole else 0.0
