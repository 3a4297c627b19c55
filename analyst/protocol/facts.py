"""What a result table holds, as fields: what was measured and how, by which groups, over which rows.

Code that computes a table fills these in once; its sentence (`EvidenceTable.what`) is made from them, and whoever reads
the table later (charts, the rule-based analyst in the gateway's process) reads the fields, never the sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Relation = Literal[
    "is", "is not", "above", "below", "at least", "at most", "between", "missing", "present", "a condition"
]
"""How a filter compares its column. `a condition`: in a way that has no name of its own here."""
RATIO = "ratio"
_NOUNS = {"mean": "average", "count": "number"}
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Measure:
    """A number that was computed: `aggregate` (sum, mean, median, count …) of `columns`; a count of none counts rows.

    A RATIO has the column above the line and the one below it. A measure without an aggregate is a column taken as it
    is: the target of a model, the values of a test.
    """

    aggregate: str
    columns: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """It in words: "sum of revenue", "number of rows", "cost per order"."""
        if not self.columns:
            return "number of rows"
        if self.aggregate == RATIO:
            return " per ".join(self.columns)
        names = ", ".join(self.columns)
        return f"{_NOUNS.get(self.aggregate, self.aggregate)} of {names}" if self.aggregate else names


@dataclass(frozen=True)
class Filter:
    """A condition on the rows that were used: `column` stands in `relation` to `values` (several: any of them)."""

    column: str
    relation: Relation
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What was computed. `groups`: the columns that rows are grouped by; `test`: the statistical test as the plan names
    it; `period`: the unit of time that values are put together by (month, quarter …); `limit`: how many of the sorted
    rows were asked for (0: all); `constants`: the numbers and dates that the plan itself compares with."""

    measures: tuple[Measure, ...] = ()
    groups: tuple[str, ...] = ()
    test: str = ""
    filters: tuple[Filter, ...] = ()
    period: str = ""
    limit: int = 0
    constants: tuple[Value, ...] = ()

    @property
    def aggregate(self) -> str:
        """How the first measure was put together; "" where nothing was."""
        return self.measures[0].aggregate if self.measures else ""

    @property
    def measured(self) -> str | None:
        """The first column that was measured; None where rows were counted."""
        return next((column for measure in self.measures for column in measure.columns), None)


NO_FACTS = Facts()
CautionCode = Literal[
    "association",
    "few_rows_lead",
    "mixed_currencies",
    "numbers_as_text",
    "placeholder_leads",
    "rare_cells",
    "uneven_errors",
    "unequal_spreads",
    "unread_numbers",
    "unsure_values",
]
LEADING: tuple[CautionCode, ...] = ("placeholder_leads", "few_rows_lead")
"""Cautions on the first row of a ranking: whoever cites it must know."""


@dataclass(frozen=True)
class Caution:
    """A warning that changes how a result is to be read: its code for rules, its text for people and models."""

    code: CautionCode
    text: str


def measuring(aggregate: str, *columns: str, groups: Iterable[str] = (), test: str = "", period: str = "") -> Facts:
    """The facts of a result with one measure."""
    return Facts((Measure(aggregate, columns),), tuple(groups), test, period=period)


def write_facts(facts: Facts, key: Sequence[str] = ()) -> dict[str, Any]:
    """`facts` for the head of a table in a message, as short as can be: nothing empty, no groups that its key names,
    and no constants, which nobody but the check of numbers reads."""
    written = {
        "measures": [[m.aggregate, *m.columns] for m in facts.measures],
        "test": facts.test,
        "filters": [[f.column, f.relation, *f.values] for f in facts.filters],
        "period": facts.period,
        "limit": facts.limit,
    }
    short: dict[str, Any] = {name: value for name, value in written.items() if value}
    return short if facts.groups == _usual_groups(short, key) else short | {"groups": facts.groups}


def read_facts(head: Mapping[str, Any], key: Sequence[str] = ()) -> Facts:
    """The facts that `write_facts` wrote."""
    measures = tuple(Measure(aggregate, tuple(columns)) for aggregate, *columns in head.get("measures", ()))
    groups = head.get("groups", _usual_groups(head, key))
    filters = tuple(Filter(column, relation, tuple(values)) for column, relation, *values in head.get("filters", ()))
    return Facts(measures, tuple(groups), head.get("test") or "", filters, head.get("period", ""), head.get("limit", 0))


def facts_of(saved: Mapping[str, Any]) -> Facts:
    """The facts that were saved as JSON (dataclasses.asdict)."""
    measures = tuple(Measure(m["aggregate"], tuple(m["columns"])) for m in saved.get("measures", ()))
    filters = tuple(Filter(f["column"], f["relation"], tuple(f["values"])) for f in saved.get("filters", ()))
    return Facts(
        measures,
        tuple(saved.get("groups", ())),
        saved.get("test", ""),
        filters,
        saved.get("period", ""),
        saved.get("limit", 0),
        tuple(saved.get("constants", ())),
    )


def _usual_groups(head: Mapping[str, Any], key: Sequence[str]) -> tuple[str, ...]:
    """What a table with measures is grouped by unless it says otherwise: the columns that identify a row."""
    return tuple(key) if head.get("measures") else ()
