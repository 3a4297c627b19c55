"""The one exception tree. Each class is safe to show; the command line translates it once into an exit code.

PlatformError                    exit 1: internal error
├── UserError                    exit 2: the user can fix it
│   ├── TableError               the file can't be read as a table
│   ├── QuestionError            the question is empty or too long
│   ├── OutputError              the folder for the run can't be written
│   ├── SettingsError            a setting in .env or the environment is invalid
│   ├── PortTakenError           another program uses the gateway's port
│   ├── KeyRejectedError         the gateway rejects our key
│   ├── AccessError              the service does not know the caller's key
│   ├── ForbiddenError           the service knows the caller, who may not do this
│   ├── NotFoundError            no such analysis, table or file, or it is another asker's
│   ├── ConflictError            the request contradicts an earlier one, or comes too early
│   ├── UploadError              an upload broke off, is too large or differs from its digest
│   └── BusyError                too many analyses are waiting; says when to try again
├── PlanError                    a plan does not bind or run (sent back to the model that wrote it)
├── ReplyError                   a reply does not parse, or cites a result that does not exist (sent back to the model)
├── EngineError                  the table engine refuses or fails (kinds in engine.errors); may quote a cell
├── LimitError                   a plan exceeded its time, memory or size limit
├── StepError                    a plan failed by a fault of this program; `trace` tells where
├── GatewayError                 the gateway does not start or does not respond
├── CallError                    one model call failed; `reason` is one of REASONS
│   └── GatewayLostError         the gateway stopped during a call; it can be restarted
├── ChainExhaustedError          every model in a chain failed; lists each with its reason
├── DeliveryError                an alert did not reach its receiver
├── StoreError                   metrics or the ledger can't be read or written (full or read-only disk)
├── LeaseLostError               another process has taken this analysis over
├── AnalysisCancelledError       the asker cancelled this analysis
├── RunFailedError               an analysis that the service ran ended without an answer; has that error's exit code
└── AnalysisError                an analysis could not be completed
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
"""Why a model was skipped or its reply rejected."""


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
    """The input or the environment is wrong, and the user can fix it."""

    exit_code = 2


class TableError(UserError):
    """The file can't be read as a table."""


class QuestionError(UserError):
    """The question is empty or too long."""


class OutputError(UserError):
    """The folder for the run can't be written."""


class SettingsError(UserError):
    """A setting in .env or the environment is invalid."""


class PortTakenError(UserError):
    """Another program uses the gateway's port."""


class KeyRejectedError(UserError):
    """The gateway rejects our master key."""


class AccessError(UserError):
    """The service does not know the caller's key."""


class ForbiddenError(UserError):
    """The service knows the caller, who may not do this."""


class NotFoundError(UserError):
    """There is no such analysis, table or file, or it is another asker's: the two are not told apart."""


class ConflictError(UserError):
    """The request contradicts an earlier one, or comes too early."""


class UploadError(UserError):
    """An upload broke off, is too large or differs from its digest. `too_large`: only a smaller file will do."""

    def __init__(self, message: str, fix: str = "", *, too_large: bool = False) -> None:
        super().__init__(message, fix)
        self.too_large = too_large


class BusyError(UserError):
    """Too many analyses are waiting; `retry_after_s` is when there may be room again."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message, f"Try again in {retry_after_s:.0f} s.")
        self.retry_after_s = retry_after_s


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
    """Several problems reported together, so that one correction can fix them all."""

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
    """A reply does not parse, or cites a result that does not exist; `problems` go back to the model."""


class LimitError(PlatformError):
    """A plan exceeded its time, memory or size limit and was stopped."""


class StepError(PlatformError):
    """A plan failed by a fault of this program, not of the plan; `trace` is the traceback, which may quote cells."""

    def __init__(self, message: str, trace: str) -> None:
        super().__init__(message)
        self.trace = trace


class GatewayError(PlatformError):
    """The gateway does not start or does not respond."""


class CallError(PlatformError):
    """One model call failed. `reason` is one of REASONS; `retry_after_s` is what the provider asked for, if it did."""

    def __init__(self, reason: str, message: str, *, retry_after_s: float | None = None, billed: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.billed = billed


class GatewayLostError(CallError):
    """The gateway stopped during a call; no provider failed. `billed`: the call may have reached the provider."""

    def __init__(self, message: str, *, billed: bool) -> None:
        super().__init__("unavailable", message, billed=billed)


class ChainExhaustedError(PlatformError):
    """Every model in a chain failed. `failures` holds (model, reason, detail) in order tried; `cost_usd` was billed."""

    def __init__(self, agent: str, failures: Sequence[tuple[str, str, str]], cost_usd: Decimal = Decimal(0)) -> None:
        told = (
            "; ".join(f"{model}: {reason} ({detail})" for model, reason, detail in failures)
            or "no model is left to try"
        )
        super().__init__(f"No model answered for {agent}: {told}.", "Run `python main.py gateway doctor`.")
        self.agent = agent
        self.failures = tuple(failures)
        self.cost_usd = cost_usd


class DeliveryError(PlatformError):
    """An alert did not reach its receiver. Says nothing secret of the receiver's address."""


class StoreError(PlatformError):
    """Metrics or the ledger can't be read or written."""


class LeaseLostError(PlatformError):
    """Another process has taken this analysis over: this one must neither ask models nor write anything any more."""


class AnalysisCancelledError(PlatformError):
    """The asker cancelled this analysis."""


class RunFailedError(PlatformError):
    """An analysis that the service ran ended without an answer; `exit_code` is that of the error that ended it."""

    def __init__(self, message: str, fix: str, exit_code: int) -> None:
        super().__init__(message, fix)
        self.exit_code = exit_code


class AnalysisError(PlatformError):
    """An analysis could not be completed."""
