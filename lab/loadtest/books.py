"""What the ledger and the recorded calls of a simulated load test say, apart from what its workers told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analyst.budget.ledger import Ledger
from analyst.core.settings import Settings
from analyst.storage.calls import all_calls
from analyst.storage.database import Store
from analyst.storage.tables import to_usd
from lab.loadtest.records import CallLine, RequestLine
from lab.loadtest.statistics import spread


def books(settings: Settings) -> dict[str, Any]:
    """The ledger's sums (USD), every attempt by outcome, and the seconds that fallbacks took (time to fail over).

    `failover_s` of every answer by a fallback: none where the models before it were passed over without a call;
    `failover_faults_s` of the answers before which a call failed. A model that was late and answered all the same had
    no fault. `waited_s`: pauses that calls waited for, not counted in the time to fail over.
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
    answers = Counter(row["route_id"] for row in called if row["success"])
    lost = [
        0.0 if row["hedged"] and answers[row["route_id"]] > 1 else row["failover_s"]
        for row in called
        if row["success"] and (row["fallback_used"] or row["failover_s"])
    ]
    return {
        "spent_usd": str(spent),
        "reserved_usd": str(reserved),
        "cap_usd": str(settings.daily_budget_usd),
        "attempts": len(called),
        "passed_over": dict(Counter(row["error_reason"] for row in rows if not row["called"]).most_common()),
        "failed": dict(Counter(row["error_reason"] for row in called if row["error_reason"]).most_common()),
        "escalated_calls": sum(bool(row["escalated"]) for row in called),
        "failover_s": spread(lost),
        "failover_faults_s": spread([seconds for seconds in lost if seconds]),
        "hedged_calls": sum(bool(row["hedged"]) for row in called),
        "waited_s": spread([route["waited_s"] for route in routes if "waited_s" in route]),
    }


def at_booked_cost(lines: Sequence[RequestLine], settings: Settings) -> list[RequestLine]:
    """The requests with what their calls came to once all had ended (USD).

    An analysis that ends while a late call still runs beside the answer counts that at the most that it may cost.
    """
    store = Store.at(settings.metrics_export_path)
    try:
        rows = list(all_calls(store))
    finally:
        store.close()
    found, routes, runs = {row["request_id"]: row for row in rows}, Counter[str](), Counter[str]()
    for row in rows:
        routes[row["route_id"]] += row["cost_micros"]
        runs[row["run_id"]] += row["cost_micros"]

    def call_at_cost(call: CallLine) -> CallLine:
        row = found.get(call.id)
        return replace(call, id="", cost_usd=float(to_usd(routes[row["route_id"]])) if row else call.cost_usd)

    def line_at_cost(line: RequestLine) -> RequestLine:
        calls = tuple(map(call_at_cost, line.calls))
        run = next((found[call.id]["run_id"] for call in line.calls if call.id in found), None)
        return replace(line, calls=calls, cost_usd=float(to_usd(runs[run])) if run else line.cost_usd)

    return [line_at_cost(line) for line in lines]
