"""The platform as it stands now, for whoever watches: what is under way, how the models are, what happened lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analyst.observability.issues import issues
from analyst.observability.summary import summarise
from analyst.storage import timeline
from analyst.storage.database import Store
from analyst.storage.timeline import Bucket

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
RATE_S = MINUTE_S
"""The calls of so many seconds make the rate."""
BUCKETS = 60
"""Parts of a range that are told apart."""
MOST_FAILURES = 15


@dataclass(frozen=True)
class Now:
    """This moment: analyses that wait and run, calls in the last minute, the latest failures."""

    waiting: int
    running: int
    calls: int
    failures: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Range:
    """The time from `since` to `until` (Unix seconds; `since` 0: everything): the summary that the report is made of,
    what of it needs attention, and the calls in stretches of `width_s` seconds."""

    since: float
    until: float
    summary: Mapping[str, Any]
    issues: Sequence[str]
    width_s: float
    buckets: Sequence[Bucket]


def read_now(store: Store, now: float) -> Now:
    """What goes on. StoreError when it can't be read."""
    with store.read() as transaction:
        under_way = timeline.open_analyses(transaction)
        last = timeline.buckets(transaction, now - RATE_S, RATE_S)
        failed = timeline.failures(transaction, now - DAY_S, MOST_FAILURES)
    return Now(under_way["waiting"], under_way["running"], sum(bucket.calls for bucket in last), failed)


def read_range(store: Store, now: float, seconds: float | None, budget: Mapping[str, Any], *, target_s: float) -> Range:
    """The last `seconds` (None: everything, drawn as the last week), with the figures of `monitoring --report`."""
    since = None if seconds is None else now - seconds
    summary = summarise(store, now=now, target_s=target_s, since=since, by=("agent", "model"))
    drawn = seconds or 7 * DAY_S
    with store.read() as transaction:
        found = timeline.buckets(transaction, now - drawn, drawn / BUCKETS)
    told = [issue.text for issue in issues(summary, budget)]
    return Range(since or 0.0, now, summary, told, drawn / BUCKETS, found)
