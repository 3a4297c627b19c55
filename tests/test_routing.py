"""The router with a scripted client, a real store, a real ledger and a clock that passes when told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analyst.budget.ledger import DailyBudget, Ledger
from analyst.budget.prices import load_prices
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import (
    CallError,
    ChainExhaustedError,
    GatewayError,
    GatewayLostError,
    KeyRejectedError,
    SettingsError,
)
from analyst.core.events import Progress, Written
from analyst.core.settings import load_settings
from analyst.llm.attempts import Attempts, Call
from analyst.llm.chains import load_chains
from analyst.llm.listening import Patience
from analyst.llm.racing import BURST, HedgeLimit
from analyst.llm.resilience.breaker import DAY_CALLS, FIRST_PAUSE_S, TRIPS_AT
from analyst.llm.resilience.deadline import Deadline
from analyst.llm.resilience.health import Health
from analyst.llm.resilience.signals import Signals
from analyst.llm.resources import Books, Gateway, Models, RoutingOptions, Runtime
from analyst.llm.route import Route
from analyst.llm.timeouts import EMBEDDED_TIMEOUT_S
from analyst.protocol.calls import CallRecord, CallRequest, GatewayReply
from analyst.storage.calls import all_calls
from analyst.storage.database import Store
from monitoring import PerformanceMonitor
from routing import SmartRouter
from tests.stores import call_row, record

CLOUD = ("groq-gpt-oss-20b", "groq-gpt-oss-120b", "openrouter-gpt-oss-120b", "claude-haiku-5-5", "claude-sonnet-5-5")
ALL = (*CLOUD, "ollama-llama3.1", "openai-gpt-6-luna")
MESSAGES = [{"role": "system", "content": "You write."}, {"role": "user", "content": "Write the report."}]
REPORT = CallRequest("report_writer", MESSAGES, 800)
NOTHING = Decimal(0)
SUNDAY = datetime(2026, 11, 22, 10, tzinfo=timezone.utc)
Answer = GatewayReply | BaseException | Callable[[], GatewayReply]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        """Unix time: a day in November, and the seconds that have passed since."""
        return 1_795_392_000.0 - 1000.0 + self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def ask(agent: str, **given: Any) -> CallRequest:
    return CallRequest(agent, MESSAGES, 800, **given)


def good(model: str, **given: Any) -> GatewayReply:
    told: dict[str, Any] = {"input_tokens": 1000, "output_tokens": 100, "latency_s": 1.0, "text": '{"a": 1}'} | given
    return GatewayReply(model=model, provider_model=model, **told)


class ScriptedClient:
    """Answers each model from its script (the last answer repeats); without one it gives a good reply."""

    def __init__(self, clock: Clock, script: Mapping[str, Sequence[Answer]], seconds: float = 1.0) -> None:
        self._clock, self._seconds = clock, seconds
        self._script = {model: list(answers) for model, answers in script.items()}
        self.asked: list[tuple[str, float]] = []
        self.rooms: list[int] = []
        self.schemas: list[tuple[str, object]] = []

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        self.asked.append((model, patience.whole_s))
        self.rooms.append(request.max_tokens)
        self.schemas.append((model, request.schema))
        self._clock.now += min(self._seconds, patience.whole_s)
        answers = self._script.get(model, [good(model)])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, GatewayReply) else answer()

    @property
    def models(self) -> list[str]:
        return [model for model, _ in self.asked]


class Bench:
    """A router and all that it stands on."""

    def __init__(self, folder: Path, cap: str = "1.00") -> None:
        self.clock, self.events = Clock(), list[Progress]()
        self.store = Store.at(folder / "metrics.db")
        settings = load_settings(folder / "none.env", metrics_export_path=folder / "metrics.db", database_url=None)
        self.monitor = PerformanceMonitor(settings, store=self.store, clock=self.clock.wall)
        self.ledger = Ledger(self.store, DailyBudget(Decimal(cap), "UTC"), clock=self.clock.wall)
        self.client = ScriptedClient(self.clock, {})

    def router(
        self,
        available: Sequence[str] = ALL,
        seconds: float = 1.0,
        on_event: Callable[[Progress], None] | None = None,
        models: Mapping[str, Any] | None = None,
        options: RoutingOptions | None = None,
        revive: Callable[[], bool] = lambda: False,
        **script: Sequence[Answer],
    ) -> SmartRouter:
        named = {name.replace("__", ".").replace("_", "-"): answers for name, answers in script.items()}
        self.client = ScriptedClient(self.clock, named, seconds)
        return SmartRouter(
            Models(load_chains(), available, **(models or {})),
            Gateway(self.client, revive),
            self.books,
            options or RoutingOptions(),
            self.runtime,
            on_event or self.events.append,
        )

    @property
    def books(self) -> Books:
        return Books(load_prices(), self.ledger, self.monitor)

    @property
    def runtime(self) -> Runtime:
        clock = self.clock
        return Runtime(clock, clock.wall, lambda: SUNDAY, clock.sleep, lambda: 1.0)

    def rows(self) -> list[dict[str, Any]]:
        return list(all_calls(self.store))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


def test_the_primary_answers_and_its_cost_is_settled_and_recorded(bench: Bench) -> None:
    reply = bench.router().route_with_fallback(ask("report_writer", run_id="r1", temperature=0.4))
    assert (reply.model_used, reply.primary_model, reply.fallback_used, reply.fallback_reason) == (
        "claude-sonnet-5-5", "claude-sonnet-5-5", False, None)  # fmt: skip
    assert reply.route.cost_usd == Decimal("0.003")  # 1000 x 2/M + 100 x 10/M
    assert bench.ledger.totals() == (Decimal("0.003"), NOTHING)
    [row] = bench.rows()
    assert (row["request_id"], row["run_id"], row["success"]) == (reply.request_id, "r1", True)
    assert (row["cost_micros"], row["cost_source"], row["latency_s"]) == (3000, "pinned", 1.0)
    assert [event.kind for event in bench.events] == ["call", "reply"]


@pytest.mark.parametrize("reason", ["unavailable", "rate_limited", "timeout", "out_of_credit", "bad_key", "too_long"])
def test_a_failure_moves_on_after_one_attempt_and_keeps_its_reason(bench: Bench, reason: str) -> None:
    router = bench.router(claude_sonnet_5_5=[CallError(reason, "no")], claude_haiku_5_5=[CallError("refused", "no")])
    reply = router.route_with_fallback(REPORT)
    assert bench.client.models == ["claude-sonnet-5-5", "claude-haiku-5-5", "openai-gpt-6-luna"]
    assert (reply.model_used, reply.fallback_used, reply.fallback_reason) == ("openai-gpt-6-luna", True, reason)
    assert [(a.model, a.reason) for a in reply.route.attempts] == [
        ("claude-sonnet-5-5", reason), ("claude-haiku-5-5", "refused")]  # fmt: skip
    rows = sorted(bench.rows(), key=lambda row: float(row["failover_s"]))
    assert [(row["success"], row["error_reason"]) for row in rows] == [
        (False, reason), (False, "refused"), (True, None)]  # fmt: skip
    assert reply.route.latency_s == pytest.approx(3.0)
    assert len({row["route_id"] for row in bench.rows()}) == 1
    assert bench.ledger.totals()[1] == 0


def test_an_unbilled_failure_costs_nothing_and_a_billed_one_its_estimate(bench: Bench) -> None:
    router = bench.router(
        claude_sonnet_5_5=[CallError("timeout", "slow", billed=True)],
        claude_haiku_5_5=[CallError("unavailable", "down")],
    )
    reply = router.route_with_fallback(REPORT)
    by_model = {row["model_used"]: row for row in bench.rows()}
    # at most (27 bytes + 2 x 16 + 1024) x 2/M (nobody asks for a cache) + 800 x 10/M
    estimate = by_model["claude-sonnet-5-5"]["cost_micros"]
    assert estimate == round(sum(len(m["content"]) for m in MESSAGES) * 2 + (32 + 1024) * 2 + 800 * 10)
    assert by_model["claude-sonnet-5-5"]["cost_source"] == "reservation"
    assert (by_model["claude-haiku-5-5"]["cost_micros"], by_model["claude-haiku-5-5"]["cost_source"]) == (0, "none")
    assert bench.ledger.totals() == (reply.route.cost_usd, NOTHING)
    assert reply.route.cost_usd == Decimal(estimate + 150) / 1_000_000


@pytest.mark.parametrize(
    ("useless", "reason", "told"),
    [
        ({"text": "  \n"}, "rejected", "the reply is empty"),
        ({"text": "", "finish_reason": "length"}, "rejected", "empty: cut at max_tokens=800"),
        ({"text": '{"title": "Sal', "finish_reason": "length"}, "rejected", "the JSON is cut"),
        ({"text": '```json\n[{"a": 1}, {"b"', "finish_reason": "max_tokens"}, "rejected", "the JSON is cut"),
        ({"finish_reason": "content_filter"}, "refused", "content_filter"),
    ],
)
def test_a_useless_reply_is_paid_for_and_passed_over(
    bench: Bench, useless: dict[str, Any], reason: str, told: str
) -> None:
    router = bench.router(claude_sonnet_5_5=[good("claude-sonnet-5-5", **useless)])
    reply = router.route_with_fallback(REPORT)
    assert (reply.model_used, reply.fallback_reason) == ("claude-haiku-5-5", reason)
    assert told in reply.route.attempts[0].detail
    assert reply.route.cost_usd == Decimal("0.00315")  # the useless reply's 0.003 and the good one's 0.00015
    assert bench.ledger.spent_today() == reply.route.cost_usd


def test_after_a_cut_reply_the_next_models_get_twice_the_room_once(bench: Bench) -> None:
    cut = {"text": '{"title": "Sal', "finish_reason": "length"}
    router = bench.router(
        claude_sonnet_5_5=[good("claude-sonnet-5-5", **cut)], claude_haiku_5_5=[good("claude-haiku-5-5", **cut)]
    )
    assert router.route_with_fallback(REPORT).model_used == "openai-gpt-6-luna"
    assert bench.client.rooms == [800, 1600, 1600]


@pytest.mark.parametrize("text", ['{"whole": true}', "Prose that was cut", 'Here it is: {"whole": [1, 2]} and mor'])
def test_a_cut_reply_whose_json_is_whole_is_taken(bench: Bench, text: str) -> None:
    router = bench.router(claude_sonnet_5_5=[good("claude-sonnet-5-5", text=text, finish_reason="length")])
    assert router.route_with_fallback(REPORT).text == text


def test_with_no_key_at_all_the_embedded_analyst_answers_and_the_reason_is_told(bench: Bench) -> None:
    router = bench.router(available=())
    assert router.candidates("report_writer") == [EMBEDDED_MODEL]
    reply = router.route_with_fallback(REPORT)
    assert (reply.model_used, reply.fallback_used, reply.fallback_reason) == (EMBEDDED_MODEL, True, "unavailable")
    assert reply.route.cost_usd == 0
    assert bench.client.models == [EMBEDDED_MODEL]
    assert len(reply.route.attempts) == 5


def test_without_budget_paid_models_are_refused_and_free_ones_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cap="0.000001")
    reply = bench.router().route_with_fallback(ask("query_interpreter"))
    assert (reply.model_used, reply.fallback_reason) == ("ollama-llama3.1", "over_budget")
    reply = bench.router().route_with_fallback(REPORT)
    assert (reply.model_used, reply.fallback_reason) == (EMBEDDED_MODEL, "over_budget")
    assert bench.client.models == [EMBEDDED_MODEL]
    refused = [row for row in bench.rows() if not row["called"]]
    assert {row["error_reason"] for row in refused} == {"over_budget"}
    assert len(refused) == 4 + 5


def test_a_budget_too_small_for_the_primary_moves_to_a_cheaper_model(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cap="0.005")
    reply = bench.router().route_with_fallback(REPORT)
    assert (reply.model_used, reply.fallback_reason) == ("claude-haiku-5-5", "over_budget")


def test_past_the_deadline_only_the_embedded_analyst_is_asked(bench: Bench) -> None:
    deadline = Deadline(bench.clock, 60.0)
    bench.clock.now += 61
    reply = bench.router().route_with_fallback(ask("insight_generator", deadline=deadline))
    assert bench.client.asked == [(EMBEDDED_MODEL, EMBEDDED_TIMEOUT_S)]
    assert reply.fallback_reason == "timeout"


def test_slow_models_leave_their_time_to_the_stages_to_come(bench: Bench) -> None:
    deadline, slow = Deadline(bench.clock, 60.0), [CallError("timeout", "slow", billed=True)]
    begun = bench.clock.now
    models = (
        "groq_gpt_oss_120b",
        "claude_haiku_5_5",
        "openrouter_gpt_oss_120b",
        "openai_gpt_6_luna",
        "ollama_llama3__1",
    )
    script: dict[str, Any] = dict.fromkeys(models, slow)
    router = bench.router(seconds=1e9, **script)
    router.route_with_fallback(ask("query_interpreter", deadline=deadline))
    shares = [timeout for model, timeout in bench.client.asked if model != EMBEDDED_MODEL]
    assert shares[0] == pytest.approx(8.0)
    before_the_last_resort = bench.clock.now - begun - EMBEDDED_TIMEOUT_S
    assert before_the_last_resort == pytest.approx(sum(shares))
    assert sum(shares) < 48


def test_skipped_models_count_as_rejected_and_are_not_asked(bench: Bench) -> None:
    reply = bench.router().route_with_fallback(ask("report_writer", skip=("claude-sonnet-5-5",)))
    assert bench.client.models == ["claude-haiku-5-5"]
    assert (reply.fallback_used, reply.fallback_reason) == (True, "rejected")


def test_the_model_that_mends_its_reply_is_asked_first_wherever_it_stands_in_the_chain(bench: Bench) -> None:
    reply = bench.router().route_with_fallback(ask("report_writer", first="openai-gpt-6-luna"))
    assert bench.client.models == ["openai-gpt-6-luna"]
    assert (reply.model_used, reply.escalated) == ("openai-gpt-6-luna", True)
    with pytest.raises(SettingsError, match="first='gpt-9'"):
        bench.router().route_with_fallback(ask("report_writer", first="gpt-9"))


def test_the_embedded_analyst_can_mend_its_own_reply_and_is_not_asked_once_it_is_spent(bench: Bench) -> None:
    router = bench.router(available=())
    assert router.route_with_fallback(ask("report_writer", first=EMBEDDED_MODEL)).model_used == EMBEDDED_MODEL
    with pytest.raises(ChainExhaustedError):
        router.route_with_fallback(ask("report_writer", skip=(EMBEDDED_MODEL,)))
    assert bench.client.models == [EMBEDDED_MODEL]


def test_when_all_fail_every_candidate_is_named_with_its_reason(bench: Bench) -> None:
    router = bench.router(
        available=("claude-sonnet-5-5",),
        claude_sonnet_5_5=[CallError("rate_limited", "slow down")],
        embedded_analyst=[CallError("unavailable", "gateway died")],
    )
    with pytest.raises(ChainExhaustedError) as told:
        router.route_with_fallback(REPORT)
    assert [(model, reason) for model, reason, _ in told.value.failures] == [
        *[("claude-sonnet-5-5", "rate_limited")] * 3,
        ("claude-haiku-5-5", "unavailable"),
        ("openai-gpt-6-luna", "unavailable"),
        ("groq-gpt-oss-120b", "unavailable"),
        ("openrouter-gpt-oss-120b", "unavailable"),
        (EMBEDDED_MODEL, "unavailable"),
    ]
    assert [row["called"] for row in bench.rows()].count(True) == 4


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), ZeroDivisionError("ours")])
def test_what_breaks_a_call_off_books_the_estimate_records_it_and_goes_on(bench: Bench, error: BaseException) -> None:
    router = bench.router(claude_sonnet_5_5=[error])
    with pytest.raises(type(error)):
        router.route_with_fallback(REPORT)
    [row] = bench.rows()
    assert (row["success"], row["cost_source"], row["detail"]) == (False, "reservation", repr(error))
    assert bench.ledger.totals() == (Decimal(row["cost_micros"]) / 1_000_000, NOTHING)
    assert row["cost_micros"] > 0


def test_a_callback_that_fails_leaves_no_money_held(bench: Bench) -> None:
    def closed_pipe(event: Progress) -> None:
        raise BrokenPipeError

    router = bench.router(on_event=closed_pipe)
    with pytest.raises(BrokenPipeError):
        router.route_with_fallback(REPORT)
    spent, reserved = bench.ledger.totals()
    assert spent > 0
    assert reserved == 0


def test_money_is_held_well_beyond_the_time_that_the_call_may_take(bench: Bench) -> None:
    held: list[float] = []

    def look() -> GatewayReply:
        with bench.store.read() as transaction:
            held.extend(until for (until,) in transaction.rows("SELECT expires_at FROM reservations"))
        return good("claude-sonnet-5-5")

    began = bench.clock.wall()
    bench.router(claude_sonnet_5_5=[look]).route_with_fallback(REPORT)
    assert [until - began for until in held] == [pytest.approx(2 * bench.client.asked[0][1] + 60)]


def test_the_last_model_gets_twice_the_time_that_it_gets_before_others(bench: Bench) -> None:
    given = []
    for available in (ALL, ("claude-sonnet-5-5", "claude-haiku-5-5")):
        router = bench.router(available, claude_sonnet_5_5=[CallError("unavailable", "503")])
        router.route_with_fallback(REPORT)
        given.append(dict(bench.client.asked)["claude-haiku-5-5"])
    assert given[1] == pytest.approx(2 * given[0])


def test_a_refused_master_key_stops_the_chain_and_costs_nothing(bench: Bench) -> None:
    with pytest.raises(KeyRejectedError):
        bench.router(claude_sonnet_5_5=[KeyRejectedError("no")]).route_with_fallback(REPORT)
    assert bench.ledger.totals() == (NOTHING, NOTHING)
    assert bench.client.models == ["claude-sonnet-5-5"]


def test_a_free_model_that_turns_out_to_cost_is_booked(bench: Bench) -> None:
    router = bench.router(ollama_llama3__1=[good("ollama-llama3.1", gateway_cost_usd=Decimal("0.02"))])
    assert router.route_with_fallback(ask("data_profiler")).route.cost_usd == Decimal("0.02")
    assert bench.ledger.totals() == (Decimal("0.02"), NOTHING)


def test_a_free_model_that_reports_a_cost_is_told_of_once_and_stopped_at_the_cap(bench: Bench) -> None:
    told: list[Progress] = []
    costly = good("ollama-llama3.1", provider_cost_usd=Decimal("0.06"), input_tokens=100)
    router = bench.router(("ollama-llama3.1",), on_event=told.append, ollama_llama3__1=[costly])
    used = [router.route_with_fallback(ask("data_profiler")).model_used for _ in range(30)]
    assert used[0] == "ollama-llama3.1" and used[-1] == EMBEDDED_MODEL
    assert 0 < bench.ledger.spent_today() <= bench.ledger.cap
    assert len([event for event in told if "priced as free but reported a cost of $0.06" in event.text]) == 1
    assert "over_budget" in {row["error_reason"] for row in bench.rows()}
    # Another process learns it from the books.
    assert bench.router(("ollama-llama3.1",)).route_with_fallback(ask("data_profiler")).model_used == EMBEDDED_MODEL


def test_with_books_that_can_not_be_written_nothing_is_paid_for_and_the_analysis_goes_on(bench: Bench) -> None:
    router = bench.router()
    with bench.store.write() as transaction:
        transaction.run("DROP TABLE reservations")
    reply = router.route_with_fallback(REPORT)
    assert (reply.model_used, reply.route.cost_usd, reply.fallback_reason) == (EMBEDDED_MODEL, NOTHING, "over_budget")
    assert bench.client.models == [EMBEDDED_MODEL]


def test_a_rejection_is_recorded_told_and_shown_in_the_statistics(bench: Bench) -> None:
    router = bench.router(groq_gpt_oss_120b=[CallError("rate_limited", "no"), good("groq-gpt-oss-120b")])
    first = router.route_with_fallback(ask("query_interpreter"))
    bench.clock.now += 5
    second = router.route_with_fallback(ask("query_interpreter"))
    assert router.reject(second, ["s1: unknown column 'x'"])
    assert not router.reject(replace(first, request_id="nobody"), ["x"])
    assert first.model_used == "claude-haiku-5-5"
    assert bench.events[-1].kind == "rejected"
    assert bench.events[-1].model == "groq-gpt-oss-120b"

    [(name, stats)] = router.get_routing_stats().items()
    assert name == "query_interpreter"
    assert (stats["calls"], stats["answered"], stats["rejected"]) == (3, 2, 1)
    assert stats["fallback_rate"] == pytest.approx(0.5)
    assert stats["fallback_reasons"] == {"rate_limited": 0.5}
    assert stats["primary_success_rate"] == 0
    assert stats["mean_failover_s"] == pytest.approx(1.0)
    assert stats["failover_s"] == {"p50": pytest.approx(1.0), "p95": pytest.approx(1.0)}
    assert stats["escalations"] == 0
    groq, claude = stats["models"]["groq-gpt-oss-120b"], stats["models"]["claude-haiku-5-5"]
    assert groq["failures"] == {"rate_limited": 1, "rejected": 1}
    assert (groq["share"], claude["share"], claude["failures"]) == (0.5, 0.5, {})


def test_statistics_are_told_while_other_processes_record_what_nobody_did_before(bench: Bench) -> None:
    router = bench.router(claude_sonnet_5_5=[CallError("unavailable", "503")], available=("claude-sonnet-5-5",))
    router.route_with_fallback(REPORT)
    late = [call_row("late1", agent_name="report_writer", model_used="gpt-new", success=False, error_reason="timeout")]
    fallback = {"model_used": "embedded-analyst", "fallback_used": True, "fallback_reason": "timeout"}
    late += [call_row("late2", agent_name="data_profiler", success=False, error_reason="timeout")]
    record(bench.store, call_row("early", agent_name="data_profiler", success=False, error_reason="timeout"))
    late += [call_row("late3", agent_name="data_profiler", **fallback)]
    asked = []

    def recording_meanwhile() -> float:
        asked.append(1)
        if len(asked) == 3:
            record(bench.store, *late)
        return bench.clock.wall()

    bench.monitor = PerformanceMonitor(bench.monitor.settings, store=bench.store, clock=recording_meanwhile)
    stats = bench.router().get_routing_stats(since_days=1e6)
    assert set(stats["report_writer"]["models"]) == {"claude-sonnet-5-5", EMBEDDED_MODEL}
    assert stats["data_profiler"]["fallback_reasons"] == {}


@pytest.mark.parametrize(
    ("figures", "source"),
    [
        ({"provider_cost_usd": Decimal("1e30")}, "pinned"),
        ({"provider_cost_usd": Decimal("1e30"), "output_tokens": 0}, "reservation"),
        ({"input_tokens": 10**40}, "reservation"),
    ],
)
def test_a_cost_that_no_book_can_hold_is_not_believed_and_kept_beside_what_is_booked(
    bench: Bench, figures: dict[str, Any], source: str
) -> None:
    absurd = good("claude-sonnet-5-5", **figures)
    reply = bench.router(claude_sonnet_5_5=[absurd]).route_with_fallback(REPORT)
    [row] = bench.rows()
    assert row["cost_source"] == source
    assert row["claimed_micros"] == (2**63 - 1 if "provider_cost_usd" in figures else None)
    assert bench.ledger.totals() == (reply.route.cost_usd, NOTHING)
    assert 0 < reply.route.cost_usd < 1


def test_a_probe_that_the_budget_refuses_or_the_gateway_loses_leaves_the_next_call_free_to_probe(bench: Bench) -> None:
    health = Health(bench.store, clock=bench.clock.wall, jitter=lambda: 1.0)
    known = {"health": health}
    router = bench.router(claude_sonnet_5_5=[LOST, good("claude-sonnet-5-5")], models=known, revive=lambda: True)
    for _ in range(TRIPS_AT):
        health.failed("claude-sonnet-5-5", CallError("unavailable", "503"))
    bench.clock.now += FIRST_PAUSE_S
    all_of_it = bench.ledger.reserve(Decimal("1.00"), agent="insight_generator", model="m", ttl_s=60)
    assert router.route_with_fallback(REPORT).fallback_reason == "over_budget"
    bench.ledger.release(all_of_it)
    assert router.route_with_fallback(REPORT).model_used == "claude-sonnet-5-5"
    assert bench.client.models[-2:] == ["claude-sonnet-5-5"] * 2


def test_a_call_has_the_room_that_is_reserved_for_it_whatever_a_call_beside_it_needs(bench: Bench) -> None:
    def widen(event: Progress) -> None:
        if event.kind == "call":
            route.request = replace(route.request, max_tokens=1600)

    route = Route(REPORT, "claude-sonnet-5-5", bench.clock(), "r", listeners=(widen,))
    attempts = Attempts(Gateway(bench.client), bench.books, Health(clock=bench.clock.wall), bench.runtime)
    record = attempts.make(Call(route, route.request, "claude-sonnet-5-5", Patience(10.0)))
    assert record.success
    assert (bench.client.rooms, route.request.max_tokens) == ([800], 1600)


def test_tokens_written_to_a_cache_are_recorded_with_the_call(bench: Bench) -> None:
    router = bench.router(claude_sonnet_5_5=[good("claude-sonnet-5-5", cached_tokens=300, cache_write_tokens=400)])
    router.route_with_fallback(REPORT)
    [row] = bench.rows()
    assert (row["cached_tokens"], row["cache_write_tokens"]) == (300, 400)


def test_two_agents_at_once_do_not_mix_their_calls(bench: Bench) -> None:
    both = threading.Barrier(2, timeout=20)

    def answer(model: str) -> Callable[[], GatewayReply]:
        def wait() -> GatewayReply:
            both.wait()
            return replace(good(model), text=model)

        return wait

    router = bench.router(ollama_llama3__1=[answer("ollama-llama3.1")], groq_gpt_oss_120b=[answer("groq-gpt-oss-120b")])
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(router.route_with_fallback, ask(agent)) for agent in ("data_profiler", "query_interpreter") * 4
        ]
        replies = [one.result() for one in asked]
    assert all(reply.text == reply.model_used == reply.primary_model for reply in replies)
    assert len(bench.rows()) == 8
    assert bench.ledger.totals()[1] == 0


def test_an_unknown_agent_or_policy_is_told(bench: Bench) -> None:
    with pytest.raises(SettingsError, match="Unknown agent 'poet'"):
        bench.router().route_with_fallback(ask("poet"))
    with pytest.raises(SettingsError, match="Unknown policy 'lottery'"):
        bench.router(options=RoutingOptions(policy="lottery"))


LOST = GatewayLostError("The gateway does not respond: Connection refused.", billed=False)


def test_a_gateway_that_died_is_started_again_and_the_same_model_is_asked_again(bench: Bench) -> None:
    revived: list[bool] = []

    def revive() -> bool:
        revived.append(True)
        return True

    router = bench.router(claude_sonnet_5_5=[LOST, good("claude-sonnet-5-5")], revive=revive)
    reply = router.route_with_fallback(REPORT)
    assert (reply.model_used, reply.fallback_used, len(revived)) == ("claude-sonnet-5-5", False, 1)
    assert bench.ledger.totals() == (reply.route.cost_usd, NOTHING) == (Decimal("0.003"), NOTHING)


def test_a_call_that_the_gateway_took_with_it_may_be_billed_so_another_model_is_asked(bench: Bench) -> None:
    lost = GatewayLostError("The gateway does not respond: reset.", billed=True)
    router = bench.router(claude_sonnet_5_5=[lost, good("claude-sonnet-5-5")], revive=lambda: True)
    reply = router.route_with_fallback(REPORT)
    assert bench.client.models == ["claude-sonnet-5-5", "claude-haiku-5-5"]
    failed, answered = sorted(bench.rows(), key=lambda row: row["success"])
    assert failed["cost_source"] == "reservation"
    assert bench.ledger.totals() == (reply.route.cost_usd, NOTHING)
    assert reply.route.cost_usd == Decimal(failed["cost_micros"] + answered["cost_micros"]) / 1_000_000


@pytest.mark.parametrize(("billed", "asked"), [(True, 1), (False, 4)])
def test_a_model_that_may_have_billed_its_failure_is_not_asked_again_for_the_same_answer(
    bench: Bench, billed: bool, asked: int
) -> None:
    failing = [CallError("unavailable", "unreadable", billed=billed)]
    router = bench.router(claude_sonnet_5_5=failing, available=("claude-sonnet-5-5",))
    assert router.route_with_fallback(REPORT).model_used == EMBEDDED_MODEL
    assert bench.client.models.count("claude-sonnet-5-5") == asked


def test_a_provider_that_answers_500_all_day_takes_a_small_part_of_the_budget(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cap="20")
    down = CallError("unavailable", "500", billed=True)
    health = Health(clock=bench.clock.wall, jitter=lambda: 1.0)
    router = bench.router(seconds=0.1, models={"health": health}, claude_sonnet_5_5=[down])
    for _ in range(300):
        router.route_with_fallback(REPORT)
        bench.clock.now += 288
    wasted = sum(Decimal(row["cost_micros"]) / 1_000_000 for row in bench.rows() if not row["success"])
    assert bench.client.models.count("claude-sonnet-5-5") <= DAY_CALLS
    assert wasted < bench.ledger.cap / 20
    bench.store.close()


def test_a_gateway_that_stays_dead_ends_in_one_error_and_is_no_models_fault(bench: Bench) -> None:
    router = bench.router(claude_sonnet_5_5=[LOST])
    with pytest.raises(GatewayError, match="can't be restarted"):
        router.route_with_fallback(REPORT)
    assert bench.client.models == ["claude-sonnet-5-5"]


def test_a_model_that_asks_for_a_pause_is_passed_over_until_it_is_over(bench: Bench) -> None:
    limited = CallError("rate_limited", "slow down", retry_after_s=30)
    router = bench.router(claude_sonnet_5_5=[limited, good("claude-sonnet-5-5")])
    used = []
    for pause in (0, 5, 40):
        bench.clock.now += pause
        used.append(router.route_with_fallback(REPORT).model_used)
    assert used == ["claude-haiku-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"]
    assert bench.client.models.count("claude-sonnet-5-5") == 2
    waiting = [row for row in bench.rows() if not row["called"]]
    assert [(row["error_reason"], row["model_used"]) for row in waiting] == [("rate_limited", "claude-sonnet-5-5")]


def test_a_model_that_keeps_failing_is_left_alone_and_probed_once_its_pause_is_over(bench: Bench) -> None:
    down = CallError("unavailable", "503")
    router = bench.router(claude_sonnet_5_5=[down] * 4 + [good("claude-sonnet-5-5")])
    for _ in range(6):
        router.route_with_fallback(REPORT)
    assert bench.client.models.count("claude-sonnet-5-5") == 4
    bench.clock.now += 20
    reply = router.route_with_fallback(REPORT)
    assert (reply.model_used, bench.client.models.count("claude-sonnet-5-5")) == ("claude-sonnet-5-5", 5)


def test_an_account_out_of_credit_stops_all_its_models_at_once_and_says_so(bench: Bench) -> None:
    chains = load_chains()
    accounts = {model: facts.account for model, facts in chains["report_writer"].facts.items()}
    health = Health(bench.store, accounts, clock=bench.clock.wall)
    empty = CallError("out_of_credit", "credit balance is too low")
    router = bench.router(claude_sonnet_5_5=[empty], models={"health": health})
    reply = router.route_with_fallback(REPORT)
    assert bench.client.models == ["claude-sonnet-5-5", "openai-gpt-6-luna"]
    [sonnet, haiku] = reply.route.attempts
    assert (sonnet.reason, haiku.reason) == ("out_of_credit", "out_of_credit")
    assert "add credit" in haiku.detail


def test_the_last_model_that_failed_in_passing_is_asked_again_before_the_embedded_analyst(bench: Bench) -> None:
    router = bench.router(
        available=("claude-haiku-5-5",), claude_haiku_5_5=[CallError("unavailable", "502"), good("claude-haiku-5-5")]
    )
    reply = router.route_with_fallback(REPORT)
    assert bench.client.models == ["claude-haiku-5-5", "claude-haiku-5-5"]
    assert reply.model_used == "claude-haiku-5-5"
    assert reply.route.latency_s == pytest.approx(2.4)


def test_nobody_waits_long_for_a_rate_limit(bench: Bench) -> None:
    limited = CallError("rate_limited", "slow down", retry_after_s=30)
    router = bench.router(available=("claude-haiku-5-5",), claude_haiku_5_5=[limited])
    reply = router.route_with_fallback(REPORT)
    assert reply.model_used == EMBEDDED_MODEL
    assert reply.route.latency_s == pytest.approx(2.0)


def test_a_short_pause_is_waited_for_once_nobody_else_answers_and_told_apart_from_the_time_to_fail_over(
    bench: Bench,
) -> None:
    limited = CallError("rate_limited", "slow down", retry_after_s=3)
    down = [CallError("unavailable", "503")]
    router = bench.router(
        available=("claude-sonnet-5-5", "claude-haiku-5-5"),
        claude_sonnet_5_5=[*down, *down, good("claude-sonnet-5-5")],
        claude_haiku_5_5=[limited, good("claude-haiku-5-5")],
    )
    reply = router.route_with_fallback(ask("report_writer", deadline=Deadline(bench.clock, 60.0)))
    assert bench.client.models == ["claude-sonnet-5-5", "claude-haiku-5-5", "claude-sonnet-5-5", "claude-sonnet-5-5"]
    assert reply.route.latency_s == pytest.approx(4 + 0.4 + 0.8)
    [answered] = [row for row in bench.rows() if row["success"]]
    assert answered["failover_s"] == pytest.approx(3.0)
    with bench.store.read() as transaction:
        [(told,)] = transaction.rows("SELECT tried FROM routes")
    assert json.loads(told)["waited_s"] == pytest.approx(1.2)


def test_a_model_passed_over_for_time_outs_of_others_is_waited_for_and_one_that_timed_out_itself_is_not(
    bench: Bench,
) -> None:
    health = Health(bench.store, clock=bench.clock.wall, jitter=lambda: 1.0)
    slow = CallError("timeout", "stalled")
    router = bench.router(
        available=("claude-haiku-5-5",),
        claude_haiku_5_5=[slow, slow, good("claude-haiku-5-5")],
        models={"health": health},
    )
    used = [router.route_with_fallback(REPORT).model_used for _ in range(3)]
    assert used == [EMBEDDED_MODEL, EMBEDDED_MODEL, "claude-haiku-5-5"]
    assert bench.client.models.count("claude-haiku-5-5") == 3


def test_no_pause_is_longer_than_the_deadline_allows(bench: Bench) -> None:
    limited = CallError("rate_limited", "slow down", retry_after_s=4)
    router = bench.router(available=("claude-haiku-5-5",), claude_haiku_5_5=[limited, good("claude-haiku-5-5")])
    hurried = router.route_with_fallback(ask("report_writer", deadline=Deadline(bench.clock, 5.0)))
    assert (hurried.model_used, bench.client.models.count("claude-haiku-5-5")) == (EMBEDDED_MODEL, 1)
    assert hurried.route.latency_s == pytest.approx(2.0)


def test_a_busy_local_model_is_passed_over_unless_it_is_the_only_one(bench: Bench) -> None:
    health = Health(bench.store, at_once={"ollama-llama3.1": 1}, clock=bench.clock.wall)
    for available, answers in ((ALL, "groq-gpt-oss-20b"), (("ollama-llama3.1",), "ollama-llama3.1")):
        router = bench.router(available=available, models={"health": health})
        with health.under_way("ollama-llama3.1", 100):
            reply = router.route_with_fallback(ask("data_profiler"))
        assert reply.model_used == answers
    assert router.route_with_fallback(ask("data_profiler")).model_used == "ollama-llama3.1"


def test_a_measured_model_is_given_up_long_before_the_deadline(bench: Bench) -> None:
    health = Health(bench.store, clock=bench.clock.wall)
    signals = Signals(bench.store, health, clock=bench.clock.wall)
    router = bench.router(models={"health": health, "signals": signals})
    for _ in range(12):
        router.route_with_fallback(ask("report_writer", deadline=Deadline(bench.clock, 60.0)))
        bench.clock.now += 6
    first, last = bench.client.asked[0][1], bench.client.asked[-1][1]
    assert first == pytest.approx(4 * (1.8 + 250 / 63))
    assert last == pytest.approx(4.0)


HEDGED = RoutingOptions(hedge_share=1.0)


class LateClient(ScriptedClient):
    """A client whose `late` models say nothing until they are `released`; meanwhile `silence_s` pass."""

    def __init__(self, clock: Clock, late: Sequence[str], silence_s: float, **script: Sequence[Answer]) -> None:
        super().__init__(clock, {name.replace("__", ".").replace("_", "-"): said for name, said in script.items()}, 0.1)
        self._late, self._silence_s = late, silence_s
        self.released = threading.Event()

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        if model in self._late:
            self._clock.now += self._silence_s
            assert self.released.wait(20)
        return super().complete(model, request, patience, on_text)


def asked_late(
    bench: Bench,
    request: CallRequest,
    *models: str,
    silence_s: float = 5.0,
    keeps_up: bool = True,
    **script: Sequence[Answer],
) -> CallRecord:
    """What a router that may hedge answers to `request` while `models` are late; they end after it."""
    client = LateClient(bench.clock, models, silence_s, **script)
    gateway = Gateway(client, keeps_up=lambda: keeps_up)
    router = SmartRouter(Models(load_chains(), ALL), gateway, bench.books, HEDGED, bench.runtime, bench.events.append)
    release = threading.Timer(1.0, client.released.set)
    release.start()
    reply = router.route_with_fallback(request)
    release.cancel()
    client.released.set()
    join_attempts()
    return reply


def join_attempts() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("attempt"):
            thread.join(20)


@pytest.mark.parametrize(
    ("agent", "first", "second"),
    [
        ("report_writer", "claude-sonnet-5-5", "claude-haiku-5-5"),
        ("query_interpreter", "groq-gpt-oss-120b", "claude-haiku-5-5"),
        ("insight_generator", "claude-haiku-5-5", "groq-gpt-oss-120b"),
    ],
)
def test_a_late_model_is_joined_by_the_next_one_and_both_are_booked(
    bench: Bench, agent: str, first: str, second: str
) -> None:
    reply = asked_late(bench, ask(agent), first)
    assert reply.model_used == second
    rows = {row["model_used"]: row for row in bench.rows()}
    assert (rows[first]["hedged"], rows[second]["hedged"]) == (False, True)
    assert bench.ledger.totals() == (Decimal(sum(row["cost_micros"] for row in rows.values())) / 1_000_000, NOTHING)
    assert all(row["cost_micros"] for row in rows.values())
    assert reply.route.cost_usd == bench.ledger.totals()[0], "both have ended, so the answer costs what is booked"
    assert [event.model for event in bench.events if event.kind == "reply"] == [second]


def test_a_late_models_fault_began_with_its_silence(bench: Bench) -> None:
    asked_late(bench, REPORT, "claude-sonnet-5-5", silence_s=4.0)
    failovers = {row["model_used"]: row["failover_s"] for row in bench.rows()}
    assert failovers == {"claude-sonnet-5-5": 0.0, "claude-haiku-5-5": pytest.approx(4.0)}


class WritingClient(LateClient):
    """A LateClient whose models write two pieces, and think in between."""

    def complete(
        self, model: str, request: CallRequest, patience: Patience, on_text: Callable[[str], None]
    ) -> GatewayReply:
        reply = super().complete(model, request, patience, on_text)
        for text in ("{", "", "}"):
            on_text(text)
        return reply


def test_what_a_model_writes_is_heard_piece_by_piece_and_a_late_one_no_more_once_another_has_answered(
    bench: Bench,
) -> None:
    heard: list[Written] = []
    client = WritingClient(bench.clock, ["claude-sonnet-5-5"], 5.0)
    gateway = Gateway(client, on_text=heard.append)
    router = SmartRouter(Models(load_chains(), ALL), gateway, bench.books, HEDGED, bench.runtime)
    router.route_with_fallback(replace(REPORT, run_id="r1"))
    client.released.set()
    join_attempts()
    [row] = [row for row in bench.rows() if row["hedged"]]
    call = ("report_writer", "claude-haiku-5-5")
    assert heard == [Written(row["request_id"], *call, text, "r1") for text in "{}"]


def test_a_model_that_is_not_late_is_asked_alone(bench: Bench) -> None:
    bench.router(options=HEDGED).route_with_fallback(REPORT)
    assert bench.client.models == ["claude-sonnet-5-5"]


def test_when_the_second_fails_too_the_third_joins_the_one_that_is_late(bench: Bench) -> None:
    down = [CallError("unavailable", "503")]
    assert asked_late(bench, REPORT, "claude-sonnet-5-5", claude_haiku_5_5=down).model_used == "openai-gpt-6-luna"


HAIKU, LUNA = "claude-haiku-5-5", "openai-gpt-6-luna"


@pytest.mark.parametrize(("silence_s", "answers"), [(1.3, HAIKU), (5.0, LUNA)])
def test_a_late_model_is_joined_by_a_much_slower_one_only_once_it_is_as_good_as_lost(
    bench: Bench, silence_s: float, answers: str
) -> None:
    request = replace(ask("insight_generator"), among=(HAIKU, LUNA))
    assert asked_late(bench, request, HAIKU, silence_s=silence_s).model_used == answers


def test_what_fails_beside_a_late_model_is_replaced_by_the_next_one_whoever_that_is(bench: Bench) -> None:
    down = [CallError("unavailable", "503", billed=True)]
    request = ask("insight_generator")
    reply = asked_late(bench, request, HAIKU, silence_s=1.3, openrouter_gpt_oss_120b=down, groq_gpt_oss_120b=down)
    assert reply.model_used == LUNA
    hedged = [row["model_used"] for row in bench.rows() if row["hedged"]]
    assert sorted(hedged) == ["groq-gpt-oss-120b", LUNA, "openrouter-gpt-oss-120b"]


def test_models_that_are_all_as_good_as_lost_are_followed_by_the_next_one_whatever_share_is_used_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HedgeLimit, "take", lambda self: False)
    late = ["claude-sonnet-5-5", HAIKU]
    assert asked_late(bench, REPORT, *late).model_used == LUNA
    assert {row["model_used"]: row["failover_s"] for row in bench.rows()} == {
        "claude-sonnet-5-5": 0.0,
        HAIKU: pytest.approx(5.0),
        LUNA: pytest.approx(10.0),
    }


def test_no_call_is_added_while_the_gateway_itself_is_late(bench: Bench) -> None:
    assert asked_late(bench, REPORT, "claude-sonnet-5-5", keeps_up=False).model_used == "claude-sonnet-5-5"
    assert not any(row["hedged"] for row in bench.rows())


def test_the_fault_of_what_fails_beside_a_late_model_counts_too(bench: Bench) -> None:
    asked_late(bench, REPORT, "claude-sonnet-5-5", claude_haiku_5_5=[CallError("unavailable", "503")])
    failovers = {row["model_used"]: row["failover_s"] for row in bench.rows()}
    assert failovers == {"claude-sonnet-5-5": 0.0, HAIKU: pytest.approx(5.0), LUNA: pytest.approx(5.1)}


@pytest.mark.parametrize("spent", ["0.0", "0.9"])
def test_no_second_call_is_paid_for_while_the_budget_runs_low(bench: Bench, spent: str) -> None:
    bench.ledger.charge(Decimal(spent), agent="report_writer", model="claude-sonnet-5-5")
    asked_late(bench, REPORT, "claude-sonnet-5-5")
    assert any(row["hedged"] for row in bench.rows()) == (spent == "0.0")


@pytest.mark.parametrize(
    ("granted", "answers"), [([False, False, True], "claude-haiku-5-5"), ([], "claude-sonnet-5-5")]
)
def test_a_model_that_stays_silent_gets_the_second_call_that_comes_free_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, granted: Sequence[bool], answers: str
) -> None:
    left = list(granted)
    monkeypatch.setattr(HedgeLimit, "take", lambda self: left.pop(0) if left else False)
    assert asked_late(bench, REPORT, "claude-sonnet-5-5", silence_s=4.4).model_used == answers


def test_second_calls_are_a_bounded_share_of_all_calls() -> None:
    limit = HedgeLimit(0.1)
    allowed = 0
    for _ in range(1000):
        limit.count()
        allowed += limit.take()
    assert 100 <= allowed <= 100 + BURST
    assert not HedgeLimit(0.0).take()


def test_a_model_that_asked_for_a_short_pause_is_waited_for_where_the_next_one_is_much_slower(bench: Bench) -> None:
    limited = CallError("rate_limited", "slow down", retry_after_s=1)
    groq: list[Answer] = [limited, good("groq-gpt-oss-20b")]
    router = bench.router(("groq-gpt-oss-20b", "ollama-llama3.1"), groq_gpt_oss_20b=groq, ollama_llama3__1=[limited])
    request = ask("data_profiler", deadline=Deadline(bench.clock, 60.0), first="groq-gpt-oss-20b")
    assert router.route_with_fallback(request).model_used == "groq-gpt-oss-20b"
    assert bench.client.models == ["groq-gpt-oss-20b", "groq-gpt-oss-20b"]
    quick = bench.router(
        ("groq-gpt-oss-20b", "claude-haiku-5-5"),
        groq_gpt_oss_20b=[limited],
        claude_haiku_5_5=[good("claude-haiku-5-5")],
    )
    assert quick.route_with_fallback(ask("data_profiler", first="groq-gpt-oss-20b")).model_used == "claude-haiku-5-5"


@pytest.mark.parametrize(
    ("chain", "again"),
    [(("claude-haiku-5-5", "claude-sonnet-5-5"), True), (("claude-haiku-5-5", "openrouter-gpt-oss-120b"), False)],
)
def test_a_quick_model_that_failed_is_asked_again_before_one_that_takes_much_longer(
    bench: Bench, chain: tuple[str, ...], again: bool
) -> None:
    failed: list[Answer] = [CallError("unavailable", "503"), good("claude-haiku-5-5")]
    router = bench.router(
        chain,
        claude_haiku_5_5=failed,
        claude_sonnet_5_5=[good("claude-sonnet-5-5")],
        openrouter_gpt_oss_120b=[good("openrouter-gpt-oss-120b")],
    )
    request = ask("insight_generator", deadline=Deadline(bench.clock, 60.0))
    assert (router.route_with_fallback(request).model_used == "claude-haiku-5-5") == again


def test_the_reply_tells_the_order_and_why_and_the_record_keeps_it(bench: Bench) -> None:
    router = bench.router(claude_sonnet_5_5=[CallError("unavailable", "503")], options=RoutingOptions(policy="dynamic"))
    reply = router.route_with_fallback(REPORT)
    assert [ranked.model for ranked in reply.route.order] == list(load_chains()["report_writer"].models)
    assert all("position" in ranked.why for ranked in reply.route.order)
    with bench.store.read() as transaction:
        [(told,)] = transaction.rows("SELECT tried FROM routes")
    assert json.loads(told)["tried"] == [{"model": "claude-sonnet-5-5", "reason": "unavailable", "detail": "503"}]


def test_each_runs_watcher_hears_of_its_own_calls_alone_and_the_process_of_all(bench: Bench) -> None:
    heard: dict[str, list[Progress]] = {"r1": [], "r2": []}
    router = bench.router(claude_sonnet_5_5=[CallError("unavailable", "503"), good("claude-sonnet-5-5")])
    records = [router.route_with_fallback(replace(REPORT, run_id=run, on_event=heard[run].append)) for run in heard]
    assert [event.kind for event in heard["r1"]] == ["call", "note", "call", "reply"]
    assert [event.kind for event in heard["r2"]] == ["call", "reply"]
    router.reject(records[0], ["no figures"], heard["r1"].append)
    assert (heard["r1"][-1].kind, heard["r1"][-1].model) == ("rejected", "claude-haiku-5-5")
    assert all(event.run_id == run for run, events in heard.items() for event in events)
    assert bench.events == [*heard["r1"][:-1], *heard["r2"], heard["r1"][-1]]


def test_who_watches_both_the_process_and_a_run_hears_each_event_once(bench: Bench) -> None:
    heard: list[Progress] = []

    def watch(event: Progress) -> None:
        heard.append(event)

    bench.router(on_event=watch).route_with_fallback(replace(REPORT, on_event=watch))
    assert [event.kind for event in heard] == ["call", "reply"]


def test_a_record_of_the_answer_tells_its_own_cost_and_its_requests(bench: Bench) -> None:
    useless = good("claude-sonnet-5-5", text=" ")
    record = bench.router(claude_sonnet_5_5=[useless]).route_with_fallback(REPORT)
    assert (record.model_used, record.cost_usd, record.latency_s) == ("claude-haiku-5-5", Decimal("0.00015"), 1.0)
    assert (record.route.cost_usd, record.route.latency_s) == (Decimal("0.00315"), 2.0)


def test_a_schema_goes_to_the_models_alone_whose_decoder_holds_to_it(bench: Bench) -> None:
    schema = {"type": "object"}
    down = CallError("unavailable", "503")
    router = bench.router(available=("ollama-llama3.1", "groq-gpt-oss-20b"), ollama_llama3__1=[down])
    router.route_with_fallback(ask("data_profiler", schema=schema))
    assert bench.client.schemas == [("ollama-llama3.1", schema), ("groq-gpt-oss-20b", None)]
