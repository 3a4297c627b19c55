"""Evidence: the tables of results that code computed, and the text of them that models see and cite.

A reference is `{{table.field}}`, `{{table[key=value].field}}`, `{{table[3].field}}` (third row) or
`{{table[*].field}}` (a list), each with an optional `|2` (decimals), `|1%` (times 100, with a percent sign), `|abs`
(without its sign), `|year` or `|month` (of a date).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from analyst.protocol.blocks import quote
from analyst.protocol.facts import NO_FACTS, Caution, Facts, facts_of, read_facts, write_facts

FORMATS = ("integer", "number", "percent", "p_value", "date", "text", "duration")
"""How a column's values are meant: `percent` holds a fraction (0.12 is shown as 12 %), `duration`
seconds (4530 is shown as 1:15:30)."""
TOLD_FORMATS = ("percent", "duration")
"""Of FORMATS those that a model must know to cite rightly; the others show in the values, where these are shown."""
MEASURED_FIELDS = frozenset(
    word
    for line in (
        "value before after change mean median std_sample std_pop min max q1 q3 iqr sum mode expected deviation first",
        "last slope slope_low slope_high best_value worst_value low high low_80 high_80 low_95 high_95 mae naive_mae",
        "total rmse mean_low mean_high mean_outliers median_outliers mean_kept median_kept std_sample_kept",
        "std_pop_kept lower upper moving_average bin_start bin_end difference difference_low difference_high",
    )
    for word in line.split()
)
"""The fields of methods that are in the unit of the column that was measured."""
AUDIENCES = ("answer", "detail", "chart")
"""`answer`: shown to models and readers; `detail`: readers and citations only; `chart`: points for a chart only."""
WITHHELD = "?"
"""What a model sees in place of a withheld cell: it can be cited, and is filled in for the reader."""
JOINS = "joins"
ALWAYS = ("table", "profile", "issues", JOINS)
"""The ids of the tables that tell of the data itself and can be cited whatever was computed; the last where tables were
joined."""
UNASKED = "unasked"
"""The `method` of tables that no plan asked for: what code found beside the results (probes.probing), check_<kind>."""
MAX_HIDDEN_ROWS = 5
"""Rows without a cell to show tell a model nothing more from here on."""
MAX_ROWS = 20
"""A longer table is cut for models: what they need of its other rows they cite by key, or ask for."""
CUT_ROWS = 10
"""What is left of a table that is cut."""
_SHARED = ("method", "source", "measures", "test", "filters")
"""What a head of a method's further table leaves out where it is as in the method's own table."""
MAX_COMPANION_ROWS = 8
"""Rows of a method's further tables (every two groups, the rows of a series): its own table says what they come to."""


def measured_columns(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The data columns that a method measured, from its parameters; none where it counted rows."""
    named = parameters.get("value") or parameters.get("column") or parameters.get("columns") or ()
    if parameters.get("agg") == "count":
        return ()
    return (named,) if isinstance(named, str) else tuple(map(str, named))


@dataclass(frozen=True)
class EvidenceTable:
    """One result table. Values are str, int, float, bool or None (dates as ISO text, never NaN or infinity).

    `id` is the step's id, or `<id>_<suffix>` for a method's further tables; `facts` say what was computed and `what`
    puts it in words, for people and models; `key` names the columns that together identify a row; `row_count` counts
    all rows computed, of which `rows` may hold the first ones only; `formats` maps a column to one of FORMATS; `source`
    names the data columns it rests on. `withheld` maps a column to the rows (from 0) whose cells models must not see,
    None: all; `order` maps a column to ascending or descending, as the rows are sorted; `cautions` are the warnings
    with a code.
    """

    id: str
    what: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    row_count: int
    key: tuple[str, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    audience: str = "answer"
    method: str | None = None
    sql: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    withheld: Mapping[str, Sequence[int] | None] = field(default_factory=dict)
    order: Mapping[str, str] = field(default_factory=dict)
    facts: Facts = NO_FACTS
    cautions: tuple[Caution, ...] = ()

    @property
    def warned(self) -> tuple[str, ...]:
        """Every warning as text, those with a code too."""
        return (*self.warnings, *(caution.text for caution in self.cautions))

    def is_withheld(self, row: int, name: str) -> bool:
        """Whether models must not see a cell (`row` from 0)."""
        rows = self.withheld.get(name, ())
        return rows is None or row in rows

    def column(self, name: str) -> list[Any]:
        """All values of column `name`; ValueError if there is none."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def records(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Evidence:
    """All result tables of an analysis, in the order computed, and what the reader must be warned of."""

    tables: tuple[EvidenceTable, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def sources(self) -> frozenset[str]:
        """The columns of the data that the tables rest on."""
        return frozenset(name for table in self.tables for name in table.source)

    def table(self, id: str) -> EvidenceTable:
        """The table named `id`; KeyError if there is none."""
        for table in self.tables:
            if table.id == id:
                return table
        raise KeyError(id)

    def joined(self, other: Evidence) -> Evidence:
        """Both together; a table of `other` takes the place of one with the same id here."""
        names = {table.id for table in other.tables}
        kept = tuple(table for table in self.tables if table.id not in names)
        return Evidence(kept + other.tables, self.warnings + tuple(w for w in other.warnings if w not in self.warnings))


def table_of(saved: Mapping[str, Any]) -> EvidenceTable:
    """The table that was saved as JSON (dataclasses.asdict)."""
    lists = {name: tuple(saved[name]) for name in ("columns", "key", "source", "warnings") if name in saved}
    typed = {
        "facts": facts_of(saved.get("facts", {})),
        "cautions": tuple(Caution(**c) for c in saved.get("cautions", ())),
    }
    return EvidenceTable(**{**saved, **lists, **typed, "rows": tuple(map(tuple, saved["rows"]))})


def rounded(value: Any, digits: int = 5) -> Any:
    """`value` with at most `digits` significant digits, whole part in full: enough to compare; citations are exact."""
    if isinstance(value, float):
        short = float(f"{value:.{digits}g}") if abs(value) < 10**digits else float(round(value))
        return int(short) if short.is_integer() and abs(short) < 1e15 else short
    return value


def write_evidence(evidence: Evidence) -> str:
    """The body of an `<evidence>` block: a JSON head a table, then a JSON array a row (long tables are cut).

    Withheld cells are written as WITHHELD (missing ones stay null); the head names their columns.
    """
    lines: list[str] = []
    heads: dict[str, dict[str, Any]] = {}
    for table in evidence.tables:
        if table.audience == "answer":
            head = heads[table.id] = _head(table)
            own = heads.get(_step_of(table.id), {})
            companion = bool(own) and table.method not in (None, UNASKED)
            lines += [quote(_without_shared(head, own)), *_write_rows(table, _shown_rows(table, companion))]
    if evidence.warnings:
        lines.append(quote({"warnings": evidence.warnings}))
    return "\n".join(lines)


def _head(table: EvidenceTable) -> dict[str, Any]:
    head: dict[str, Any] = {"id": table.id, "what": table.what, "rows": table.row_count}
    told = {name: kind for name, kind in table.formats.items() if kind in TOLD_FORMATS or name in table.withheld}
    optional = {
        "method": table.method,
        "key": table.key,
        "formats": told,
        "warnings": table.warnings,
        "cautions": [[caution.code, caution.text] for caution in table.cautions],
        "source": table.source,
        "withheld": [name for name in table.columns if name in table.withheld],
        "order": dict(table.order),
    }
    head |= {name: value for name, value in optional.items() if value}
    reached = table.facts if table.row_count >= table.facts.limit else replace(table.facts, limit=0)
    return head | write_facts(reached, table.key) | {"columns": table.columns}


def _without_shared(head: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The head of a further table beside that of the method's `own` table: what both share is told once."""
    told = {name: value for name, value in head.items() if name not in _SHARED or value != own.get(name)}
    return told | {name: [] for name in _SHARED if name in own and name not in head}


def _step_of(id: str) -> str:
    return id.rpartition("_")[0]


def _with_shared(head: Mapping[str, Any], heads: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    own = heads.get(_step_of(head["id"]), {})
    return {name: own[name] for name in _SHARED if name in own} | dict(head)


def _shown_rows(table: EvidenceTable, companion: bool) -> int:
    if all(table.withheld.get(name, ()) is None for name in table.columns):
        return MAX_HIDDEN_ROWS
    if companion:
        return MAX_COMPANION_ROWS
    return CUT_ROWS if table.row_count > MAX_ROWS else MAX_ROWS


def _write_rows(table: EvidenceTable, most: int) -> list[str]:
    return [
        quote(
            [
                WITHHELD if cell is not None and table.is_withheld(place, name) else rounded(cell)
                for name, cell in zip(table.columns, row, strict=True)
            ]
        )
        for place, row in enumerate(table.rows[:most])
    ]


def read_evidence(text: str) -> Evidence:
    """The evidence that `write_evidence` wrote (values rounded, long tables cut, SQL and plain formats left out)."""
    tables: list[EvidenceTable] = []
    heads: dict[str, dict[str, Any]] = {}
    warnings: tuple[str, ...] = ()
    for line in filter(None, map(str.strip, text.split("\n"))):
        item = json.loads(line)
        if isinstance(item, list):
            tables[-1] = _with_row(tables[-1], tuple(item))
        elif "id" in item:
            heads[item["id"]] = _with_shared(item, heads)
            tables.append(_read_head(heads[item["id"]]))
        else:
            warnings = tuple(item["warnings"])
    return Evidence(tuple(tables), warnings)


def _with_row(table: EvidenceTable, row: tuple[Any, ...]) -> EvidenceTable:
    place = len(table.rows)
    hidden = {
        name: [*(rows or ()), place] if cell == WITHHELD else rows
        for name, rows in table.withheld.items()
        for cell in [row[table.columns.index(name)]]
    }
    return replace(table, rows=(*table.rows, row), withheld=hidden)


def _read_head(item: Mapping[str, Any]) -> EvidenceTable:
    def names(key: str) -> tuple[str, ...]:
        listed: Sequence[str] = item.get(key, ())
        return tuple(listed)

    return EvidenceTable(
        id=item["id"],
        what=item["what"],
        columns=names("columns"),
        rows=(),
        row_count=item["rows"],
        key=names("key"),
        formats=item.get("formats", {}),
        method=item.get("method") or None,
        source=names("source"),
        warnings=names("warnings"),
        withheld={name: () for name in item.get("withheld", ())},
        order=item.get("order", {}),
        facts=read_facts(item, names("key")),
        cautions=tuple(Caution(code, text) for code, text in item.get("cautions", ())),
    )
