"""What a method of the plan language is: its parameters, its input inside the worker, and its results.

The catalogue itself is `stats.registry.METHODS`; binding, execution and the planner's prompt know methods only by this.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from analyst.core.errors import PlanError
from analyst.core.quoting import quoted
from analyst.engine.interface import Engine, Row
from analyst.protocol.facts import NO_FACTS, Caution, Facts
from analyst.protocol.table import TableProfile

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, str]
"""A table's columns: name → DuckDB type, in order."""
Schema = dict[str, list[tuple[str, str]]]
"""A method's result tables: suffix ("" for the main one) → columns with their DuckDB types, in order."""

_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "BIGNUM")
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")


class Parameters(BaseModel):
    """Base of a method's parameters. `source` names the table that the method reads: `data` or an earlier step's id.

    A field or parameter that names columns must be called in the method's `Method.columns_in`, so that binding can
    repair their spelling.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = "data"


class Source:
    """A method's input inside the worker: one table of an open engine.

    `labels` are the columns whose values a model may be told where rows share them, `categories` those of them that
    are category columns; all columns without them. See analyst.planning.disclosure.
    """

    def __init__(
        self,
        engine: Engine,
        table: str,
        *,
        labels: Collection[str] | None = None,
        categories: Collection[str] | None = None,
    ) -> None:
        self.engine = engine
        self.name, self.table = table, quoted(table)
        self._labels, self._categories = labels, categories
        self.columns = engine.columns(table)

    def is_label(self, column: str) -> bool:
        """Whether a model may be told values of `column` that rows share."""
        return self._labels is None or column in self._labels

    def is_category(self, column: str) -> bool:
        """Whether `column` is a category, whose every value a model may be told."""
        return self._categories is None or column in self._categories

    def told(self, column: str, value: object) -> str:
        """`value` of `column` as a warning may name it: the value, or a word for it when it is a cell of the data."""
        return repr(value) if self.is_label(column) else f"a value of {column!r}"

    def rows(self) -> int:
        """How many rows the table has."""
        return int(self.query(f"SELECT count(*) FROM {self.table}")[0][0])  # noqa: S608 - quoted

    @property
    def place(self) -> str:
        """What tells its rows apart and orders them, as SQL: the same each time."""
        return self.engine.place(self.name)

    @property
    def place_type(self) -> str:
        """BIGINT where the table's rows are numbered; VARCHAR where only what they hold tells them apart."""
        return self.engine.describe(f"SELECT {self.place} FROM {self.table}")[0][1]  # noqa: S608 - quoted

    def query(self, sql: str) -> list[Row]:
        """All rows of `sql` (the method's own text, with names and values through core.quoting)."""
        return self.engine.rows(sql)

    def frame(self, columns: Sequence[str], *, where_not_null: bool = False) -> pd.DataFrame:
        """`columns` as a data frame, in the order of `_row` when the table has it; rows with a NULL left out if asked.

        DECIMAL and HUGEINT columns come as DOUBLE.
        """
        wanted = ", ".join(self._selected(name) for name in dict.fromkeys(columns))
        sql = f"SELECT {wanted} FROM {self.table}"  # noqa: S608 - quoted
        if where_not_null:
            sql += " WHERE " + " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)
        if "_row" in self.columns:
            sql += f" ORDER BY {self.table}._row"
        return self.engine.frame(sql)

    def _selected(self, name: str) -> str:
        wide = self.columns.get(name, "").startswith(("DECIMAL", "HUGEINT", "UHUGEINT", "BIGNUM"))
        return f"{quoted(name)}::DOUBLE AS {quoted(name)}" if wide else quoted(name)


@dataclass(frozen=True)
class Result:
    """One result table of a method.

    `suffix` "" is the main table `<id>`, "groups" is `<id>_groups`. `types` are the DuckDB types of `columns`; `rows`
    hold Python values that fit them (NaN and infinity become NULL). `formats` maps a column to one of
    protocol.evidence.FORMATS, `audience` is one of AUDIENCES, `row_count` counts all rows when `rows` holds fewer.
    What a model may not see (see disclosure): `values_of` maps a column to the source's column whose values stand in
    it, `supports` to how many rows of the data stand behind each of its cells, `withheld` to the rows whose cells are
    cells of the data (None: all); in a `raw` result every row is one of the source's.
    `facts` say what was computed and `what` puts it in words; `cautions` are the warnings with a code; `order` maps
    columns to ascending or descending. A result too large for Python rows is given as `relation` instead: the name of a
    TEMP table that the method made, whose columns are `columns`; `rows` stays empty then.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    suffix: str = ""
    key: tuple[str, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    audience: str = "answer"
    row_count: int | None = None
    warnings: tuple[str, ...] = ()
    what: str = ""
    relation: str | None = None
    values_of: Mapping[str, str] = field(default_factory=dict)
    supports: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    withheld: Mapping[str, Sequence[int] | None] = field(default_factory=dict)
    raw: bool = False
    order: Mapping[str, str] = field(default_factory=dict)
    facts: Facts = NO_FACTS
    cautions: tuple[Caution, ...] = ()


Run = Callable[[Source, Any], list[Result]]
"""Computes the results. PlanError for what only shows at run time (too few rows, a constant column)."""
SchemaOf = Callable[[Any, Columns], Schema]
"""The result tables for given parameters and source columns, without data: what later SQL steps are bound against."""
Check = Callable[[Any, Columns, "TableProfile | None"], list[str]]
"""Problems seen before execution. The profile is None when the source is not `data`. Names exist: binding saw to it."""


@dataclass(frozen=True)
class Method:
    """A method: `columns_in` names the parameters that hold column names ("*" and lists too); `numeric_in` those of
    them whose columns must be numbers (binding checks both); `synonyms` maps other names of parameters to ours;
    `values` maps a parameter to synonyms of its values ({"test": {"t_test": "welch_t"}}); `aliases` are other names
    of the method; `signature` is its line in the planner's prompt.
    """

    name: str
    parameters: type[Parameters]
    run: Run
    schema: SchemaOf
    signature: str
    check: Check = lambda parameters, columns, profile: []
    columns_in: tuple[str, ...] = ()
    numeric_in: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


def is_numeric(type_name: str) -> bool:
    """Whether a DuckDB type holds numbers."""
    if type_name.endswith("]"):
        return False
    base = type_name.upper().split("(")[0]
    return base in _NUMERIC or base in _UNSIGNED


def is_temporal(type_name: str) -> bool:
    """Whether a DuckDB type is a date or a timestamp (of any precision or zone)."""
    return type_name.upper().startswith(("DATE", "TIMESTAMP"))


def names_of(value: Any, columns: Columns) -> list[str]:
    """Column names of a parameter: "*" is every column but `_row`, a string one name, None none."""
    if value is None:
        return []
    if value == "*":
        return [name for name in columns if name != "_row"]
    return [value] if isinstance(value, str) else list(value)


def refuse(*problems: str) -> PlanError:
    """The error of a method that can't run on this data."""
    return PlanError(problems)
