"""What the ledger and the recorded calls of a simulated load test say, apart from what its workers told."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contracts.settings import Settings
from loadtest.statistics import spread
from money.ledger import Ledger
from store.calls import all_calls
from store.database import Store


def books(settings: Settings) -> dict[str, Any]:
    """The ledger's sums (USD), every attempt by outcome, and the seconds that fallbacks took (time to fail over)."""
    store = Store.at(settings.metrics_export_path)
    try:
        spent, reserved = Ledger.of(store, settings).totals()
        rows = list(all_calls(store))
    finally:
        store.close()
    called = [row for row in rows if row["called"]]
    fallbacks = [row["failover_s"] for row in called if row["success"] and row["fallback_used"]]
    return {
        "spent_usd": str(spent),
        "reserved_usd": str(reserved),
        "cap_usd": str(settings.daily_budget_usd),
        "attempts": len(called),
        "passed_over": dict(Counter(row["error_reason"] for row in rows if not row["called"]).most_common()),
        "failed": dict(Counter(row["error_reason"] for row in called if row["error_reason"]).most_common()),
        "escalated_calls": sum(bool(row["escalated"]) for row in called),
        "failover_s": spread(fallbacks),
    }
