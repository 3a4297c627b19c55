"""The times that the dashboard can show: the last minutes or days, everything, or from one moment to another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from analyst.core.errors import UserError
from analyst.observability.live import DAY_S, HOUR_S, MINUTE_S
from analyst.storage.slices import Slice

DEFAULT = "24h"
LAST: Mapping[str, tuple[str, float]] = {
    "15m": ("15 minutes", 15 * MINUTE_S),
    "24h": ("24 hours", 24 * HOUR_S),
    "7d": ("7 days", 7 * DAY_S),
    "all": ("Everything", math.inf),
}
"""The ranges that end now, by the name in the address: what a person reads, and how many seconds they are."""
_FORM = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Chosen:
    """The range of a page: a name of LAST, or the moments `since` and `until` (Unix seconds) with their texts."""

    last: str = DEFAULT
    since: float = 0.0
    until: float = math.inf
    texts: tuple[str, str] = ("", "")

    @property
    def query(self) -> str:
        """Its part of an address."""
        return urlencode({"from": self.texts[0], "to": self.texts[1]}) if self.is_custom else f"over={self.last}"

    @property
    def is_custom(self) -> bool:
        """Whether it has an end of its own."""
        return any(self.texts)

    def slice(self, now: float) -> Slice:
        """The real calls that are in it."""
        return Slice(self.since, self.until) if self.is_custom else Slice(max(now - LAST[self.last][1], 0.0))

    def fields(self, now: float, zone: ZoneInfo) -> tuple[str, str]:
        """What a browser's two fields for the moments hold; the last day where nothing was entered."""
        begin, end = (datetime.fromtimestamp(moment, zone).strftime(_FORM) for moment in (now - DAY_S, now))
        return self.texts if self.is_custom else (begin, end)


def chosen_range(over: str, since: str, until: str, zone: ZoneInfo) -> Chosen:
    """The range that an address names: two moments in `zone`, of which one may be left open, else `over` of LAST.

    UserError for a text that is no moment, and for an end before the beginning.
    """
    if not since and not until:
        return Chosen(over if over in LAST else DEFAULT)
    begin, end = _moment(since, zone, 0.0), _moment(until, zone, math.inf)
    if begin >= end:
        raise UserError(f"The range ends ({until}) before it begins ({since}).", "Choose a later end.")
    return Chosen("", begin, end, (since, until))


def _moment(text: str, zone: ZoneInfo, otherwise: float) -> float:
    if not text:
        return otherwise
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        raise UserError(f"{text!r} is no date and time.", "Write it as 2026-11-24T08:00.") from None
    return max(moment, 0.0)
