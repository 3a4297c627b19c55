"""What moving an agent to the next cheaper model costs in quality, from the section that `bench quality` measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analyst.core.text import listed
from lab.documents.analysis.answered import role_of
from lab.documents.figures import ANALYSES_A_DAY, Line, agent_plans
from lab.loadtest.written import percent, usd

NOT_MEASURED = "Not measured yet: run `python main.py bench quality --write`."


@dataclass(frozen=True)
class Move:
    """An agent moved from its primary to the next cheaper cloud model: USD a call of each."""

    agent: str
    model: str
    primary_usd: float
    cheaper: Line | None

    def cost(self, row: Mapping[str, Any]) -> float | None:
        """USD an analysis with the cheaper model first, by the replies that were asked of it and of the primary."""
        if self.cheaper is None:
            return None
        spent = row["weak_replies"] * float(self.cheaper.call_usd) + row["better_replies"] * self.primary_usd
        return float(spent / row["analyses"])


def moves(content: Mapping[str, Any]) -> list[Move]:
    """The move of each agent, in their order."""
    return [
        Move(plan.name, plan.primary.model, float(plan.primary.call_usd), plan.next_cheaper)
        for plan in agent_plans(content)
    ]


def rows(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """The table of moves: one row for each agent and each quality of its model; nothing where it was not measured."""
    section = content.get("quality")
    by_agent = {move.agent: move for move in moves(content)}
    return [_row(row, by_agent[row["agent"]], section["right_without"]) for row in section["rows"]] if section else []


def _row(row: Mapping[str, Any], move: Move, plain: int) -> dict[str, str]:
    n, cost = row["analyses"], move.cost(row)
    return {
        "agent": role_of(row["agent"]),
        "move": f"{move.model} → {move.cheaper.model}" if move.cheaper else f"{move.model} is free",
        "weak": f"{row['share']} {'unusable' if row['kind'] == 'unusable' else 'misread the question'}",
        **{how: percent(row[how] / n, 0) for how in ("at_once", "repaired", "escalated", "last_resort")},
        "right": f"{row['right']} of {n} ({row['right'] - plain:+d})",
        "cost": "-" if cost is None else f"{usd(move.primary_usd)} → {usd(cost)}",
        "saved": "-" if cost is None else _signed((move.primary_usd - cost) * ANALYSES_A_DAY),
    }


def _signed(amount: float) -> str:
    return usd(amount) if amount >= 0 else f"-{usd(-amount)}"


def movable(content: Mapping[str, Any]) -> str:
    """The answer to the client's question: which agents could move, which could not, and why."""
    section = content.get("quality")
    if not section:
        return NOT_MEASURED
    plain = section["right_without"]
    free = [move.agent for move in moves(content) if move.cheaper is None]
    told = [f"The {listed([role_of(agent) for agent in free])} already has a free model first."] if free else []
    for move in moves(content):
        own = [row for row in section["rows"] if row["agent"] == move.agent]
        if move.agent not in free and own:
            told.append(_verdict(move, own, plain))
    intro = "Measured with simulated weak models, as a real one's quality depends on your questions (table below):"
    return "\n* ".join([f"{intro}\n", *told])


def _verdict(move: Move, own: list[Mapping[str, Any]], plain: int) -> str:
    worst = [row for row in own if row["kind"] == "unusable"][-1]
    unseen = next((row for row in own if row["kind"] != "unusable"), None)
    assert move.cheaper is not None
    saved = (move.primary_usd - (move.cost(worst) or 0.0)) * ANALYSES_A_DAY
    own_share = percent((worst["at_once"] + worst["repaired"]) / worst["analyses"], 0)
    told = (
        f"If {worst['share']} of its replies are unusable, {own_share} of the accepted replies are still its own, "
        f"{plain - worst['right'] or 'none'} of {worst['analyses']} right answers are lost, and a day in the fixed "
        f"order costs {usd(abs(saved))} {'less' if saved >= 0 else 'more'}."
    )
    head = f"**{role_of(move.agent)}** → {move.cheaper.model}:"
    if unseen:
        lost = plain - unseen["right"]
        return (
            f"{head} **only if it reads questions as well**. {told} A plan that runs and answers another question "
            f"passes every check: if {unseen['share']} of its plans do, {lost} of {unseen['analyses']} right answers "
            "are lost."
        )
    lost = plain - worst["right"]
    if lost > 0:
        return f"{head} **only with a model whose replies pass the checks more often**. {told}"
    if saved < 0:
        return f"{head} **only if fewer replies are unusable**. {told}"
    return f"{head} **yes, by what code can check**. {told}"
