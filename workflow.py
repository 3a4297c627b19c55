"""One analysis, from a file and a question to a report: steps that return values, in the order of this file.

    open → profile → (recall) → plan, run → (recall) → insights ─┬→ report → render → keep
                             └→ review ─────────────────────────┘

Each agent's step is a CrewAI crew of its own task; a guard (analyst/answers/guards.py) makes the reply a value, and
what it refuses goes back to the model that wrote it. The table is reviewed beside the plan and the insights, and the
charts are drawn while the report is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from analyst.answers.accepted import Accepted, Explained, Reported, Reviewed
from analyst.answers.announcing import announced
from analyst.answers.briefing import columns_behind, issues_behind
from analyst.answers.cache.recall import Recall
from analyst.answers.charting import shown_charts
from analyst.answers.composing import compose, enclose, filler, save
from analyst.answers.consensus.council import Council, Planner
from analyst.answers.consensus.verdict import Proposal
from analyst.answers.guards import Guards
from analyst.answers.illustrating import Illustrator
from analyst.answers.last_resort import Check, LastResort
from analyst.answers.question import Question
from analyst.answers.run import CallsMade, Run, logged, new_run_id
from analyst.core.agents import AGENTS, EMBEDDED_MODEL
from analyst.core.background import Awaited, Background
from analyst.core.errors import (
    AnalysisCancelledError,
    AnalysisError,
    LeaseLostError,
    PlanError,
    PlatformError,
    ReplyError,
    StoreError,
)
from analyst.core.events import OnEvent, Progress, RunEvents
from analyst.core.settings import Settings
from analyst.datasets.opened_tables import OpenedTables
from analyst.datasets.preparing import Prepared
from analyst.engine.remote.access import Access
from analyst.execution.runner import PlanRunner
from analyst.llm.resilience.deadline import Deadline
from analyst.planning.language import planner_prompt
from analyst.protocol.asked_fields import asked_fields
from analyst.protocol.blocks import block, quote
from analyst.protocol.calls import Router
from analyst.protocol.evidence import Evidence, write_evidence
from analyst.protocol.prompting import phrase, render, task_text, variables
from analyst.protocol.results import AnalysisResult
from analyst.protocol.table import TableSource, read_card, write_card

if TYPE_CHECKING:
    from agents import Line
    from analyst.answers.cache.answer_cache import AnswerCache
    from analyst.execution.pool import WorkerPool
    from monitoring import PerformanceMonitor

Value = TypeVar("Value")
GUARD_RETRIES = 20
"""How often CrewAI asks again for a reply that its guard refuses; the chain's models are used up before."""
NO_BLOCKS: Mapping[str, str] = MappingProxyType({})
PLANNING = ("plan", "verdict")
"""The tasks that read what was asked before."""
REVIEWED_ISSUES = 12
"""How many data-quality issues, worst first, are shown to the reviewer, who may name three."""


@dataclass
class Platform:
    """What an analysis needs from outside: settings, the router, and the monitor that records runs.

    `router` is waited for only when the agents are built: the gateway starts while the table is profiled. `workers` and
    `tables` (opened and profiled) are kept for the next analysis by a process that makes many. `cache` None: no answer
    is kept; `fresh`: a kept answer is not given again, the new one is kept. `consensus`: several models plan every
    question, not only critical ones. `get_ready` starts what takes long and only agents need: it is called when no kept
    answer was found by its words. `check` raises once the analysis is to end at once; `already_s` is how long another
    process worked on it.
    """

    settings: Settings
    router: Callable[[], Router]
    monitor: PerformanceMonitor
    on_event: OnEvent = lambda event: None
    workers: WorkerPool | None = None
    clock: Callable[[], float] = time.monotonic
    cache: AnswerCache | None = None
    fresh: bool = False
    consensus: bool = False
    get_ready: Callable[[], object] = lambda: None
    tables: OpenedTables = field(default_factory=OpenedTables)
    check: Callable[[], None] = lambda: None
    already_s: float = 0.0


def run_analysis(
    source: TableSource, question: Question, platform: Platform, *, out: Path | None = None, run_id: str | None = None
) -> AnalysisResult:
    """Analyse a table and write the run's folder (`out`, or a new one in runs_dir).

    Any PlatformError leaves the run closed as failed, Ctrl-C as interrupted; the calls made stay recorded. One that
    another process has taken over is left open: that one closes it.
    """
    run = _begin(question, platform, out, run_id or new_run_id())
    platform.monitor.start_run(run.id, run.question, source.label)
    status: str | None = "failed"
    try:
        result = _analyse(source, run, platform)
        status = "degraded" if result.degraded else "done"
        return result
    except (KeyboardInterrupt, AnalysisCancelledError):
        status = "interrupted"
        raise
    except LeaseLostError:
        status = None
        raise
    finally:
        # Neither the answer nor an error on its way up may be lost to a store that can't be written any more.
        try:
            if status is not None:
                platform.monitor.finish_run(run.id, status, run.elapsed())
        except StoreError as error:
            run.events.note(f"How the run ended could not be recorded: {error}")


def _begin(question: Question, platform: Platform, out: Path | None, run_id: str) -> Run:
    settings, started = platform.settings, platform.clock() - platform.already_s
    return Run(
        id=run_id,
        question=question.text,
        folder=out or settings.runs_dir / run_id,
        events=RunEvents(run_id, platform.on_event),
        elapsed=lambda: platform.clock() - started,
        consensus=question.critical or platform.consensus or settings.consensus == "always",
        fresh=platform.fresh,
        kept_in=settings.cache_dir,
        before=question.before,
        selection=question.selection,
    )


def _analyse(source: TableSource, run: Run, platform: Platform) -> AnalysisResult:
    """A kept answer is given where there is one, at best before the table is opened; else the agents are asked."""
    router = Awaited(platform.router, platform.clock)
    reached = lambda: {agent: router().candidates(agent) for agent in AGENTS}  # noqa: E731
    recall = Recall(platform.cache, run, platform.settings, reached, platform.tables.identify)
    if given := recall.by_words(source):
        return recall.give(given)
    platform.get_ready()
    with platform.tables.open(source, platform.settings, run.events, run.asked, run.edited) as table:
        recall.opened(table.opened)
        if run.before and not source.others and run.before[-1].fingerprint != table.opened.fingerprint:
            run.events.note("The table has changed since the question before was answered.")
        prepared = table.prepare(run.question, run.events, run.before, run.selection)
        if given := recall.by_meaning(prepared.profile, prepared.mentioned):
            return recall.give(given)
        return _ask_agents(prepared, run, platform, router, recall)


def _ask_agents(
    prepared: Prepared, run: Run, platform: Platform, router: Awaited[Router], recall: Recall
) -> AnalysisResult:
    """The four agents' steps, and the report of what they gave; a kept answer to the same plan ends them early."""
    from agents import Line, build_agents

    with _runner(prepared, platform) as runner, logged(runner.failures, run), Illustrator() as illustrator:
        runner.start()
        reached = router()
        line = Line(reached, _deadline(run, platform, router.waited_s), run.id, run.events)
        run.events(Progress("stage", "Running the agents", stage="agents"))
        fill = filler(prepared.profile, prepared.asked)
        named = [value for values in prepared.mentioned.values() for value in values] if prepared.earlier else []
        guards = Guards(runner, prepared.privacy, prepared.cited, fill, asked_fields(prepared.question), named)
        apart = lambda: replace(guards, runner=runner.apart())  # noqa: E731
        council = seat_council(line, apart, platform, run.events) if run.consensus else None
        crew = CrewOfFour(prepared, build_agents(line, run.selection), council)
        with crew.reviewing(guards, side_by_side=platform.settings.parallel_agents) as review:
            proposal = crew.plan(guards)
            run.events(announced(proposal.planned, prepared.profile, run.question))
            if given := recall.by_plan(proposal.planned.bound, prepared.profile.table.columns):
                review()
                return recall.give(given, crew.made)
            explained = crew.explain(proposal)
            illustrator.begin(lambda: shown_charts(explained, prepared.profile, run.question))
            reviewed = review()
        reported = crew.report(reviewed, proposal, explained)
        run.events(Progress("stage", "Drawing charts and writing the report", stage="report"))
        accepted = Accepted(reviewed, proposal.planned, explained, reported)
        composed = compose(run, prepared.profile, accepted, crew.made, council.record if council else None)
        attached = enclose(composed, run, illustrator.draw)
        result = save(composed, attached, run)
        if not runner.failures:
            recall.keep(composed, attached)
        return result


def _runner(prepared: Prepared, platform: Platform) -> PlanRunner:
    settings, remote = platform.settings, prepared.profile.table.remote
    return PlanRunner(
        prepared.profile,
        timeout_s=settings.sql_timeout_s,
        memory_mb=settings.sql_memory_mb,
        pool=platform.workers,
        check=platform.check,
        access=Access.to(remote.place, settings) if remote else None,
    )


def _deadline(run: Run, platform: Platform, waited_s: float) -> Deadline:
    """The analysis' time; the `waited_s` seconds that a gateway took to start are none of it."""
    spent, settings = run.elapsed() - waited_s, platform.settings
    return Deadline(platform.clock, settings.analysis_deadline_s - spent, settings.target_latency_s - spent)


def seat_council(line: Line, new_guards: Callable[[], Guards], platform: Platform, tell: OnEvent) -> Council:
    """The council of one analysis: a planner for each different model in reach, each with guards of its own."""
    from agents import build_judges, build_last_planner, build_planners

    planners = [Planner(agent, new_guards()) for agent in build_planners(line)]
    last = Planner(build_last_planner(line), new_guards())
    note = partial(platform.monitor.record_consensus, line.run_id)
    return Council(planners, build_judges(line), last, note=note, tell=tell, clock=platform.clock)


class CrewOfFour:
    """The four agents of one analysis, and the council that plans in the Query Interpreter's place where it can.

    Each step has its agent do one task in a CrewAI crew, and returns what the task's guard made of the reply.
    ChainExhaustedError: no model of an agent's chain answered; AnalysisError: none gave a reply that its guard takes.
    """

    def __init__(self, prepared: Prepared, agents: Mapping[str, Any], council: Council | None = None) -> None:
        self._prepared, self._agents, self._council = prepared, agents, council

    @contextmanager
    def reviewing(self, guards: Guards, *, side_by_side: bool) -> Iterator[Callable[[], Reviewed]]:
        """What waits for the Data Profiler's review, which goes on beside the block, or was made before it."""
        if not side_by_side:
            reviewed = self.review(guards)
            yield lambda: reviewed
            return
        working = Background(lambda: self.review(guards))
        try:
            yield working.wait
        except Exception:
            working.join()  # its call ends before the run does, or nobody would book it
            raise

    def review(self, guards: Guards) -> Reviewed:
        """The Data Profiler's review."""
        check = Check(guards.review, LastResort(guards).review)
        return self.ask("review", self._agents["data_profiler"], check)

    def plan(self, guards: Guards) -> Proposal:
        """The plan that the council settles on, or else the Query Interpreter's own."""
        if self._council and self._council.possible and not self._prepared.selection:
            return self._council.settle(self)
        agent = self._agents["query_interpreter"]
        planned = self.ask("plan", agent, Check(guards.plan, LastResort(guards).plan))
        return Proposal(agent.llm.talk.last.model_used, planned, guards)

    def explain(self, proposal: Proposal) -> Explained:
        """The Insight Generator's insights; a further plan that it asks for is run, and it is asked again, once."""
        guards, planned, agent = proposal.guards, proposal.planned, self._agents["insight_generator"]
        context, last, of = (planned.shown,), LastResort(guards), (planned.evidence, self._prepared)
        blocks = {"columns": columns_behind(*of), "issues": issues_behind(*of)}
        first = Check(partial(guards.insights, planned=planned), partial(last.insights, planned=planned))
        found = self.ask("insights", agent, first, context=context, blocks=blocks)
        if isinstance(found, Explained):
            return found
        agent.llm.talk.answer(found.answer)
        second = Check(partial(guards.insights_after, further=found), partial(last.insights_after, further=found))
        return self.ask("insights", agent, second, context=context, blocks=blocks)

    def report(self, reviewed: Reviewed, proposal: Proposal, explained: Explained) -> Reported:
        """The Report Writer's report."""
        context, agent = (reviewed.shown, proposal.planned.shown, explained.shown), self._agents["report_writer"]
        blocks = {"columns": columns_behind(explained.evidence, self._prepared)}
        last = LastResort(proposal.guards)
        check = Check(partial(proposal.guards.report, explained=explained), partial(last.report, explained=explained))
        return self.ask("report", agent, check, context=context, blocks=blocks)

    @property
    def made(self) -> CallsMade:
        """Every call so far, the council's first."""
        council = self._council
        agents = [*(council.agents.values() if council else ()), *self._agents.values()]
        return CallsMade(
            calls=tuple(reply for agent in agents for reply in agent.llm.talk.replies),
            refused={id: told for agent in agents for id, told in agent.llm.talk.problems.items()},
            unanswered_usd=council.unanswered_usd if council else Decimal(0),
        )

    def ask(
        self,
        task: str,
        agent: Any,
        check: Check[Value],
        *,
        context: Sequence[str] = (),
        blocks: Mapping[str, str] = NO_BLOCKS,
    ) -> Value:
        """Have `agent` do `task`, with `context` to read and `blocks` filled into its text; what its check returned."""
        accepted, refused = list[Value](), list[str]()

        def guarded(output: Any) -> tuple[bool, Any]:
            try:
                accepted.append(check.guard(output.raw))
            except (PlanError, ReplyError) as error:
                agent.llm.refuse([self._prepared.privacy.hide_text(text) for text in error.texts])
                refused.append(error.message)
                if check.last is None or EMBEDDED_MODEL not in agent.llm.talk.spent:
                    return False, error.message
                accepted.append(check.last(output.raw))
            return True, output.raw

        agent.llm.talk.correcting = self._correction(task, blocks)
        guarded.__annotations__["return"] = tuple[bool, Any]  # CrewAI reads the annotation, but not as text
        try:
            self._kick_off(task, agent, guarded, context, self._described(task, blocks))
        except PlatformError:
            raise
        except Exception as error:
            if len(refused) <= GUARD_RETRIES:
                raise
            raise AnalysisError(f"No model returned a reply that passed the check: {refused[-1]}") from error
        return accepted[-1]

    def _kick_off(
        self, name: str, agent: Any, check: Callable[[Any], tuple[bool, Any]], context: Sequence[str], described: str
    ) -> None:
        from crewai import Crew, Task

        task = Task(
            name=name,
            description=described,
            expected_output=task_text(name).expected_output,
            agent=agent,
            context=[_done(text) for text in context],
            guardrail=check,
            guardrail_max_retries=GUARD_RETRIES,
        )
        Crew(agents=[agent], tasks=[task], verbose=False, memory=False).kickoff()

    def _described(self, task: str, blocks: Mapping[str, str]) -> str:
        """The text of `task` with its variables filled in."""
        return self._filled(task_text(task).description, task, blocks)

    def _correction(self, task: str, blocks: Mapping[str, str]) -> str | None:
        """What a model is told of `task` again when its reply was refused; None: everything."""
        text = task_text(task).correction
        return None if text is None else self._filled(text, task, blocks)

    def _filled(self, text: str, task: str, blocks: Mapping[str, str]) -> str:
        prepared = self._prepared
        issues = Evidence(
            tuple(replace(t, rows=t.rows[:REVIEWED_ISSUES]) for t in prepared.cited.tables if t.id == "issues")
        )
        values: dict[str, Callable[[], str]] = {
            "task": lambda: block("task", task),
            "question": lambda: self._question(task),
            "table": lambda: block("table", prepared.card),
            "outline": lambda: block("table", write_card(read_card(prepared.card).outlined())),
            "evidence": lambda: block("evidence", write_evidence(prepared.privacy.hide_evidence(issues))),
            "language": lambda: planner_prompt(prepared.profile),
            "references": lambda: phrase("references"),
        }
        return render(text, **blocks, **{name: values[name]() for name in variables(text) - set(blocks)})

    def _question(self, task: str) -> str:
        """The question; to those who plan with what was chosen by menus, or after the turns that it follows up on."""
        prepared, plans = self._prepared, task in PLANNING
        asked = block("question", quote(prepared.hidden_question))
        if plans and prepared.selection:
            return f"{asked}\n{prepared.selection}"
        return f"{phrase('follow_up')}\n{prepared.before}\n{asked}" if plans and prepared.before else asked


def _done(text: str) -> Any:
    """A task that is done, with `text` as its output: CrewAI hands context on as tasks."""
    from crewai import Task
    from crewai.tasks.task_output import TaskOutput

    task = Task(description="A task of an earlier step.", expected_output="")
    task.output = TaskOutput(description="", agent="", raw=text)
    return task
