"""What a reader must know of the row that leads a ranking: it rests on very few rows, or stands for missing values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from analyst.datasets.suspicion import LEFTOVERS
from analyst.protocol.facts import Caution, Facts
from analyst.protocol.table import TableProfile

FEWEST_ROWS = 5
"""An average or a rate of fewer rows leads by chance."""
_ADDED = frozenset({"sum", "count"})
"""Aggregates that many rows make larger: with them a leader on few rows is no accident."""
_NAMELESS = (LEFTOVERS - {"none", "empty", "*", "."}) | {
    *("(not set)", "not set", "not specified", "unspecified", "not provided", "not known", "not assigned", "no data"),
    *("unassigned", "(unknown)", "(none)", "(missing)", "n.d.", "nicht angegeben", "non renseigné", "sin datos", "s/d"),
}
_CODE = re.compile(r"[A-Z]{2,4}")


def leader_cautions(
    facts: Facts,
    order: Mapping[str, str],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    supports: Mapping[str, Sequence[int | None]],
    profile: TableProfile,
) -> tuple[Caution, ...]:
    """The cautions on the first of `rows`, where these are groups sorted by what was measured.

    `supports` counts the rows of the data behind the cells of a column, where that is known.
    """
    groups = [name for name in facts.groups if name in columns]
    sorted_by = [name for name in order if name in columns][:1]
    if not rows or not groups or not facts.measures or not sorted_by or sorted_by[0] in groups:
        return ()
    found = []
    nameless = next((name for name in groups if _is_nameless(name, columns, rows)), None)
    if nameless is not None:
        text = f"The leading {_spoken(nameless)} is a placeholder for missing values, not a real {_spoken(nameless)}."
        found.append(Caution("placeholder_leads", text))
    count = _behind(sorted_by[0], supports)
    averaged = any(measure.aggregate not in _ADDED for measure in facts.measures)
    if averaged and count is not None and count < FEWEST_ROWS <= _usual(groups, len(rows), profile):
        text = f"The leading {_spoken(groups[0])} rests on only {count} {'row' if count == 1 else 'rows'}."
        found.append(Caution("few_rows_lead", text))
    return tuple(found)


def _spoken(column: str) -> str:
    return " ".join(column.replace("_", " ").split())


def _is_nameless(name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
    """Whether the first row's label is empty or a word for "missing"; NA beside EU and US is a region."""
    place = columns.index(name)
    label = rows[0][place]
    if label is None:
        return True
    if not isinstance(label, str) or label.strip().casefold() not in _NAMELESS:
        return not str(label).strip()
    others = [row[place] for row in rows[1:] if isinstance(row[place], str)]
    codes = sum(bool(_CODE.fullmatch(other)) for other in others)
    return not (_CODE.fullmatch(label) and codes > len(others) / 2)


def _behind(column: str, supports: Mapping[str, Sequence[int | None]]) -> int | None:
    """How many rows of the data stand behind the first cell of `column`."""
    counts = supports.get(column)
    return counts[0] if counts else None


def _usual(groups: Sequence[str], shown: int, profile: TableProfile) -> float:
    """How many rows a group has on average: where groups are small by nature, a small one is nothing special."""
    distinct = [c.distinct for name in groups for c in profile.columns if c.name == name]
    groups_at_least = max(shown, math.prod(distinct) if distinct else 1)
    return profile.table.rows / groups_at_least
