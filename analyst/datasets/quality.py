"""Data-quality issues, found in a profile alone: what is wrong, how much of it, how bad, and the SQL that mends it.

Severity: `high` when results would be wrong without a repair (over 20 % missing, numbers or dates that are text,
codes that count as numbers, over 1 % rejected rows), `medium` when they would be off (5-20 % missing, duplicate rows,
split categories, lone negatives), `low` when it is good to know (constant columns, outliers, a few missing).
"""

# Every name and value goes into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyst.core.quoting import literal, literals, quoted
from analyst.datasets.suspicion import LEFTOVERS
from analyst.protocol.relations import Join
from analyst.protocol.table import ColumnProfile, Issue, Suspicion, TableProfile

_INGEST = dict.fromkeys(("rows_rejected", "undecodable", "rows_padded", "quotes_repaired", "changed"), "medium")
_INGEST |= dict.fromkeys(("total_doubtful", "groups_doubtful", "ambiguous_numbers"), "medium")
_INGEST |= dict.fromkeys(("ambiguous_dates", "mixed_dates"), "medium")
_INGEST |= dict.fromkeys(("dates_unreadable", "durations_unsure", "fields_surplus", "numbers_joined"), "medium")
_INGEST |= dict.fromkeys(("mixed_currencies", "missing_currency", "mixed_percent", "mixed_units"), "medium")
_INGEST |= dict.fromkeys(
    ("missing_unit", "number_bounds", "digits_lost", "text_joined", "headers_duplicate", "tables"), "medium"
)
_INGEST |= dict.fromkeys(("header_short", "formulas", "hidden_rows", "sheet_choice"), "high")
"""Ingest notes that cost or changed data, or leave a doubt, and how bad that is: the others say how a file was read."""
TOLD = ("totals_row", "total_doubtful", "filled_down", "file_overlap", "united", "joined", "join_refused")
"""Ingest notes that an answer must name, whatever it is about: they change what every figure is of."""
_RANK = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True)
class Checked:
    """The table under check: how many rows it has, and its name as SQL writes it, which its repairs read."""

    rows: int
    name: str
    unmatched: Mapping[str, int]
    """The rows without a match in the table that a column was joined from, by the column."""


def find_issues(
    profile: TableProfile, columns: Sequence[str] | None = None, *, relation: str = "data"
) -> tuple[Issue, ...]:
    """All issues of a profiled table, worst first; with `columns` only those of these columns.

    Repairs are SELECTs over `relation`.
    """
    table = Checked(
        profile.table.rows, relation if relation == "data" else quoted(relation), _unmatched(profile.table.joins)
    )
    chosen = [c for c in profile.columns if columns is None or c.name in columns]
    found = [issue for column in chosen for check in CHECKS for issue in check(column, table)]
    if columns is None:
        found += [*_duplicate_rows(profile, table), *_ingest(profile)]
    return tuple(sorted(found, key=lambda issue: (_RANK[issue.severity], -issue.count, issue.column or "", issue.kind)))


def _missing(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    """Cells that are empty: since their row has no match in another table, or in the table itself."""
    unmatched = min(table.unmatched.get(column.name, 0), column.missing)
    found = (("unmatched", unmatched, " that have no match"), ("missing", column.missing - unmatched, ""))
    for kind, count, why in found:
        if not count:
            continue
        share = count / table.rows
        severity = "high" if share > 0.2 else "medium" if share > 0.05 else "low"
        message = f"{column.name!r} is missing in {count:,} of {table.rows:,} rows{why} ({share:.1%})."
        yield Issue(kind, column.name, count, severity, message, (), _fill(column, table))


def _unmatched(joins: Sequence[Join]) -> dict[str, int]:
    """The rows without a match, by the column that was looked up for them: of the tables joined to the base itself."""
    base = joins[0].relation.left.table if joins else ""
    looked_up = [join for join in joins if join.how == "lookup" and join.relation.left.table == base]
    sides = [(join.relation.left, join.columns) for join in looked_up]
    return {name: side.without_match for side, columns in sides for name in columns}


def _fill(column: ColumnProfile, table: Checked) -> str:
    """Numbers: the median; categories: a word of their own; else leave such rows out."""
    cell = quoted(column.name)
    if column.kind == "number" and column.role == "measure":
        return _replaced(column, table, f"coalesce({cell}, median({cell}) OVER ())")
    if column.kind == "text" and column.role == "dimension":
        return _replaced(column, table, f"coalesce({cell}, 'unknown')")
    return f"SELECT * FROM {table.name} WHERE {cell} IS NOT NULL"


def _replaced(column: ColumnProfile, table: Checked, value: str) -> str:
    return f"SELECT * REPLACE ({value} AS {quoted(column.name)}) FROM {table.name}"


def _constant(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    if column.role != "constant" or not column.values:
        return
    held = f"only contains {column.values[0][0]!r}"
    repair = f"SELECT * EXCLUDE ({quoted(column.name)}) FROM {table.name}"
    shown = tuple(str(value) for value, _ in column.values)
    yield Issue("constant", column.name, table.rows - column.missing, "low", f"{column.name!r} {held}.", shown, repair)


def _numbers_as_text(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    if column.number_pattern is None:
        return
    message = f"{column.name!r} contains numbers stored as text, such as {column.number_pattern!r}."
    count = table.rows - column.missing
    repair = _replaced(column, table, f"num({quoted(column.name)})")
    yield Issue("numbers_as_text", column.name, count, "high", message, _samples(column), repair)


def _near_duplicates(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    if not column.near_duplicates:
        return
    groups = column.near_duplicates
    extra = sum(len(group) - 1 for group in groups)
    shown = tuple(" / ".join(repr(spelling) for spelling in group[:3]) for group in groups[:3])
    message = f"{column.name!r} has {extra} spelling(s) that differ from another only in case or spaces: {shown[0]}."
    cases = " ".join(f"WHEN {literal(spelling)} THEN {literal(group[0])}" for group in groups for spelling in group[1:])
    cell = quoted(column.name)
    yield Issue(
        "near_duplicates",
        column.name,
        extra,
        "medium",
        message,
        shown,
        _replaced(column, table, f"CASE {cell} {cases} ELSE {cell} END"),
    )


def _several(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    if not column.members:
        return
    separator = column.meaning.separator or ""
    message = (
        f"Cells of {column.name!r} hold several values, separated by {separator!r}: split them to count each"
        f" of the {len(column.members)} values."
    )
    shown = tuple(value for value, _ in column.values if separator in str(value))[:3]
    count = sum(rows for _, rows in column.members) - (table.rows - column.missing)
    yield Issue("several_values", column.name, count, "medium", message, shown)


def _outliers(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    present = table.rows - column.missing
    if not column.outliers or column.role != "measure" or column.outliers > 0.1 * present:
        return
    low, high = column.quantiles[0.25], column.quantiles[0.75]
    reach = 1.5 * (high - low)
    message = f"{column.name!r} has {column.outliers:,} value(s) outside {low - reach:g} to {high + reach:g} (1.5 IQR)."
    repair = f"SELECT * FROM {table.name} WHERE {quoted(column.name)} BETWEEN {low - reach!r} AND {high + reach!r}"
    ends = tuple(
        f"{end:g}"
        for end, out in (
            (column.minimum, low - reach > column.minimum),
            (column.maximum, high + reach < column.maximum),
        )
        if out
    )
    yield Issue("outliers", column.name, column.outliers, "low", message, ends, repair)


_SUSPICIONS: dict[str, tuple[str, str, str]] = {
    "sentinel": (
        "high", "{count:,} value(s) of {column!r} are {example}, which looks like a code for a missing value.",
        "CASE WHEN {quoted} NOT IN ({example}) THEN {quoted} END"),
    "negative": (
        "medium", "{count:,} value(s) of {column!r} are {example}, while nearly all others are positive.",
        "CASE WHEN {quoted} >= 0 THEN {quoted} END"),
    "future": (
        "medium", "{count:,} date(s) of {column!r} lie {example}.",
        "CASE WHEN {quoted} <= current_date THEN {quoted} END"),
    "ancient": (
        "medium", "{count:,} date(s) of {column!r} lie {example}.",
        "CASE WHEN {quoted} >= DATE '1900-01-01' THEN {quoted} END"),
    "date_code": (
        "medium", "{count:,} date(s) of {column!r} are {example}, which looks like a code for a missing value.",
        "CASE WHEN CAST(CAST({quoted} AS DATE) AS VARCHAR) NOT IN ({listed}) THEN {quoted} END"),
    "leftover": ("medium", "{count:,} value(s) of {column!r} are words for a missing value, such as {example}.", ""),
    "unread_numbers": (
        "high",
        "{count:,} values of {column!r} are no plain numbers, such as {example!r}: left out, or in another unit.",
        ""),
    "signs_apart": (
        "medium", "{column!r} has no signs: {example!r} tells which amounts come and which go.", ""),
    "ranges": (
        "low", "{column!r} contains ranges, such as {example!r}: they are categories, so they have no sum or average.",
        ""),
    "padded": ("low", "{count:,} value(s) of {column!r} have {example}.", "trim({quoted})"),
}  # fmt: skip
"""For each kind of suspicion: severity, message, repair."""


def _suspicious(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    for found in column.suspicious:
        severity, message, repair = _SUSPICIONS[found.kind]
        told = message.format(count=found.count, column=column.name, example=found.example)
        value = _leftover_repair(column) if found.kind == "leftover" else _filled(repair, column, found)
        mended = _replaced(column, table, value) if value else None
        yield Issue(found.kind, column.name, found.count, severity, told, (found.example,), mended)


def _filled(repair: str, column: ColumnProfile, found: Suspicion) -> str:
    cell = quoted(column.name)
    listed = literals(found.example.split(", "))
    return repair.format(quoted=cell, example=found.example, listed=listed)


def _leftover_repair(column: ColumnProfile) -> str:
    cell = quoted(column.name)
    return f"CASE WHEN lower(trim({cell})) NOT IN ({literals(sorted(LEFTOVERS))}) THEN {cell} END"


def _wholes(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    """Members that are sums of others: adding or ranking them together counts everything twice."""
    wholes = column.meaning.wholes
    if not wholes:
        return
    shown = [repr(value) for value in wholes[:3]] + (["…"] if len(wholes) > 3 else [])
    are = "is the sum of other values" if len(wholes) == 1 else "are sums of other values"
    message = f"{', '.join(shown)} in {column.name!r} {are}: leave out when adding up or ranking."
    repair = f"SELECT * FROM {table.name} WHERE {quoted(column.name)} NOT IN ({literals(map(str, wholes))})"
    yield Issue("wholes", column.name, len(wholes), "high", message, tuple(map(str, wholes[:3])), repair)


def _repeated(column: ColumnProfile, table: Checked) -> Iterator[Issue]:
    """An amount that stands in every row of a key: a sum over rows counts it once for each row."""
    per = column.meaning.per
    if per is None:
        return
    message = f"{column.name!r} repeats in every row with the same {per!r}: count it once for each {per!r}."
    repair = f"SELECT * FROM {table.name} QUALIFY row_number() OVER (PARTITION BY {quoted(per)} ORDER BY _row) = 1"
    yield Issue("repeated_amount", column.name, table.rows - column.missing, "high", message, (), repair)


def _samples(column: ColumnProfile) -> tuple[str, ...]:
    return tuple(str(value) for value, _ in column.values[:3])


CHECKS: tuple[Callable[[ColumnProfile, Checked], Iterator[Issue]], ...] = (
    _missing,
    _constant,
    _numbers_as_text,
    _near_duplicates,
    _several,
    _outliers,
    _suspicious,
    _wholes,
    _repeated,
)
"""Every check of one column."""


def _duplicate_rows(profile: TableProfile, table: Checked) -> Iterator[Issue]:
    count = profile.duplicate_rows
    if not count:
        return
    severity = "high" if count > 0.05 * table.rows else "medium"
    columns = ", ".join(quoted(column.name) for column in profile.columns)
    repair = f"SELECT * FROM {table.name} QUALIFY row_number() OVER (PARTITION BY {columns} ORDER BY _row) = 1"
    rows = "1 row repeats" if count == 1 else f"{count:,} rows repeat"
    sums = profile.duplicate_sums[:2]
    told = [f"{name!r} adds up to {_figure(all_)} with and {_figure(once)} without them" for name, all_, once in sums]
    message = f"{rows} an earlier row in every column{': ' if told else ''}{', '.join(told)}."
    yield Issue("duplicate_rows", None, count, severity, message, tuple(told), repair)


def _figure(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _ingest(profile: TableProfile) -> Iterator[Issue]:
    for note in profile.table.notes:
        if note.kind in _INGEST:
            many = note.kind == "rows_rejected" and note.count > 0.01 * profile.table.rows
            column = note.column if note.column in profile.table.columns else None
            yield Issue(note.kind, column, note.count, "high" if many else _INGEST[note.kind], note.message)
