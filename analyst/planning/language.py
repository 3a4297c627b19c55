"""The plan language: what a plan is, its JSON schema, how a model's text becomes one, and what the planner is told.

A plan says what to compute, in SQL or by a method; it holds no number that is not an input of a computation.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analyst.core.errors import PlanError
from analyst.planning.finding import SQL_KEYS, find_steps, read_plan
from analyst.planning.sql_tokens import rewrite_names
from analyst.planning.tolerance import FILTERS, normal_id, normal_step
from analyst.protocol.blocks import block
from analyst.protocol.evidence import ALWAYS
from analyst.protocol.table import TableProfile
from analyst.stats.method import Method, Parameters
from analyst.stats.registry import METHODS

MAX_STEPS, MAX_SQL, MAX_TEXT = 8, 2000, 100_000
ID = re.compile(r"^[a-z][a-z0-9_]{0,20}$")
RESERVED = frozenset(
    {"data", *ALWAYS}
    | {"all", "and", "as", "asc", "case", "cast", "desc", "distinct", "else", "end", "from", "group", "having", "in"}
    | {"limit", "not", "null", "on", "or", "order", "select", "then", "to", "union", "unique", "user", "when", "where"}
    | {"with", "pivot", "unpivot", "summarize", "describe", "show", "default", "check", "column", "create", "do"}
)
"""Ids that a step may not have: names always citable, and words that SQL would misread."""


class SqlStep(BaseModel):
    """One SELECT over `data` or earlier results."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    sql: str


class MethodStep(BaseModel):
    """One method with its parameters as given (defaults not filled in)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    method: str
    parameters: dict[str, Any] = Field(default_factory=dict)

    def typed(self) -> Parameters:
        """The parameters in the method's own type. pydantic's ValidationError when they don't fit."""
        return catalogue()[self.method].parameters.model_validate(self.parameters)

    @property
    def source(self) -> str:
        """The table that the method reads."""
        return str(self.parameters.get("source", "data"))


Step = SqlStep | MethodStep


class Plan(BaseModel):
    """The steps, in the order in which they run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[Step, ...] = Field(min_length=1, max_length=MAX_STEPS)


def catalogue() -> Mapping[str, Method]:
    """METHODS, imported when first needed: the language itself must be quick to import."""

    return METHODS


def parse_plan(raw: Any) -> Plan:
    """The plan in `raw`: a model's text, or its JSON already read. PlanError names every problem at once."""
    if isinstance(raw, Plan):
        return raw
    if isinstance(raw, str) and len(raw) > MAX_TEXT:
        raise PlanError([f"the plan is {len(raw)} characters long: at most {MAX_TEXT}"])
    given = _with_plain_ids(find_steps(read_plan(raw)))
    if not 1 <= len(given) <= MAX_STEPS:
        raise PlanError([f"the plan has {len(given)} steps: write 1 to {MAX_STEPS}"])
    steps: list[Step] = []
    problems: list[str] = []
    for number, item in enumerate(given, 1):
        try:
            steps.append(_step(item, number))
        except PlanError as error:
            problems += error.texts
    problems += _repeated([step.id for step in steps])
    if problems:
        raise PlanError(problems)
    return Plan(steps=tuple(steps))


def _with_plain_ids(steps: list[Any]) -> list[Any]:
    """Earlier steps' names in SQL as our ids are written, where a step's id was not ("step 1" → step_1)."""
    changed = {
        given.casefold(): plain
        for step in steps
        if isinstance(step, Mapping) and isinstance(given := step.get("id"), str)
        if (plain := normal_id(given)) != given and isinstance(plain, str) and not given.strip().isdigit()
    }
    return [_reading(step, changed) if changed and isinstance(step, Mapping) else step for step in steps]


def _reading(step: Mapping[str, Any], changed: Mapping[str, str]) -> dict[str, Any]:
    return {
        key: rewrite_names(value, lambda token: changed.get(token.name.casefold()))
        if key in SQL_KEYS and isinstance(value, str)
        else value
        for key, value in step.items()
    }


def _step(item: Any, number: int) -> Step:
    if not isinstance(item, Mapping):
        raise PlanError([f"step {number} is {item!r:.60}: write an object with id and sql or method"])
    step = normal_step(item, number, catalogue())
    id = step.pop("id")
    problems = _id_problems(id, number)
    if "sql" in step:
        problems += _sql_problems(id, step["sql"])
    elif step.get("method") in catalogue():
        problems += [f"{id}: {told}" for told in _parameter_problems(catalogue()[step["method"]], step)]
    else:
        problems.append(f"{id}: {_unknown_method(step.get('method'))}")
    if problems:
        raise PlanError(problems)
    if "sql" in step:
        return SqlStep(id=id, sql=step["sql"])
    return MethodStep(id=id, method=step.pop("method"), parameters=step)


def _id_problems(id: Any, number: int) -> list[str]:
    if not isinstance(id, str) or not ID.match(id):
        return [f"step {number} has the id {id!r}: use s{number} (a letter, then at most 20 letters, digits or _)"]
    return [f"step {number} has the id {id!r}, which is taken: use s{number}"] if id in RESERVED else []


def _sql_problems(id: str, sql: str) -> list[str]:
    if not sql.strip():
        return [f"{id}: the sql is empty: write one SELECT"]
    if len(sql) > MAX_SQL:
        return [f"{id}: the sql is {len(sql)} characters long, at most {MAX_SQL}: split it into two steps"]
    return []


def _unknown_method(name: Any) -> str:
    if not name:
        return 'a step needs "sql" or "method"'
    known = list(catalogue())
    near = difflib.get_close_matches(str(name), known, 1, 0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(known)}, or SQL"
    return f"no method {name!r}; {hint}"


def _parameter_problems(method: Method, step: Mapping[str, Any]) -> list[str]:
    given = {key: value for key, value in step.items() if key != "method"}
    try:
        method.parameters.model_validate(given)
    except ValidationError as error:
        return list(dict.fromkeys(_told(method, dict(item)) for item in error.errors()))
    return []


def _told(method: Method, error: Mapping[str, Any]) -> str:
    place = [str(part) for part in error["loc"]]
    name, known = place[0] if place else "", _fields(method)
    if error["type"] == "missing":
        return f'{method.name} needs "{name}"'
    if error["type"] == "extra_forbidden" and len(place) == 1:
        near = difflib.get_close_matches(name, known, 1, 0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(known)}"
        if name in FILTERS:
            hint = 'filter in an SQL step first, SELECT * FROM data WHERE ..., and read it with "source"'
        return f"{method.name} has no parameter {name!r}; {hint}"
    told = str(error["msg"]).removeprefix("Value error, ")
    return f"{method.name}: {name}={error.get('input')!r:.60}: {told}" if name else f"{method.name}: {told}"


def _fields(method: Method) -> list[str]:
    return [str(info.alias or name) for name, info in method.parameters.model_fields.items()]


def _repeated(ids: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    problems = []
    for number, id in enumerate(ids, 1):
        if id in seen:
            problems.append(f"id {id!r} is used twice: name step {number} s{number} and let later steps read that")
        seen.add(id)
    return problems


_HEAD = """\
Write an analysis plan as JSON: {"steps":[...]}. Code runs the steps in order; no Python. Use few steps; clean
in the order that the question lists. A step has an "id" (s1, s2, ...) and is SQL or a method. Later steps may read its
result as the table of that name.

SQL step: {"id","sql"}: one DuckDB SELECT over data or earlier ids: filters, groups, windows, decisions.
- "double quotes" around column names, 'single quotes' around text.
{rows}
- num(col) makes a number of text such as '1,234', '$5' or '12%' (0.12).
- strptime(col,'%d/%m/%Y'), year(d), date_trunc('month',d), date_diff('day',a,b), coalesce(x, median(x) OVER ()).
- a rate: avg((churn='yes')::INT); a decision: CASE WHEN p<0.05 THEN 'linear' ELSE 'none' END
"""
_NUMBERED = "- SELECT *, <expr> AS name FROM data keeps the columns and the row order (_row, from 0)."
_UNNUMBERED = "- SELECT *, <expr> AS name FROM data keeps the columns. The rows of data have no order and no numbers."
_METHOD = """
Method step: {"id","method",<parameters>,"source":"data" or an earlier id}. [x]: optional; [by]: one result per group,
whose columns come first. ~x stands for x, x_low and x_high (95 %); _name for the table <id>_name.
"""
_TAIL = """
Methods ignore missing values (correlation pairwise). Rounding is done later."""
_KEYS = {
    "adds_never": "adds=never: average it, never sum it; by weight: sum(x*w)/sum(w); ratio_of [a,b]: sum(a)/sum(b).",
    "adds_last": "adds=last: sum it within one period only, the last.",
    "per": "per: the value is repeated on every row of a key of that column: count it once for each key.",
    "currency": 'currency: the column with the currency of each row: group by it, or use "converted" where given.',
    "share": 'unit "%": the values are fractions, 0.45 is 45 %; compare with 0.45, and do not multiply by 100.',
    "wholes": "wholes: values that are sums of the other values: leave them out.",
    "separator": "separator: a cell holds several values: SELECT unnest(string_split(x,';')) AS value FROM data.",
}
"""What the keys of a card's columns ask of a plan, told where the card holds them."""


def planner_prompt(profile: TableProfile | None = None) -> str:
    """What the planner is told of the language: the rules, what the keys on the card of `profile` mean, and a block
    with a line for every method, its name first."""
    keys = _keys(profile) if profile else ()
    told = "".join(f"- {_KEYS[key]}\n" for key in _KEYS if key in keys)
    asked = f"\nKeys of columns:\n{told}" if told else ""
    methods = block("methods", "\n".join(method.signature for method in catalogue().values()))
    remote = profile is not None and profile.table.remote is not None
    return _HEAD.replace("{rows}", _UNNUMBERED if remote else _NUMBERED) + asked + _METHOD + methods + _TAIL


def _keys(profile: TableProfile) -> set[str]:
    meanings = [column.meaning for column in profile.columns]
    given = {key for meaning in meanings for key in ("per", "currency", "wholes", "separator") if getattr(meaning, key)}
    given |= {"share" for meaning in meanings if meaning.unit == "%"}
    return given | {f"adds_{meaning.adds}" for meaning in meanings if meaning.adds}
