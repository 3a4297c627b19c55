"""How every method reads columns: numbers, yes/no values as rates, groups, and names that don't clash.

A column of yes/no, true/false, y/n or 0/1 counts as a number (1 for yes), so that its mean is a rate. This is the
only place that decides what is yes and what is a number.
"""

# Every name passes `quoted` and every value `literal`, so text built into SQL here can't end its statement.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyst.core.quoting import literal, quoted
from analyst.core.yes_no import yes_of
from analyst.protocol.table import ColumnProfile, TableProfile
from analyst.stats.method import Columns, Source, is_numeric, is_temporal, refuse

GROUPABLE = ("VARCHAR", "BOOLEAN", "DATE")
"""Types (beside the numeric ones) that a group's column keeps; others are shown as text."""


@dataclass(frozen=True)
class Number:
    """A column as numbers: `sql` is a DOUBLE expression that is NULL for missing, NaN and infinity.

    `yes` is the value counted as 1 when the column is a yes/no one (its mean is then the rate of `yes`).
    """

    name: str
    sql: str
    yes: str | None = None

    @property
    def is_rate(self) -> bool:
        """Whether the column's mean is a rate."""
        return self.yes is not None


def number(source: Source, name: str) -> Number:
    """Column `name` as numbers; PlanError with a sample and the fix when it holds other text."""
    kind, column = source.columns[name], quoted(name)
    if kind == "BOOLEAN":
        return Number(name, f"CAST({column} AS DOUBLE)", yes="true")
    if is_numeric(kind):
        sql = f"CAST({column} AS DOUBLE)"
        finite = f"CASE WHEN isfinite({sql}) THEN {sql} END"
        return Number(name, finite, yes="1" if _is_zero_one(source, column) else None)
    if kind.startswith("VARCHAR") or kind.startswith("ENUM"):
        return _yes_no(source, name)
    raise refuse(f"{name!r} is {kind}, not a number: name a number column or compute one in an SQL step first")


def rate_or_number(value: Number | None) -> str:
    """The format of an average of `value`."""
    return "percent" if value is not None and value.is_rate else "number"


def _is_zero_one(source: Source, column: str) -> bool:
    low, high, odd = source.query(
        f"SELECT min({column}), max({column}), count(*) FILTER (WHERE {column} NOT IN (0, 1)) FROM {source.table}"
    )[0]
    return bool(odd == 0 and low == 0 and high == 1)


def _yes_no(source: Source, name: str) -> Number:
    text = f"lower(trim(CAST({quoted(name)} AS VARCHAR)))"
    rows = source.query(
        f"SELECT DISTINCT {text} AS v FROM {source.table} WHERE {quoted(name)} IS NOT NULL ORDER BY v LIMIT 4"
    )
    values = [str(row[0]) for row in rows]
    yes = yes_of(values, alone=True)
    if yes is None or len(values) > 2:
        raise refuse(not_a_number(name, values if source.is_category(name) else []))
    return Number(
        name, f"CASE WHEN {text} = {literal(yes)} THEN 1::DOUBLE WHEN {text} IS NOT NULL THEN 0::DOUBLE END", yes=yes
    )


def not_a_number(name: str, samples: Sequence[object]) -> str:
    """The problem of a text column where numbers are needed, with the fix."""
    shown = ", ".join(repr(str(sample)[:40]) for sample in list(samples)[:3])
    held = f"text ({shown})" if shown else "text"
    return (
        f"{name!r} holds {held}, not numbers: convert it to a number in an SQL step with num({quoted(name)}), "
        "or name a number column"
    )


def number_problems(names: Iterable[str], columns: Columns, profile: TableProfile | None) -> list[str]:
    """Problems with using `names` as numbers, as far as types and profile tell before execution."""
    problems = []
    for name in names:
        kind = columns.get(name, "")
        if not kind or is_numeric(kind) or kind == "BOOLEAN":
            continue
        if not kind.startswith(("VARCHAR", "ENUM")):
            problems.append(f"{name!r} is {kind}, not a number: name a number column or compute one in an SQL step")
        elif (known := profiled(name, profile)) is not None and not _looks_yes_no(known):
            problems.append(not_a_number(name, [] if known.personal else [value for value, _ in known.values]))
    return problems


def profiled(name: str, profile: TableProfile | None) -> ColumnProfile | None:
    """The profile of `name`, if there is one."""
    if profile is None:
        return None
    return next((column for column in profile.columns if column.name == name), None)


def _looks_yes_no(column: ColumnProfile) -> bool:
    return column.distinct <= 4 and yes_of((str(value) for value, _ in column.values), alone=True) is not None


def numeric_columns(columns: Columns) -> list[str]:
    """The columns that "*" means where numbers are needed: numeric or boolean ones, without `_row`."""
    return [name for name, kind in columns.items() if name != "_row" and (is_numeric(kind) or kind == "BOOLEAN")]


def group_type(kind: str) -> str:
    """The DuckDB type that a group column of type `kind` has in a result."""
    return kind if is_numeric(kind) or kind in GROUPABLE else "VARCHAR"


def group_sql(name: str, kind: str) -> str:
    """The expression of a group column in its result type."""
    return quoted(name) if group_type(kind) == kind else f"CAST({quoted(name)} AS VARCHAR)"


def named_sql(name: str, kind: str) -> str:
    """Like `group_sql`, with a missing text value named, so that it can be cited."""
    sql = group_sql(name, kind)
    return f"coalesce({sql}, '(missing)')" if group_type(kind) == "VARCHAR" else sql


def group_fields(by: Sequence[str], columns: Columns, taken: Iterable[str]) -> list[tuple[str, str]]:
    """The result columns of the group columns `by`; a name that a result column has already gets `by_` before it."""
    fields: list[tuple[str, str]] = []
    used = {name.lower() for name in taken}
    for name in by:
        free = free_name(name, used, "by_")
        used.add(free.lower())
        fields.append((free, group_type(columns.get(name, "VARCHAR"))))
    return fields


def with_groups(by: Sequence[str], fields: Sequence[tuple[str, str]], columns: Columns) -> tuple[tuple[str, str], ...]:
    """The result columns `fields` after those of the group columns `by`."""
    return (*group_fields(by, columns, [name for name, _ in fields]), *fields)


def group_names(by: Sequence[str], fields: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The group columns of a result that begins with them: result column → column of the source."""
    return dict(zip((name for name, _ in fields), by, strict=False))


def free_name(name: str, taken: Iterable[str], prefix: str) -> str:
    """`name`, with `prefix` before it as often as it takes to differ from all `taken` (case does not count)."""
    used = {other.lower() for other in taken}
    while name.lower() in used:
        name = prefix + name
    return name


def is_text(kind: str) -> bool:
    """Whether a type holds categories rather than numbers or times."""
    return not is_numeric(kind) and not is_temporal(kind)
