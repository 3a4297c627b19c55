"""Circuit breaker of one model: closed, open after failures in a row, half-open with one probe. No clock, no store.

Times are Unix seconds, since processes share the state. The pattern is Nygard's (Release It!, 2nd ed., chapter 5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from analyst.llm.resilience.pauses import doubled

TRIPS_AT = 4
"""Weight of failures in a row that opens the breaker: by chance that is under 1 % of calls when 30 % fail."""
WEIGHTS = {"unavailable": 1, "timeout": 2}
"""What a failure weighs: one that times out cost its caller seconds. Other reasons say nothing of a model's health."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 240.0
"""How long it stays open: doubled each time that the probe fails too. The first is short, since bad luck opens it too:
a provider that is down costs one probe at 5, 15, 35, 75 s and so on."""
LONGEST_BILLED_PAUSE_S = 3600.0
"""The same where the failures may be billed: a provider that is down all day costs at most DAY_CALLS replies a model,
of which each is reserved like any other call."""
DAY_CALLS = 60
"""More calls of one model than this are never made, one after the other, on a day on which all of them fail and may be
billed: 4 until the breaker opens, 10 probes while the pause grows, then one an hour (a fifth more with the jitter).
Calls that are under way at once when it goes down come on top."""
LONG_PAUSES = {"out_of_credit": 1800.0, "bad_key": 3600.0}
"""What only a person can mend opens it at once, and for long."""


@dataclass(frozen=True)
class Breaker:
    """`failures` in a row by weight, `trips` since the last success, and until when and why it is open."""

    failures: int = 0
    trips: int = 0
    open_until: float = 0.0
    reason: str = ""
    probe_until: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether nothing is held against the model."""
        return self == Breaker()

    def state(self, now: float) -> Literal["closed", "open", "half-open"]:
        """closed, open (no call may pass) or half-open (one probe may)."""
        if not self.open_until:
            return "closed"
        return "open" if self.wait(now) else "half-open"

    def wait(self, now: float) -> float:
        """Seconds until a call may pass; 0 when one may now."""
        return max(self.open_until - now, self.probe_until - now, 0.0) if self.open_until else 0.0

    def probing(self, now: float, timeout_s: float) -> Breaker:
        """With the one probe under way: others are refused until it has ended, or its time is up."""
        return replace(self, probe_until=now + timeout_s)

    def unprobed(self) -> Breaker:
        """With the probe ended, and nothing learnt from it: the next call may be one."""
        return replace(self, probe_until=0.0)

    def failed(
        self, reason: str, now: float, jitter: float, *, asked_at: float | None = None, billed: bool = False
    ) -> Breaker:
        """After a call that was `asked_at` then (None: just now) failed, and may be `billed`; `jitter` (0.8 to 1.2)
        keeps processes from probing in step.

        While it is open, calls from before still come to their ends: only a probe's failure makes the pause longer.
        """
        if reason in LONG_PAUSES:
            return replace(
                self, trips=self.trips + 1, open_until=now + LONG_PAUSES[reason], reason=reason, probe_until=0.0
            )
        if (now if asked_at is None else asked_at) < self.open_until:
            return self
        if reason not in WEIGHTS:
            return self.unprobed()
        failures = self.failures + WEIGHTS[reason]
        if failures < TRIPS_AT and not self.open_until:
            return replace(self, failures=failures)
        longest_s = LONGEST_BILLED_PAUSE_S if billed else LONGEST_PAUSE_S
        pause = doubled(FIRST_PAUSE_S, self.trips, longest_s) * jitter
        return Breaker(failures, self.trips + 1, now + pause, reason)

    def told(self, now: float) -> str:
        """Why no call may pass, and for how long."""
        what = {
            "out_of_credit": "the account is out of credit: add credit",
            "bad_key": "the provider rejects the key: fix it in .env",
        }.get(self.reason, f"it failed {self.failures} times in a row ({self.reason})")
        return f"{what}; next try in {self.wait(now):.0f} s"


def read_breaker(saved: dict[str, Any]) -> Breaker:
    """The breaker in a saved state; what an older release did not save is as new."""
    return Breaker(**{name: saved[name] for name in Breaker.__dataclass_fields__ if name in saved})
