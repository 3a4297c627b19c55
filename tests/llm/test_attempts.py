"""Each step around one attempt, on its own: admitted, reserved, observed, recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.budget.prices import load_prices
from analyst.core.errors import CallError, GatewayLostError, KeyRejectedError
from analyst.core.settings import load_settings
from analyst.llm.attempts import Admitted, Attempts, Call, Observed, Recorded, Reserved
from analyst.llm.failures import UselessReplyError
from analyst.llm.listening import Patience
from analyst.llm.resilience.breaker import TRIPS_AT
from analyst.llm.resilience.health import Health
from analyst.llm.resources import Books, Gateway, Runtime
from analyst.llm.route import Route
from analyst.protocol.calls import CallRecord, CallRequest, GatewayReply
from analyst.storage.calls import all_calls
from analyst.storage.database import Store
from monitoring import PerformanceMonitor
from tests.recorded import metrics

SONNET, LOCAL = "claude-sonnet-5-5", "ollama-llama3.1"
REQUEST = CallRequest("report_writer", [{"role": "user", "content": "Write the report."}], 800, run_id="r1")
REPLY = GatewayReply("{}", SONNET, SONNET, input_tokens=1000, output_tokens=100, latency_s=1.0)
NOTHING = Decimal(0)


@dataclass
class Desk:
    """A ledger, a monitor and a health on one store."""

    store: Store
    ledger: Ledger
    books: Books
    health: Health

    def rows(self) -> list[tuple[str, bool, bool, str, int]]:
        return [
            (row["model_used"], row["called"], row["success"], row["cost_source"], row["cost_micros"])
            for row in all_calls(self.store)
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = load_settings(tmp_path / "none.env", metrics_export_path=tmp_path / "m.db", database_url=None)
    store = Store.at(tmp_path / "m.db")
    ledger = Ledger(store, DailyBudget(Decimal(1), "UTC"))
    yield Desk(store, ledger, Books(load_prices(), ledger, PerformanceMonitor(settings, store=store)), Health())
    store.close()


def a_call(model: str = SONNET) -> Call:
    return Call(Route(REQUEST, SONNET, 0.0, "route"), REQUEST, model, Patience(10.0))


class Says:
    """A client that gives the answers in order."""

    def __init__(self, *answers: GatewayReply | BaseException) -> None:
        self._answers = list(answers)

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        answer = self._answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def ending(record: CallRecord, seen: list[Call] | None = None) -> Callable[[Call], CallRecord]:
    def step(call: Call) -> CallRecord:
        if seen is not None:
            seen.append(call)
        return record

    return step


def raising(error: BaseException) -> Callable[[Call], CallRecord]:
    def step(call: Call) -> CallRecord:
        raise error

    return step


def test_reserved_holds_the_worst_case_while_the_call_runs_and_books_what_it_cost(desk: Desk) -> None:
    held: list[tuple[Decimal, Decimal]] = []

    def look(call: Call) -> CallRecord:
        held.append((call.reserved, desk.ledger.totals()[1]))
        return metrics("a", cost_usd=Decimal("0.003"), cost_source="pinned")

    Reserved(look, load_prices(), desk.ledger)(a_call())
    [(told, booked)] = held
    assert told == booked > Decimal("0.008")
    assert desk.ledger.totals() == (Decimal("0.003"), NOTHING)


@pytest.mark.parametrize(
    ("error", "spent"), [(KeyboardInterrupt(), True), (ZeroDivisionError(), True), (KeyRejectedError("no"), False)]
)
def test_reserved_books_the_estimate_of_what_is_broken_off_but_not_of_what_the_gateway_refused(
    desk: Desk, error: BaseException, spent: bool
) -> None:
    with pytest.raises(type(error)):
        Reserved(raising(error), load_prices(), desk.ledger)(a_call())
    booked, reserved = desk.ledger.totals()
    assert (booked > 0, reserved) == (spent, NOTHING)


def test_reserved_gives_back_what_was_not_billed_and_charges_a_free_model_that_cost(desk: Desk) -> None:
    unbilled = metrics("a", cost_usd=NOTHING, cost_source="none")
    Reserved(ending(unbilled), load_prices(), desk.ledger)(a_call())
    assert desk.ledger.totals() == (NOTHING, NOTHING)
    billed, seen = metrics("b", cost_usd=Decimal("0.02"), cost_source="gateway"), list[Call]()
    Reserved(ending(billed, seen), load_prices(), desk.ledger)(a_call(LOCAL))
    assert seen[0].reserved == 0
    assert desk.ledger.totals() == (Decimal("0.02"), NOTHING)


def test_reserved_asks_nobody_when_the_budget_refuses(desk: Desk) -> None:
    desk.ledger.charge(Decimal(1), agent="a", model=SONNET)
    seen: list[Call] = []
    with pytest.raises(CallError) as refusal:
        Reserved(ending(metrics("a"), seen), load_prices(), desk.ledger)(a_call())
    assert (refusal.value.reason, seen) == ("over_budget", [])


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (REPLY, (SONNET, True, True, "pinned", 3000)),
        (replace(REPLY, text=" "), (SONNET, True, False, "pinned", 3000)),
        (replace(REPLY, output_tokens=0), (SONNET, True, True, "reservation", 9000)),
        (CallError("timeout", "slow", billed=True), (SONNET, True, False, "reservation", 9000)),
        (CallError("unavailable", "503"), (SONNET, True, False, "none", 0)),
    ],
)
def test_recorded_keeps_what_a_call_cost_and_who_says_so(
    desk: Desk, answer: GatewayReply | CallError, kept: tuple[str, bool, bool, str, int]
) -> None:
    record = Recorded(Gateway(Says(answer)), desk.books, Runtime())(replace(a_call(), reserved=Decimal("0.009")))
    assert desk.rows() == [kept]
    assert record.success == (record.error is None) == kept[2]


def test_recorded_keeps_what_interrupts_a_call_and_nothing_of_a_key_that_is_refused(desk: Desk) -> None:
    step = Recorded(Gateway(Says(KeyboardInterrupt(), KeyRejectedError("no"))), desk.books, Runtime())
    with pytest.raises(KeyboardInterrupt):
        step(replace(a_call(), reserved=Decimal("0.009")))
    with pytest.raises(KeyRejectedError):
        step(a_call())
    assert desk.rows() == [(SONNET, True, False, "reservation", 9000)]


def under_way(health: Health) -> Sequence[object]:
    """Whether the model's one place is taken."""
    try:
        health.admit(LOCAL, 10, 5.0)
    except CallError as refusal:
        return [refusal.reason]
    return []


def test_observed_counts_a_call_while_it_is_under_way(desk: Desk) -> None:
    health, seen = Health(at_once={LOCAL: 1}), list[Sequence[object]]()

    def look(call: Call) -> CallRecord:
        seen.append(under_way(health))
        return metrics("a")

    Observed(look, health, lambda: True)(a_call(LOCAL))
    assert (seen, under_way(health)) == ([["rate_limited"]], [])


LOST, SLOW, DOWN = GatewayLostError("gone", billed=False), CallError("timeout", "slow"), CallError("unavailable", "503")


@pytest.mark.parametrize(
    ("error", "keeps_up", "left_alone"),
    [(LOST, True, False), (DOWN, True, True), (SLOW, True, True), (SLOW, False, False), (DOWN, False, True)],
)
def test_observed_learns_from_failures_of_the_model_but_not_of_the_gateway_or_a_late_one(
    desk: Desk, error: CallError, keeps_up: bool, left_alone: bool
) -> None:
    for _ in range(TRIPS_AT):
        Observed(ending(metrics("a").failed(error)), desk.health, lambda: keeps_up)(a_call())
    assert (desk.health.pause(SONNET) != 0) is left_alone


def test_observed_judges_a_failure_by_when_the_call_was_asked(desk: Desk) -> None:
    def hangs_while_others_are_answered(call: Call) -> CallRecord:
        time.sleep(0.001)
        desk.health.answered(SONNET, REPLY)
        return metrics("a").failed(SLOW)

    for _ in range(TRIPS_AT):
        Observed(hangs_while_others_are_answered, desk.health, lambda: True)(a_call())
    assert desk.health.pause(SONNET) == 0


def test_admitted_asks_nothing_of_a_model_that_is_left_alone(desk: Desk) -> None:
    for _ in range(TRIPS_AT):
        desk.health.failed(SONNET, CallError("unavailable", "503"))
    seen: list[Call] = []
    with pytest.raises(CallError) as refusal:
        Admitted(ending(metrics("a"), seen), desk.health)(a_call())
    assert (refusal.value.reason, seen) == ("unavailable", [])


def test_an_attempt_that_was_refused_is_recorded_as_no_call(desk: Desk) -> None:
    desk.ledger.charge(Decimal(1), agent="a", model=SONNET)
    record = Attempts(Gateway(Says()), desk.books, desk.health, Runtime()).make(a_call())
    assert (record.called, record.error_reason, record.text) == (False, "over_budget", "")
    assert desk.rows() == [(SONNET, False, False, "none", 0)]


@pytest.mark.parametrize(
    ("figures", "booked"),
    [
        ({}, ("pinned", Decimal("0.003"))),
        ({"provider_cost_usd": Decimal("0.002")}, ("provider", Decimal("0.002"))),
        ({"estimated": True}, ("reservation", None)),
        ({"output_tokens": 0}, ("reservation", None)),
        ({"output_tokens": 10**8}, ("reservation", None)),
    ],
)
def test_an_answer_of_no_use_is_booked_by_its_figures_where_the_provider_told_any(
    figures: dict[str, Any], booked: tuple[str, Decimal | None], desk: Desk
) -> None:
    reply = replace(REPLY, text="", **figures)
    gateway = Gateway(Says(UselessReplyError("refused", "it said nothing", reply)))
    attempts = Attempts(gateway, desk.books, desk.health, Runtime())
    record = attempts.make(a_call())
    source, cost = booked
    worst = attempts.worst_case(REQUEST, SONNET)
    assert (record.success, record.error_reason, record.reply) == (False, "refused", None)
    assert (record.cost_source, record.cost_usd) == (source, worst if cost is None else cost)
    assert desk.ledger.totals() == (record.cost_usd, NOTHING)


def test_an_answer_of_no_use_from_a_free_model_costs_nothing(desk: Desk) -> None:
    gateway = Gateway(Says(UselessReplyError("refused", "it said nothing", replace(REPLY, text="", model=LOCAL))))
    record = Attempts(gateway, desk.books, desk.health, Runtime()).make(a_call(LOCAL))
    assert (record.cost_source, record.cost_usd) == ("none", NOTHING)
    assert desk.ledger.totals() == (NOTHING, NOTHING)
