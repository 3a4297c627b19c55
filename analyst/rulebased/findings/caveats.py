"""What a reader must know before relying on a figure: few rows, a placeholder in place of a name, warnings of code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from analyst.core.text import fold
from analyst.protocol.facts import LEADING
from analyst.rulebased.findings.brief import Step
from analyst.rulebased.findings.finding import Finding, Level
from analyst.rulebased.findings.subject import COUNT
from analyst.rulebased.findings.view import View
from analyst.rulebased.wording import capital, paragraph

FEW: Final = 5
"""Below so many rows a group's figure is no more than an example."""
UNCERTAIN: Final = 30
"""Below so many rows no figure is called certain."""
_PLACEHOLDERS = frozenset(
    "undefined|unknown|n/a|na|nan|null|none|missing|unspecified|not specified|not available|not applicable|blank|"
    "(blank)|-|--|?|tbd|unassigned|not set|no value|not given".split("|")
)
"""What stands in a cell in place of a value."""
_TOLD_OTHERWISE = frozenset(
    ("association", "rare_cells", "unequal_spreads", "uneven_errors", "numbers_as_text", *LEADING)
)
"""Codes of cautions that the readers heed or put in words of their own, or that stand in every report."""
_LEVELS: tuple[Level, ...] = ("low", "medium", "high")


def count_of(view: View, field: str) -> str | None:
    """The column that counts the rows behind the figures of `field`."""
    counts = [name for name in view.columns if COUNT.match(name) and name != field and view.numeric(name)]
    return next(iter(sorted(counts, key=lambda name: name.lower().endswith("_count"))), None)


def rare(view: View, rows: Iterable[int], count: str | None) -> list[int]:
    """The rows that rest on too few rows of the data."""
    return [row for row in rows if count and 0 < (view.number(row, count) or 0) < FEW]


def doubtful(
    view: View, order: Sequence[int], labels: Sequence[str], count: str | None, told: Callable[[int], str]
) -> str:
    """Why the leader is no firm result, and who leads without it; nothing where it is one."""
    why = _why(view, order[0], labels, count)
    if not why:
        return ""
    firm = next((i for i in order[1:] if not _why(view, i, labels, count)), None)
    left_out = "it" if firm in order[1:2] else "such groups"
    others = f"; without {left_out}, {told(firm)} comes first" if firm is not None else ""
    return f"{capital(view.label(order[0], labels))} {why}{others}"


def _why(view: View, row: int, labels: Sequence[str], count: str | None) -> str:
    number = view.number(row, count) if count else None
    few = count is not None and number is not None and 0 < number < FEW
    rows = f"{view.show(row, count)} {'record' if number == 1 else 'records'}" if few and count else ""
    known = [name for name in labels if not view.table.is_withheld(row, name)]
    placeholder = any(is_placeholder(view.value(row, name)) for name in known)
    if placeholder:
        return f"is a placeholder, no real value{f', and has only {rows}' if rows else ''}"
    return f"has only {rows}" if rows and not _all_few(view, count) else ""


def _all_few(view: View, count: str | None) -> bool:
    """Whether no group has more rows: then each row stands for itself."""
    numbers = [view.number(i, count) or 0 for i in range(len(view))] if count else []
    return bool(numbers) and max(numbers) < FEW


def is_placeholder(value: object) -> bool:
    """Whether a cell's text stands in place of a value."""
    return isinstance(value, str) and fold(value).strip() in _PLACEHOLDERS


def cautioned(step: Step) -> str:
    """The executor's cautions on a step's tables that no reader tells by itself, each once."""
    views = [view for view in [step.main, *step.parts.values()] if view]
    texts = [c.text for view in views for c in view.table.cautions if c.code not in _TOLD_OTHERWISE]
    return paragraph(*dict.fromkeys(texts))


def confidence(finding: Finding, severity: str) -> Level:
    """How sure a finding is: as its figures bear it, less on few rows or where an issue touches its columns."""
    levels = [finding.sure]
    if finding.rows is not None and finding.rows < UNCERTAIN:
        levels.append("low" if finding.rows < FEW else "medium")
    if severity in ("high", "medium"):
        levels.append("medium")
    return min(levels, key=_LEVELS.index)
