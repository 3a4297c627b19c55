"""Checking a plan before it runs: every step bound against empty tables, all problems told at once.

What is plainly meant is repaired (spelling of names up to case, spaces and underscores, a value's case); what is
ambiguous goes back with the fix. Binding can itself use up memory (DuckDB folds constants), so it runs in the worker.
"""

# The SELECTs written here are advice in messages; names in statements pass `quoted`.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from analyst.core.errors import PlanError, Problem
from analyst.core.quoting import quoted
from analyst.engine.duckdb import DuckEngine, empty_engine
from analyst.planning.language import MethodStep, Plan, SqlStep, Step, catalogue
from analyst.planning.selecting import ALL_ROWS, Rows, rows_of, selection_of, selection_of_trend
from analyst.planning.sql_binding import BoundSql, SqlBinder, citable, numeric_text, sample_of
from analyst.planning.sql_tokens import same_name
from analyst.planning.wording import describe_select, facts_of_select, measures, nearest, order_of
from analyst.protocol.facts import NO_FACTS, Facts
from analyst.protocol.selection import Selection
from analyst.protocol.table import TableProfile
from analyst.stats.method import Columns, Method, is_numeric, names_of

TableColumns = dict[str, list[tuple[str, str]]]


class BoundStep(BaseModel):
    """A step that binds, after repairs: the tables it makes, the columns of `data` it rests on, what it reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Step
    tables: TableColumns
    used: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    what: str = ""
    facts: Facts = NO_FACTS
    measures: tuple[str, ...] = ()
    whole_percent: bool = False
    """Whether the SQL multiplies by 100 somewhere, so that a rate in it is no fraction."""
    order: tuple[tuple[str, str], ...] = ()
    """The columns by which SQL sorts its rows: ascending or descending."""
    selection: Selection | None = None
    """What it computes, where menus can say all of it."""
    read_later: bool = False
    """Whether a later step of the plan reads it."""

    @property
    def id(self) -> str:
        """The step's id."""
        return self.step.id


class BoundPlan(BaseModel):
    """A plan that binds. `repairs` says what was read otherwise than written, `warnings` what to tell the reader."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[BoundStep, ...]
    repairs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def columns(self) -> dict[str, dict[str, str]]:
        """Every table that the plan makes, with its columns' types."""
        return {id: dict(columns) for step in self.steps for id, columns in step.tables.items()}

    def plan(self) -> Plan:
        """The plan as repaired: what is shown to the reader."""
        return Plan(steps=tuple(step.step for step in self.steps))


def bind(
    plan: Plan,
    profile: TableProfile,
    *,
    earlier: Mapping[str, Mapping[str, str]] | None = None,
    accepted: Collection[str] = (),
) -> BoundPlan:
    """`plan` bound against `profile` and the tables of `earlier` plans. PlanError holds all problems of all steps.

    `accepted` are problems with values that no row has, told before: a plan that insists gets a warning instead.
    """
    with empty_engine() as engine:
        return _PlanBinder(engine, profile, earlier or {}, accepted).bind(plan)


class _PlanBinder:
    def __init__(
        self,
        engine: DuckEngine,
        profile: TableProfile,
        earlier: Mapping[str, Mapping[str, str]],
        accepted: Collection[str],
    ) -> None:
        self.engine = engine
        self._profile, self._accepted = profile, accepted
        self._tables: dict[str, dict[str, str]] = {}
        self._lost: set[str] = set()
        self._warnings: list[str] = []
        self._repairs: list[str] = []
        self._rows: dict[str, Rows] = {"data": ALL_ROWS}
        self._sql = SqlBinder(self.engine, profile, self._tables)
        types = {column.name: column.type for column in profile.columns}
        self._make("data", types if profile.table.remote else {"_row": "BIGINT", **types})
        for id, columns in earlier.items():
            self._make(id, columns)

    def bind(self, plan: Plan) -> BoundPlan:
        steps, problems = [], list[Problem]()
        for step in plan.steps:
            if self._reads_lost(step):
                self._lost.add(step.id)
                continue
            try:
                steps.append(self._bound(step))
            except PlanError as error:
                self._lost.add(step.id)
                problems += [problem.at(step.id) for problem in error.problems]
        if problems:
            raise PlanError(problems)
        read = {table for step in steps for table in step.reads}
        told = tuple(step.model_copy(update={"read_later": step.id in read}) for step in steps)
        return BoundPlan(steps=told, repairs=tuple(self._repairs), warnings=tuple(self._warnings))

    def _bound(self, step: Step) -> BoundStep:
        bound = self._bound_sql(step) if isinstance(step, SqlStep) else self._bound_method(step)
        for id, columns in bound.tables.items():
            self._make(id, dict(columns), replace=id == step.id)
        return bound

    def _bound_sql(self, step: SqlStep) -> BoundStep:
        found = self._sql.bind(step.sql)
        self._judge(found)
        facts = facts_of_select(found.statement)
        self._repairs += [f"{step.id}: {repair}" for repair in found.repairs]
        if (rows := rows_of(found.statement, self._profile)) is not None:
            self._rows[step.id] = rows
        return BoundStep(
            step=SqlStep(id=step.id, sql=found.sql),
            tables={step.id: list(found.columns)},
            used=found.used,
            reads=found.statement.reads,
            what=describe_select(found.statement, facts),
            facts=facts,
            selection=selection_of(found.statement, self._profile),
            measures=tuple(citable(name, ()) for name in measures(found.statement)),
            order=tuple((name, way) for name, way in order_of(found.statement) if name in dict(found.columns)),
            whole_percent=bool(re.search(r"(?<![\w.])(?<!LIMIT )100(?:\.0+)?(?![\w.])", found.sql)),
        )

    def _judge(self, found: BoundSql) -> None:
        refused = [doubt for doubt in found.doubts if doubt not in self._accepted]
        if refused:
            raise PlanError([Problem(doubt, "unknown_value") for doubt in refused])
        self._warnings += found.doubts

    def _bound_method(self, step: MethodStep) -> BoundStep:
        method = catalogue()[step.method]
        source = self._source(step.source)
        columns = self._tables[source]
        repaired = self._repaired(step, method, source, columns)
        parameters = _typed(repaired)
        problems = self._numbers(method, repaired, columns, source)
        problems += method.check(parameters, columns, self._profile if source == "data" else None)
        if problems:
            raise PlanError(list(dict.fromkeys(problems)))
        made = method.schema(parameters, columns)
        used = [name for key in method.columns_in for name in names_of(repaired.parameters.get(key), columns)]
        return BoundStep(
            step=repaired,
            tables={f"{step.id}_{suffix}" if suffix else step.id: fields for suffix, fields in made.items()},
            used=tuple(dict.fromkeys(name for name in used if name in self._tables["data"])),
            reads=(source,),
            selection=self._selection(repaired, source),
        )

    def _selection(self, step: MethodStep, source: str) -> Selection | None:
        rows = self._rows.get(source)
        if step.method != "trend" or rows is None:
            return None
        return selection_of_trend(step.parameters, rows, self._profile)

    def _source(self, given: str) -> str:
        for table in self._tables:
            if same_name(table) == same_name(given.strip().strip('"')):
                return table
        near = nearest(given, list(self._tables))
        raise PlanError([f"no table {given!r} to read{f'; did you mean {near}?' if near else ''}: use {self._known()}"])

    def _known(self) -> str:
        return " or ".join(repr(table) for table in self._tables)

    def _repaired(self, step: MethodStep, method: Method, source: str, columns: Columns) -> MethodStep:
        parameters: dict[str, Any] = dict(step.parameters)
        if source != "data" or "source" in parameters:
            parameters["source"] = source
        problems: list[str] = []
        for key in method.columns_in:
            given = parameters.get(key)
            if given is None or given in ("*", ["*"]):
                parameters |= {key: "*"} if given else {}
                continue
            single = isinstance(given, str)
            names = [given] if isinstance(given, str) else list(given)
            found = [self._name(step.id, str(name), columns, source, problems) for name in names]
            flat = list(dict.fromkeys(name for group in found for name in group))
            parameters[key] = flat[0] if single and len(flat) == 1 else flat
        if problems:
            raise PlanError(problems)
        return MethodStep(id=step.id, method=step.method, parameters=parameters)

    def _name(self, id: str, given: str, columns: Columns, source: str, problems: list[str]) -> list[str]:
        if given in columns:
            return [given]
        plain = given.strip().strip('"`').removeprefix(f"{source}.").strip('"')
        same = [name for name in columns if same_name(name) == same_name(plain)]
        if len(same) == 1:
            self._repairs.append(f"{id}: column {given!r} read as {same[0]!r}")
            return same
        if "," in plain and not re.search(r"[()*/+]", plain):
            return [name for part in plain.split(",") for name in self._name(id, part, columns, source, problems)]
        near = nearest(plain, list(columns))
        if re.search(r"[()*/+]| - ", plain):
            problems.append(f"{given!r} is not a column: compute it first, SELECT *, {plain} AS v FROM {source}")
        elif near:
            problems.append(f"no column {given!r} in {source}; did you mean {near}?")
        else:
            shown = ", ".join(quoted(name) for name in list(columns)[:40] if name != "_row")
            problems.append(f"no column {given!r} in {source}; it has {shown}")
        return [given]

    def _numbers(self, method: Method, step: MethodStep, columns: Columns, source: str) -> list[str]:
        problems = []
        for key in method.numeric_in:
            for name in names_of(step.parameters.get(key), {}):
                known = self._profile.columns if source == "data" else ()
                profiled = next((column for column in known if column.name == name), None)
                if not is_numeric(columns.get(name, "DOUBLE")) and numeric_text(profiled):
                    told, read = f"{columns[name]}{sample_of(profiled)}", quoted(name)
                    problems.append(
                        f"{name!r} is text ({told}): use num({read}) in an SQL step first, "
                        f"SELECT *, num({read}) AS n FROM {source}, and read that step"
                    )
        return problems

    def _make(self, id: str, columns: Mapping[str, str], *, replace: bool = False) -> None:
        if id in self._tables and not replace:
            raise PlanError([f"the table {id!r} already exists: give the step another id"])
        self.engine.store(id, columns or {"empty": "INTEGER"})
        self._tables[id] = dict(columns)

    def _reads_lost(self, step: Step) -> bool:
        if isinstance(step, MethodStep):
            return any(step.source == id or step.source.startswith(f"{id}_") for id in self._lost)
        return any(re.search(rf"(?i)\b{id}(_\w+)?\b", step.sql) for id in self._lost)


def _typed(step: MethodStep) -> Any:
    try:
        return step.typed()
    except ValidationError as error:
        raise PlanError([f"{step.method}: {item['loc']}: {item['msg']}" for item in error.errors()]) from None
