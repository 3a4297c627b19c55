"""What a model may see of a result: never a cell of a personal, free-text or identifier column.

Two rules, by table. Where no column is personal, numbers, dates and categories are shown, cells of single rows too;
what comes from text or identifiers is shown where it rests on FEWEST_ROWS rows of the data. Where a column is personal
(or the setting SHARE_CELLS is "never"), every cell must rest on so many rows: labels and computed numbers that do are
shown; withheld are rows of the table itself, small groups, and cells that a function picks out of its rows (first,
any_value, arg_max, list), and counts of a few rows that meet a condition of their own (FILTER, CASE, count_if): so few
are people. A small category's value that alone names its row stays: its card lists it. Other counts, that there is
none, and words of the plan's own making are always shown.
A model cites a withheld cell by reference all the same; the reader of the report sees it.

What a result depends on counts too, not only what it selects: see analyst.planning.sql_dependence. Not held back: what
a plan would have to set out to encode, by many aggregates whose differences spell a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from analyst.datasets.categories import is_category, is_listed
from analyst.protocol.table import ColumnProfile, TableProfile
from analyst.stats.method import Columns, Result, is_numeric, is_temporal

FEWEST_ROWS = 5
"""From so many rows of the data on, what is computed from them is a result and no cell."""
ALWAYS = 2**31 - 1
"""The support of what does not depend on how many rows there are."""

Withheld = Mapping[str, "Sequence[int] | None"]
"""Result column → the rows (from 0) whose cells are withheld; None: all rows."""


class Kind(IntEnum):
    """What the cells of a column are, from harmless to private; what rests on several columns is like the worst."""

    LITERAL = 0
    """Written in the plan itself."""
    COUNT = 1
    """How many rows, places in an order, and the outcomes of tests."""
    LISTED = 2
    """Values of a small category, which its card lists in full."""
    LABEL = 3
    """Values of a larger category."""
    COMPUTED = 4
    """Numbers that aggregates made."""
    VALUE = 5
    """Numbers and dates as the rows hold them."""
    TEXT = 6
    """Text as the rows hold it."""
    PICKED = 7
    """A cell or a list of cells that a function took out of its rows; or what can't be judged."""


@dataclass(frozen=True)
class Relation:
    """What is known of a table: the kind of each column (names in lower case).

    `thin`: a row may rest on too few rows of the data. `apart`: no row of the data stands behind two rows, so that rows
    can be counted; `row` is a column that numbers the data's rows. `rest`: the kind of a column that is not listed.
    `shared`: numbers, dates and categories of single rows may be shown. `generated`: its rows are the plan's own.
    """

    columns: Mapping[str, Kind] = field(default_factory=dict)
    thin: bool = False
    apart: bool = True
    row: str | None = None
    rest: Kind | None = None
    shared: bool = False
    generated: bool = False

    def kind(self, name: str) -> Kind | None:
        """The kind of column `name`, or None when there is none."""
        return self.columns.get(name.casefold(), self.rest)

    @property
    def worst(self) -> Kind:
        """The most private kind in it."""
        return max([*self.columns.values(), self.rest or Kind.LITERAL])

    @property
    def harmless(self) -> Kind:
        """The most private kind that its single rows may show."""
        return Kind.VALUE if self.shared or not self.thin else Kind.LISTED


UNKNOWN = Relation(thin=True, apart=False, rest=Kind.PICKED)
"""A table of which nothing can be told."""


def data_relation(profile: TableProfile, names: Sequence[str]) -> Relation:
    """The table `data`, whose columns are called `names` in this order: its category columns are labels."""
    rows, known = profile.table.rows, {column.name: column for column in profile.columns}
    kinds = {name: column_kind(known[name], rows) if name in known else Kind.VALUE for name in names}
    columns = {name.casefold(): kind for name, kind in kinds.items()}
    return Relation(columns, thin=True, row="_row", shared=profile.shares_cells)


def column_kind(column: ColumnProfile, rows: int) -> Kind:
    """The kind of a column of the data."""
    if is_category(column, rows):
        return Kind.LISTED if is_listed(column) else Kind.LABEL
    if column.personal or column.role == "identifier":
        return Kind.TEXT
    return Kind.VALUE if is_plain(column.type) or column.role in ("time", "measure") else Kind.TEXT


def is_plain(type_name: str) -> bool:
    """Whether a DuckDB type holds single numbers, dates, times or truth values: nothing that could be text."""
    plain = is_numeric(type_name) or is_temporal(type_name)
    return plain or (type_name.upper().startswith(("BOOLEAN", "TIME", "INTERVAL")) and not type_name.endswith("]"))


def typed(kind: Kind, type_name: str) -> Kind:
    """`kind` as it is in a column of this type: a number made of text is no text."""
    return Kind.VALUE if kind is Kind.TEXT and is_plain(type_name) else kind


def is_shown(kind: Kind, support: int | None) -> bool:
    """Whether a model may see a cell of this kind that rests on `support` rows of the data."""
    return kind <= Kind.COUNT or (kind <= Kind.VALUE and (support or 0) >= FEWEST_ROWS)


def hidden_cells(kinds: Mapping[str, Kind], supports: Mapping[str, Sequence[int | None]], rows: int) -> Withheld:
    """The cells to withhold of `rows` rows; `supports` has the data rows behind the cells of a column that needs it."""
    found: dict[str, Sequence[int] | None] = {}
    for name, kind in kinds.items():
        support = supports.get(name)
        if support is None:
            hidden = [] if is_shown(kind, ALWAYS) else list(range(rows))
        else:
            hidden = [row for row in range(rows) if not is_shown(kind, support[row])]
        if hidden or kind > Kind.VALUE:
            found[name] = None if len(hidden) == rows else hidden
    return found


def merged(one: Withheld, other: Withheld) -> Withheld:
    """What either withholds."""
    both: dict[str, Sequence[int] | None] = {}
    for name in [*one, *(name for name in other if name not in one)]:
        first, second = one.get(name, []), other.get(name, [])
        both[name] = None if first is None or second is None else sorted({*first, *second})
    return {name: rows for name, rows in both.items() if rows is None or rows}


def labels(relation: Relation, types: Columns, most: Kind) -> frozenset[str]:
    """The columns of `relation` that are at most as private as `most`."""
    kinds = {name: relation.kind(name) or Kind.PICKED for name in types}
    if not relation.shared:
        kinds = {name: typed(kind, types[name]) for name, kind in kinds.items()}
    return frozenset(name for name, kind in kinds.items() if kind <= most)


@dataclass(frozen=True)
class Judged:
    """What is known of a step's result: the kind of each column, the rows of the data behind its first cells (for the
    columns where that is counted), what else is withheld, and the relation that later steps read. `open` are columns
    whose cells may be shown whatever stands behind them."""

    kinds: Mapping[str, Kind]
    relation: Relation
    supports: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    more: Withheld = field(default_factory=dict)
    open: frozenset[str] = frozenset()

    def withheld(self, rows: int) -> Withheld:
        """What to withhold of the first `rows` rows."""
        needed = {name: counts for name, counts in self.supports.items() if name not in self.open}
        return merged(hidden_cells(self.kinds, needed, rows), self.more)


def judged_result(result: Result, source: Relation, types: Columns) -> Judged:
    """A method's result, from what it says of itself; `source` and `types` are what it was computed from."""
    read = {name: result.values_of.get(name, name if result.raw else None) for name in result.columns}
    kinds = {
        name: _result_kind(read[name], kind, source, types, raw=result.raw)
        for name, kind in zip(result.columns, result.types, strict=True)
    }
    known = {name.casefold(): kind for name, kind in kinds.items()}
    if result.raw:
        row = source.row if source.row in known else None
        relation = Relation(known, thin=True, apart=source.apart, row=row, shared=source.shared)
        return Judged(kinds if source.shared else dict.fromkeys(kinds, Kind.PICKED), relation)
    if source.shared:
        return Judged(kinds, Relation(known, shared=True), more=result.withheld)
    alone = [name for name in result.values_of if len(result.values_of) == 1 and kinds[name] <= Kind.LISTED]
    supports = {name: counts for name, counts in result.supports.items() if name not in alone}
    judged = Judged(kinds, Relation(known), supports, result.withheld)
    hidden = judged.withheld(len(result.rows))
    columns = {name: Kind.PICKED if hidden.get(name, ()) is None else kind for name, kind in kinds.items()}
    thin = any(hidden.values())
    return replace(judged, relation=Relation({n.casefold(): k for n, k in columns.items()}, thin=thin))


def _result_kind(column: str | None, type_name: str, source: Relation, types: Columns, *, raw: bool) -> Kind:
    known = source.kind(column) if column is not None and column in types else None
    if known is None:
        return (Kind.VALUE if is_plain(type_name) else Kind.TEXT) if raw else Kind.COMPUTED
    return typed(known, type_name)
