"""One analysis: the table is prepared, the crew of four does its tasks with its guardrails, the report is written.

The crew is sequential; its first two tasks run side by side, and the charts are drawn while the report is written. A
guardrail is a check of answers/checks.py: what it returns is what the next agents read, what it raises goes back to the
model that wrote it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analyst.answers.consensus.verdict import without_mark
from analyst.core.agents import AGENTS
from analyst.core.errors import AnalysisError, PlanError, PlatformError, ReplyError, StoreError
from analyst.core.events import Progress
from analyst.core.settings import Settings
from analyst.datasets.preparing import OnEvent, Prepared, check_question, open_source, prepare
from analyst.protocol.blocks import block, quote
from analyst.protocol.calls import CallRecord
from analyst.protocol.evidence import Evidence, write_evidence
from analyst.protocol.results import AnalysisResult, ConsensusRecord

if TYPE_CHECKING:
    from analyst.answers.cache.answer_cache import AnswerCache
    from analyst.answers.cache.recall import Recall
    from analyst.answers.checks import Checks
    from analyst.answers.consensus.council import Council
    from analyst.execution.pool import WorkerPool
    from analyst.llm.resilience.deadline import Deadline
    from routing import SmartRouter


class CrewOfFour:
    """The four tasks of one analysis as a CrewAI crew, each guarded by its check."""

    def __init__(
        self,
        prepared: Prepared,
        checks: Any,
        agents: dict[str, Any],
        on_event: OnEvent,
        recall_plan: Callable[[Any], None] = lambda bound: None,
        council: Council | None = None,
        *,
        side_by_side: bool = True,
        on_insights: Callable[[], None] = lambda: None,
    ) -> None:
        self._prepared, self._checks, self._agents, self._on_event = prepared, checks, agents, on_event
        self._recall_plan, self._council, self._side_by_side = recall_plan, council, side_by_side
        self._on_insights = on_insights

    def run(self) -> list[CallRecord]:
        """Run the crew; every call made, in order. AnalysisError when a chain's last reply fails its check too.

        What `recall_plan` raises for the bound plan leaves the crew as it is, with the calls made so far in `calls`.
        """
        if self._council is None or not self._council.possible:
            self._kick_off(self._tasks())
        else:
            self._settle_plan(self._council)
        return self.calls

    @property
    def refused(self) -> frozenset[str]:
        """The ids of the calls whose replies failed their check."""
        everyone = {**self._agents, **(self._council.agents if self._council else {})}
        return frozenset(id for agent in everyone.values() for id in agent.llm.talk.refused_calls)

    @property
    def consensus(self) -> ConsensusRecord | None:
        """How several models' plans were settled; None where one was asked for."""
        return self._council.record if self._council else None

    @property
    def unanswered_usd(self) -> Decimal:
        """What was billed for calls that gave no reply and yet did not end the analysis."""
        return self._council.unanswered_usd if self._council else Decimal(0)

    def run_task(self, name: str, agent: Any, check: Callable[[str], str], **more: str) -> Any:
        """Run task `name` in a crew of its own, with `more` to fill into its text; the finished task."""
        task = self._task(name, agent, check, context=[], more=more)
        self._kick_off([task])
        return task

    def _settle_plan(self, council: Council) -> None:
        """The council's plan instead of the one agent's, the review beside it; then the crew goes on as ever."""
        checks, reviewed = self._checks, list[Any]()
        profiler = self._agents["data_profiler"]
        planner = council.settle(self, lambda: reviewed.append(self.run_task("review", profiler, checks.check_review)))
        checks.take_plan(planner.checks)
        self._recall_plan(checks.bound)
        self._kick_off(self._telling(reviewed[0], planner.task))

    def _kick_off(self, tasks: list[Any]) -> None:
        from crewai import Crew

        crew = Crew(agents=[task.agent for task in tasks], tasks=tasks, verbose=False, memory=False)
        try:
            crew.kickoff()
        except PlatformError:
            raise
        except Exception as error:
            if "guardrail" not in str(error):
                raise
            raise AnalysisError(f"No model gave a reply that passes its check: {error}") from error

    @property
    def calls(self) -> list[CallRecord]:
        """Every call made so far, by agent."""
        own = [reply for agent in self._agents.values() for reply in agent.llm.talk.replies]
        return [*self._council.calls, *own] if self._council else own

    def _check_plan(self, text: str) -> str:
        shown: str = self._checks.check_plan(text)
        self._recall_plan(self._checks.bound)
        return shown

    def _check_insights(self, text: str) -> str:
        shown: str = self._checks.check_insights(text)
        self._on_insights()
        return shown

    def _tasks(self) -> list[Any]:
        checks, agents = self._checks, self._agents
        review = self._task("review", agents["data_profiler"], checks.check_review, context=[], parallel=True)
        plan = self._task("plan", agents["query_interpreter"], self._check_plan, context=[], parallel=True)
        return [review, plan, *self._telling(review, plan)]

    def _telling(self, review: Any, plan: Any) -> list[Any]:
        checks, agents = self._checks, self._agents
        insights = self._task("insights", agents["insight_generator"], self._check_insights, context=[review, plan])
        report = self._task("report", agents["report_writer"], checks.check_report, context=[review, plan, insights])
        return [insights, report]

    def _task(
        self,
        name: str,
        agent: Any,
        check: Callable[[str], str],
        *,
        context: list[Any],
        parallel: bool = False,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> Any:
        from crewai import Task

        from analyst.protocol.prompting import task_text

        text = task_text(name)
        return Task(
            name=name,
            description=self._described(name, text.description, more),
            expected_output=text.expected_output,
            agent=agent,
            context=context,
            async_execution=parallel and self._side_by_side,
            guardrail=self._guardrail(agent.llm, check),
            guardrail_max_retries=20,
        )

    def _described(self, name: str, text: str, more: Mapping[str, str]) -> str:
        from analyst.planning.language import planner_prompt
        from analyst.protocol.prompting import phrase, render, variables

        prepared = self._prepared
        issues = Evidence(tuple(t for t in prepared.cited.tables if t.id == "issues"))
        values: dict[str, Callable[[], str]] = {
            "task": lambda: block("task", name),
            "question": lambda: block("question", quote(prepared.hidden_question)),
            "table": lambda: block("table", prepared.card),
            "evidence": lambda: block("evidence", write_evidence(prepared.privacy.hide_evidence(issues))),
            "language": planner_prompt,
            "references": lambda: phrase("references"),
        }
        return render(text, **more, **{name: values[name]() for name in variables(text) - set(more)})

    def _guardrail(self, llm: Any, check: Callable[[str], str]) -> Callable[[Any], tuple[bool, Any]]:
        from analyst.answers.checks import MoreEvidence

        def guard(output: Any) -> tuple[bool, Any]:
            try:
                return True, check(output.raw)
            except MoreEvidence as asked:
                llm.talk.answer(asked.text)
                return False, "further evidence"
            except (PlanError, ReplyError) as error:
                llm.refuse(error.problems)
                return False, "; ".join(error.problems)

        guard.__annotations__["return"] = tuple[bool, Any]  # CrewAI reads the annotation, but not as text
        return guard


@dataclass
class Platform:
    """What an analysis needs from outside: settings, the router, and the monitor that records runs.

    `router` is waited for only when the agents are built: the gateway starts while the table is profiled. `workers` are
    kept for the next analysis by a process that makes many. `cache` None: no answer is kept; `fresh`: a kept answer is
    not given again, the new one is kept. `consensus`: several models plan every question, not only critical ones.
    """

    settings: Settings
    router: Callable[[], SmartRouter]
    monitor: Any
    on_event: OnEvent = lambda event: None
    workers: WorkerPool | None = None
    clock: Callable[[], float] = time.monotonic
    cache: AnswerCache | None = None
    fresh: bool = False
    consensus: bool = False


def new_run_id() -> str:
    """A name for a run that sorts by time and does not collide."""
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def run_analysis(path: Path, question: str, platform: Platform, *, out: Path | None = None) -> AnalysisResult:
    """Analyse the table at `path` and write the run's folder (`out`, or a new one in runs_dir).

    Any PlatformError leaves the run closed as failed, Ctrl-C as interrupted; the calls made stay recorded.
    """
    question, critical = without_mark(check_question(question))
    question = check_question(question)
    several = critical or platform.consensus or platform.settings.consensus == "always"
    run_id = new_run_id()
    started = platform.clock()
    platform.monitor.start_run(run_id, question, path.name)
    status = "failed"
    try:
        folder = out or platform.settings.runs_dir / run_id
        result = _analyse(path, question, run_id, platform, folder, started, several=several)
        status = "degraded" if result.degraded else "done"
        return result
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        # An error that is on its way up must not be hidden by a store that can't be written any more.
        with suppress(StoreError) if status in ("failed", "interrupted") else nullcontext():
            platform.monitor.finish_run(run_id, status, platform.clock() - started)


def _analyse(
    path: Path, question: str, run_id: str, platform: Platform, folder: Path, started: float, *, several: bool
) -> AnalysisResult:
    from analyst.answers.cache.recall import Recall

    settings, on_event = platform.settings, platform.on_event
    router = cache(platform.router)
    with TemporaryDirectory(prefix="analysis-") as made:
        workdir = Path(made)
        opened = open_source(path, workdir, settings, on_event)
        recall = Recall(
            platform.cache,
            opened,
            question,
            lambda: {agent: router().candidates(agent) for agent in AGENTS},
            fresh=platform.fresh,
            consensus=several,
            note=lambda text: on_event(Progress("note", text)),
        )
        elapsed = lambda: platform.clock() - started  # noqa: E731
        if given := recall.by_words():
            return recall.give(given, run_id, folder, elapsed)
        prepared = prepare(opened, question, workdir, settings, on_event)
        if given := recall.by_meaning(prepared.profile, prepared.mentioned):
            return recall.give(given, run_id, folder, elapsed)
        return _ask_agents(prepared, run_id, platform, router, recall, folder, elapsed, several=several)


def _ask_agents(
    prepared: Prepared,
    run_id: str,
    platform: Platform,
    router: Callable[[], SmartRouter],
    recall: Recall,
    folder: Path,
    elapsed: Callable[[], float],
    *,
    several: bool,
) -> AnalysisResult:
    from agents import build_agents
    from analyst.answers.cache.recall import Given, KnownAnswer
    from analyst.answers.checks import Checks
    from analyst.answers.composing import allowed_words, compose, save, shown_charts
    from analyst.answers.illustrating import Illustrator
    from analyst.execution.runner import PlanRunner
    from analyst.llm.resilience.deadline import Deadline
    from analyst.reporting.filling import fill

    settings, question, profile = platform.settings, prepared.question, prepared.profile
    spent = elapsed()
    deadline = Deadline(platform.clock, settings.analysis_deadline_s - spent, settings.target_latency_s - spent)
    allowed = allowed_words(profile)
    runner = PlanRunner(
        profile.table.database, profile, timeout_s=settings.sql_timeout_s, memory_mb=settings.sql_memory_mb,
        pool=platform.workers,
    )  # fmt: skip
    with runner, Illustrator() as illustrator:
        runner.start()
        filled = lambda text, evidence: fill(text, evidence, question, allowed=allowed)  # noqa: E731
        checks = Checks(runner, prepared.privacy, prepared.cited, filled)
        agents = build_agents(router(), deadline, run_id)
        platform.on_event(Progress("stage", "The agents are at work"))
        apart = lambda: Checks(runner.apart(), prepared.privacy, prepared.cited, filled)  # noqa: E731
        council = None
        if several:
            note = partial(platform.monitor.record_consensus, run_id)
            council = seat_council(
                router(), deadline, run_id, apart, note=note, tell=platform.on_event, clock=platform.clock
            )
        crew = CrewOfFour(
            prepared,
            checks,
            agents,
            platform.on_event,
            recall.by_plan,
            council,
            side_by_side=settings.parallel_agents,
            on_insights=lambda: illustrator.begin(lambda: shown_charts(checks, profile, question)),
        )
        try:
            crew.run()
        except KnownAnswer as known:
            so_far = (crew.calls, crew.refused, crew.unanswered_usd)
            return recall.give(Given(known.kept, 3), run_id, folder, elapsed, *so_far)
        platform.on_event(Progress("stage", "Drawing charts and writing the report"))
        composed = compose(run_id, profile, question, checks, crew, allowed=allowed, elapsed=elapsed)
        result = save(composed, folder, illustrator.draw)
        recall.keep(composed, folder)
        return result


def seat_council(
    router: SmartRouter,
    deadline: Deadline,
    run_id: str,
    new_checks: Callable[[], Checks],
    *,
    note: Callable[[ConsensusRecord], None] = lambda record: None,
    tell: OnEvent = lambda event: None,
    clock: Callable[[], float] = time.monotonic,
) -> Council:
    """The council of one analysis: a planner for each different model in reach, each with checks of its own."""
    from agents import build_judges, build_last_planner, build_planners
    from analyst.answers.consensus.council import Council, Planner

    planners = [Planner(agent, new_checks()) for agent in build_planners(router, deadline, run_id)]
    last = Planner(build_last_planner(router, deadline, run_id), new_checks())
    judges = build_judges(router, deadline, run_id)
    return Council(planners, judges, last, note=note, tell=tell, clock=clock)
