"""Scenarios: how the simulated providers behave over time. SCENARIOS holds the named ones; files have the same shape.

A scenario is a list of phases. A phase starts `from_s` simulated seconds after the scenario was set and says how each
provider conducts itself: by its name, as `cloud` (all but Ollama), or as `all`; the closest name wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from analyst.core.errors import SettingsError
from lab.simulator.faults import FAULTS
from lab.simulator.providers import PROVIDERS, Limits, Provider

GROUPS = ("cloud", "all")


class Shape(BaseModel):
    """Base of what a scenario file holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Conduct(Shape):
    """How one provider behaves in a phase. `faults` maps a fault to the share of requests that it strikes (of time,
    for connect_refused); `slowdown` multiplies latencies; `free_plan` uses the free account's limits, and the two
    limits override the plan's. `retry_after_s` is what an injected 429 asks for, in simulated seconds."""

    faults: dict[str, float] = Field(default_factory=dict)
    slowdown: float = Field(default=1.0, gt=0)
    free_plan: bool = False
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    retry_after_s: float = Field(default=20.0, ge=0)

    @field_validator("faults")
    @classmethod
    def _known_shares(cls, faults: dict[str, float]) -> dict[str, float]:
        for name, share in faults.items():
            if name not in FAULTS:
                raise ValueError(f"unknown fault {name!r}; known: {', '.join(FAULTS)}")
            if not 0 <= share <= 1:
                raise ValueError(f"the share of {name} is {share!r}: not between 0 and 1")
        if sum(share for name, share in faults.items() if name != "connect_refused") > 1 + 1e-9:
            raise ValueError("the shares add up to more than 1")
        return faults

    def limits(self, provider: Provider) -> Limits:
        """The limits in force at `provider`."""
        plan = provider.free if self.free_plan else provider.paid
        tokens = self.tokens_per_minute
        if tokens is None and self.requests_per_minute is None:
            return plan
        split = plan.input_tokens_per_minute is not None
        return Limits(
            requests_per_minute=self.requests_per_minute or plan.requests_per_minute,
            requests_per_day=plan.requests_per_day,
            tokens_per_minute=plan.tokens_per_minute if tokens is None or split else tokens,
            input_tokens_per_minute=tokens if tokens and split else plan.input_tokens_per_minute,
            output_tokens_per_minute=tokens if tokens and split else plan.output_tokens_per_minute,
        )


class Phase(Shape):
    """What holds from `from_s` simulated seconds on."""

    from_s: float = Field(default=0.0, ge=0)
    providers: dict[str, Conduct] = Field(default_factory=dict)

    @field_validator("providers")
    @classmethod
    def _known_names(cls, providers: dict[str, Conduct]) -> dict[str, Conduct]:
        unknown = [name for name in providers if name not in PROVIDERS and name not in GROUPS]
        if unknown:
            raise ValueError(f"unknown provider {unknown[0]!r}; known: {', '.join([*PROVIDERS, *GROUPS])}")
        return providers


class Scenario(Shape):
    """A script. With `repeats_every_s` it starts anew after so many simulated seconds."""

    description: str = ""
    phases: tuple[Phase, ...] = Field(default=(Phase(),), min_length=1)
    repeats_every_s: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Scenario:
        starts = [phase.from_s for phase in self.phases]
        if starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError(f"phases must start at 0 and follow each other, not at {starts}")
        if self.repeats_every_s is not None and self.repeats_every_s <= starts[-1]:
            raise ValueError(f"repeats_every_s={self.repeats_every_s:g} ends before the last phase starts")
        return self

    def conduct(self, provider: str, elapsed_s: float) -> Conduct:
        """How `provider` behaves `elapsed_s` simulated seconds after the scenario was set."""
        at = elapsed_s % self.repeats_every_s if self.repeats_every_s else elapsed_s
        phase = [phase for phase in self.phases if phase.from_s <= at][-1]
        names = [provider, *(["cloud"] if PROVIDERS[provider].cloud else []), "all"]
        return next((phase.providers[name] for name in names if name in phase.providers), Conduct())


def _always(description: str, **providers: Any) -> Scenario:
    return Scenario(description=description, phases=(Phase(providers=providers),))


def _down(**given: Any) -> Conduct:
    return Conduct(faults={"connect_refused": 1.0}, **given)


def of_fault(fault: str, share: float = 1.0, provider: str = "all") -> Scenario:
    """The scenario in which `fault` strikes `share` of the requests of `provider` (or of a group), and nothing else."""
    return Scenario(phases=(Phase(providers={provider: Conduct(faults={fault: share})}),))


CHAOS = {
    "rate_limited": 0.03,
    "rate_limited_silently": 0.01,
    "server_error": 0.025,
    "bad_gateway": 0.02,
    "unavailable": 0.03,
    "overloaded": 0.02,
    "reset": 0.03,
    "hang": 0.02,
    "slow_drip": 0.01,
    "cut": 0.02,
    "error_in_reply": 0.01,
    "broken_body": 0.01,
    "html": 0.01,
    "empty": 0.01,
    "invalid_json": 0.01,
    "truncated": 0.01,
    "refusal": 0.005,
    "too_long": 0.005,
    "unknown_columns": 0.005,
    "wrong_types": 0.005,
    "written_numbers": 0.005,
}
"""30% of requests fail, in every way but those that last (a closed port, a bad key, an empty account) and the one that
no check can see (a plan that answers another question)."""
SHORT_PAUSE_S = 2.0
"""What a 429 by chance asks for: the example of retry-after in console.groq.com/docs/rate-limits."""


def _chaos(retry_after_s: float = SHORT_PAUSE_S) -> Conduct:
    return Conduct(faults=CHAOS, retry_after_s=retry_after_s)


BAD_ANSWERS = {
    "unknown_columns": 0.15,
    "wrong_types": 0.1,
    "written_numbers": 0.15,
    "invalid_json": 0.05,
    "truncated": 0.03,
    "empty": 0.02,
}
ORDINARY = {
    "unavailable": 0.004,
    "rate_limited": 0.004,
    "overloaded": 0.002,
    "hang": 0.001,
    "empty": 0.002,
    "invalid_json": 0.003,
    "unknown_columns": 0.002,
    "written_numbers": 0.002,
}
"""2% of requests fail on an ordinary day: more than the providers' status pages say, since bad answers count too."""
BETTER_ANSWERS = {name: share / 5 for name, share in BAD_ANSWERS.items()}

SCENARIOS: Mapping[str, Scenario] = {
    "calm": _always("All providers work, with the limits of a paid account."),
    "groq-down": _always("Groq's port is closed.", groq=_down()),
    "rate-limited": _always(
        "Free accounts everywhere: few requests and tokens per minute.", all=Conduct(free_plan=True)
    ),
    "slow": _always("All providers take five times as long.", all=Conduct(slowdown=5)),
    "brownout": Scenario(
        description="Two minutes in five, cloud providers are four times slower and a fifth of requests fail.",
        phases=(
            Phase(),
            Phase(
                from_s=180,
                providers={
                    "cloud": Conduct(
                        slowdown=4,
                        faults={"unavailable": 0.08, "overloaded": 0.06, "server_error": 0.03, "hang": 0.03},
                    )
                },
            ),
        ),
        repeats_every_s=300,
    ),
    "flapping": Scenario(
        description="Groq goes down for 20 seconds in every minute.",
        phases=(Phase(), Phase(from_s=40, providers={"groq": _down()})),
        repeats_every_s=60,
    ),
    "working-day": Scenario(
        description="An ordinary day in ten minutes: 2% fail; Groq limits, Claude is overloaded, Groq is down.",
        phases=(
            Phase(providers={"all": Conduct(faults=ORDINARY)}),
            Phase(
                from_s=120,
                providers={
                    "groq": Conduct(faults=ORDINARY, requests_per_minute=30),
                    "all": Conduct(faults=ORDINARY),
                },
            ),
            Phase(
                from_s=240,
                providers={
                    "anthropic": Conduct(faults={**ORDINARY, "overloaded": 0.15, "hang": 0.01}, slowdown=2),
                    "all": Conduct(faults=ORDINARY),
                },
            ),
            Phase(from_s=360, providers={"all": Conduct(faults=ORDINARY)}),
            Phase(from_s=480, providers={"groq": _down(), "all": Conduct(faults=ORDINARY)}),
            Phase(from_s=540, providers={"all": Conduct(faults=ORDINARY)}),
        ),
        repeats_every_s=600,
    ),
    "chaos-30": _always("30% of all requests fail, at all providers and in every way.", all=_chaos()),
    "chaos-30-groq-down": _always("30% of all requests fail, and Groq's port is closed.", all=_chaos(), groq=_down()),
    "chaos-30-long-pauses": _always(
        "The same, and each rate limit asks to wait 20 seconds.", all=_chaos(retry_after_s=20), groq=_down()
    ),
    "out-of-credit": _always("All paid accounts are out of credit.", cloud=Conduct(faults={"out_of_credit": 1.0})),
    "bad-keys": _always("All keys are rejected.", cloud=Conduct(faults={"bad_key": 1.0})),
    "bad-answers": _always(
        "Half of the cheap models' answers are unusable, and a tenth of Claude's.",
        all=Conduct(faults=BAD_ANSWERS),
        anthropic=Conduct(faults=BETTER_ANSWERS),
    ),
    "wrong-plans": _always(
        "A third of the plans, a tenth of Claude's, run but answer a different question.",
        all=Conduct(faults={"wrong_plan": 0.33}),
        anthropic=Conduct(faults={"wrong_plan": 0.1}),
    ),
    "all-cloud-down": _always("Only Ollama works.", cloud=_down()),
    "everything-down": _always("No provider works: only the rule-based analyst is left.", all=_down()),
}
"""The scenarios by name."""


def load_scenario(given: str) -> Scenario:
    """The scenario called `given`, or in the YAML or JSON file at that path. SettingsError says what is wrong."""
    if given in SCENARIOS:
        return SCENARIOS[given]
    path = Path(given)
    if not path.is_file():
        raise SettingsError(
            f"Unknown scenario {given!r}.", f"Choose one of: {', '.join(SCENARIOS)}, or give the path of a file."
        )
    try:
        return read_scenario(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
        raise SettingsError(f"{path} can't be read as a scenario: {told}.", "Write it as YAML or JSON.") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error.message}", error.fix) from None


def read_scenario(document: Any) -> Scenario:
    """The scenario in `document` (what a file or a control request holds). SettingsError names each wrong place."""
    try:
        return Scenario.model_validate(document)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'the document'}: {e['msg']} (given: {e['input']!r:.80})"
            for e in error.errors(include_url=False)
        )
        raise SettingsError(
            f"This is not a valid scenario: {wrong}.", "See lab/simulator/scenarios.py for the format."
        ) from None
