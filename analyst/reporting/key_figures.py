"""The key figures: the table that the answer is read from, with the rows that it speaks of first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from analyst.protocol.evidence import EvidenceTable
from analyst.reporting.page import shown_tables
from analyst.reporting.report import Report

MAX_KEY_ROWS, MAX_KEY_COLUMNS = 12, 8
"""Rows and columns of the key figures."""
MAX_ALL_ROWS = 300
"""Rows behind "show all"; the files beside the report hold every one."""
_SIDE = re.compile(
    r"^(iqr|skew_\w+|kurt_\w+|std_pop|within_1_std|mode|n_unique|missing\w*|moving_average|statistic|dof\w*|kind|measure|"
    r"gini|hhi|cramers_v\w*|eta_squared\w*|omega_squared\w*|cohens_d\w*|rank_biserial\w*|effect|p_welch|p_robust|"
    r"std_err|t|beta|vif|f_p|importance)$"
)
"""Columns of methods that only a specialist looks up: they are in the table of the step."""


@dataclass(frozen=True)
class KeyFigures:
    """`first`: what to show at once, rows that the answer speaks of before the others; `whole`: all rows as they are
    ordered, None where `first` shows them all."""

    first: EvidenceTable
    whole: EvidenceTable | None = None


def key_figures(report: Report) -> KeyFigures | None:
    """The key figures of `report`; None where no result has several rows, or nothing was answered."""
    answers = [t for t in shown_tables(report) if t.audience == "answer" and t.rows]
    basis = [t for t in answers if report.basis and t.id == report.basis.table]
    named = [t for f in report.findings[:1] for t in answers if t.id == f.table]
    several = [t for t in [*basis, *named, *answers] if len(t.rows) > 1]
    if not several or report.refused:
        return None
    cited = report.basis.rows if report.basis and report.basis.table == several[0].id else ()
    table = _whole(several[0], answers)
    rows = [*(row for row in table.rows if row in cited), *(row for row in table.rows if row not in cited)]
    first = replace(table, rows=tuple(rows)[: max(MAX_KEY_ROWS, len(cited))])
    whole = replace(table, rows=table.rows[:MAX_ALL_ROWS]) if len(table.rows) > len(first.rows) else None
    return KeyFigures(_readable(first, table, answers), _readable(whole, table, answers) if whole else None)


def _whole(part: EvidenceTable, tables: Sequence[EvidenceTable]) -> EvidenceTable:
    """The table that the rows of `part` were picked from, in the order of their periods; `part` where there is none."""
    picked = set(part.rows)
    wider = [t for t in tables if t.columns == part.columns and len(t.rows) > len(part.rows) and picked <= set(t.rows)]
    return wider[0] if wider else part


def _readable(part: EvidenceTable, whole: EvidenceTable, tables: Sequence[EvidenceTable]) -> EvidenceTable:
    """The rows of `part` with groups called by their column, the groups first, then the numbers, without what is the
    same in every row of the whole table or has no value."""
    step = [t for t in tables if t.parameters and (part.id == t.id or part.id.startswith(f"{t.id}_"))]
    group = next((str(t.parameters[key]) for t in step for key in ("group", "x") if t.parameters.get(key)), "level")
    kept = [place for place, name in enumerate(whole.columns) if _says_something(name, whole.column(name), whole)]
    groups = [place for place in kept if whole.columns[place] in whole.key or place == kept[0]]
    numbers = [place for place in kept if place not in groups and _is_numeric(whole.column(whole.columns[place]))]
    places = [*groups, *numbers, *(place for place in kept if place not in (*groups, *numbers))][:MAX_KEY_COLUMNS]
    places = [place for place in places if _is_whole(whole.columns[place], [whole.columns[at] for at in places])]
    names = tuple(group if whole.columns[place] == "level" else whole.columns[place] for place in places)
    return replace(part, columns=names, rows=tuple(tuple(row[place] for place in places) for row in part.rows))


def _is_whole(name: str, shown: Sequence[str]) -> bool:
    """Whether the other end of an interval is shown with this one; true of what is no interval's end."""
    ends = [(name, low, name.removesuffix(low) + high) for low, high in (("_low", "_high"), ("_high", "_low"))]
    return all(other in shown for name, end, other in ends if name.endswith(end))


def _says_something(name: str, values: Sequence[Any], table: EvidenceTable) -> bool:
    if (table.method and _SIDE.match(name)) or (name == "partial" and not any(values)):
        return False
    return len(set(values)) > 1 or (name != "outcome" and values[0] is not None)


def _is_numeric(values: Sequence[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in known)
