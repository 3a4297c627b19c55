"""How several models' plans were settled, a row a run. Each function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyst.storage.slices import EVERYTHING, Slice, within
from analyst.storage.tables import COLUMNS, storable, to_usd
from analyst.storage.transaction import Transaction

COMPARED = ("agreed", "judged", "unsettled")
"""Outcomes of runs in which at least two plans were there to be compared."""


def add(transaction: Transaction, row: Mapping[str, Any]) -> None:
    """Record how one run's plans were settled (a value for every column of `consensus`)."""
    transaction.insert_new("consensus", {name: storable(name, row[name]) for name in COLUMNS["consensus"]})


def statistics(transaction: Transaction, of: Slice = EVERYTHING) -> dict[str, Any]:
    """Runs that wanted consensus, of a slice.

    `rate`: agreed of those with plans to compare; `judge_rate`: those of them in which a judge was asked (None: nothing
    to compare). `extra_usd` Decimal and `extra_s` seconds: what it took beyond one plan, in all, and a run.
    """
    found = transaction.rows(
        "SELECT outcome, count(*), coalesce(sum(asked), 0), coalesce(sum(planned), 0), count(*) FILTER (WHERE judged),"  # noqa: S608
        " coalesce(sum(extra_micros), 0), coalesce(sum(extra_s), 0) FROM consensus"
        f" WHERE {within('timestamp')} GROUP BY outcome ORDER BY outcome",
        of.values,
    )
    outcomes = {str(row[0]): int(row[1]) for row in found}
    runs, compared = sum(outcomes.values()), sum(outcomes.get(name, 0) for name in COMPARED)
    judged, extra = sum(int(row[4]) for row in found), to_usd(sum(int(row[5]) for row in found))
    extra_s = float(sum(row[6] for row in found))
    return {
        "runs": runs,
        "outcomes": outcomes,
        "compared": compared,
        "rate": outcomes.get("agreed", 0) / compared if compared else None,
        "judged": judged,
        "judge_rate": judged / compared if compared else None,
        "models_asked": sum(int(row[2]) for row in found),
        "plans": sum(int(row[3]) for row in found),
        "extra_usd": extra,
        "extra_usd_per_run": extra / runs if runs else None,
        "extra_s": extra_s,
        "extra_s_per_run": extra_s / runs if runs else None,
    }
