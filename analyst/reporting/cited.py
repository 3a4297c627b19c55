"""What a text cites: of each table the columns and the rows, in the order of mention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.references import next_opening
from analyst.reporting.numbers import FRACTION
from analyst.reporting.resolving import Resolved, Row, UnresolvedError, resolve


@dataclass(frozen=True)
class Cited:
    """The part of `table` that a text cites. A list cites its column, and no row before the others."""

    table: EvidenceTable
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = field(default=())

    def with_reference(self, found: Resolved) -> Cited:
        """It with one more reference."""
        chosen = found.rows if len(found.rows) == 1 or len(found.table.rows) == 1 else ()
        rows = [row for row in chosen if row not in self.rows]
        columns = self.columns if found.field in self.columns else (*self.columns, found.field)
        return replace(self, columns=columns, rows=(*self.rows, *rows))


def cited(text: str, evidence: Evidence) -> tuple[Cited, ...]:
    """Every table that `text` cites; what does not resolve is passed over."""
    found: dict[str, Cited] = {}
    for reference in references(text, evidence):
        id = reference.table.id
        found[id] = found.get(id, Cited(reference.table)).with_reference(reference)
    return tuple(found.values())


def cells(text: str, evidence: Evidence) -> frozenset[tuple[str, str, Row]]:
    """Every cell that `text` cites: its table, its column and its row."""
    return frozenset((one.table.id, one.field, row) for one in references(text, evidence) for row in one.rows)


def told_as_percent(texts: Iterable[str], evidence: Evidence) -> Evidence:
    """`evidence` with the columns that `texts` cite as percent (`|1%`) written so in tables and charts, too."""
    told = [one for text in texts for one in references(text, evidence) if one.body.shape.percent]
    columns = {(one.table.id, one.field) for one in told if one.kind in (None, "number")}
    if not columns:
        return evidence
    return replace(evidence, tables=tuple(_with_percents(table, columns) for table in evidence.tables))


def _with_percents(table: EvidenceTable, columns: set[tuple[str, str]]) -> EvidenceTable:
    more = {name: FRACTION for name in table.columns if (table.id, name) in columns}
    return replace(table, formats={**table.formats, **more}) if more else table


def references(text: str, evidence: Evidence) -> Iterator[Resolved]:
    """What each reference in `text` stands for; what does not resolve is passed over."""
    at = 0
    while opening := next_opening(text, at):
        at = opening.start + 2
        for body, end in opening.closings:
            try:
                yield resolve(body, evidence)
            except UnresolvedError:
                continue
            at = end
            break
