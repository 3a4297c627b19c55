"""What an answer that was paid for is kept as, so that the next process need not pay again."""

from __future__ import annotations

from decimal import Decimal

from analyst.protocol.calls import CallRecord, Ranked, RouteRecord, Spending
from analyst.service.answered_once import RECORD


def test_a_record_is_read_as_it_was_kept_with_what_its_request_had_cost_by_then() -> None:
    spending = Spending()
    spending.begin("other")
    spending.end("other", Decimal("0.0012"))
    given = CallRecord(
        "request", "run", 1.0, "report_writer", "other", "model", True, None, 1, 1, 0, Decimal("0.1"), "pinned", 1.0, True,
        route=RouteRecord(order=(Ranked("model", "cheapest"),), spending=spending),
    )  # fmt: skip
    read = RECORD.validate_json(RECORD.dump_json(given))
    assert read.route.cost_usd == Decimal("0.0012")
    assert read.route.order == given.route.order
    assert read.cost_usd == given.cost_usd
