"""The one exception tree. Each class is safe to show; the command line translates it once into an exit code.

PlatformError                    exit 1: ours
├── UserError                    exit 2: the user can mend it
│   ├── TableError               the file can't be read as a table
│   ├── QuestionError            the question is empty or far too long
│   ├── OutputError              the folder for the run can't be written
│   ├── SettingsError            .env or the environment holds a bad value
│   ├── PortTakenError           something that is not our gateway answers on the port
│   └── KeyRejectedError         the gateway refuses our key
├── PlanError                    a model's plan does not bind or run (the model's mistake: it goes back to the model)
├── ReplyError                   a model's reply does not parse or cite (the model's mistake: it goes back to the model)
├── LimitError                   a plan passed its time, memory or size limit
├── GatewayError                 the gateway does not start or does not answer
├── CallError                    one model call failed; `reason` is one of REASONS
│   └── GatewayLostError         the gateway itself went away in a call; it can be started again
├── ChainExhaustedError          every candidate of a chain failed; lists each with its reason
├── StoreError                   metrics or ledger can't be written (full or read-only disk)
└── AnalysisError                an analysis could not be finished
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

REASONS = (
    "unavailable",
    "rate_limited",
    "timeout",
    "refused",
    "rejected",
    "over_budget",
    "out_of_credit",
    "bad_key",
    "too_long",
    "bad_request",
)
"""Why a candidate was not used or its reply not taken."""


class PlatformError(Exception):
    """Base of all errors; `message` says what and which value, `fix` what to do."""

    exit_code = 1

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class UserError(PlatformError):
    """The user's input or surroundings are wrong and the user can mend them."""

    exit_code = 2


class TableError(UserError):
    """The file can't be read as a table."""


class QuestionError(UserError):
    """The question is empty or far too long."""


class OutputError(UserError):
    """The folder for the run can't be written."""


class SettingsError(UserError):
    """A setting in .env or the environment has a bad value."""


class PortTakenError(UserError):
    """Something that is not our gateway answers on the gateway's port."""


class KeyRejectedError(UserError):
    """The gateway refuses the master key that we hold."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what a model wrote: `text` tells the model, `code` tells our own code what it is.

    `step` is the plan's step that it is about. A code is given only where code acts on it.
    """

    text: str
    code: Literal["invalid", "unknown_value"] = "invalid"
    step: str | None = None

    def __str__(self) -> str:
        return f"{self.step}: {self.text}" if self.step else self.text

    def at(self, step: str) -> Problem:
        """The same problem, in step `step` of the plan."""
        return replace(self, step=step)


class ProblemsError(PlatformError):
    """An error made of several problems, all told at once so that one repair can mend all."""

    def __init__(self, problems: Sequence[Problem | str], fix: str = "") -> None:
        self.problems = tuple(Problem(problem) if isinstance(problem, str) else problem for problem in problems)
        super().__init__("; ".join(self.texts), fix)

    @property
    def texts(self) -> tuple[str, ...]:
        """The problems as the model is told them."""
        return tuple(map(str, self.problems))


class PlanError(ProblemsError):
    """A plan does not parse, bind or run; `problems` go back to the model that wrote it."""


class ReplyError(ProblemsError):
    """A reply does not parse, or cites what is not there; `problems` go back to the model."""


class LimitError(PlatformError):
    """A plan passed its limit of time, memory or size and was stopped."""


class GatewayError(PlatformError):
    """The gateway does not start or does not answer."""


class CallError(PlatformError):
    """One model call failed. `reason` is one of REASONS; `retry_after_s` is what the provider asked for, if it did."""

    def __init__(self, reason: str, message: str, *, retry_after_s: float | None = None, billed: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.billed = billed


class GatewayLostError(CallError):
    """The gateway itself went away: no provider is to blame. `billed`: it may have reached the provider before."""

    def __init__(self, message: str, *, billed: bool) -> None:
        super().__init__("unavailable", message, billed=billed)


class ChainExhaustedError(PlatformError):
    """Every candidate failed. `failures` holds (model, reason, detail) in the order tried; `cost_usd` was billed."""

    def __init__(self, agent: str, failures: Sequence[tuple[str, str, str]], cost_usd: Decimal = Decimal(0)) -> None:
        told = (
            "; ".join(f"{model}: {reason} ({detail})" for model, reason, detail in failures) or "no candidate is left"
        )
        super().__init__(f"No model answered for {agent}: {told}.", "See `python -m gateway doctor`.")
        self.agent = agent
        self.failures = tuple(failures)
        self.cost_usd = cost_usd


class StoreError(PlatformError):
    """Metrics or the ledger can't be read or written."""


class AnalysisError(PlatformError):
    """An analysis could not be finished."""
