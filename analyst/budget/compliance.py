"""Spending against the day's budget, and against the naive platform that sends everything to GPT-4."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from analyst.budget.ledger import Ledger
from analyst.budget.pressure import day_bounds
from analyst.budget.prices import BASELINE_MODEL, load_prices
from analyst.core.agents import EMBEDDED_MODEL
from analyst.storage.database import Store
from analyst.storage.slices import Slice
from analyst.storage.sums import claims, cost_on, run_totals
from analyst.storage.tables import to_usd
from analyst.storage.timeline import spent_since_first

DAY_S, LEAST_RATE_S = 86_400.0, 3 * 3600.0
"""The spending of so long tells the rate of today; that of less than three hours is no trend."""
MICRO_USD = Decimal("0.000001")
PROJECTED_FROM_DAYS = 7
"""A full day's cost is projected from the runs of so many days: older ones had other models and prices."""


def compliance(
    store: Store, ledger: Ledger, expected_daily_requests: int, now: float, scenario: str = ""
) -> dict[str, Any]:
    """Today's spending (USD) against the ledger's cap, and a full day's at the cost of a run lately.

    `scenario` names a simulation, whose calls are counted instead of the real ones. `spent_usd` is the higher of what
    calls cost (`recorded_usd`) and what the ledger booked (`booked_usd`, which also holds calls whose process died
    before it could record them). `claims` are the costs claimed today that were not believed (storage.sums.claims).
    `day_end_usd` is what today will have cost at its end, if the rest of it goes on at the rate of the last 24 hours.
    """
    with store.read() as transaction:
        recorded = to_usd(cost_on(transaction, ledger.today(), scenario))
        lately = Slice(now - PROJECTED_FROM_DAYS * DAY_S, scenario=scenario)
        claimed = claims(transaction, Slice(scenario=scenario), ledger.today())
        a_run = _cost_per_run(run_totals(transaction, EMBEDDED_MODEL, lately))
        last_day = spent_since_first(transaction, Slice(now - DAY_S, scenario=scenario))
    booked, reserved = ledger.totals()
    spent = max(recorded, booked)
    day_end = _day_end(spent + reserved, *last_day, now, day_bounds(now, ledger.zone)[1])
    projected = None if a_run is None else a_run * expected_daily_requests
    return {
        "day": ledger.today(),
        "budget_usd": ledger.cap,
        "soft_budget_usd": ledger.soft_cap,
        "spent_usd": spent,
        "recorded_usd": recorded,
        "booked_usd": booked,
        "reserved_usd": reserved,
        "remaining_usd": max(ledger.cap - spent - reserved, Decimal(0)),
        "compliant": spent <= ledger.cap,
        "within_soft": spent + reserved <= ledger.soft_cap,
        "cost_per_run_usd": a_run,
        "expected_daily_requests": expected_daily_requests,
        "claims": claimed,
        "day_end_usd": day_end,
        "day_end_compliant": day_end <= ledger.cap,
        "projected_day_usd": projected,
        "projected_compliant": None if projected is None else projected <= ledger.cap,
    }


def _day_end(committed: Decimal, lately: Decimal, first: float | None, now: float, end: float) -> Decimal:
    """What is committed, and what the time until `end` will cost at the hourly rate of what was spent `lately`: in the
    last 24 hours, or since the `first` call where that was later, but at least over LEAST_RATE_S."""
    if first is None:
        return committed
    rate = lately / Decimal(min(max(now - first, LEAST_RATE_S), DAY_S))
    return committed + (rate * Decimal(end - now)).quantize(MICRO_USD)


def costs(total: Mapping[str, Any], of_runs: Mapping[str, Any]) -> dict[str, Any]:
    """Cost and savings in USD from the sums over calls (`analyst.storage.sums.grouped`) and over runs (`run_totals`).

    The baseline counts accepted calls only: the naive platform would not have made the failed ones.
    """
    baseline = load_prices().baseline(total["accepted_input_tokens"], total["accepted_output_tokens"])
    saved = baseline - total["cost_usd"]
    return {
        "total_usd": total["cost_usd"],
        "runs_with_calls": of_runs["runs"],
        "per_run_usd": _cost_per_run(of_runs),
        "baseline_usd": baseline,
        "baseline": f"computed: the accepted calls' tokens at {BASELINE_MODEL}'s list price",
        "saved_usd": saved,
        "saved_share": float(saved / baseline) if baseline else None,
    }


def _cost_per_run(of_runs: Mapping[str, Any]) -> Decimal | None:
    return to_usd(of_runs["cost_micros"]) / of_runs["runs"] if of_runs["runs"] else None
