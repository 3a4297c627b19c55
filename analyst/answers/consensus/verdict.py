"""Consensus: what several models' plans came to, whether they agree, and what the judge may say where they don't.

Words come from models and numbers from code here too: agreement is found by comparing results, and the judge picks a
plan by its number and says why in words; a figure of its own is sent back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyst.answers.accepted import Planned
from analyst.answers.consensus.comparing import same_results
from analyst.answers.guards import Guards
from analyst.answers.reading import read_reply
from analyst.core.errors import ReplyError
from analyst.core.text import listed
from analyst.protocol.blocks import block, quote
from analyst.protocol.replies import Verdict
from analyst.protocol.results import ConsensusRecord

MOST_PLANS = 3
"""Plans of different models that are compared at most."""
_WHY_NOT = {
    "over_budget": "it did not fit in the budget",
    "rejected": "its plan failed the check",
    "timeout": "there was no time left",
    "rate_limited": "its rate limit was reached",
    "out_of_credit": "its account is out of credit",
    "bad_key": "its key was rejected",
}
_TWO = 2
_COUNTS = ("No", "One", "Two", "Three")


@dataclass(frozen=True)
class Proposal:
    """One model's plan, bound and run; `guards` are those that ran it, so further plans of theirs read its results."""

    model: str
    planned: Planned
    guards: Guards

    def told(self, number: int) -> str:
        """The plan as the judge sees it, under a number and without its author, as hidden as it was written."""
        plan = self.planned.written
        head = {"plan": number, "reading": plan.reading, "unanswered": plan.unanswered, "steps": plan.steps}
        return block("plan", f"{quote(head)}\n{self.planned.results_shown}")


@dataclass(frozen=True)
class Judged:
    """The judge's verdict and the proposal that it chose."""

    verdict: Verdict
    chosen: Proposal


def agreement(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """The first proposal whose results another one shares, and all that share them; empty when no two do."""
    for place, first in enumerate(proposals):
        others = [p for p in proposals[place + 1 :] if same_results(first.planned.results, p.planned.results)]
        if others:
            return (first, *others)
    return ()


def judged(text: str, proposals: Sequence[Proposal]) -> Judged:
    """The judge's reply on `proposals`.

    ReplyError: a plan that is not there, or a figure that is no reference to the chosen plan's results.
    """
    count, choice = len(proposals), read_reply(text, Verdict).choice
    if choice > count:
        raise ReplyError([f"choice is {choice}: there are {count} plans, give a number from 1 to {count}"])
    chosen = proposals[choice - 1]
    return Judged(chosen.guards.verdict(text, chosen.planned), chosen)


def why_not(reason: str) -> str:
    """Why a model gave no plan, from a call's reason."""
    return _WHY_NOT.get(reason, reason.replace("_", " "))


def line(record: ConsensusRecord) -> str:
    """The record as a line for the reader."""
    return " ".join(filter(None, (_LINES[record.outcome](record), _missing(record), _few(record))))


def caveat(record: ConsensusRecord | None) -> str:
    """What readers must be warned of; empty where consensus was reached or not asked for."""
    if record is None or record.reached:
        return ""
    if record.outcome == "unsettled":
        return (
            "The models that planned this analysis got different results, and no judge could decide which plan "
            "is right. Check the plan before relying on the answer."
        )
    return "Consensus was requested, but there was nothing to compare, so the answer is based on one plan only."


def _agreed(record: ConsensusRecord) -> str:
    plans = [planner.model for planner in record.planners if planner.planned]
    differing = [model for model in plans if model not in record.models]
    names = listed(record.models)
    if differing:
        return (
            f"{_COUNTS[len(record.models)]} of {_COUNTS[len(plans)].lower()} models agreed: {names} got the same "
            f"result independently; {listed(differing)} got a different one."
        )
    return f"{_COUNTS[len(record.models)]} models agreed: {names} got the same result independently."


def _judged(record: ConsensusRecord) -> str:
    reason = record.because.rstrip(". ")
    return f"{_differing(record)}. The judge ({record.judge}) chose the plan from {record.models[0]}: {reason}."


def _unsettled(record: ConsensusRecord) -> str:
    return f"{_differing(record)}, and no judge could decide, so the plan from {record.models[0]} was used."


def _single(record: ConsensusRecord) -> str:
    who = record.models[0] if record.models else "the rule-based analyst"
    return f"No consensus: only {who} returned a plan."


def _impossible(record: ConsensusRecord) -> str:
    alone = f"only one model ({record.models[0]})" if record.models else "only the rule-based analyst"
    return f"No consensus: {alone} is available for planning, and consensus takes at least two models."


def _differing(record: ConsensusRecord) -> str:
    plans = [planner.model for planner in record.planners if planner.planned]
    return f"{_COUNTS[len(plans)]} models got different results ({', '.join(plans)})"


def _missing(record: ConsensusRecord) -> str:
    """Who was asked and gave no plan, and why."""
    told = [f"{planner.model} returned no plan ({planner.why})" for planner in record.planners if not planner.planned]
    return f"{'; '.join(told)}." if told else ""


def _few(record: ConsensusRecord) -> str:
    return "Only two different models are available for planning." if record.configured == _TWO else ""


_LINES = {
    "agreed": _agreed,
    "judged": _judged,
    "unsettled": _unsettled,
    "single": _single,
    "impossible": _impossible,
}
"""What each outcome is told by."""
