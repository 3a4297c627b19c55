"""SmartRouter: which model answers an agent's call. Candidates → policy → admission → call → check → settle and record.

The router alone decides: a candidate gets one attempt (attempts.py), the gateway is told not to try by itself, and
every refusal and failure is kept with its reason. Waiting is the last thing that is done: a call that another model
can take never waits for one that asked for a pause.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analyst.budget.prices import Prices
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError, ChainExhaustedError, GatewayError, GatewayLostError, SettingsError
from analyst.core.events import Progress
from analyst.llm.attempts import Attempts, Client, Messages, Outcome, Route
from analyst.llm.chains import Chain
from analyst.llm.resilience.deadline import Deadline
from analyst.llm.resilience.health import Health
from analyst.llm.resilience.hours import peak_at
from analyst.llm.resilience.policy import POLICIES
from analyst.llm.resilience.signals import Signals, Situation
from analyst.protocol.calls import ABSENT, Attempt, Ranked, RoutedReply
from monitoring import PerformanceMonitor

if TYPE_CHECKING:
    from analyst.budget.ledger import Ledger

STAGES_LEFT = {
    "consensus_judge": 3,
    "data_profiler": 3,
    "query_interpreter": 3,
    "insight_generator": 2,
    "report_writer": 1,
}
"""How many calls in a row an analysis still needs, this one included (the first two agents work side by side)."""
CALL_TIMEOUT_S = 60.0
"""The longest that any call may take, with or without a deadline."""
EMBEDDED_TIMEOUT_S = 30.0
"""The embedded analyst's own time: it answers in well under a second, also when the deadline is past."""
MIN_CALL_S = 1.0
"""With less time than this no model is asked: it would be paid for and not waited for."""
SLOW_FACTOR, LEAST_TIMEOUT_S, MEASURED_CALLS = 2.0, 4.0, 10
"""A model that was measured so often is given up after this multiple of its p95, but never before so many seconds."""
PUBLISHED_FACTOR, FIRST_TIMEOUT_S = 4.0, 8.0
"""Until then it is given up after this multiple of its published speed, which is of a good day and a short prompt; the
first calls also wait for the gateway to load what the provider needs."""
RETRIES, RETRY_WAIT_S, RETRY_PAUSE_S = 3, 5.0, 0.4
"""Once no candidate answered: how many more attempts, the longest wait before one, and the first wait for a model that
named none (doubled each time)."""
RETRIED = ("unavailable", "rate_limited")
"""Reasons that may be gone when a model is asked again; one that timed out would only eat more time."""
TYPICAL_INPUT, TYPICAL_OUTPUT = 1400, 250
"""Tokens of a call before anything was measured (of the bundled samples)."""
HEDGED_AGENTS = ("report_writer",)
"""Only the last stage is worth a second call at once: nothing can be made up for after it."""


class SmartRouter:
    """Routes each agent's calls along its chain. One router serves all agents of a process, on any thread.

    `available` names the models with a key and in reach; the embedded analyst always counts as one of them. `health`
    and `signals` are what all processes know of the models; `pressure` is the budget's (0 on plan, 1 at the soft
    limit); `revive` starts a gateway that died (whether it answers again); `hedge_after_s` 0: no second call at once.
    """

    def __init__(
        self,
        *,
        chains: Mapping[str, Chain],
        client: Client,
        prices: Prices,
        ledger: Ledger,
        monitor: PerformanceMonitor,
        available: Collection[str],
        health: Health | None = None,
        signals: Signals | None = None,
        policy: str = "fixed",
        pressure: Callable[[], float] = lambda: 0.0,
        revive: Callable[[], bool] = lambda: False,
        hedge_after_s: float = 0.0,
        call_timeout_s: float = CALL_TIMEOUT_S,
        on_event: Callable[[Progress], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        local_time: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        jitter: Callable[[], float] = lambda: random.uniform(0.5, 1.5),
    ) -> None:
        if policy not in POLICIES:
            raise SettingsError(f"Unknown policy {policy!r}.", f"Choose one of: {', '.join(POLICIES)}.")
        for model in {model for chain in chains.values() for model in chain.models}:
            prices.price(model)
        health = health or Health(clock=wall_clock)
        self._tell = on_event or (lambda _: None)
        self._chains, self._prices, self._monitor = chains, prices, monitor
        self._available = frozenset(available) | {EMBEDDED_MODEL}
        self._signals = signals or Signals(None, health, clock=wall_clock)
        self._policy, self._policy_name, self._pressure, self._revive = POLICIES[policy], policy, pressure, revive
        self._hedge_after_s, self._call_timeout_s, self._health = hedge_after_s, call_timeout_s, health
        self._clock, self._sleep, self._local_time, self._jitter = clock, sleep, local_time, jitter
        self._new_id = new_id
        self._attempts = Attempts(
            client=client, prices=prices, ledger=ledger, health=health, monitor=monitor, tell=self._tell,
            clock=clock, wall_clock=wall_clock, new_id=new_id,
        )  # fmt: skip

    def candidates(self, agent: str) -> list[str]:
        """The models that may answer `agent`, in the chain's order; those out of reach are left out."""
        return [model for model in self._chain(agent).models if model in self._available]

    def voices(self, agent: str) -> list[tuple[str, ...]]:
        """The different models that may answer `agent`, in the chain's order, the embedded analyst left out.

        Each is the tuple of its names: the same weights on two networks are one voice, and stand in for each other.
        """
        facts, found = self._chain(agent).facts, dict[str, list[str]]()
        for model in self.candidates(agent):
            if model != EMBEDDED_MODEL:
                found.setdefault(facts[model].weights if model in facts else model, []).append(model)
        return [tuple(models) for models in found.values()]

    def route_with_fallback(
        self,
        agent_name: str,
        messages: Messages,
        max_tokens: int,
        *,
        run_id: str | None = None,
        deadline: Deadline | None = None,
        temperature: float | None = None,
        response_schema: Any = None,
        first: str | None = None,
        skip: Collection[str] = (),
        among: Collection[str] | None = None,
    ) -> RoutedReply:
        """The first usable answer along the agent's chain, with what it took to get it.

        `first` is asked before all others: its reply failed the caller's check and it is to mend it. `skip` are models
        whose replies failed it for good; `among`: nobody else is asked. ChainExhaustedError when no candidate answered;
        StoreError when money or metrics can't be recorded; KeyRejectedError when the gateway refuses our key.
        """
        chain = self._chain(agent_name)
        route = Route(
            agent_name, chain.primary, messages, max_tokens, run_id, deadline, temperature, response_schema,
            self._clock(), escalated=bool(skip) or first is not None, id=self._new_id(),
        )  # fmt: skip
        self._order(route, chain, first, skip, among)
        models = self._reachable(route, skip)
        if first == EMBEDDED_MODEL:
            outcome = self._last_resort(route, models) or self._try_models(route, models)
        else:
            outcome = (
                self._try_models(route, models) or self._try_again(route, models) or self._last_resort(route, models)
            )
        if outcome is None:
            tried = [(a.model, a.reason, a.detail) for a in route.tried]
            raise ChainExhaustedError(agent_name, tried, route.spent)
        return self._reply(route, outcome)

    def reject(self, call_id: str, problems: Sequence[str]) -> bool:
        """Note that our later check refused the reply of call `call_id`; False when there is no such call."""
        found = self._monitor.record_rejection(call_id, problems)
        if found is None:
            return False
        agent, model = found
        self._tell(Progress("rejected", f"{model}: {'; '.join(problems)}", agent, model))
        return True

    def get_routing_stats(self, since_days: float | None = None) -> dict[str, Any]:
        """What was recorded, by agent: calls, success of the primary, fallbacks by reason, escalations, rejections, the
        time to fail over (`failover_s`: p50, p95), and its models.

        Rates and shares are fractions (None where nothing was counted), times seconds, costs Decimal USD. Each
        model's `share` is its part of the agent's answers; `failures` counts its failed or refused attempts by reason.
        """
        agents = {row["agent_name"]: row for row in self._monitor.groups(["agent_name"], since_days)}
        told: dict[str, Any] = {name: agents[name] | {"models": {}} for name in self._chains if name in agents}
        for row in self._monitor.groups(["agent_name", "model_used"], since_days):
            of_agent = told.get(row["agent_name"])
            if of_agent is not None:
                share = row["answered"] / of_agent["answered"] if of_agent["answered"] else None
                of_agent["models"][row["model_used"]] = row | {"share": share, "failures": {}}
        for agent, model, reason, count in self._monitor.reasons("error_reason", since_days):
            if model in told.get(agent, {"models": ()})["models"]:  # calls are recorded while this is read
                told[agent]["models"][model]["failures"][reason] = count
        from analyst.storage.sums import percentiles

        reasons: dict[str, Counter[str]] = {name: Counter() for name in told}
        for agent, _, reason, count in self._monitor.reasons("fallback_reason", since_days):
            if agent in told:
                reasons[agent][reason] += count
        lost = self._monitor.failovers(since_days)
        for name, row in told.items():
            row["failover_s"] = dict(zip(("p50", "p95"), percentiles(lost.get(name, ()), (0.5, 0.95)), strict=True))
            counted, answered = reasons[name].most_common(), row["answered"]
            row["fallback_reasons"] = {reason: count / answered for reason, count in counted if answered}
        return told

    def _chain(self, agent: str) -> Chain:
        if agent not in self._chains:
            raise SettingsError(f"Unknown agent {agent!r}.", f"Known: {', '.join(self._chains)}.")
        return self._chains[agent]

    # Candidates and policy

    def _order(
        self, route: Route, chain: Chain, first: str | None, skip: Collection[str], among: Collection[str] | None
    ) -> None:
        """Give the route its candidates in the policy's order; the model that is to mend its reply goes before all.

        The primary is the policy's first choice among the configured: whoever answers instead of it is a fallback.
        """
        order = self._policy(chain, self._situation(route, chain, skip))
        if among is not None:
            order = tuple(ranked for ranked in order if ranked.model in among)
        wanted = (ranked.model for ranked in order if ranked.model != EMBEDDED_MODEL)
        route.primary = next((model for model in wanted if model in self._available), chain.primary)
        if first is not None:
            if first not in chain.models:
                known = ", ".join(chain.models)
                raise SettingsError(f"first={first!r} is not in the chain.", f"Choose one of: {known}.")
            mending = Ranked(first, "it is sent what was wrong with its reply")
            order = (mending, *(ranked for ranked in order if ranked.model != first))
        route.order = order

    def _situation(self, route: Route, chain: Chain, skip: Collection[str]) -> Situation:
        if self._policy_name == "fixed":
            return Situation()
        models = [model for model in chain.models if model in self._available]
        share = route.deadline.share(STAGES_LEFT.get(route.agent, 1)) if route.deadline else None
        return Situation(
            performance={model: self._signals.performance(route.agent, model) for model in models},
            headroom={model: self._signals.headroom(model) for model in models},
            list_costs={m: self._prices.list_cost(m, TYPICAL_INPUT, TYPICAL_OUTPUT) for m in chain.models},
            published_s={model: facts.seconds(TYPICAL_OUTPUT) for model, facts in chain.facts.items()},
            weights={model: facts.weights for model, facts in chain.facts.items()},
            pressure=self._pressure(),
            peak=peak_at(self._local_time(), route.agent),
            time_s=share,
            target_s=route.deadline.target_share(STAGES_LEFT.get(route.agent, 1)) if route.deadline else None,
            refused=tuple(skip),
        )

    def _reachable(self, route: Route, skip: Collection[str]) -> list[str]:
        """The models that may be asked, in order; the others are noted with their reason."""
        models = []
        for ranked in route.order:
            if ranked.model not in self._available:
                route.attempts.append(Attempt(ranked.model, "unavailable", ABSENT))
            elif ranked.model in skip:
                route.attempts.append(Attempt(ranked.model, "rejected", "its reply failed the check before"))
            else:
                models.append(ranked.model)
        return models

    # Attempts

    def _try_models(self, route: Route, models: Sequence[str]) -> Outcome | None:
        """The first good outcome of one attempt with each; None when all failed."""
        left = [model for model in models if model != EMBEDDED_MODEL]
        while left:
            model = left.pop(0)
            if self._hedge_after_s and left and route.agent in HEDGED_AGENTS:
                outcome = self._hedged(route, model, left[0])
                left = [one for one in left if one not in {attempt.model for attempt in route.attempts}]
            else:
                outcome = self._try(route, model, bool(left))
            if outcome is not None:
                return outcome
        return None

    def _try(self, route: Route, model: str, others: bool) -> Outcome | None:
        """One attempt with `model` (another one if the gateway died under it and lives again); None when it failed."""
        outcome = self._attempt(route, model, others)
        route.note(outcome)
        if isinstance(outcome.error, GatewayLostError):
            if not self._revive():
                raise GatewayError(
                    f"{outcome.error.message} It can't be started again.", "See python main.py gateway doctor."
                )
            outcome = self._attempt(route, model, others)
            route.note(outcome)
        return outcome if outcome.error is None else None

    def _attempt(self, route: Route, model: str, others: bool, *, hedged: bool = False) -> Outcome:
        try:
            timeout_s = self._time_for(route, model, others)
        except CallError as refusal:
            return self._attempts.passed_over(route, model, refusal)
        return self._attempts.make(route, model, timeout_s, queue=self._alone(route), hedged=hedged)

    def _time_for(self, route: Route, model: str, others: bool) -> float:
        """Seconds that `model` gets: a fair share of the deadline, and no more than it was ever seen to need.

        The only model that is configured gets its whole share: whoever has a slow laptop and no key wants its answer.
        """
        if model == EMBEDDED_MODEL:
            return EMBEDDED_TIMEOUT_S
        share = self._call_timeout_s
        if route.deadline is not None:
            share = min(share, route.deadline.share(STAGES_LEFT.get(route.agent, 1) + others))
            if share < MIN_CALL_S:
                raise CallError("timeout", f"{route.deadline.left():.1f} s are left before the deadline.")
        if not others and self._alone(route):
            return share
        seen = self._signals.performance(route.agent, model)
        if seen.p95_s is None or seen.calls < MEASURED_CALLS:
            published = self._chain(route.agent).facts[model].seconds(TYPICAL_OUTPUT)
            needed = max(PUBLISHED_FACTOR * published, FIRST_TIMEOUT_S)
        else:
            needed = max(SLOW_FACTOR * seen.p95_s, LEAST_TIMEOUT_S)
        return min(share, needed if others else 2 * needed)

    def _alone(self, route: Route) -> bool:
        """Whether only one model is configured, beside the embedded analyst."""
        return len(self.candidates(route.agent)) <= 2

    def _try_again(self, route: Route, models: Sequence[str]) -> Outcome | None:
        """Further attempts, each after a short wait, with the likeliest model to answer now that no other did."""
        for tried in range(RETRIES):
            waits = {model: w for model in models if (w := self._pause(route, model, tried)) is not None}
            if not waits:
                return None
            model = min(waits, key=lambda one: waits[one])
            self._tell(Progress("note", f"{model}: asked again in {waits[model]:.1f} s", route.agent, model))
            self._sleep(waits[model])
            route.waited_s += waits[model]
            if (outcome := self._try(route, model, tried + 1 < RETRIES)) is not None:
                return outcome
        return None

    def _pause(self, route: Route, model: str, tried: int) -> float | None:
        """Seconds after which asking `model` again may help and the deadline allows it; None when it is no use."""
        last = next((attempt for attempt in reversed(route.attempts) if attempt.model == model), None)
        held = self._health.pause(model)
        if last is None or held is None or last.reason not in RETRIED or model == EMBEDDED_MODEL:
            return None
        pause = held or RETRY_PAUSE_S * 2**tried * self._jitter()
        share = route.deadline.share(STAGES_LEFT.get(route.agent, 1)) if route.deadline else self._call_timeout_s
        return pause if pause <= RETRY_WAIT_S and pause + MIN_CALL_S <= share else None

    def _last_resort(self, route: Route, models: Sequence[str]) -> Outcome | None:
        return self._try(route, EMBEDDED_MODEL, False) if EMBEDDED_MODEL in models else None

    def _hedged(self, route: Route, model: str, second: str) -> Outcome | None:
        """`model`, and `second` beside it once it takes too long: the first good outcome; None when both failed.

        The other call goes on and is booked when it ends; until then its worst case counts as this request's cost.
        """
        pool = ThreadPoolExecutor(2, thread_name_prefix="hedge")
        try:
            calls: dict[Future[Outcome], str] = {pool.submit(self._attempt, route, model, True): model}
            if not wait(calls, timeout=self._hedge_after_s).done:
                self._tell(Progress("note", f"{model} is slow: {second} is asked too", route.agent, second))
                calls[pool.submit(self._attempt, route, second, True, hedged=True)] = second
            return self._first_good(route, calls)
        finally:
            pool.shutdown(wait=False)

    def _first_good(self, route: Route, calls: dict[Future[Outcome], str]) -> Outcome | None:
        while calls:
            for ended in wait(calls, return_when=FIRST_COMPLETED).done:
                calls.pop(ended)
                outcome = ended.result()
                route.note(outcome)
                if outcome.error is None:
                    route.spent += sum((self._attempts.worst_case(route, m) for m in calls.values()), Decimal(0))
                    return outcome
        return None

    def _reply(self, route: Route, outcome: Outcome) -> RoutedReply:
        reply, model = outcome.reply, outcome.model
        assert reply is not None  # an outcome without an error has one
        return RoutedReply(
            text=reply.text,
            call_id=outcome.call_id,
            agent=route.agent,
            primary=route.primary,
            model_used=model,
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            cost_usd=route.spent,
            latency_s=self._clock() - route.started,
            fallback=model != route.primary,
            reason=route.reason if model != route.primary else None,
            cached_tokens=reply.cached_tokens,
            attempts=route.tried,
            order=route.order,
            escalated=route.escalated,
        )
