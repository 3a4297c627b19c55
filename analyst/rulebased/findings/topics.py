"""Which results speak of the same thing: one leads, the others support it, and each fact is told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from analyst.rulebased.findings.brief import Step

_MOVES = frozenset(("before", "after", "change", "growth", "contribution"))
_TESTS = ("share", "compare_groups", "chi_square")


@dataclass(frozen=True)
class Topic:
    """A result and what stands by it. `whole_told`: whether an earlier topic tells the change of the whole."""

    lead: Step
    supports: tuple[Step, ...] = ()
    whole_told: bool = False

    def support(self, *methods: str | None) -> Step | None:
        """The first supporting step by one of `methods` (None: SQL)."""
        return next((step for step in self.supports if step.method in methods), None)


def topics(steps: Sequence[Step]) -> list[Topic]:
    """The steps gathered around the first of each kind, in the plan's order."""
    left, found = list(steps), list[Topic]()
    while left:
        lead, *others = left
        theirs = [other for other in others if _belongs(lead, other)]
        left = [other for other in others if other not in theirs]
        changed = lead.method == "change" and any(topic.lead.method == "change" for topic in found)
        found.append(replace(_led(lead, theirs), whole_told=changed))
    return found


def _led(lead: Step, supports: list[Step]) -> Topic:
    """The topic, led by what the question asks for: a test of normality comes before the description that it needs."""
    asked = [step for step in supports if step.method == "normality_test" and "normal" in step.question.lower()]
    if lead.method == "describe" and asked:
        return Topic(asked[0], (lead, *(step for step in supports if step is not asked[0])))
    return Topic(lead, tuple(supports))


def _belongs(lead: Step, other: Step) -> bool:
    rule = _RULES.get(lead.method)
    return rule is not None and rule(lead, other)


def _sql(lead: Step, other: Step) -> bool:
    """A ranking and shares or tests over its groups; a single value and what describes it; periods and their trend."""
    if lead.first.row_count == 1:
        alone = other.method is None and other.first.row_count == 1
        return alone or (other.method == "describe" and _shared(lead, other))
    if other.method in _TESTS:
        return _shared(lead, other) and _same_groups(lead, other)
    return other.method == "trend" and _shared(lead, other)


def _shared(lead: Step, other: Step) -> bool:
    return not lead.source or not other.source or bool(set(lead.source) & set(other.source))


def _same_groups(lead: Step, other: Step) -> bool:
    """Whether the ranking's groups are those of the other result."""
    names = {
        column for column in lead.first.columns if not lead.first.numeric(column) or column in lead.first.table.key
    }
    others = {*other.first.table.key, *other.source}
    return not names or bool({n.lower() for n in names} & {o.lower() for o in others})


def _change(lead: Step, other: Step) -> bool:
    if other.method is not None or not {"before", "after"} <= set(other.first.columns):
        return False
    return {column for column in other.first.columns if other.first.numeric(column)} <= _MOVES


def _correlation(lead: Step, other: Step) -> bool:
    return other.method == "correlation" and set(lead.source) == set(other.source)


def _drivers(lead: Step, other: Step) -> bool:
    single = other.method is None and other.first.row_count == 1
    return (single or other.method == "describe") and _shared(lead, other)


def _forecast(lead: Step, other: Step) -> bool:
    return other.method == "trend" and _shared(lead, other)


def _outliers(lead: Step, other: Step) -> bool:
    return other.method in ("anomalies", "outliers", "trend") and _shared(lead, other)


def _describe(lead: Step, other: Step) -> bool:
    return other.method in ("normality_test", "outliers") and _shared(lead, other)


def _trend(lead: Step, other: Step) -> bool:
    periods = other.method is None and bool(other.source) and set(other.source) <= set(lead.source)
    return periods and other.first.row_count > 1


_RULES: dict[str | None, Callable[[Step, Step], bool]] = {
    None: _sql,
    "change": _change,
    "correlation": _correlation,
    "drivers": _drivers,
    "forecast": _forecast,
    "outliers": _outliers,
    "anomalies": _outliers,
    "describe": _describe,
    "normality_test": lambda lead, other: other.method == "describe" and _shared(lead, other),
    "trend": _trend,
}
"""By the leading step's method: what supports it."""
