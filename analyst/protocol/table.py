"""What is known of a table: how it was read, its columns' profiles, and the card of it that models see."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from analyst.protocol.blocks import quote
from analyst.protocol.personal import INDIRECT
from analyst.protocol.places import PART, Place, Url
from analyst.protocol.relations import Join, KeyPair
from analyst.protocol.remote import Remote

ROLES = ("identifier", "measure", "dimension", "time", "target", "text", "constant")
"""What a column is for. `target`: a yes/no or 0/1 outcome."""
KINDS = ("number", "text", "boolean", "date", "timestamp", "time", "other")
"""What a column's values are, whatever DuckDB calls the type."""
ADDING = ("rows", "last", "never", "distinct")
"""How values of a measure add up: over all rows (sales); over groups of one moment, but not over time, where the last
moment counts (stock, headcount, balance); never (rates, ratios, prices, averages); only up to a bound, since each row
counts different people, and several rows may count the same one (the users of each day)."""

GRAINS = ("week", "month", "quarter", "half-year", "year", "month of year")
"""How long the periods of a time column are; "month of year": months without a year, as numbers or names."""
SECONDS = "seconds"
"""The unit of a duration."""
UNSURE = ("day first", "month first", "hours and minutes", "minutes and seconds")
"""How dates (03/04/2024) and durations (12:30) were read whose column does not tell which part is which."""


@dataclass(frozen=True)
class TableSource:
    """Where a table is: its place, and of a workbook the sheet, of a database the table that is asked for; None: the
    best sheet, the only table. `others` are the tables that it is joined with, `on` the columns where a person chose
    them."""

    place: Place
    sheet: str | None = None
    others: tuple[TableSource, ...] = ()
    on: tuple[KeyPair, ...] = ()

    @property
    def label(self) -> str:
        """What people call it: the last part of its place, and the sheet or table of that; so of each table."""
        own = f"{self.place.name}{PART}{self.sheet}" if self.sheet else self.place.name
        return ", ".join([own, *(other.label for other in self.others)])

    @property
    def needs_passwords(self) -> bool:
        """Whether a table lies in a database, whose password this process may have and another not."""
        return any(isinstance(one.place, Url) and one.place.is_database for one in self.each)

    @property
    def each(self) -> tuple[TableSource, ...]:
        """Every table by itself."""
        return (replace(self, others=(), on=()), *self.others)


SAMPLE = "sample"
"""The kind of the note that only a sample of the rows was read."""
ALIKE = "alike"
"""The kind of the note that tables have the same columns, and how they were made one although their names don't say
that they are parts of one."""
TOLD_FIRST = (SAMPLE, ALIKE)
"""The kinds of notes that an answer begins with: without them it would be understood wrongly."""


@dataclass(frozen=True)
class IngestNote:
    """Something that was repaired, guessed or rejected while reading: `count` places of `kind`, told in `message`.

    `column` names the column when the note is of one alone.
    """

    kind: str
    message: str
    count: int = 0
    column: str | None = None


@dataclass(frozen=True)
class Issue:
    """A data-quality problem. `column` None: the whole table; `repair_sql`: a SELECT over data that mends it."""

    kind: str
    column: str | None
    count: int
    severity: str
    message: str
    examples: tuple[str, ...] = ()
    repair_sql: str | None = None


@dataclass(frozen=True)
class Suspicion:
    """`count` values of a column look like a mistake of `kind`, as `example` shows."""

    kind: str
    count: int
    example: str


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What the values of a column stand for, where that changes how they may be computed with; None: nothing special.

    `adds` is one of ADDING and None for all that is no measure; `ratio_of` names the column of a ratio's numerator and
    that of its denominator (where there are more, their sum is the denominator), `weight` the column by which an
    average of a rate or price must be weighted. `per` names the column whose value each amount belongs to: an order's
    total stands on every line of the order and counts once per order. `unit` is what every value is counted in: an ISO
    4217 code ("EUR"), "%" (0.45 is 45 %), "percent" (45 is), "seconds" of a duration or any other word; `currency`
    names the column that holds each row's currency, `converted` the column with the same amounts in one currency.
    `wholes` are members that are sums of other members ("World"); `separator` parts the values of a cell that holds
    several. `grain` is one of GRAINS, the length of what a value of a time column stands for, where that is no day (its
    first day is the value then); `unsure` tells how values were read that can be read in another way too: one of
    UNSURE.
    """

    adds: str | None = None
    ratio_of: tuple[str, ...] | None = None
    weight: str | None = None
    per: str | None = None
    unit: str | None = None
    currency: str | None = None
    converted: str | None = None
    wholes: tuple[Any, ...] | None = None
    separator: str | None = None
    grain: str | None = None
    unsure: str | None = None


@dataclass(frozen=True)
class OpenedTable:
    """A table in a DuckDB file: relation `data` with the file's columns and `_row`, the row's place from 0.

    `columns` may hold more than the file's: a column of currencies that stood in the cells of another. `meanings` is
    what reading proved of columns whose values no longer show it (the unit that stood behind every number). `joins` are
    the further tables in it; `source` is then the file of the first, and `others` are those of the rest. `remote` tells
    of a table that stays on a server: `data` is then a sample of its rows, beside a table `words` with what its text
    columns hold; plans run there.
    """

    database: Path
    source: Place
    name: str
    format: str
    rows: int
    columns: tuple[str, ...]
    fingerprint: str
    notes: tuple[IngestNote, ...] = ()
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    others: tuple[Place, ...] = ()
    remote: Remote | None = None

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that it was read from."""
        return tuple(dict.fromkeys((self.source, *self.others)))


@dataclass(frozen=True)
class ColumnProfile:
    """One column, profiled whole (no sampling). Numbers are None where they make no sense for the kind.

    `quantiles` maps 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99 to values; `std` has ddof=1; `skew` is the adjusted
    Fisher-Pearson one. `values` holds all distinct values when there are at most 20, else the ten most frequent, with
    counts. `number_pattern` says which numbers a text column holds ("1,234", "$5", "12%"); `personal` names the kind of
    personal data (analyst.protocol.personal). `outliers` counts the values outside the 1.5 IQR fences.
    `near_duplicates` are groups of categories equal up to case and spaces.
    `members` are the values of a column whose cells hold several (meaning.separator), with the rows that hold each.
    `shape` says how the values of a text column are written, without telling one.
    """

    name: str
    type: str
    kind: str
    role: str
    missing: int = 0
    distinct: int = 0
    minimum: Any = None
    maximum: Any = None
    mean: float | None = None
    std: float | None = None
    quantiles: Mapping[float, float] = field(default_factory=dict)
    skew: float | None = None
    values: tuple[tuple[Any, int], ...] = ()
    number_pattern: str | None = None
    outliers: int = 0
    near_duplicates: tuple[tuple[str, ...], ...] = ()
    suspicious: tuple[Suspicion, ...] = ()
    personal: str | None = None
    members: tuple[tuple[str, int], ...] = ()
    shape: str | None = None
    meaning: Meaning = field(default_factory=Meaning)


@dataclass(frozen=True)
class TableProfile:
    """A table and all its columns. `closed`: models see no single cells of it, whatever else its columns hold.

    `duplicate_sums` says what duplicate rows change: (measure, sum of all rows, sum without those that repeat).
    """

    table: OpenedTable
    columns: tuple[ColumnProfile, ...]
    duplicate_rows: int = 0
    duplicate_sums: tuple[tuple[str, float, float], ...] = ()
    issues: tuple[Issue, ...] = ()
    closed: bool = False

    @property
    def shares_cells(self) -> bool:
        """Whether models may see numbers, dates and categories of single rows: no column points at persons."""
        return not self.closed and not any(
            column.personal and column.personal not in INDIRECT for column in self.columns
        )

    def column(self, name: str) -> ColumnProfile:
        """The profile of column `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True)
class ColumnCard(Meaning):
    """What a model is told of one column, beside what its values mean (`adds` only where it is not "rows").

    `values` are all values of a category when `distinct` equals their number, else samples; of free text, identifiers
    and all that is personal no value is told, but the `shape` of them. `numbers` is the pattern of numbers held
    as text (use num()); `personal` the kind of personal data (its values are tokens then); `mentioned` values that the
    question names.
    """

    name: str
    type: str
    role: str
    missing: int | None = None
    distinct: int | None = None
    min: Any = None
    mean: float | None = None
    max: Any = None
    values: tuple[Any, ...] | None = None
    shape: str | None = None
    mentioned: tuple[Any, ...] | None = None
    numbers: str | None = None
    personal: str | None = None

    @property
    def complete(self) -> bool:
        """Whether `values` lists every distinct value."""
        return self.values is not None and self.distinct == len(self.values)


@dataclass(frozen=True)
class TableCard:
    """What a model is told of a table: a head and one line a column; `omitted` counts columns left out (very wide).

    `notes` say what was repaired, guessed or left out while it was read; `numbered`: its rows have an order. `rows_of`
    names the table whose rows these are, where further ones were joined to it.
    """

    name: str
    rows: int
    columns: tuple[ColumnCard, ...]
    duplicate_rows: int = 0
    omitted: int = 0
    notes: tuple[str, ...] = ()
    numbered: bool = True
    rows_of: str | None = None

    @property
    def called(self) -> str:
        """What its rows are called."""
        return self.rows_of or self.name

    @property
    def place(self) -> tuple[str, ...]:
        """The column that numbers the rows, where they have numbers."""
        return ("_row",) if self.numbered else ()

    def of(self, names: Collection[str]) -> TableCard:
        """The card with the columns of `names` only, and without notes: code tells readers of what was repaired."""
        columns = tuple(column for column in self.columns if column.name in names)
        return replace(self, columns=columns, omitted=0, notes=())

    def outlined(self) -> TableCard:
        """The card without columns' values: enough to judge the table, too little to filter it."""
        return replace(self, columns=tuple(replace(c, values=None, mean=None) for c in self.columns))


_MEANT = tuple(f.name for f in fields(Meaning))
_OWN = tuple(f.name for f in fields(ColumnCard) if f.name not in ("name", "type", "role", *_MEANT))
_OPTIONAL = (*_OWN, *_MEANT)
_HEAD = re.compile(r'^("(?:[^"\\]|\\.)*") (\S+(?: \S+)*?) (' + "|".join(ROLES) + r")(?: |$)")


def write_card(card: TableCard) -> str:
    """The body of a `<table>` block: a JSON head, then a line a column: `"name" TYPE role key=json key=json`."""
    head = {"name": card.name, "rows": card.rows}
    optional = {
        "rows_of": card.rows_of,
        "duplicate_rows": card.duplicate_rows,
        "columns_left_out": card.omitted,
        "notes": card.notes,
    }
    given = {key: value for key, value in optional.items() if value} | ({} if card.numbered else {"row_numbers": False})
    lines = [quote(head | given)]
    for column in card.columns:
        keys = ((key, getattr(column, key)) for key in _OPTIONAL)
        told = [f"{key}={quote(value)}" for key, value in keys if value is not None]
        lines.append(" ".join([quote(column.name), column.type, column.role, *told]))
    return "\n".join(lines)


def read_card(text: str) -> TableCard:
    """The card that `write_card` wrote. ValueError names the line that does not parse."""
    head, *lines = text.strip("\n").split("\n")
    given = json.loads(head)
    columns = tuple(_read_column(line) for line in lines if line.strip())
    duplicate_rows, omitted = given.get("duplicate_rows", 0), given.get("columns_left_out", 0)
    notes, numbered = tuple(given.get("notes", ())), given.get("row_numbers", True)
    named = given["name"], given["rows"], columns
    return TableCard(*named, duplicate_rows, omitted, notes, numbered, given.get("rows_of"))


def _read_column(line: str) -> ColumnCard:
    head = _HEAD.match(line)
    if head is None:
        raise ValueError(f"not a column line: {line!r}")
    decoder, rest = json.JSONDecoder(), line[head.end() :].strip()
    told: dict[str, Any] = {}
    while rest:
        key, _, rest = rest.partition("=")
        if key not in _OPTIONAL:
            raise ValueError(f"unknown key {key!r} in column line {line!r}")
        value, end = decoder.raw_decode(rest)
        told[key] = tuple(value) if isinstance(value, list) else value
        rest = rest[end:].strip()
    return ColumnCard(json.loads(head[1]), head[2], head[3], **told)
