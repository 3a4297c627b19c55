"""The council: different models plan one question blind to each other, and a judge is called where results differ.

Two are asked first, side by side; a third only when these two differ or one of them gave no plan. Two results that
agree settle it, so the third plan would be paid for and waited for in vain; it costs one more planning call in turn
where they don't. Each plan is a task of a CrewAI agent in a crew of its own on a thread: a crew may not end in several
parallel tasks, and a model that is down must not end the others' work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from analyst.answers.checks import Checks
from analyst.answers.consensus.verdict import MOST_PLANS, Proposal, VerdictCheck, agreement, line, why_not
from analyst.core.errors import AnalysisError, ChainExhaustedError
from analyst.core.events import Progress
from analyst.protocol.calls import CallRecord
from analyst.protocol.results import ConsensusRecord, PlannerRecord

ASKED_FIRST = 2
NO_REPLY = "it gave no reply"


class Crews(Protocol):
    """What makes and runs tasks (workflow.CrewOfFour)."""

    def run_task(self, name: str, agent: Any, check: Callable[[str], str], **more: str) -> Any:
        """Run one task in a crew of its own; the finished task."""
        ...


@dataclass
class Planner:
    """One model as Query Interpreter: its agent, its checks, and what became of it."""

    agent: Any
    checks: Checks
    proposal: Proposal | None = None
    task: Any = None
    why: str = ""
    seconds: float = 0.0
    unanswered_usd: Decimal = Decimal(0)
    _said: tuple[str, str] = field(default=("", ""), repr=False)

    @property
    def model(self) -> str:
        """The model that answered last; before any answer, the one that would be asked."""
        replies = self.agent.llm.talk.replies
        return str(replies[-1].model_used if replies else (self.agent.llm.among or ("?",))[0])

    @property
    def cost_usd(self) -> Decimal:
        """What its calls cost, the unanswered ones too."""
        return sum((call.route.cost_usd for call in self.agent.llm.talk.replies), self.unanswered_usd)

    def check(self, text: str) -> str:
        """The check of its reply; keeps the text that was taken."""
        shown = self.checks.check_plan(text)
        self._said = (text, shown)
        return shown

    def plan(self, crews: Crews, clock: Callable[[], float]) -> Planner:
        """Ask for the plan; a model that gives none is noted, never an error."""
        began = clock()
        try:
            self.task = crews.run_task("plan", self.agent, self.check)
            said, shown = self._said
            self.proposal = Proposal(self.model, said, self.checks, shown)
        except ChainExhaustedError as error:
            self.why, self.unanswered_usd = _told(error), error.cost_usd
        except AnalysisError:
            self.why = why_not("rejected")
        self.seconds = clock() - began
        return self

    def record(self) -> PlannerRecord:
        """What readers are told of it."""
        return PlannerRecord(model=self.model, planned=self.proposal is not None, why=self.why)


class Council:
    """Settles on one plan for one analysis.

    `planners` are of different models, in the chain's order; `judges` are asked in turn until one gives a verdict that
    can be used; `last` is the embedded analyst, asked when nobody else gave a plan; `note` is told how it was settled.
    """

    def __init__(
        self,
        planners: Sequence[Planner],
        judges: Sequence[Any],
        last: Planner,
        *,
        note: Callable[[ConsensusRecord], None] = lambda record: None,
        tell: Callable[[Progress], None] = lambda event: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._planners, self._judges, self._last = list(planners), list(judges), last
        self._note, self._tell, self._clock = note, tell, clock
        self._asked: list[Planner] = []
        self._judge_usd = Decimal(0)
        self.record: ConsensusRecord | None = None
        if not self.possible:
            models = tuple(planner.model for planner in self._planners)
            self._close(ConsensusRecord(outcome="impossible", note="", models=models, configured=len(models)))

    @property
    def possible(self) -> bool:
        """Whether there are models enough to agree; else one plan is made as ever, and `record` says why."""
        return len(self._planners) > 1

    @property
    def agents(self) -> dict[str, Any]:
        """Everyone of the council, by a name of their own."""
        planners = {f"planner {number}": planner.agent for number, planner in enumerate(self._planners, 1)}
        judges = {f"judge {number}": judge for number, judge in enumerate(self._judges, 1)}
        return planners | judges | {"last planner": self._last.agent}

    @property
    def calls(self) -> list[CallRecord]:
        """Every reply of the council so far."""
        return [reply for agent in self.agents.values() for reply in agent.llm.talk.replies]

    @property
    def unanswered_usd(self) -> Decimal:
        """What was billed for calls that gave no reply."""
        return sum((planner.unanswered_usd for planner in self._planners), self._judge_usd)

    def settle(self, crews: Crews, beside: Callable[[], Any]) -> Planner:
        """The planner whose plan is used, its task done; `beside` is run meanwhile. `record` tells how it was found."""
        began = self._clock()
        with ThreadPoolExecutor(ASKED_FIRST + 1, thread_name_prefix="council") as pool:
            other_work = pool.submit(beside)
            self._asked = self._planners[:ASKED_FIRST]
            for asked in [pool.submit(planner.plan, crews, self._clock) for planner in self._asked]:
                asked.result()
            self._ask_more(crews)
            used, record = self._settled(crews)
            seconds = self._clock() - began
            other_work.result()
        extra_s = round(max(seconds - used.seconds, 0.0), 3)
        extra = sum((p.cost_usd for p in self._asked if p is not used), self._cost_of_judge())
        about = {"planners": tuple(p.record() for p in self._asked), "configured": len(self._planners)}
        record = record.model_copy(update=about | {"extra_usd": extra, "extra_s": extra_s})
        self._close(record)
        return used

    def _close(self, record: ConsensusRecord) -> None:
        self.record = record.model_copy(update={"note": line(record)})
        self._note(self.record)
        self._tell(Progress("note", self.record.note))

    def _ask_more(self, crews: Crews) -> None:
        """One model after the other, until two agree or there are plans enough."""
        left = self._planners[len(self._asked) :]
        while left and len(self._proposals()) < MOST_PLANS and not agreement(self._proposals()):
            self._tell(Progress("note", f"No two results agree yet: {left[0].model} is asked too"))
            self._asked.append(left.pop(0).plan(crews, self._clock))

    def _settled(self, crews: Crews) -> tuple[Planner, ConsensusRecord]:
        proposals = self._proposals()
        agreed = agreement(proposals)
        if agreed:
            models = tuple(proposal.model for proposal in agreed)
            return self._author(agreed[0]), ConsensusRecord(outcome="agreed", note="", models=models)
        if len(proposals) > 1:
            return self._judged(crews, proposals)
        if proposals:
            return self._author(proposals[0]), ConsensusRecord(outcome="single", note="", models=(proposals[0].model,))
        return self._last_resort(crews), ConsensusRecord(outcome="single", note="")

    def _judged(self, crews: Crews, proposals: Sequence[Proposal]) -> tuple[Planner, ConsensusRecord]:
        self._tell(Progress("note", "The results differ: the judge is asked"))
        check, judge = VerdictCheck(proposals), None
        plans = "\n".join(proposal.told(number) for number, proposal in enumerate(proposals, 1))
        for agent in self._judges:
            if check.chosen is None:
                judge = self._ask_judge(crews, agent, check, plans) or judge
        chosen, verdict = check.chosen, check.verdict
        if chosen is None or verdict is None:
            first = proposals[0]
            return self._author(first), ConsensusRecord(
                outcome="unsettled", note="", models=(first.model,), judge=judge
            )
        return self._author(chosen), ConsensusRecord(
            outcome="judged", note="", models=(chosen.model,), judge=judge, because=verdict.because
        )

    def _ask_judge(self, crews: Crews, agent: Any, check: VerdictCheck, plans: str) -> str | None:
        """Ask one judge; the model that replied last, None where none did."""
        try:
            crews.run_task("verdict", agent, check, plans=plans)
        except ChainExhaustedError as error:
            self._judge_usd += error.cost_usd
        except AnalysisError:
            pass
        replies = agent.llm.talk.replies
        return str(replies[-1].model_used) if replies else None

    def _last_resort(self, crews: Crews) -> Planner:
        last = self._last.plan(crews, self._clock)
        if last.proposal is None:
            raise AnalysisError(f"No model and no rules gave a plan that passes its check: {last.why}.")
        return last

    def _cost_of_judge(self) -> Decimal:
        return sum((call.route.cost_usd for judge in self._judges for call in judge.llm.talk.replies), self._judge_usd)

    def _proposals(self) -> list[Proposal]:
        return [planner.proposal for planner in self._asked if planner.proposal is not None]

    def _author(self, proposal: Proposal) -> Planner:
        return next(planner for planner in self._asked if planner.proposal is proposal)


def _told(error: ChainExhaustedError) -> str:
    """Why a model gave no plan: what its last attempt failed of."""
    return why_not(error.failures[-1][1]) if error.failures else NO_REPLY
