"""What the ledger and the recorded calls of a simulated load test say, apart from what its workers told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from analyst.budget.ledger import Ledger
from analyst.core.settings import Settings
from analyst.storage.calls import all_calls
from analyst.storage.database import Store
from lab.loadtest.statistics import spread


def books(settings: Settings) -> dict[str, Any]:
    """The ledger's sums (USD), every attempt by outcome, and the seconds that fallbacks took (time to fail over).

    `failover_prompt_s`: those before which nobody had to time out; `waited_s`: pauses that calls waited for because no
    other model could answer, not counted in the time to fail over.
    """
    store = Store.at(settings.metrics_export_path)
    try:
        spent, reserved = Ledger.of(store, settings).totals()
        rows = list(all_calls(store))
        with store.read() as transaction:
            routes = [json.loads(told) for (told,) in transaction.rows("SELECT tried FROM routes")]
    finally:
        store.close()
    called = [row for row in rows if row["called"]]
    return {
        "spent_usd": str(spent),
        "reserved_usd": str(reserved),
        "cap_usd": str(settings.daily_budget_usd),
        "attempts": len(called),
        "passed_over": dict(Counter(row["error_reason"] for row in rows if not row["called"]).most_common()),
        "failed": dict(Counter(row["error_reason"] for row in called if row["error_reason"]).most_common()),
        "escalated_calls": sum(bool(row["escalated"]) for row in called),
        "failover_s": spread(_failovers(called)),
        "failover_prompt_s": spread(_failovers(_without_time_outs(called))),
        "waited_s": spread([route["waited_s"] for route in routes if "waited_s" in route]),
    }


def _failovers(called: Sequence[Mapping[str, Any]]) -> list[float]:
    return [row["failover_s"] for row in called if row["success"] and row["fallback_used"]]


def _without_time_outs(called: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    slow = {row["route_id"] for row in called if row["error_reason"] == "timeout"}
    return [row for row in called if row["route_id"] not in slow]
