"""A whole table on PostgreSQL measured in few passes: aggregates of all columns, then how often values occur.

Counts, extremes, means and deviations are exact, and so are distinct values where there are few; where there are many
the server's statistics tell them, or the sample where the server has none.
"""

# Every name built into SQL here passes `quoted`.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analyst.core.quoting import quoted, quoted_names
from analyst.engine.remote.postgres import PostgresServer
from analyst.engine.remote.session import RemoteEngine
from analyst.engine.remote.survey import MOST_COUNTED, MOST_WORDS, Survey, whole_column

if TYPE_CHECKING:
    import pandas as pd

_AGGREGATED, _GROUPED = 40, 20
"""Columns measured, and columns whose values are counted, in one pass."""
_DRAWN = 1.05
"""A sample is drawn a little larger: how many rows it has is left to chance."""
_KEY_LIKE = 10
"""Rows a distinct value of a sample from which on the whole table is taken to have no further values."""


def survey(engine: RemoteEngine, server: PostgresServer, rows: int, sampled: int) -> Survey:
    """The table that `engine` has on `server`, of about so many `rows`; its sample has at most `sampled`."""
    kinds, version = server.columns(), server.version()
    drawn = server.sample(min(1.0, _DRAWN * sampled / max(rows, 1)), sampled)
    sample = drawn.rename_columns(list(kinds)).to_pandas(integer_object_nulls=True)
    found = {name: row for batch in _batches(list(kinds), _AGGREGATED) for name, row in _measured(engine, batch)}
    total = next(iter(found.values()))["rows"]
    for name, distinct in _distinct(server, sample, total).items():
        found[name]["distinct"] = distinct
    few = [name for name, kind in kinds.items() if kind != "DOUBLE" and found[name]["distinct"] <= MOST_COUNTED]
    counted = {name: values for batch in _batches(few, _GROUPED) for name, values in _counted(engine, batch)}
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR"]
    words = {name: [value for value, _ in counted[name]] for name in texts if name in counted}
    if total > len(sample):
        words |= dict(_words(engine, [name for name in texts if name not in counted], found))
    columns = {name: whole_column(measured, counted.get(name)) for name, measured in found.items()}
    told = repr((server.relation.name, version, columns))
    return Survey(total, sample, columns, words, hashlib.sha256(told.encode()).hexdigest())


def _batches(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def _measured(engine: RemoteEngine, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The measures of some columns, in one pass."""
    kinds = engine.columns("data")
    asked = [(name, measure, term) for name in names for measure, term in _terms(quoted(name), kinds[name]).items()]
    row = engine.rows(f"SELECT count(*), {', '.join(term for _, _, term in asked)} FROM data")[0]
    for name in names:
        told = {measure: cell for (own, measure, _), cell in zip(asked, row[1:], strict=True) if own == name}
        yield name, {"rows": row[0]} | told


def _terms(name: str, kind: str) -> dict[str, str]:
    terms = {"present": f"count({name})"}
    if kind in ("BIGINT", "DOUBLE", "DATE", "TIMESTAMP"):
        terms |= {"minimum": f"min({name})", "maximum": f"max({name})"}
    if kind in ("BIGINT", "DOUBLE"):
        terms |= {"mean": f"avg({name})", "std": f"stddev_samp({name})"}
    return terms


def _distinct(server: PostgresServer, sample: pd.DataFrame, rows: int) -> Mapping[str, int]:
    """About how many values each column has: by the server's statistics, else by the sample."""
    told = server.statistics()
    return {name: _estimated(told.get(name), sample[name], rows) for name in sample.columns}


def _estimated(statistic: float | None, sample: pd.Series[Any], rows: int) -> int:
    """PostgreSQL tells a number of values, or with a minus their share of the rows."""
    if statistic:
        return round(statistic if statistic > 0 else -statistic * rows)
    distinct, present = sample.nunique(), int(sample.count())
    return distinct if distinct * _KEY_LIKE <= present else round(distinct * rows / max(len(sample), 1))


def _counted(engine: RemoteEngine, names: Sequence[str]) -> Iterator[tuple[str, list[tuple[Any, int]]]]:
    """How often each value of some columns occurs, the most frequent first, in one pass; of columns that have few."""
    sets = ", ".join(f"({quoted(name)})" for name in names)
    listed = quoted_names(names)
    found = engine.rows(f"SELECT grouping({listed}), count(*), {listed} FROM data GROUP BY GROUPING SETS ({sets})")
    everything = 2 ** len(names) - 1
    for place, name in enumerate(names):
        own = everything - 2 ** (len(names) - 1 - place)
        values = [(row[place + 2], int(row[1])) for row in found if row[0] == own and row[place + 2] is not None]
        if len(values) <= MOST_COUNTED:
            yield name, sorted(values, key=lambda pair: (-pair[1], str(pair[0])))


def _words(
    engine: RemoteEngine, names: Sequence[str], found: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Sequence[str]]]:
    """The distinct values of text columns, of those that have at most MOST_WORDS."""
    for name in names:
        if found[name]["distinct"] <= MOST_WORDS:
            text = f"SELECT DISTINCT {quoted(name)} AS v FROM data WHERE {quoted(name)} IS NOT NULL"
            values = [row[0] for row in engine.rows(f"{text} ORDER BY v LIMIT {MOST_WORDS + 1}")]
            if len(values) <= MOST_WORDS:
                yield name, values
