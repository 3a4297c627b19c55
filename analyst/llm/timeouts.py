"""How long a call may take: a fair share of the deadline, and no more than the model was ever seen to need."""

from __future__ import annotations

from collections.abc import Mapping

from analyst.core.agents import EMBEDDED_MODEL
from analyst.core.errors import CallError
from analyst.llm.chains import Chain
from analyst.llm.resilience.signals import Signals
from analyst.protocol.calls import CallRequest

STAGES_LEFT = {
    "consensus_judge": 3,
    "data_profiler": 3,
    "query_interpreter": 3,
    "insight_generator": 2,
    "report_writer": 1,
}
"""How many calls in a row an analysis still needs, this one included (the first two agents work side by side)."""
EMBEDDED_TIMEOUT_S = 30.0
"""The embedded analyst's own time: it answers in well under a second, also when the deadline is past."""
MIN_CALL_S = 1.0
"""With less time than this no model is asked: it would be paid for and not waited for."""
SLOW_FACTOR, LEAST_TIMEOUT_S, MEASURED_CALLS = 2.0, 4.0, 10
"""A model that was measured so often is given up after this multiple of its p95, but never before so many seconds."""
PUBLISHED_FACTOR, FIRST_TIMEOUT_S = 4.0, 8.0
"""Until then it is given up after this multiple of its published speed, which is of a good day and a short prompt; the
first calls also wait for the gateway to load what the provider needs."""
TYPICAL_OUTPUT = 250
"""Output tokens of a call before anything was measured (of the bundled samples)."""


class Timeouts:
    """The seconds that calls get; none gets more than `longest_s`."""

    def __init__(self, chains: Mapping[str, Chain], signals: Signals, longest_s: float) -> None:
        self._chains, self._signals, self._longest_s = chains, signals, longest_s

    def share(self, request: CallRequest, more: int = 0) -> float:
        """The request's fair share of the time left, when it may need so many `more` calls than planned."""
        if request.deadline is None:
            return self._longest_s
        return request.deadline.share(STAGES_LEFT.get(request.agent, 1) + more)

    def target(self, request: CallRequest) -> float | None:
        """What the call should take for the analysis to meet its target; None: no target."""
        return request.deadline.target_share(STAGES_LEFT.get(request.agent, 1)) if request.deadline else None

    def of(self, request: CallRequest, model: str, *, others: bool, alone: bool) -> float:
        """Seconds that `model` gets; CallError("timeout") when too few are left to ask it.

        `others` may be asked after it. `alone`, the only model that is configured, gets its whole share: whoever has a
        slow laptop and no key wants its answer.
        """
        if model == EMBEDDED_MODEL:
            return EMBEDDED_TIMEOUT_S
        share = min(self.share(request, more=int(others)), self._longest_s)
        if request.deadline is not None and share < MIN_CALL_S:
            raise CallError("timeout", f"Only {request.deadline.left():.1f} s are left before the deadline.")
        if alone and not others:
            return share
        needed = self._needed(request.agent, model)
        return min(share, needed if others else 2 * needed)

    def _needed(self, agent: str, model: str) -> float:
        seen = self._signals.performance(agent, model)
        if seen.p95_s is None or seen.calls < MEASURED_CALLS:
            published = self._chains[agent].facts[model].seconds(TYPICAL_OUTPUT)
            return max(PUBLISHED_FACTOR * published, FIRST_TIMEOUT_S)
        return max(SLOW_FACTOR * seen.p95_s, LEAST_TIMEOUT_S)
