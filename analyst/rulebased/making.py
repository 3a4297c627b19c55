"""The table that a question's instructions make: its SQL layers and steps, its card, what was done and what was not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased import sql
from analyst.rulebased.clauses import Clause
from analyst.rulebased.formulas import Formula
from analyst.rulebased.select import DATA, Select
from analyst.rulebased.steps import Method, Step, query

READY = "ready"
"""The id of the last step that prepares: what the rest of the plan reads."""
MAX_SQL = 1700
"""Characters of one step's layers; the plan language allows 2000 with what joins them."""
ASKING = re.compile(
    r"(?:and )?(?:tell me |ca?lculat|comput|report|find|what|how|determin|show|which|give|list|is |are |"
    r"provide|count|compare)",
    re.IGNORECASE,
)
"""How a clause begins that asks for a result."""
MODELLING = re.compile(
    r"regression|classif(?:y|ier|ication)|machine learning|predict|random forest|decision tree", re.IGNORECASE
)
"""Words of a question for a model."""

_FEW = {"hour": 24, "month": 12, "quarter": 4, "day of week": 7, "weekday": 7, "day of month": 31, "week": 53}
"""How many values a part of a date has: rows are grouped by it."""


@dataclass
class Making:
    """The table in the making: its card, SQL layers not yet written as a step, steps, what was done and what not.

    `reads`: the table that the steps so far make; `touched`: every column set, in order; `recent`: those of the last
    instruction, which "its" refers to.
    """

    card: TableCard
    steps: list[Step] = field(default_factory=list)
    layers: list[Select] = field(default_factory=list)
    reads: str = DATA
    told: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    labels: list[object] = field(default_factory=list)
    expressions: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    recent: tuple[str, ...] = ()
    strong: bool = False
    compares: bool = False
    correlates: bool = False

    @property
    def source(self) -> str:
        """What the next layer reads."""
        return f"l{len(self.layers)}" if self.layers else self.reads

    def layer(self, build: Callable[[str], Select], words: str, *, strong: bool = True) -> None:
        """One more SQL layer, built from the name of what it reads."""
        if sum(len(layer.sql) for layer in (*self.layers, build(self.source))) > MAX_SQL:
            self.close()
        self.layers.append(build(self.source))
        self.told.append(words)
        self.strong = self.strong or strong

    def step(self, step: Method) -> None:
        """A method step, after what is prepared so far, which it reads; the next layers read its rows."""
        self.close()
        self.steps.append(replace(step, source=self.reads))
        self.reads = f"{step.id}_rows"

    def close(self) -> None:
        """Write the open layers as a step."""
        if self.layers:
            self.reads = f"{READY}_{len(self.steps) + 1}"
            self.steps.append(query(self.reads, nested(self.layers)))
            self.layers = []

    def set(self, name: str, card: ColumnCard) -> None:
        """The card with column `name` as `card`: replaced, or added."""
        self.touched.append(name)
        known = [column.name for column in self.card.columns]
        columns = [card if column.name == name else column for column in self.card.columns]
        self.card = replace(self.card, columns=tuple(columns if name in known else [*columns, card]))


def nested(layers: Sequence[Select]) -> str:
    """The layers, each reading the one before it, as one statement."""
    if len(layers) == 1:
        return layers[0].sql
    parts = ", ".join(f"l{at} AS ({layer.sql})" for at, layer in enumerate(layers, 1))
    return f"WITH {parts} {Select(('*',), f'l{len(layers)}').sql}"


def adding(*columns: str) -> Callable[[str], Select]:
    """A layer that adds columns, each an expression with its name."""
    return lambda source: Select(("*", *columns), source)


def replacing(*columns: str) -> Callable[[str], Select]:
    """A layer that puts columns in the place of those of their names."""
    return lambda source: Select((f"* REPLACE ({', '.join(columns)})",), source)


def keeping(*conditions: str, picked: str = "*") -> Callable[[str], Select]:
    """A layer of the rows that meet the conditions."""
    return lambda source: Select((picked,), source, conditions)


def miss(table: Making, clause: Clause) -> bool:
    """Note that the clause was not understood; it is done with."""
    table.missed.append(not_done(clause.raw))
    return True


def not_done(raw: str) -> str:
    """What the reader is told of an instruction that is left out."""
    said = re.sub(r"[\"{}<>@\[\]]", "", raw).rstrip(".")
    return f"This preparation step was not understood and was skipped: {said}."


def add(table: Making, name: str, value: Formula, words: str) -> None:
    """A new column by a formula; parts of dates divide rows into groups, unless a correlation is asked for."""
    missing = sum(column.missing or 0 for column in value.columns) or 0
    table.layer(adding(f"{value.sql} AS {sql.quoted(name)}"), f"{name} is {words}")
    few = next((n for part, n in _FEW.items() if value.words.startswith(f"the {part} of")), None)
    few = None if table.correlates else few
    role = "dimension" if few else "measure"
    table.set(name, ColumnCard(name, value.type, role, min(missing, table.card.rows), few))
    table.expressions.append(value.sql)
    table.made.append(name)


def count_rows(table: Making) -> None:
    """Tell how many rows are left of how many."""
    left, before = (Select(("count(*)",), source).sql for source in (READY, DATA))
    table.facts += [f"({left}) AS rows_left", f"({before}) AS rows_before"]
