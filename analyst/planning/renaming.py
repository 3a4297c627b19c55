"""Giving the steps of a further plan free ids: two plans of one analysis both like to begin with s1."""

from __future__ import annotations

from collections.abc import Collection

from analyst.planning.language import MethodStep, Plan, SqlStep, Step
from analyst.planning.sql_tokens import rewrite_names


def rename_ids(plan: Plan, taken: Collection[str]) -> Plan:
    """`plan` with every id that is taken (or whose further tables are) replaced, in SQL and sources too."""
    new: dict[str, str] = {}
    used = set(taken) | {step.id for step in plan.steps}
    steps: list[Step] = []
    for step in plan.steps:
        seen = dict(new)  # an id means this plan's step only after that step: before, it is the earlier plan's
        if any(name == step.id or name.startswith(f"{step.id}_") for name in taken):
            number = 1
            while any(name == f"s{number}" or name.startswith(f"s{number}_") for name in used):
                number += 1
            new[step.id] = f"s{number}"
            used.add(f"s{number}")
        steps.append(_renamed(step, new.get(step.id, step.id), seen))
    return Plan(steps=tuple(steps))


def _renamed(step: Step, id: str, new: dict[str, str]) -> Step:
    if isinstance(step, SqlStep):
        return SqlStep(id=id, sql=rewrite_names(step.sql, lambda token: _table(token.name, new)))
    parameters = dict(step.parameters)
    if "source" in parameters:
        parameters["source"] = _table(str(parameters["source"]), new) or parameters["source"]
    return MethodStep(id=id, method=step.method, parameters=parameters)


def _table(name: str, new: dict[str, str]) -> str | None:
    if name in new:
        return new[name]
    for old, free in new.items():
        if name.startswith(f"{old}_"):
            return free + name[len(old) :]
    return None
