"""The council: different models plan one question blind to each other, and a judge is called where results differ.

Two are asked first, side by side; a third only when these two differ or one of them gave no plan. Two results that
agree settle it, so the third plan would be paid for and waited for in vain; it costs one more planning call in turn
where they don't. Each plan is a task of a CrewAI agent in a crew of its own on a thread: a crew may not end in several
parallel tasks, and a model that is down must not end the others' work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from analyst.answers.consensus.verdict import MOST_PLANS, Judged, Proposal, agreement, judged, line, why_not
from analyst.answers.guards import Guards
from analyst.answers.last_resort import Check, LastResort
from analyst.core.errors import AnalysisError, ChainExhaustedError
from analyst.core.events import Progress
from analyst.protocol.calls import CallRecord
from analyst.protocol.results import ConsensusRecord, PlannerRecord

ASKED_FIRST = 2
NO_REPLY = "it did not reply"


Value = TypeVar("Value")


class Crew(Protocol):
    """What has agents do tasks (workflow.CrewOfFour)."""

    def ask(self, task: str, agent: Any, check: Check[Value], *, blocks: Mapping[str, str] = ...) -> Value:
        """Have `agent` do `task`, with `blocks` filled into its text; what its guard made of the reply."""
        ...


@dataclass
class Planner:
    """One model as Query Interpreter: its agent, its guards, and what became of it."""

    agent: Any
    guards: Guards
    proposal: Proposal | None = None
    why: str = ""
    seconds: float = 0.0
    unanswered_usd: Decimal = Decimal(0)

    @property
    def model(self) -> str:
        """The model that answered last; before any answer, the one that would be asked."""
        return _model_of(self.agent) or str((self.agent.llm.among or ("?",))[0])

    @property
    def cost_usd(self) -> Decimal:
        """What its calls cost, the unanswered ones too."""
        return sum((call.route.cost_usd for call in self.agent.llm.talk.replies), self.unanswered_usd)

    def plan(self, crew: Crew, clock: Callable[[], float]) -> Planner:
        """Ask for the plan; a model that gives none is noted, never an error."""
        began = clock()
        try:
            planned = crew.ask("plan", self.agent, Check(self.guards.plan, LastResort(self.guards).plan))
            self.proposal = Proposal(self.model, planned, self.guards)
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

    def settle(self, crew: Crew) -> Proposal:
        """The proposal that is used; `record` tells how it was found."""
        began = self._clock()
        self._asked = self._planners[:ASKED_FIRST]
        with ThreadPoolExecutor(ASKED_FIRST, thread_name_prefix="council") as pool:
            for asked in [pool.submit(planner.plan, crew, self._clock) for planner in self._asked]:
                asked.result()
        self._ask_more(crew)
        proposal, record = self._settled(crew)
        seconds = self._clock() - began
        used = next(planner for planner in (*self._asked, self._last) if planner.proposal is proposal)
        extra_s = round(max(seconds - used.seconds, 0.0), 3)
        extra = sum((p.cost_usd for p in self._asked if p is not used), self._cost_of_judge())
        about = {"planners": tuple(p.record() for p in self._asked), "configured": len(self._planners)}
        record = record.model_copy(update=about | {"extra_usd": extra, "extra_s": extra_s})
        self._close(record)
        return proposal

    def _close(self, record: ConsensusRecord) -> None:
        self.record = record.model_copy(update={"note": line(record)})
        self._note(self.record)
        self._tell(Progress("note", self.record.note))

    def _ask_more(self, crew: Crew) -> None:
        """One model after the other, until two agree or there are plans enough."""
        left = self._planners[len(self._asked) :]
        while left and len(self._proposals()) < MOST_PLANS and not agreement(self._proposals()):
            self._tell(Progress("note", f"No two results agree yet, so {left[0].model} is asked as well"))
            self._asked.append(left.pop(0).plan(crew, self._clock))

    def _settled(self, crew: Crew) -> tuple[Proposal, ConsensusRecord]:
        proposals = self._proposals()
        agreed = agreement(proposals)
        if agreed:
            return agreed[0], ConsensusRecord(outcome="agreed", note="", models=tuple(p.model for p in agreed))
        if len(proposals) > 1:
            return self._judged(crew, proposals)
        if proposals:
            return proposals[0], ConsensusRecord(outcome="single", note="", models=(proposals[0].model,))
        return self._last_resort(crew), ConsensusRecord(outcome="single", note="")

    def _judged(self, crew: Crew, proposals: Sequence[Proposal]) -> tuple[Proposal, ConsensusRecord]:
        self._tell(Progress("note", "The results differ, so the judge decides"))
        judge: str | None = None
        for agent in self._judges:
            found = self._ask_judge(crew, agent, proposals)
            judge = _model_of(agent) or judge
            if found:
                models, because = (found.chosen.model,), found.verdict.because
                record = ConsensusRecord(outcome="judged", note="", models=models, judge=judge, because=because)
                return found.chosen, record
        first = proposals[0]
        return first, ConsensusRecord(outcome="unsettled", note="", models=(first.model,), judge=judge)

    def _ask_judge(self, crew: Crew, agent: Any, proposals: Sequence[Proposal]) -> Judged | None:
        """One judge's verdict; None where it gave none that can be used."""
        plans = "\n".join(proposal.told(number) for number, proposal in enumerate(proposals, 1))
        try:
            return crew.ask("verdict", agent, Check(lambda text: judged(text, proposals)), blocks={"plans": plans})
        except ChainExhaustedError as error:
            self._judge_usd += error.cost_usd
        except AnalysisError:
            pass
        return None

    def _last_resort(self, crew: Crew) -> Proposal:
        last = self._last.plan(crew, self._clock)
        if last.proposal is None:
            raise AnalysisError(
                f"Neither the models nor the rule-based analyst returned a plan that passed the check: {last.why}."
            )
        return last.proposal

    def _cost_of_judge(self) -> Decimal:
        return sum((call.route.cost_usd for judge in self._judges for call in judge.llm.talk.replies), self._judge_usd)

    def _proposals(self) -> list[Proposal]:
        return [planner.proposal for planner in self._asked if planner.proposal is not None]


def _model_of(agent: Any) -> str | None:
    """The model that replied last for `agent`; None before any reply."""
    replies = agent.llm.talk.replies
    return str(replies[-1].model_used) if replies else None


def _told(error: ChainExhaustedError) -> str:
    """Why a model gave no plan: what its last attempt failed of."""
    return why_not(error.failures[-1][1]) if error.failures else NO_REPLY
