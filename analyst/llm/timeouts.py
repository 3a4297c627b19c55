"""How long a call may take: a fair share of the deadline, and no more than the model was ever seen to need.

Its stream is given up earlier, when it stalls: limits for silence and pace follow the model's measured first token and
rate, whichever agent asked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError
from analyst.llm.chains import Chain
from analyst.llm.listening import Patience
from analyst.llm.resilience.signals import Signals
from analyst.protocol.calls import CallRequest

STAGES_LEFT = {
    "consensus_judge": 3,
    "data_profiler": 2,
    "query_interpreter": 3,
    "insight_generator": 2,
    "report_writer": 1,
}
"""How many calls in a row an analysis still needs, this one included (the review is made beside plan and insights)."""
EMBEDDED_TIMEOUT_S = 30.0
"""The embedded analyst's own time: it answers in well under a second, also when the deadline is past."""
MIN_CALL_S = 1.0
"""With less time than this no model is asked: it would be paid for and not waited for."""
SLOW_FACTOR, LEAST_TIMEOUT_S, MEASURED_CALLS = 2.0, 4.0, 10
"""A model that was measured so often is given up after this multiple of its p95, but never before so many seconds."""
PUBLISHED_FACTOR, FIRST_TIMEOUT_S, FIRST_SILENCE_S = 4.0, 8.0, 4.0
"""Until then it is given up after this multiple of its published speed, which is of a good day and a short prompt, and
when it is silent for this multiple of its published first token; but never before so many seconds."""
LATE_FACTOR, FIRST_LATE_S, LEAST_LATE_S = 2.0, 1.0, 0.5
"""A first token is late after the model's p90; until that is measured after this multiple of the published one, but not
before FIRST_LATE_S, and never before LEAST_LATE_S."""
LOST_FACTOR, FIRST_LOST_S, LEAST_LOST_S = 2.7, 1.5, 0.7
"""A call is as good as lost after the model's p95 to the first token; until that is measured after this multiple of the
published one (the p95 of the most uneven of our models), but not before FIRST_LOST_S, and never before LEAST_LOST_S."""
TYPICAL_OUTPUT = 250
"""Output tokens of a call before anything was measured (of the bundled samples)."""


LONGEST_S, LONGEST_FACTOR = 60.0, 2.0
"""The longest that any call may take, with or without a deadline: a minute, or this multiple of what the model needs to
write all that was asked for, if that is longer."""
SILENCE_FACTOR, LEAST_SILENCE_S = 2.0, 0.7
"""A stream is given up when it is silent for this multiple of the model's p95 to the first token, but never sooner."""
PACE_FACTOR, PUBLISHED_PACE_FACTOR = 4.0, 8.0
"""A stream so many times slower than the model's usual pace, or than its published one, is given up."""


class Timeouts:
    """How long the models of `chains` are waited for."""

    def __init__(self, chains: Mapping[str, Chain], signals: Signals) -> None:
        self._chains, self._signals = chains, signals

    def share(self, request: CallRequest, more: int = 0) -> float:
        """The request's fair share of the time left, when it may need so many `more` calls than planned."""
        if request.deadline is None:
            return math.inf
        return request.deadline.share(STAGES_LEFT.get(request.agent, 1) + more)

    def target(self, request: CallRequest) -> float | None:
        """What the call should take for the analysis to meet its target; None: no target."""
        return request.deadline.target_share(STAGES_LEFT.get(request.agent, 1)) if request.deadline else None

    def of(self, request: CallRequest, model: str, *, others: bool, alone: bool, raced: bool = False) -> Patience:
        """How long `model` is waited for; CallError("timeout") when too little time is left to ask it.

        `others` may be asked after it, or if it is `raced`, beside it: then nobody waits for it alone, and it may take
        as long as the last one. `alone`, the only model that is configured, gets its whole share at any pace: whoever
        has a slow laptop and no key wants its answer.
        """
        if model == EMBEDDED_MODEL:
            return Patience(EMBEDDED_TIMEOUT_S)
        share = min(self.share(request, more=int(others)), self._longest(request, model))
        if request.deadline is not None and share < MIN_CALL_S:
            raise CallError("timeout", f"Only {request.deadline.left():.1f} s are left before the deadline.")
        if alone and not others:
            return Patience(share)
        times = 1 if others and not raced else 2
        whole_s = min(share, times * self._needed(request.agent, model))
        silent_s, pace = times * self._silence(request.agent, model), self._pace(request.agent, model) / times
        return Patience(whole_s, silent_s, pace, self._late(request.agent, model), self._lost(request.agent, model))

    def usual(self, agent: str, model: str) -> float:
        """Seconds that a call usually takes: as measured, else as published."""
        seen = self._signals.performance(agent, model)
        published = self._chains[agent].facts[model].seconds(TYPICAL_OUTPUT)
        return published if seen.p50_s is None else seen.p50_s

    def _needed(self, agent: str, model: str) -> float:
        seen = self._signals.performance(agent, model)
        if seen.p95_s is None or seen.calls < MEASURED_CALLS:
            published = self._chains[agent].facts[model].seconds(TYPICAL_OUTPUT)
            return max(PUBLISHED_FACTOR * published, FIRST_TIMEOUT_S)
        return max(SLOW_FACTOR * seen.p95_s, LEAST_TIMEOUT_S)

    def _longest(self, request: CallRequest, model: str) -> float:
        """Seconds in which `model` surely writes all that `request` allows."""
        facts, stream = self._chains[request.agent].facts[model], self._signals.stream(model)
        first_s = facts.first_token_s if stream.first_p95_s is None else stream.first_p95_s
        writing_s = request.max_tokens / (stream.tokens_per_s or facts.tokens_per_s)
        return max(LONGEST_FACTOR * (first_s + writing_s), LONGEST_S)

    def _silence(self, agent: str, model: str) -> float:
        stream = self._signals.stream(model)
        if stream.first_p95_s is None or stream.calls < MEASURED_CALLS:
            return max(PUBLISHED_FACTOR * self._chains[agent].facts[model].first_token_s, FIRST_SILENCE_S)
        return max(SILENCE_FACTOR * stream.first_p95_s, LEAST_SILENCE_S)

    def _late(self, agent: str, model: str) -> float:
        stream = self._signals.stream(model)
        if stream.first_p90_s is None or stream.calls < MEASURED_CALLS:
            return max(LATE_FACTOR * self._chains[agent].facts[model].first_token_s, FIRST_LATE_S)
        return max(stream.first_p90_s, LEAST_LATE_S)

    def _lost(self, agent: str, model: str) -> float:
        stream = self._signals.stream(model)
        if stream.first_p95_s is None or stream.calls < MEASURED_CALLS:
            return max(LOST_FACTOR * self._chains[agent].facts[model].first_token_s, FIRST_LOST_S)
        return max(stream.first_p95_s, LEAST_LOST_S)

    def _pace(self, agent: str, model: str) -> float:
        stream = self._signals.stream(model)
        if stream.tokens_per_s is None or stream.calls < MEASURED_CALLS:
            return self._chains[agent].facts[model].tokens_per_s / PUBLISHED_PACE_FACTOR
        return stream.tokens_per_s / PACE_FACTOR
