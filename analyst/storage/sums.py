"""Sums over the recorded calls, made in the database: what reports and statistics rest on.

Each function works inside the caller's transaction and is given the slice of the calls that it sums: real calls and a
simulation's are never mixed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analyst.storage.slices import EVERYTHING, Slice, within
from analyst.storage.tables import to_usd
from analyst.storage.transaction import Transaction

Key = tuple[Any, ...]
GROUPS = ("agent_name", "model_used", "day", "error_reason", "fallback_reason")
"""Columns that calls can be grouped by."""
_ANSWERED = "called AND success"
_ACCEPTED = "called AND success AND NOT rejected"
_OF = f"FROM calls WHERE {within('timestamp')}"


def _count(condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition})"


def _sum(column: str, condition: str = "") -> str:
    only = f" FILTER (WHERE {condition})" if condition else ""
    return f"coalesce(sum({column}){only}, 0)"


_MEASURES = {
    "attempts": "count(*)",
    "calls": _count("called"),
    "answered": _count(_ANSWERED),
    "accepted": _count(_ACCEPTED),
    "rejected": _count("rejected"),
    "escalations": _count("called AND escalated"),
    "hedged": _count("called AND hedged"),
    "primary_calls": _count("called AND model_used = primary_model"),
    "primary_accepted": _count(f"{_ACCEPTED} AND model_used = primary_model"),
    "fallbacks": _count(f"{_ANSWERED} AND fallback_used"),
    "input_tokens": _sum("input_tokens"),
    "output_tokens": _sum("output_tokens"),
    "cached_tokens": _sum("cached_tokens"),
    "accepted_input_tokens": _sum("input_tokens", _ACCEPTED),
    "accepted_output_tokens": _sum("output_tokens", _ACCEPTED),
    "cost_micros": _sum("cost_micros"),
    "latency_sum_s": _sum("latency_s", "called"),
    "failover_sum_s": _sum("failover_s", f"{_ANSWERED} AND fallback_used"),
}
_SECONDS = ("latency_sum_s", "failover_sum_s")


def sums(transaction: Transaction, by: Sequence[str], of: Slice = EVERYTHING) -> dict[Key, dict[str, Any]]:
    """The sums of _MEASURES for each combination of columns `by` (of GROUPS); counts are int, `*_s` float seconds."""
    return {key: _typed(row) for key, row in _grouped(transaction, by, _MEASURES.values(), of)}


@dataclass(frozen=True)
class Summed:
    """The sums of each group of calls, and the seconds that its calls took and that its fallbacks' answers lost."""

    sums: Mapping[Key, Mapping[str, Any]]
    taken: Mapping[Key, Sequence[float]]
    lost: Mapping[Key, Sequence[float]]


def sums_and_spans(transaction: Transaction, by: Sequence[str], of: Slice = EVERYTHING) -> Summed:
    """What `sums` gives, and each call's seconds, in one look at the calls.

    A group's seconds come as one text: a row for each of a million calls would cost more than all sums.
    """
    spans = [
        f"{transaction.joined('latency_s')} FILTER (WHERE called)",
        f"{transaction.joined('failover_s')} FILTER (WHERE {_ANSWERED} AND fallback_used)",
    ]
    found = list(_grouped(transaction, by, [*_MEASURES.values(), *spans], of))
    return Summed(
        {key: _typed(row[:-2]) for key, row in found},
        {key: _seconds(row[-2]) for key, row in found},
        {key: _seconds(row[-1]) for key, row in found},
    )


def _grouped(
    transaction: Transaction, by: Sequence[str], measures: Iterable[str], of: Slice
) -> Iterator[tuple[Key, Sequence[Any]]]:
    columns = ", ".join((*_known(by), *measures))
    for row in transaction.rows(f"SELECT {columns} {_OF}{_grouping(by)}", of.values):
        yield row[: len(by)], row[len(by) :]


def _seconds(joined: str | None) -> list[float]:
    return sorted(map(float, joined.split(","))) if joined else []


def _typed(sums: Sequence[Any]) -> dict[str, Any]:
    """PostgreSQL sums integers as Decimal, SQLite sums no rows of floats as 0: the types are made equal here."""
    return {name: float(value) if name in _SECONDS else int(value) for name, value in zip(_MEASURES, sums, strict=True)}


def rolled_up(parts: Mapping[Key, Mapping[str, Any]], at: Sequence[int]) -> dict[Key, dict[str, Any]]:
    """Sums by the key's places `at` alone, from sums by more: no second look at the calls."""
    whole: dict[Key, dict[str, Any]] = {} if at else {(): _typed([0] * len(_MEASURES))}
    for key, part in parts.items():
        into = whole.setdefault(tuple(key[place] for place in at), dict.fromkeys(_MEASURES, 0))
        for name, value in part.items():
            into[name] += value
    return whole


def with_rates(sums: Mapping[str, Any]) -> dict[str, Any]:
    """Sums as they are reported: `cost_usd` Decimal, `mean_*_s` seconds, rates as fractions (None: nothing counted)."""
    told = {name: value for name, value in sums.items() if name not in (*_SECONDS, "cost_micros")}
    return {
        "cost_usd": to_usd(sums["cost_micros"]),
        **told,
        "mean_latency_s": _rate(sums["latency_sum_s"], sums["calls"]),
        "mean_failover_s": _rate(sums["failover_sum_s"], sums["fallbacks"]),
        "success_rate": _rate(sums["answered"], sums["calls"]),
        "fallback_rate": _rate(sums["fallbacks"], sums["answered"]),
        "rejection_rate": _rate(sums["rejected"], sums["calls"]),
        "primary_success_rate": _rate(sums["primary_accepted"], sums["primary_calls"]),
        "cost_per_accepted_usd": to_usd(sums["cost_micros"]) / sums["accepted"] if sums["accepted"] else None,
    }


def grouped(transaction: Transaction, by: Sequence[str], of: Slice = EVERYTHING) -> list[dict[str, Any]]:
    """Counts, rates and sums of calls, a row for each combination of columns `by`, biggest cost first.

    Without `by` there is one row.
    """
    found = sums(transaction, by, of)
    return ranked([dict(zip(by, key, strict=True)) | with_rates(row) for key, row in found.items()], by)


def ranked(rows: Iterable[dict[str, Any]], by: Sequence[str]) -> list[dict[str, Any]]:
    """`rows` of `grouped`, biggest cost first, then most calls."""
    return sorted(rows, key=lambda row: (-row["cost_usd"], -row["calls"], *(row[name] for name in by)))


def reasons(transaction: Transaction, column: str, of: Slice = EVERYTHING) -> list[tuple[str, str, str, int]]:
    """(agent, model, reason, count) for `column`: "error_reason" of any row or "fallback_reason" of answered ones."""
    wanted = {
        "error_reason": "error_reason IS NOT NULL",
        "fallback_reason": f"fallback_reason IS NOT NULL AND {_ANSWERED} AND fallback_used",
    }[column]
    keys = ("agent_name", "model_used", column)
    query = f"SELECT {', '.join(keys)}, count(*) {_OF} AND {wanted}{_grouping(keys)} ORDER BY 1, 2, 3"
    return [(row[0], row[1], row[2], row[3]) for row in transaction.rows(query, of.values)]


def failovers(transaction: Transaction, of: Slice = EVERYTHING) -> dict[str, list[float]]:
    """By agent: the seconds lost to earlier attempts, of each answer that came from a fallback, shortest first."""
    query = f"SELECT agent_name, failover_s {_OF} AND {_ANSWERED} AND fallback_used ORDER BY 2"
    found: dict[str, list[float]] = {}
    for agent, seconds in transaction.rows(query, of.values):
        found.setdefault(agent, []).append(seconds)
    return found


def percentiles(seconds: Iterable[float], shares: Sequence[float]) -> list[float | None]:
    """Nearest-rank percentiles of `seconds`; None for each of the `shares` (fractions) when there are none."""
    ordered = sorted(seconds)
    return [_at(ordered, share) if ordered else None for share in shares]


def percentile(values: Iterable[float], share: float) -> float:
    """The nearest-rank percentile of `values` (not empty): the least of them that `share` (a fraction) don't pass."""
    return _at(sorted(values), share)


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def cost_on(transaction: Transaction, day: int, scenario: str = "") -> int:
    """Micro-dollars of all calls recorded on `day` (yyyymmdd)."""
    query = f"SELECT {_sum('cost_micros')} FROM calls WHERE day = :day AND coalesce(scenario, '') = :scenario"  # noqa: S608
    [(cost,)] = transaction.rows(query, {"day": day, "scenario": scenario})
    return int(cost)


def claims(transaction: Transaction, of: Slice = EVERYTHING, day: int | None = None) -> list[dict[str, Any]]:
    """By model: `calls` for which a cost was claimed that doesn't fit their tokens, what was booked for them instead,
    and the least and the most that was claimed for one (USD). `day` (yyyymmdd): of that day alone."""
    query = (
        f"SELECT model_used, count(*), {_sum('cost_micros')}, min(claimed_micros), max(claimed_micros) {_OF}"
        f" AND claimed_micros IS NOT NULL{'' if day is None else ' AND day = :day'} GROUP BY model_used ORDER BY 1"
    )
    found = transaction.rows(query, {**of.values, "day": day})
    return [
        {"model": row[0], "calls": int(row[1])}
        | {"booked_usd": to_usd(row[2]), "least_usd": to_usd(row[3]), "most_usd": to_usd(row[4])}
        for row in found
    ]


def run_totals(transaction: Transaction, model: str, of: Slice = EVERYTHING) -> dict[str, Any]:
    """Over runs that made calls: `runs`, their `cost_micros`, and `with_model`: runs with an accepted answer of it."""
    with_it = f"count(DISTINCT CASE WHEN {_ACCEPTED} AND model_used = :model THEN run_id END)"
    query = f"SELECT count(DISTINCT run_id), {_sum('cost_micros')}, {with_it} {_OF} AND run_id IS NOT NULL"
    [(count, cost, with_model)] = transaction.rows(query, {**of.values, "model": model})
    return {"runs": count, "cost_micros": int(cost), "with_model": with_model}


def _known(by: Sequence[str]) -> Sequence[str]:
    if unknown := set(by) - set(GROUPS):
        raise ValueError(f"calls can't be grouped by {sorted(unknown)!r}: choose from {GROUPS}")
    return by


def _grouping(by: Sequence[str]) -> str:
    return f" GROUP BY {', '.join(by)}" if by else ""


def _rate(part: float | Decimal, whole: int) -> float | None:
    return float(part / whole) if whole else None
