"""What a plan reads and computes, as facts that an audit asks: columns, groups, functions, tests, bounds, orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import reduce
from itertools import pairwise
from typing import Literal

from analyst.core.text import fold
from analyst.rulebased.sql_tokens import SqlToken, sql_tokens
from analyst.rulebased.steps import Method, Query, Step

Operation = Literal[
    "group", "having", "order", "limit", "subquery", "frame", "case", "case key", "mean of cases", "ratio", "minus",
    "comparison", "between", "null test", "is not", "is distinct", "not in", "not", "count distinct",
]  # fmt: skip
"""What a statement does, beside calling functions."""
_PHRASES: tuple[tuple[Operation, tuple[str, ...]], ...] = (
    ("group", ("GROUP", "BY")), ("having", ("HAVING",)), ("order", ("ORDER", "BY")), ("limit", ("LIMIT",)),
    ("subquery", ("(", "SELECT")), ("frame", ("ROWS", "BETWEEN")), ("case", ("CASE", "WHEN")),
    ("case key", ("SELECT", "CASE", "WHEN")), ("mean of cases", ("avg", "(", "CASE")), ("ratio", ("/", "nullif")),
    ("minus", ("-",)), ("comparison", ("<",)), ("comparison", ("<=",)), ("comparison", (">",)),
    ("comparison", (">=",)), ("between", ("BETWEEN",)), ("null test", ("IS", "NULL")), ("is not", ("IS", "NOT")),
    ("is distinct", ("IS", "DISTINCT")), ("not in", ("NOT", "IN")), ("not", ("NOT", "(")),
    ("count distinct", ("count", "(", "DISTINCT")),
)  # fmt: skip
"""The words and signs by which each operation is known."""
_CLAUSES = frozenset("SELECT FROM WHERE GROUP HAVING QUALIFY ORDER LIMIT PARTITION ROWS".split())
_COLUMNS = ("by", "column", "columns", "features", "group", "target", "time", "value", "x", "y")
"""The parameters of methods that name columns."""
_GROUPS = ("by", "group")


@dataclass(frozen=True)
class PlanFacts:
    """Everything of a plan's steps taken together. `columns`: those read; `groups`: those that divide the rows;
    `names`: those given to results; `results`: those of results that are read; `texts` and `numbers`: literals and
    parameters; `comparisons`: signs with the number after them; `limits`: how many rows (or groups) are shown;
    `parameters`: the names of those that are set.
    """

    methods: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    operations: frozenset[Operation] = frozenset()
    comparisons: frozenset[tuple[str, float]] = frozenset()
    names: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    numbers: frozenset[float] = frozenset()
    limits: frozenset[int] = frozenset()

    def __or__(self, other: PlanFacts) -> PlanFacts:
        """The facts of both."""
        return PlanFacts(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))

    def holds(self, item: object) -> bool:
        """Whether a step holds the value of a column, as a text or a number."""
        if isinstance(item, bool) or not isinstance(item, (int, float)):
            return str(item) in self.texts
        return float(item) in self.numbers

    def speaks_of(self, text: str) -> bool:
        """Whether a column, a result or a value of some step holds `text`, in any case."""
        told = fold(text)
        return any(told in fold(name) for name in (*self.columns, *self.names, *self.results, *self.texts))


def read_plan(steps: Iterable[Step]) -> PlanFacts:
    """The facts of all steps."""
    return reduce(PlanFacts.__or__, (_of_step(step) for step in steps), PlanFacts())


def sources(step: Step) -> set[str]:
    """The tables and steps that a step reads."""
    if isinstance(step, Method):
        return {step.source}
    tokens = sql_tokens(step.sql)
    read = [b for a, b in pairwise(tokens) if a.is_word("FROM", "JOIN") and b.kind in ("word", "name")]
    return {token.value for token in read}


def _of_step(step: Step) -> PlanFacts:
    return _of_query(step) if isinstance(step, Query) else _of_method(step)


def _of_method(step: Method) -> PlanFacts:
    given = [item for value in step.parameters.values() for item in _items(value)]
    top = step.parameters.get("top")
    return PlanFacts(
        methods=frozenset([step.name]),
        parameters=frozenset(step.parameters),
        columns=frozenset(name for parameter in _COLUMNS for name in step.columns(parameter)),
        groups=frozenset(name for parameter in _GROUPS for name in step.columns(parameter)),
        texts=frozenset(item for item in given if isinstance(item, str)),
        numbers=frozenset(float(item) for item in given if isinstance(item, (int, float))),
        limits=frozenset([top] if isinstance(top, int) else []),
    )


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, (list, tuple)) else [value]


def _of_query(step: Query) -> PlanFacts:
    tokens = sql_tokens(step.sql)
    pairs = list(pairwise(tokens))
    signs = [(a.value, b) for a, b in pairs if a.is_sign("=", "<", "<=", ">", ">=") and b.kind == "number"]
    after_as = {at + 1 for at, token in enumerate(tokens) if token.is_word("AS")}
    return PlanFacts(
        columns=frozenset(t.value for at, t in enumerate(tokens) if t.kind == "name" and at not in after_as),
        groups=frozenset(_grouped_by(tokens)),
        functions=frozenset(a.value for a, b in pairs if a.kind == "word" and a.value.islower() and b.is_sign("(")),
        operations=frozenset(_operations(tokens)),
        comparisons=frozenset((sign, float(number.value)) for sign, number in signs),
        names=frozenset(tokens[at].value for at in after_as if at < len(tokens)),
        results=frozenset(a.value for a, b in pairs if a.kind == "word" and a.value.islower() and not b.is_sign("(")),
        texts=frozenset(_texts(tokens)),
        numbers=frozenset(float(token.value) for token in tokens if token.kind == "number"),
        limits=frozenset(int(b.value) for a, b in pairs if a.is_word("LIMIT") and b.kind == "number"),
    )


def _texts(tokens: Sequence[SqlToken]) -> Iterator[str]:
    """The texts; the two truth values as Python writes them."""
    for token in tokens:
        if token.kind == "text":
            yield token.value
        elif token.is_word("TRUE", "FALSE"):
            yield str(token.value == "TRUE")


def _operations(tokens: Sequence[SqlToken]) -> Iterator[Operation]:
    """The operations whose words and signs stand in the statement one after another, none of them quoted."""
    shape = [token.value if token.kind in ("word", "sign") else "" for token in tokens]
    for operation, phrase in _PHRASES:
        if any(tuple(shape[at : at + len(phrase)]) == phrase for at in range(len(shape))):
            yield operation


@dataclass
class _Level:
    """A parenthesis (or the whole statement) while it is read: the clause it is in, the columns of what it selects."""

    clause: str = ""
    selected: list[set[str]] = field(default_factory=lambda: [set()])


def _grouped_by(tokens: Sequence[SqlToken]) -> Iterator[str]:
    """The columns of the rows' groups: those of the expressions that GROUP BY names by number, and of partitions."""
    levels = [_Level()]
    for at, token in enumerate(tokens):
        level = levels[-1]
        if token.is_sign("("):
            levels.append(_Level())
        elif token.is_sign(")") and len(levels) > 1:
            inner = set[str]().union(*levels.pop().selected)
            levels[-1].selected[-1] |= inner
        elif token.is_word(*_CLAUSES):
            level.clause = token.value
        elif token.is_sign(",") and level.clause == "SELECT":
            level.selected.append(set())
        elif token.kind == "name" and not (at and tokens[at - 1].is_word("AS")):
            level.selected[-1].add(token.value)
            yield from [token.value] if level.clause in ("GROUP", "PARTITION") else []
        elif token.kind == "number" and level.clause == "GROUP":
            yield from set[str]().union(*level.selected[int(token.value) - 1 : int(token.value)])
