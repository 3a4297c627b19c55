"""The platform as it stands now, for whoever watches: what is under way, how the models are, what happened lately."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyst.observability.issues import issues
from analyst.observability.summary import summarise
from analyst.storage import timeline
from analyst.storage.database import Store
from analyst.storage.slices import Slice
from analyst.storage.timeline import Bucket

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
RATE_S = MINUTE_S
"""The calls of so many seconds make the rate."""
BUCKETS = 60
"""Parts of a range that are told apart."""
MOST_FAILURES, MOST_RUNS = 15, 10


@dataclass(frozen=True)
class Now:
    """This moment: analyses that wait and run, calls in the last minute and those of them that failed."""

    waiting: int
    running: int
    calls: int
    failed: int


@dataclass(frozen=True)
class Range:
    """A time: the summary that the report is made of, what of it needs attention, the calls in `places` stretches of
    `width_s` seconds from `begin` on (Unix seconds), the latest failures, the costliest runs, and the latest
    runs without an answer."""

    begin: float
    width_s: float
    places: int
    summary: Mapping[str, Any]
    issues: Sequence[str]
    buckets: Sequence[Bucket]
    failures: Sequence[Mapping[str, Any]]
    costliest: Sequence[Mapping[str, Any]]
    unanswered: Sequence[Mapping[str, Any]]

    @property
    def end(self) -> float:
        """When the last stretch ends."""
        return self.begin + self.places * self.width_s


def read_now(store: Store, now: float) -> Now:
    """What goes on. StoreError when it can't be read."""
    with store.read() as transaction:
        under_way = timeline.open_analyses(transaction)
        calls, failed = timeline.calls_and_failed(transaction, Slice(now - RATE_S))
    return Now(under_way["waiting"], under_way["running"], calls, failed)


def read_range(store: Store, of: Slice, now: float, budget: Mapping[str, Any], *, target_s: float) -> Range:
    """The slice with the figures of `monitoring --report`."""
    summary = summarise(store, of, now=now, target_s=target_s, by=("agent", "model"))
    with store.read() as transaction:
        _, first = timeline.spent_since_first(transaction, of)
        begin, width_s, places = _stretches(of, now, now - DAY_S if first is None else first)
        found = timeline.buckets(transaction, of, begin, width_s)
        failed = timeline.failures(transaction, of, MOST_FAILURES)
        costliest = timeline.costliest_runs(transaction, of, MOST_RUNS)
        unanswered = timeline.unanswered_runs(transaction, of, MOST_FAILURES)
    told = [issue.text for issue in issues(summary, budget)]
    return Range(begin, width_s, places, summary, told, found, failed, costliest, unanswered)


def _stretches(of: Slice, now: float, first: float) -> tuple[float, float, int]:
    """Where the first stretch begins, how wide each is, how many there are: an open end is drawn until `now`, an open
    beginning from the `first` call on.

    Where the end moves on, the stretches begin at multiples of their width: they stand still until the next one begins.
    """
    begin, ended = of.since or first, math.isfinite(of.until)
    end = of.until if ended else max(now, begin + MINUTE_S)
    width_s = (end - begin) / BUCKETS
    return (begin, width_s, BUCKETS) if ended else (begin // width_s * width_s, width_s, BUCKETS + 1)
