"""A plan in the making: its reading, its steps, and the step that holds only the rows that methods are asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased import sql
from analyst.rulebased.plans.conditions import in_words, where
from analyst.rulebased.plans.expressions import PART, Keyed, Valued, key, value
from analyst.rulebased.query.model import Measure, Query, Ratio, Test
from analyst.rulebased.steps import DATA, Method, Select, Step, method, over, query

PREPARED = "prepared"
"""The id of the step that holds only the rows asked for, with numbers, dates and spellings put right."""
READY = "ready"
"""The id of the step that holds the rows once they are prepared as the question asks."""
MOST_STEPS = 8
"""Steps that the plan language allows."""


PARAMETERS = {
    "compare_groups": ("value", "group"), "chi_square": ("x", "y"), "location_test": ("value", "paired_with"),
    "linear_regression": ("target", "features"), "train_model": ("target", "features"),
}  # fmt: skip
"""How methods call what a test is of; the others have columns."""


@dataclass(frozen=True)
class Draft:
    """How the question was read, and the steps; `extra`: columns that methods need beside the table's own, as SQL;
    `ready`: the prepared rows that all steps are about."""

    reading: str
    steps: tuple[Step, ...]
    extra: Mapping[str, str] = field(default_factory=dict)
    overview: bool = False
    ready: Select | None = None


@dataclass(frozen=True)
class Asked:
    """A query over a table, with its keys and values written."""

    query: Query
    card: TableCard
    time: ColumnCard | None

    @property
    def keys(self) -> list[Keyed]:
        """The keys as SQL."""
        return [key(given) for given in self.query.keys]

    @property
    def values(self) -> list[Valued]:
        """The values as SQL."""
        return [value(given) for given in self.query.values]

    @property
    def where(self) -> tuple[str, ...]:
        """The rows asked about."""
        return where(self.query.conditions)

    @property
    def in_words(self) -> str:
        """The rows asked about, for a reader; two ranges that are compared tell theirs by themselves."""
        compared = [k.column for k in self.query.keys if k.rest is not None]
        return in_words(c for c in self.query.conditions if c.column not in compared)

    @property
    def source(self) -> str | Select:
        """What SQL steps read: the table, or its cells of several values apart, or the last moment of each group."""
        parted = next((k.column for k in self.query.keys if k.column.separator), None)
        if parted is not None:
            split = f"string_split({sql.quoted(parted.name)}, {sql.value(parted.separator)})"
            every = Select(("*", f"unnest({split}) AS piece"), DATA)
            return Select(("*", f"trim(piece) AS {PART}"), every, ("trim(piece) <> ''",))
        if self.time is not None and any(_is_last(given) for given in self.query.values):
            return self._last_moments()
        return DATA

    def _last_moments(self) -> Select:
        if self.time is None:
            raise ValueError("the last moment needs a time column")
        units = [key(k).sql for k in self.query.keys if k.unit is not None]
        apart = f"PARTITION BY {', '.join(units)}" if units else ""
        moment = sql.quoted(self.time.name)
        every = Select(("*", f"max({moment}) OVER ({apart}) AS last_moment"), DATA, self.where)
        return Select(("*",), every, (f"{moment} = last_moment",))

    def grouped(
        self, keys: Sequence[Keyed], values: Sequence[Valued], *, order: str = "", limit: int | None = None
    ) -> Select:
        """One row per value of `keys` (or one in all): the values and how many records they rest on."""
        picked = [f"{k.sql} AS {sql.quoted(k.shown)}" for k in keys]
        picked += [f"{v.sql} AS {sql.quoted(v.shown)}" for v in values]
        if not any(v.sql == "count(*)" for v in values):
            picked.append("count(*) AS records")
        every = Select(tuple(picked), self.source, self.where, len(keys))
        return replace(every, order=order, limit=limit) if keys else every

    @property
    def order(self) -> str:
        """The direction of a ranking, as SQL."""
        return "ASC" if self.query.order == "lowest" else "DESC"

    def ranked(self, lead: Valued, keys: Sequence[Keyed]) -> str:
        """The order of a ranking: by value (within each currency), missing last, ties by the last key."""
        currency = lead.column.currency if lead.column is not None else None
        apart = next((f"{at}, " for at, k in enumerate(keys, 1) if k.column.name == currency), "")
        return f"{apart}{sql.quoted(lead.shown)} {self.order} NULLS LAST, {len(keys)}"


def _is_last(given: Measure | Ratio) -> bool:
    return isinstance(given, Measure) and given.last


def known(rows: Select, keys: Sequence[Keyed]) -> Select:
    """Rows whose group is missing stay out: they would stand there without a name."""
    named = [PART if k.sql == sql.quoted(PART) else k.column.name for k in keys]
    return rows.where_also(*(f"{sql.quoted(name)} IS NOT NULL" for name in dict.fromkeys(named)))


def method_value(lead: Valued) -> dict[str, object]:
    """The parameters by which a method reads a value."""
    if lead.kind == "rate" or (lead.row and lead.column is not None and lead.row != sql.number(lead.column)):
        return {"value": lead.shown, "agg": "sum" if lead.kind == "sum" else "mean"}
    if lead.column is None or lead.kind in ("count", "distinct"):
        return {"value": None, "agg": None}
    return {"value": lead.column.name, "agg": lead.kind if lead.kind in ("sum", "mean", "median") else "mean"}


def method_columns(lead: Valued) -> dict[str, str]:
    """What methods need as a further column: the value of one row, where it is no column of the table."""
    given = method_value(lead)
    return {lead.shown: lead.row} if given["value"] == lead.shown and lead.row else {}


def finished(draft: Draft, asked: Asked) -> tuple[Step, ...]:
    """The steps, numbered; before the first method the rows and columns that methods read, where the table's own don't
    serve; before all, the prepared rows."""
    steps = _with_rows(draft, asked)
    if draft.ready is None:
        return steps
    return (query(READY, draft.ready), *(over(step, READY) for step in steps[: MOST_STEPS - 1]))


def _with_rows(draft: Draft, asked: Asked) -> tuple[Step, ...]:
    steps = [replace(step, id=step.id or f"s{at}") for at, step in enumerate(draft.steps[: MOST_STEPS - 1], 1)]
    readers = [step for step in steps if isinstance(step, Method) and step.source == DATA]
    rows = _prepared(draft, asked, readers)
    if rows is None:
        return tuple(steps)
    first = steps.index(readers[0])
    steps = [replace(step, source=PREPARED) if step in readers and isinstance(step, Method) else step for step in steps]
    return (*steps[:first], rows, *steps[first:])


def _prepared(draft: Draft, asked: Asked, readers: Sequence[Method]) -> Step | None:
    """The preparing step: only the columns that `readers` name, put right, and only the rows asked for."""
    if not readers:
        return None
    named = {str(item) for step in readers for given in step.parameters.values() for item in _items(given)}
    columns = [c for c in asked.card.columns if c.name in named and c.name not in draft.extra]
    extra = {shown: text for shown, text in draft.extra.items() if shown in named}
    if not (asked.where or extra or any(sql.prepared(column) for column in columns)):
        return None
    picked = list(asked.card.place)
    picked += [f"{sql.prepared(column) or sql.quoted(column.name)} AS {sql.quoted(column.name)}" for column in columns]
    picked += [f"{text} AS {sql.quoted(shown)}" for shown, text in extra.items()]
    return query(PREPARED, Select(tuple(picked), DATA, asked.where))


def _items(given: object) -> Sequence[object]:
    return given if isinstance(given, (list, tuple)) else [given]


def step(name: str, **parameters: object) -> Step:
    """A method over the rows asked for; it gets its id when the plan is finished."""
    return method("", name, DATA, **parameters)


def test_step(test: Test) -> Method:
    """A test or a model as a step; it gets its id when the plan is finished."""
    first, *others = [column.name for column in test.columns]
    names = PARAMETERS.get(test.method)
    given: dict[str, object] = {"columns": [first, *others]}
    if names is not None:
        of = others if names[1] == "features" else others[0] if others else None
        given = {names[0]: first, names[1]: of}
    return method("", test.method, DATA, **given, **test.options)


def select(rows: Select) -> Step:
    """A step of SQL; it gets its id when the plan is finished."""
    return query("", rows)


def course(asked: Asked, lead: Valued, unit: str) -> tuple[list[Step], dict[str, str]]:
    """The course of a value over time, as support; and the columns that it needs."""
    if not isinstance(lead.value, Measure) or lead.value.last or lead.value.weight or asked.time is None:
        return [], {}
    return [step("trend", time=asked.time.name, grain=unit, **method_value(lead))], method_columns(lead)
