"""Whether 03/04/2024 is the third of April or the fourth of March: decided by what a column proves, else told."""

# Columns are names of the stage; values go into SQL through analyst.core.quoting.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyst.core.quoting import literal
from analyst.datasets.sources.csv_reading import STAGE
from analyst.datasets.times.forms import FORMS, folded, moment_sql
from analyst.engine.interface import Engine

_STRAY = 0.02
"""Cells against the order of all others that are slips of the pen, as a share."""
_ENOUGH = 5
"""Different dates that a pattern in them needs to prove anything."""


@dataclass(frozen=True)
class Order:
    """The order of day and month in a column: one of forms.ORDERS, and how it is known.

    `proof` is None where nothing tells; `mixed` counts the cells that may be read in either order, where others prove
    both: only these stay unread by the order "each".
    """

    name: str
    proof: str | None = None
    mixed: int = 0


@dataclass(frozen=True)
class _Counts:
    """Cells that only one order allows, that both allow, and whether every cell is written with points."""

    day_first: int
    month_first: int
    either: int
    points: bool


def written(column: str) -> str:
    """The table of a column's different cells (v) and their numbers (n), while it is read."""
    return f"written_{column}"


def order_of(engine: Engine, column: str, forms: Sequence[str], usual: str | None, hint: str | None) -> Order:
    """The order in `column`, whose table `written` is there.

    `hint` is the order that the rest of the file is written in, where that is known.
    """
    counts = _counts(engine, column)
    sure = counts.day_first + counts.month_first
    if counts.day_first and counts.month_first:
        most = "day first" if counts.day_first >= counts.month_first else "month first"
        if min(counts.day_first, counts.month_first) <= _STRAY * sure:
            return Order(most, "most days are above 12")
        return Order("each", None if counts.either else "every day is above 12", counts.either)
    if sure:
        return Order("day first" if counts.day_first else "month first", "days above 12")
    if counts.points:
        return Order("day first", "points")
    if found := _by_pattern(engine, column, forms, usual):
        return found
    return Order(hint, "the rest of the file") if hint else Order("month first")


def _counts(engine: Engine, column: str) -> _Counts:
    form = FORMS["day/month"]
    names = "[" + ", ".join(map(literal, form.fields)) + "]"
    fields = f"regexp_extract({folded('v')}, {literal(form.whole)}, {names})"
    parts = "TRY_CAST(x.a AS INTEGER) AS a, TRY_CAST(x.b AS INTEGER) AS b"
    read = f"SELECT v, n, {parts} FROM (SELECT v, n, {fields} AS x FROM {written(column)})"
    engine.materialise("parts", read)
    found = engine.rows(
        "SELECT coalesce(sum(n) FILTER (a > 12 AND b <= 12), 0), coalesce(sum(n) FILTER (b > 12 AND a <= 12), 0),"
        " coalesce(sum(n) FILTER (a <= 12 AND b <= 12 AND a <> b), 0), bool_and(a IS NULL OR contains(v, '.'))"
        " FROM parts"
    )[0]
    engine.drop("parts")
    return _Counts(int(found[0]), int(found[1]), int(found[2]), bool(found[3]))


def _by_pattern(engine: Engine, column: str, forms: Sequence[str], usual: str | None) -> Order | None:
    """The order in which the dates of the file rise or fall throughout, or lie at one distance, where the other's
    don't."""
    shapes: dict[str, set[str]] = {}
    for order in ("day first", "month first"):
        value = moment_sql(forms, column, usual, order=order)
        read = f"SELECT rowid AS place, CAST({value} AS DATE) AS d FROM {STAGE} WHERE {column} IS NOT NULL"
        engine.materialise("days", read)
        shapes[order] = _shape(engine)
    engine.drop("days")
    for proof in ("sorted rows", "equal steps", "one day of each month"):
        fitting = [order for order, shape in shapes.items() if proof in shape]
        if len(fitting) == 1:
            return Order(fitting[0], proof)
    return None


def _shape(engine: Engine) -> set[str]:
    """What holds of the days in `days` (place, d)."""
    moved = "SELECT d, d - lag(d) OVER (ORDER BY place) AS step FROM days"
    up, down, distinct, day_numbers, years = engine.rows(
        "SELECT count(*) FILTER (step > 0), count(*) FILTER (step < 0), count(DISTINCT d), count(DISTINCT day(d)),"
        f" count(DISTINCT year(d)) FROM ({moved})"
    )[0]
    if distinct < _ENOUGH:
        return set()
    gaps = "SELECT d - lag(d) OVER (ORDER BY d) AS gap FROM (SELECT DISTINCT d FROM days WHERE d IS NOT NULL)"
    steps = engine.rows(f"SELECT count(DISTINCT gap) FROM ({gaps})")[0][0]
    found = {"sorted rows"} if not up or not down else set()
    found |= {"equal steps"} if steps == 1 else set()
    return found | ({"one day of each month"} if day_numbers == 1 and years > 1 else set())
