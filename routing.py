"""SmartRouter: which model answers an agent's call. Candidates → policy → admission → call → check → settle and record.

The router alone decides: a candidate gets one attempt (analyst/llm/attempts.py), the gateway is told not to try by
itself, and every refusal and failure is kept with its reason. A late model is joined by the next one (analyst/llm/
racing.py). Nobody waits for a model that failed while another can answer, unless that one takes much longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from analyst.budget.ledger import Ledger, scope_of
from analyst.budget.prices import load_prices
from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError, ChainExhaustedError, GatewayError, GatewayLostError, SettingsError
from analyst.core.events import OnText, Progress
from analyst.core.settings import Settings
from analyst.llm.attempts import Attempts, Call
from analyst.llm.chains import CHAINS_FILE, Chain, load_chains
from analyst.llm.client import GatewayClient
from analyst.llm.gateway.launcher import GatewayInfo, revive
from analyst.llm.listening import Patience, Pulse
from analyst.llm.racing import HedgeLimit, Race
from analyst.llm.resilience.health import Health
from analyst.llm.resilience.hours import peak_at
from analyst.llm.resilience.policy import POLICIES, saving
from analyst.llm.resilience.signals import Signals, Situation
from analyst.llm.resources import DEFAULT_OPTIONS, REAL_TIME, Books, Gateway, Models, RoutingOptions, Runtime
from analyst.llm.route import Route
from analyst.llm.timeouts import MIN_CALL_S, TYPICAL_OUTPUT, Timeouts
from analyst.observability.routing import routing_stats
from analyst.protocol.calls import ABSENT, CallRecord, CallRequest, Listener, Ranked
from monitoring import PerformanceMonitor

RETRIES, RETRY_WAIT_S, RETRY_PAUSE_S = 3, 5.0, 0.4
"""Once no candidate answered: how many more attempts, the longest wait before one, and the first wait for a model that
named none (doubled each time)."""
RETRIED = ("unavailable", "rate_limited")
"""Reasons that may be gone when a model is asked again; one that timed out would only eat more time. A model that may
have billed its failure is not asked again: nobody pays twice for one answer."""
PASSED_OVER = (*RETRIED, "timeout")
"""Reasons for which a model was not even asked, since others met them, that may be gone when it is."""
AGAIN_FACTOR = 1.5
"""A model that failed is asked again before the next one, if that one usually takes this multiple of the pause and the
answer together: so it is sooner on average while up to a third of the calls fail."""
AS_QUICK, QUICK_S = 1.5, 4.0
"""A late model is not joined by one that usually takes more than this multiple of its time and so many seconds."""
LATER_S = 0.25
"""How soon a late model is looked at again where the share of second calls was used up."""
TYPICAL_INPUT = 1400
"""Input tokens of a call before anything was measured (of the bundled samples)."""


class SmartRouter:
    """Routes each agent's calls along its chain. One router serves all agents of a process, in many runs at once, on
    any thread. `on_event` hears of every request; a request's own listener only of its own.
    """

    def __init__(
        self,
        models: Models,
        gateway: Gateway,
        books: Books,
        options: RoutingOptions = DEFAULT_OPTIONS,
        runtime: Runtime = REAL_TIME,
        on_event: Listener | None = None,
    ) -> None:
        if options.policy not in POLICIES:
            raise SettingsError(f"Unknown policy {options.policy!r}.", f"Choose one of: {', '.join(POLICIES)}.")
        for model in {model for chain in models.chains.values() for model in chain.models}:
            books.prices.price(model)
        health = models.health or Health(clock=runtime.wall_clock)
        self._chains, self._available = models.chains, frozenset(models.available) | {EMBEDDED_MODEL}
        self._health, self._signals = health, models.signals or Signals(None, health, clock=runtime.wall_clock)
        self._gateway, self._books, self._options, self._runtime = gateway, books, options, runtime
        self._on_event = on_event
        self._timeouts = Timeouts(self._chains, self._signals)
        self._attempts, self._hedges = Attempts(gateway, books, health, runtime), HedgeLimit(options.hedge_share)

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

    def route_with_fallback(self, request: CallRequest) -> CallRecord:
        """The first usable answer along the agent's chain; its `route` tells what it took to get it.

        ChainExhaustedError when no candidate answered; StoreError when money or metrics can't be recorded;
        KeyRejectedError when the gateway refuses our key.
        """
        route = self._route(request)
        models = self._reachable(route)
        if request.first == EMBEDDED_MODEL:
            answer = self._last_resort(route, models) or self._try_models(route, models)
        else:
            answer = (
                self._try_models(route, models) or self._try_again(route, models) or self._last_resort(route, models)
            )
        if answer is None:
            tried = [(a.model, a.reason, a.detail) for a in route.tried]
            raise ChainExhaustedError(request.agent, tried, route.spending.usd)
        return replace(answer, route=route.account(self._runtime.clock() - route.started))

    def reject(self, record: CallRecord, problems: Sequence[str], on_event: Listener | None = None) -> bool:
        """Note that a later check refused the reply of `record`, and tell `on_event` too; False: no such call."""
        found = self._books.recorder.record_rejection(record.request_id, problems)
        if found is None:
            return False
        agent, model = found
        event = Progress("rejected", f"{model}: {'; '.join(problems)}", agent, model, run_id=record.run_id)
        for listener in self._listeners(on_event):
            listener(event)
        return True

    def get_routing_stats(self, since_days: float | None = None) -> dict[str, Any]:
        """What was recorded of the chains' agents: see analyst.observability.routing."""
        return routing_stats(self._books.recorder, self._chains, since_days)

    def _chain(self, agent: str) -> Chain:
        if agent not in self._chains:
            raise SettingsError(f"Unknown agent {agent!r}.", f"Known: {', '.join(self._chains)}.")
        return self._chains[agent]

    def _listeners(self, own: Listener | None) -> tuple[Listener, ...]:
        """Who hears of a request; a watcher of both the process and the run hears it once."""
        heard = (self._on_event, own if own != self._on_event else None)
        return tuple(listener for listener in heard if listener is not None)

    # Candidates and policy

    def _route(self, request: CallRequest) -> Route:
        """The request's route: its candidates in the policy's order; the model that is to correct its reply goes first.

        The primary is the policy's first choice among the configured: whoever answers instead of it is a fallback.
        """
        chain, first = self._chain(request.agent), request.first
        order = POLICIES[self._options.policy](chain, self._situation(request, chain))
        if request.among is not None:
            order = tuple(ranked for ranked in order if ranked.model in request.among)
        configured = (r.model for r in order if r.model != EMBEDDED_MODEL and r.model in self._available)
        primary = next(configured, chain.primary)
        if first is not None:
            if first not in chain.models:
                known = ", ".join(chain.models)
                raise SettingsError(f"first={first!r} is not in the chain.", f"Choose one of: {known}.")
            mending = Ranked(first, "asked again with the errors in its reply")
            order = (mending, *(ranked for ranked in order if ranked.model != first))
        started, listeners = self._runtime.clock(), self._listeners(request.on_event)
        return Route(request, primary, started, self._runtime.new_id(), listeners, order)

    def _situation(self, request: CallRequest, chain: Chain) -> Situation:
        if self._options.policy == "fixed":
            return Situation()
        models = [model for model in chain.models if model in self._available]
        prices = self._books.prices
        return Situation(
            performance={model: self._signals.performance(request.agent, model) for model in models},
            headroom={model: self._signals.headroom(model) for model in models},
            list_costs={m: prices.list_cost(m, TYPICAL_INPUT, TYPICAL_OUTPUT) for m in chain.models},
            published_s={model: facts.seconds(TYPICAL_OUTPUT) for model, facts in chain.facts.items()},
            weights={model: facts.weights for model, facts in chain.facts.items()},
            pressure=saving(self._books.ledger.pressure()),
            peak=peak_at(self._runtime.local_time(), request.agent),
            time_s=self._timeouts.share(request) if request.deadline else None,
            target_s=self._timeouts.target(request),
            refused=request.skip,
        )

    def _reachable(self, route: Route) -> list[str]:
        """The models that may be asked, in order; the others are noted with their reason."""
        models = []
        for ranked in route.order:
            if ranked.model not in self._available:
                route.pass_over(ranked.model, "unavailable", ABSENT)
            elif ranked.model in route.request.skip:
                route.pass_over(ranked.model, "rejected", "its earlier reply failed the check")
            else:
                models.append(ranked.model)
        return models

    # Attempts

    def _try_models(self, route: Route, models: Sequence[str]) -> CallRecord | None:
        """The first good answer of one attempt with each, a late one joined by the next; None when all failed."""
        left = [model for model in models if model != EMBEDDED_MODEL]
        race, hedging, later_s = Race(self._runtime.clock), bool(self._hedges), 0.0
        while left or race.running:
            if not race.running:
                model = self._next(route, models, left)
                if not (hedging and left):
                    # Nobody could join it, so it needs no other thread, and Ctrl-C reaches it.
                    if (answer := self._try(route, model, bool(left))) is not None:
                        return answer
                    continue
                race.start(model, partial(self._try, route, model, True))
                later_s = 0.0
            ended = race.ended(late_by=later_s if hedging and left else None)
            if ended is not None and ended.answer is not None:
                return self._won(route, race, ended.answer)
            hedging = hedging and not saving(self._books.ledger.pressure())
            if hedging and left and race.running:
                joined = self._follow(route, race, left) if ended else self._join(route, race, left)
                later_s = 0.0 if joined or ended else later_s + LATER_S
        return None

    def _next(self, route: Route, models: Sequence[str], left: list[str]) -> str:
        """The next of `models`, taken from `left`; before it one that failed and may answer after a pause, where the
        next one is that much slower."""
        usual = partial(self._timeouts.usual, route.request.agent)
        paused = [model for model in models if model not in route.waited_for]
        waits = {model: w for model in paused if (w := self._pause(route, model, 0)) is not None}
        quickest = min(waits, key=lambda model: waits[model] + usual(model), default=None)
        if quickest is None or AGAIN_FACTOR * (waits[quickest] + usual(quickest)) > usual(left[0]):
            return left.pop(0)
        self._wait(route, quickest, waits[quickest])
        return quickest

    def _follow(self, route: Route, race: Race, left: list[str]) -> bool:
        """One has failed beside others: if all of them are late, ask the next candidate too; whether it was."""
        if not race.late:
            return False
        self._beside(route, race, left, left[0], route.failed_since)
        return True

    def _join(self, route: Route, race: Race, left: list[str]) -> bool:
        """Ask a candidate beside those that are late, if one may be asked now; whether one was.

        What is as good as lost is followed like one that failed. Beside one that is merely late a second call is money
        for time: it is made only with a model about as quick, and for a bounded share of all calls. When that is used
        up, one that is merely slow answers meanwhile, and what comes free goes to those that hang. Where the gateway
        itself is late, another call would only add to that.
        """
        since, lost = max(pulse.last for pulse in race.running.values()), race.lost
        second = left[0] if lost else self._second(route, race, left)
        if second is None or not (lost or self._hedges.ready) or not self._gateway.keeps_up():
            return False
        if not lost and not self._hedges.take():
            return False
        self._beside(route, race, left, second, since)
        return True

    def _second(self, route: Route, race: Race, left: Sequence[str]) -> str | None:
        """The first of those `left` that is about as quick as the only one under way and may be asked now."""
        late, *others = race.running
        if others:
            return None
        usual = partial(self._timeouts.usual, route.request.agent)
        most_s = max(AS_QUICK * usual(late), QUICK_S)
        return next((model for model in left if usual(model) <= most_s and self._health.pause(model) == 0), None)

    def _beside(self, route: Route, race: Race, left: list[str], second: str, since: float | None) -> None:
        """Ask `second`, one of those `left`, beside what runs; the fault began then (None: with an earlier one)."""
        left.remove(second)
        route.tell("note", f"{next(iter(race.running))} is slow, so {second} is asked as well", second)
        if since is not None:
            route.is_late(since)
        race.start(second, partial(self._try, route, second, bool(left), hedged=True))

    def _won(self, route: Route, race: Race, answer: CallRecord) -> CallRecord:
        """Take `answer`. Another call goes on and is booked when it ends; until then it counts at its worst case."""
        route.over = True
        for model in race.running:
            route.spending.count_at_most(model, self._attempts.worst_case(self._asked(route, model), model))
        return answer

    def _try(
        self, route: Route, model: str, others: bool, pulse: Pulse | None = None, *, hedged: bool = False
    ) -> CallRecord | None:
        """One attempt with `model` (another one if the gateway died before it and lives again); None when it failed."""
        record = self._attempt(route, model, others, pulse, hedged=hedged)
        route.note(record)
        if isinstance(record.error, GatewayLostError):
            if not self._gateway.revive():
                raise GatewayError(
                    f"{record.error.message} It can't be restarted.", "Run `python main.py gateway doctor`."
                )
            if record.cost_usd:
                return None
            record = self._attempt(route, model, others, pulse, hedged=hedged)
            route.note(record)
        return record if record.success else None

    def _attempt(self, route: Route, model: str, others: bool, pulse: Pulse | None, *, hedged: bool) -> CallRecord:
        request = self._asked(route, model)
        route.spending.begin(model)
        alone = len(self.candidates(request.agent)) <= 2  # beside the embedded analyst
        call = Call(route, request, model, Patience(0.0), queue=alone, hedged=hedged, pulse=pulse or Pulse())
        if not hedged:
            self._hedges.count()
        try:
            patience = self._timeouts.of(request, model, others=others, alone=alone, raced=pulse is not None)
        except CallError as refusal:
            return self._attempts.pass_over(call, refusal)
        return self._attempts.make(replace(call, patience=patience))

    def _asked(self, route: Route, model: str) -> CallRequest:
        """The request as `model` gets it: the schema goes to those alone whose decoder is known to hold to it."""
        facts, request = self._chain(route.request.agent).facts.get(model), route.request.to(model)
        return request if facts is not None and facts.constrained else replace(request, schema=None)

    def _try_again(self, route: Route, models: Sequence[str]) -> CallRecord | None:
        """Further attempts, each after a short wait, with the likeliest model to answer now that no other did."""
        for tried in range(RETRIES):
            waits = {model: w for model in models if (w := self._pause(route, model, tried)) is not None}
            if not waits:
                return None
            model = min(waits, key=lambda one: waits[one])
            self._wait(route, model, waits[model])
            if (answer := self._try(route, model, tried + 1 < RETRIES)) is not None:
                return answer
        return None

    def _wait(self, route: Route, model: str, seconds: float) -> None:
        """Wait until `model` may be asked again."""
        route.tell("note", f"{model}: retrying in {seconds:.1f} s", model)
        self._runtime.sleep(seconds)
        route.waited(model, seconds)

    def _pause(self, route: Route, model: str, tried: int) -> float | None:
        """Seconds after which asking `model` again may help and the deadline allows it; None when it is no use."""
        last = next((attempt for attempt in reversed(route.attempts) if attempt.model == model), None)
        held = self._health.pause(model)
        if last is None or held is None or last.billed or model == EMBEDDED_MODEL:
            return None
        if last.reason not in (RETRIED if last.called else PASSED_OVER):
            return None
        pause = held or RETRY_PAUSE_S * 2**tried * self._runtime.jitter()
        allowed = pause <= RETRY_WAIT_S and pause + MIN_CALL_S <= self._timeouts.share(route.request)
        return pause if allowed else None

    def _last_resort(self, route: Route, models: Sequence[str]) -> CallRecord | None:
        return self._try(route, EMBEDDED_MODEL, False) if EMBEDDED_MODEL in models else None


def build_router(
    settings: Settings,
    info: GatewayInfo,
    monitor: PerformanceMonitor,
    on_note: Callable[[str], None] = lambda text: None,
    on_event: Listener | None = None,
    on_text: OnText | None = None,
) -> SmartRouter:
    """The router of a process, on a gateway that answers.

    `on_note` hears of the gateway (models that it does not offer, a restart), `on_event` of the requests of all runs;
    a run's own watcher comes with its requests. `on_text` hears what models write, while they write it.
    """
    if missing := [model for model in info.dropped if model != "vllm"]:
        on_note(f"Not configured: {', '.join(missing)} (run `python main.py gateway doctor` to see what to set)")
    ledger = Ledger.of(monitor.store, settings, scope=scope_of(monitor.scenario))
    client = GatewayClient(info.url, info.key)
    return SmartRouter(
        models_of(settings, info, monitor),
        Gateway(client, partial(revive, settings, info, on_note=on_note), on_text, client.keeps_up),
        Books(load_prices(), ledger, monitor),
        RoutingOptions(settings.routing_policy, settings.hedge_share),
        Runtime(local_time=partial(datetime.now, ZoneInfo(settings.timezone))),
        on_event,
    )


def models_of(settings: Settings, info: GatewayInfo, monitor: PerformanceMonitor) -> Models:
    """The chains of the settings, what the gateway offers of them, and what the store knows of each model."""
    chains = load_chains(settings.chains_file or CHAINS_FILE)
    facts = {model: of_model for chain in chains.values() for model, of_model in chain.facts.items()}
    accounts = {model: of_model.account for model, of_model in facts.items()}
    health = Health(monitor.store, accounts, {model: of_model.at_once for model, of_model in facts.items()})
    return Models(chains, info.models, health, Signals(monitor.store, health))
