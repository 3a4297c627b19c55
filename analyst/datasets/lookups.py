"""Cells that are parsed once for each different value: a table of the values and what they mean, joined when saved."""

# Every name goes into SQL as a column or table of ours.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyst.datasets.scanning import per_column
from analyst.datasets.sources.csv_reading import STAGE
from analyst.engine.interface import Engine

_REPEATED = 0.5
"""The share of different values among a column's cells up to which a join costs less than parsing each cell."""


@dataclass(frozen=True)
class Lookup:
    """A table whose column `v` holds every value of a column of the stage once.

    Its columns stand beside those of the stage: none may be named as a variable of a lambda there is (f, m, p, x).
    """

    table: str
    column: str

    @property
    def join(self) -> str:
        """SQL that brings what the table knows to each row of the stage."""
        return f" LEFT JOIN {self.table} ON {self.table}.v = {STAGE}.{self.column}"


def values_of(column: str) -> str:
    """A SELECT of the different values (v) of a column of the stage and their numbers (n)."""
    return f"SELECT {column} AS v, count(*) AS n FROM {STAGE} WHERE {column} IS NOT NULL GROUP BY {column}"


def repeated(engine: Engine, columns: Sequence[str]) -> set[str]:
    """The columns of the stage whose values repeat so often that each is worth parsing once."""
    term = f"approx_count_distinct({{v}}) <= {_REPEATED} * count({{v}})"
    return {column for column, (often,) in per_column(engine, STAGE, columns, [term]).items() if often}


def joined(lookups: Iterable[Lookup]) -> str:
    """The stage with everything that `lookups` know of its rows."""
    return STAGE + "".join(lookup.join for lookup in lookups)
