"""PlanRunner: binds and runs plans in a worker process and turns its answers into Evidence.

A worker that passes a limit is killed and replaced; the results of earlier plans are computed again in the new one when
a later plan reads them. So nothing that a plan does can harm the process that holds the analysis. A worker of a pool is
held only while a plan is checked and run: in the seconds that models write, it serves other analyses.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from analyst.core.errors import LimitError, PlanError, PlatformError, Problem, StepError
from analyst.core.scratch import new_scratch
from analyst.engine.remote.access import Access
from analyst.execution.handover import write_profile
from analyst.execution.pool import WorkerPool
from analyst.execution.process import WorkerDied, WorkerProcess, WorkerSilent
from analyst.planning.binding import BoundPlan, BoundStep
from analyst.planning.language import Plan, parse_plan
from analyst.planning.renaming import rename_ids
from analyst.protocol.evidence import Evidence, EvidenceTable, table_of
from analyst.protocol.table import TableProfile

GRACE_S = 2.0
"""How much longer than its time a step may take before the worker is killed: its own clock should stop it first."""


@dataclass
class Memory:
    """What a runner remembers of the plans before: their steps, and values that it doubted once already."""

    kept: list[BoundStep] = field(default_factory=list)
    doubts: set[str] = field(default_factory=set)


class PlanRunner:
    """Runs the plans of one analysis on a profiled table. Use as a context manager, from any thread.

    `timeout_s` is a step's wall-clock time, `memory_mb` what DuckDB may use; `clock` counts seconds; `pool` has workers
    to take and to give back (None: one of its own). `check` raises once the analysis is to end: a step is stopped then.
    `access` leads to the server that a remote table stays on, and has a time of its own.
    """

    def __init__(
        self,
        profile: TableProfile,
        *,
        timeout_s: float = 30.0,
        memory_mb: int = 2048,
        clock: Callable[[], float] = time.monotonic,
        pool: WorkerPool | None = None,
        check: Callable[[], None] = lambda: None,
        access: Access | None = None,
    ) -> None:
        self._profile, self._pool, self._check, self._access = profile, pool, check, access
        self._timeout_s, self._memory_mb, self._clock = access.timeout_s if access else timeout_s, memory_mb, clock
        self._lock = threading.RLock()
        self._process: WorkerProcess | None = None
        self._scratch: TemporaryDirectory[str] | None = None
        self._memory = Memory()
        self._computed = False
        self._bytes_read = 0
        self.failures: list[str] = []
        """What was stopped or failed, with its traceback where there is one: the answer may lack it."""

    def __enter__(self) -> PlanRunner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, *, warm: bool = True) -> None:
        """Start the worker without waiting for it; `warm` lets it load what every plan needs meanwhile. A pool sees to
        it that one is there."""
        if self._pool is not None:
            self._pool.fill(1)
            return
        with self._lock:
            process = self._worker()
            if warm:
                process.send({"op": "warm"})

    @property
    def worker_pid(self) -> int | None:
        """The process that runs plans now, if there is one."""
        return self._process.pid if self._process is not None else None

    def close(self) -> None:
        """End the worker and remove its temporary files; calling it twice does no harm."""
        process = self._process
        if process is not None and not self._given_back(process):
            process.kill()
        with self._lock:
            self._process = None
            if self._scratch is not None:
                self._scratch.cleanup()
                self._scratch = None

    def _given_back(self, process: WorkerProcess) -> bool:
        """Whether the pool took the worker over: only when nothing runs on it (who closes may be interrupting)."""
        if self._pool is None or not self._lock.acquire(blocking=False):
            return False
        try:
            self._pool.give_back(process, self._memory_mb)
            return True
        finally:
            self._lock.release()

    def apart(self) -> PlanRunnerApart:
        """A runner on the same worker that knows nothing of the plans of this one, nor they of its own."""
        return PlanRunnerApart(self)

    @contextmanager
    def remembering(self, memory: Memory) -> Iterator[PlanRunner]:
        """This runner with another memory while the block runs; others wait."""
        with self._lock:
            if self._memory is not memory:
                self._memory, self._computed = memory, False
            yield self

    def bind(self, raw: Any) -> BoundPlan:
        """The plan in `raw` (a model's text or its JSON), checked and repaired. PlanError names every problem."""
        plan = parse_plan(raw)
        with self._lock:
            try:
                return self._bound(plan)
            except PlanError:
                self._rest()
                raise

    def _bound(self, plan: Plan) -> BoundPlan:
        try:
            return self._bind(plan)
        except PlanError:
            kept = {id for step in self._memory.kept for id in step.tables}
            renamed = rename_ids(plan, kept)
            if renamed == plan:
                raise
            with suppress(PlanError):
                return self._bind(renamed)
            raise

    def execute(self, bound: BoundPlan, *, earlier: Evidence | None = None) -> Evidence:
        """Run a bound plan. With `earlier`, results of the plans before stay readable, and ids that are taken change.

        PlanError names the step and what its data showed; LimitError tells that time or memory was passed, StepError
        that the program failed.
        """
        with self._lock:
            try:
                evidence = self._execute(bound, earlier)
            except PlatformError:
                self._rest()
                raise
            if earlier is not None:
                self._rest()  # nothing is asked of a further plan's results
            return evidence

    def _execute(self, bound: BoundPlan, earlier: Evidence | None) -> Evidence:
        if earlier is None:
            self._memory.kept, self._computed = [], False
        else:
            bound = self._without_taken_ids(bound, earlier)
        steps = [step.model_dump(mode="json") for step in bound.steps]
        self._restore()
        tables = self._run(steps, keep=[id for step in self._memory.kept for id in step.tables])
        self._memory.kept += bound.steps
        self._computed = True
        return Evidence(tuple(tables), (*bound.warnings, *self._read()))

    def _read(self) -> list[str]:
        """What the server of a remote table read for the plan, where it tells."""
        remote = self._profile.table.remote
        if remote is None or not self._bytes_read:
            return []
        return [f"{remote.label} read files of {self._bytes_read / 10**6:,.1f} MB for these figures."]

    def unasked(self, bound: BoundPlan) -> Evidence:
        """What the results of `bound`, just executed, leave unsaid (probes.probing); nothing when a limit is passed."""
        with self._lock:
            try:
                self._restore()
                request = {"op": "unasked", "steps": [step.model_dump(mode="json") for step in bound.steps]}
                return Evidence(tuple(self._tables(request)))
            except (PlanError, LimitError, StepError):
                return Evidence()
            finally:
                self._rest()

    def _bind(self, plan: Plan) -> BoundPlan:
        earlier = {id: dict(columns) for step in self._memory.kept for id, columns in step.tables.items()}
        taken = {step.id for step in plan.steps}
        earlier = {id: c for id, c in earlier.items() if not any(id == t or id.startswith(f"{t}_") for t in taken)}
        request = {"op": "bind", "plan": plan.model_dump(mode="json"), "earlier": earlier}
        request["accepted"] = sorted(self._memory.doubts)
        try:
            try:
                message = next(self._answers(request, "the plan"))
            except LimitError as error:
                if not isinstance(error.__cause__, WorkerDied):
                    raise
                self.failures.pop()
                message = next(self._answers(request, "the plan"))  # it may have died while idle
            return BoundPlan.model_validate(message["bound"])
        except (LimitError, StepError) as error:
            raise PlanError([f"{error.message} Write a simpler plan."]) from None
        except PlanError as error:
            self._memory.doubts |= {problem.text for problem in error.problems if problem.code == "unknown_value"}
            raise

    def _without_taken_ids(self, bound: BoundPlan, earlier: Evidence) -> BoundPlan:
        taken = {table.id for table in earlier.tables} | {id for step in self._memory.kept for id in step.tables}
        if not taken & {id for step in bound.steps for id in step.tables}:
            return bound
        return self._bind(rename_ids(bound.plan(), taken))

    def _restore(self) -> None:
        if self._memory.kept and not (self._computed and self._process is not None and self._process.alive):
            self._run([step.model_dump(mode="json") for step in self._memory.kept], keep=[])
            self._computed = True

    def _run(self, steps: list[dict[str, Any]], *, keep: list[str]) -> list[EvidenceTable]:
        return self._tables({"op": "run", "steps": steps, "keep": keep})

    def _tables(self, request: dict[str, Any]) -> list[EvidenceTable]:
        tables = []
        for message in self._answers(request, "the plan"):
            if "table" in message:
                tables.append(table_of(message["table"]))
            if "done" in message:
                self._bytes_read = message.get("bytes_read", self._bytes_read)
                break
        return tables

    def _answers(self, request: dict[str, Any], step: str) -> Iterator[dict[str, Any]]:
        process = self._asked(request)
        try:
            while True:
                message = process.receive(self._timeout_s + min(GRACE_S, self._timeout_s), self._check)
                if "step" in message:
                    step = f"step {message['step']}"
                _raise_for(message, step)
                yield message
        except WorkerSilent:
            self._drop()
            raise self._failed(LimitError(f"{step} took longer than {self._timeout_s:g} s and was stopped.")) from None
        except WorkerDied as died:
            self._drop()
            raise self._failed(LimitError(f"{step} was stopped: {died}."), died.said) from died
        except (LimitError, StepError) as error:
            self._drop()
            raise self._failed(error, error.trace if isinstance(error, StepError) else "") from None
        except BaseException as error:
            if not isinstance(error, (PlanError, GeneratorExit)):
                self._drop()
            raise

    def _failed(self, error: PlatformError, trace: str = "") -> PlatformError:
        self.failures.append(f"{error.message}\n{trace}".rstrip())
        return error

    def _asked(self, request: dict[str, Any]) -> WorkerProcess:
        for _ in range(2):  # a worker that died while idle is replaced, once
            process = self._worker()
            try:
                process.send(request)
                return process
            except WorkerDied as died:
                self._drop()
                ending = str(died)
        raise PlatformError(
            f"The worker can't be started: {ending}.", "Run `python -m analyst.execution.worker` to see why."
        )

    def _worker(self) -> WorkerProcess:
        if self._process is None or not self._process.alive:
            self._drop()
            if self._scratch is None:
                self._scratch = new_scratch("plans")
            self._process = self._pool.take(self._memory_mb) if self._pool else WorkerProcess(self._clock)
            self._process.send(
                {
                    "op": "open",
                    "memory_mb": self._memory_mb,
                    "timeout_s": self._timeout_s,
                    "temp_directory": self._scratch.name,
                    "access": asdict(self._access) if self._access else None,
                    "profile": write_profile(self._profile),
                }
            )
        return self._process

    def _rest(self) -> None:
        """Let other analyses have the pool's worker, until the next plan."""
        if self._pool is not None and self._process is not None:
            process, self._process, self._computed = self._process, None, False
            self._pool.give_back(process, self._memory_mb)

    def _drop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process, self._computed = None, False


class PlanRunnerApart:
    """Runs one author's plans as if no other plan had been: models that plan side by side must not see each other's."""

    def __init__(self, runner: PlanRunner) -> None:
        self._runner, self._memory = runner, Memory()

    def bind(self, raw: Any) -> BoundPlan:
        """As PlanRunner.bind."""
        with self._runner.remembering(self._memory) as runner:
            return runner.bind(raw)

    def execute(self, bound: BoundPlan, *, earlier: Evidence | None = None) -> Evidence:
        """As PlanRunner.execute."""
        with self._runner.remembering(self._memory) as runner:
            return runner.execute(bound, earlier=earlier)

    def unasked(self, bound: BoundPlan) -> Evidence:
        """As PlanRunner.unasked."""
        with self._runner.remembering(self._memory) as runner:
            return runner.unasked(bound)


def _raise_for(message: dict[str, Any], step: str) -> None:
    if "problems" in message:
        raise PlanError([Problem(**problem) for problem in message["problems"]])
    if "limit" in message:
        raise LimitError(f"{step} {message['limit']}.")
    if "fault" in message:
        raise StepError(f"{step} failed: internal error ({message['fault']}).", message["trace"])
    if "failed" in message:
        raise PlatformError(message["failed"])
