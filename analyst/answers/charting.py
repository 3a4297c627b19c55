"""Which charts go with which insights: each draws what its statement cites, and none is shown twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analyst.answers.accepted import Explained
from analyst.protocol.evidence import ALWAYS, Evidence, EvidenceTable
from analyst.protocol.replies import Insight, Insights
from analyst.protocol.table import TableProfile
from analyst.reporting.charts.choosing import ChartChoice, Wish, alike, choose
from analyst.reporting.cited import Cited, cited, told_as_percent
from analyst.reporting.units import in_units, kinds_of

MAX_CHARTS = 4

_BESIDE = frozenset({"records", "count", "n"})
"""Columns that say how many rows stand behind a result's figures."""


@dataclass(frozen=True)
class Charted:
    """A chart and the place (from 0) of the insight that it stands with."""

    choice: ChartChoice
    insight: int


def choose_charts(insights: Insights, evidence: Evidence, question: str) -> tuple[Charted, ...]:
    """At most MAX_CHARTS charts, one an insight; none for an insight whose chart another has."""
    chosen: list[Charted] = []
    for place, insight in enumerate(insights.insights):
        choice = _chart(insight, evidence, question)
        if choice is None or len(chosen) == MAX_CHARTS or any(alike(choice, other.choice) for other in chosen):
            continue
        taken = sum(other.choice.table == choice.table for other in chosen)
        named = replace(choice, id=f"{choice.id}_{taken + 1}") if taken else choice
        chosen.append(Charted(named, place))
    return tuple(chosen)


def shown_charts(explained: Explained, profile: TableProfile, question: str) -> tuple[ChartChoice, ...]:
    """The charts that go with these insights."""
    told = evidence_shown(explained, profile)
    return tuple(charted.choice for charted in choose_charts(explained.insights, told, question))


def evidence_shown(explained: Explained, profile: TableProfile) -> Evidence:
    """The evidence as readers see it: values in their units, and as percent where the statements tell them so."""
    statements = [insight.statement for insight in explained.insights.insights]
    return told_as_percent(statements, in_units(explained.evidence, kinds_of(profile)))


def _chart(insight: Insight, evidence: Evidence, question: str) -> ChartChoice | None:
    for table, wish in _wishes(insight, evidence, question):
        if choice := choose(table, evidence, wish):
            return replace(choice, columns=wish.columns)
    return None


def _wishes(insight: Insight, evidence: Evidence, question: str) -> Iterator[tuple[EvidenceTable, Wish]]:
    """The tables that could be drawn, the best first, and what of each: the columns that the insight names, or else
    those that its statement cites, or else its title."""
    told = cited(f"{insight.statement} {insight.title}", evidence)
    found = [part for part in told if part.table.id not in ALWAYS]
    named = next((table for table in evidence.tables if table.id == insight.table and table.id not in ALWAYS), None)
    rows = tuple(dict(zip(part.table.columns, row, strict=True)) for part in found for row in part.rows)
    for table in _named_first(insight, named, found):
        own = [part for part in found if part.table.id == table.id]
        columns = tuple(name for name in insight.chart if name in table.columns)
        columns = columns or _measured(table, tuple(name for part in own or found for name in part.columns))
        yield table, Wish(question, columns, rows)


def _measured(table: EvidenceTable, told: tuple[str, ...]) -> tuple[str, ...]:
    """The columns to draw: where all that is told are numbers of rows, what stands beside these: what the rows are
    sorted by, or else the first figures."""
    free = [name for name in (*table.order, *table.columns) if name not in _BESIDE and name not in table.key]
    measures = tuple(name for name in free if name in table.order or _holds_figures(table, name))
    figures = set(told) - set(table.key)
    return measures[:1] if figures and measures and figures <= _BESIDE else told


def _holds_figures(table: EvidenceTable, name: str) -> bool:
    at = table.columns.index(name)
    return any(isinstance(row[at], (int, float)) and not isinstance(row[at], bool) for row in table.rows)


def _named_first(insight: Insight, named: EvidenceTable | None, found: Sequence[Cited]) -> list[EvidenceTable]:
    """The table whose columns the insight names, then those cited, of them the one that it says it rests on first."""
    tables = [part.table for part in found]
    told = [*([named] if named else []), *tables]
    asked = [table for table in told if set(insight.chart) & set(table.columns)]
    cited_first = sorted(tables, key=lambda table: table.id != insight.table)
    return list({table.id: table for table in (*asked, *cited_first, *told)}.values())
