"""Where the plan is in what a model said: in prose, under any key, as text in text, by id, as YAML, or a lone SELECT.

Every plan that is there is found, so that two different ones are told apart from one: nobody knows which is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from analyst.core.errors import PlanError
from analyst.planning.loose_json import BrokenJsonError, documents, read_yaml

SQL_KEYS = ("sql", "query", "statement", "sql_query", "code")
"""Keys under which models put a step's SQL."""
STEP_LISTS = ("steps", "plan_steps", "analysis_steps", "query_steps")
"""Keys under which models put the list of steps."""
MAX_WRAPPED = 6


def read_plan(raw: Any) -> Any:
    """What `raw` (text, or data already) says; PlanError when no plan can be found in a text."""
    if not isinstance(raw, str):
        return raw
    try:
        found = read_text(raw)
    except BrokenJsonError as error:
        raise PlanError([str(error)]) from None
    if not found:
        raise PlanError([f'the plan is not JSON: {raw.strip()[:80]!r}; write {{"steps":[...]}} and nothing else'])
    return found[0] if len(found) == 1 else found


def read_text(text: str) -> list[Any]:
    """The data in a text that is to be a plan: its JSON, else YAML, else a lone SELECT as a plan of one step.

    BrokenJsonError when its JSON can't be read.
    """
    bare = text.strip()
    if bare[:1] == '"' and isinstance(inner := _string(bare), str):
        return read_text(inner)
    found = documents(bare)
    if plans_in(found):
        return found
    fenced = re.findall(r"```\w*\s*(.*?)\s*```", bare, flags=re.DOTALL)
    body = fenced[0] if len(fenced) == 1 else bare
    if re.match(r"(?i)(select|with)\s", body) and len(fenced) <= 1:
        return [{"steps": [{"id": "s1", "sql": body}]}]
    data = read_yaml(body)
    return [data] if data and plans_in(data) else found


def find_steps(data: Any) -> list[Any]:
    """The list of steps in `data`, from inside whatever a model wrapped it in. PlanError: there is none, or several."""
    found = distinct(plans_in(data))
    if len(found) > 1:
        raise PlanError([f"the reply contains {len(found)} different plans: write one"])
    if not found:
        raise PlanError(['the plan has no "steps": write {"steps":[{"id":"s1",...}]}'])
    return list(found[0])


def distinct(items: Sequence[Any]) -> list[Any]:
    """`items` without repeats."""
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def plans_in(data: Any, depth: int = 0) -> list[list[Any]]:
    """Every list of steps in `data`."""
    if depth > MAX_WRAPPED:
        return []
    if isinstance(data, str):
        return plans_in(_unwrapped(data), depth + 1)
    if isinstance(data, list):
        if any(is_step(item) for item in data):
            return [data]
        return [steps for item in data for steps in plans_in(item, depth + 1)]
    if not isinstance(data, Mapping):
        return []
    if is_step(data):
        return [[data]]
    by_id = _by_id(data)
    return [by_id] if by_id else [steps for key, value in data.items() for steps in _under(key, value, depth)]


def is_step(item: Any) -> bool:
    """Whether `item` is one step: it has SQL, or names a method."""
    if not isinstance(item, Mapping):
        return False
    given = {str(key).strip().casefold(): value for key, value in item.items()}
    if any(isinstance(given.get(key), str) for key in (*SQL_KEYS, "method")):
        return not any(key in given for key in STEP_LISTS)
    named = any(isinstance(given.get(key), str) for key in ("operation", "function"))
    return named and not any(plans_in(value, 1) for value in given.values() if not isinstance(value, str))


def _under(key: Any, value: Any, depth: int) -> list[list[Any]]:
    inner = plans_in(value, depth + 1)
    plain = isinstance(value, list) and str(key).strip().casefold() in STEP_LISTS
    return inner if inner or not plain else [value]


def _by_id(data: Mapping[Any, Any]) -> list[Any]:
    """Steps in an object by their ids."""
    if len(data) < 2 or not all(is_step(step) for step in data.values()):
        return _only_by_id(data)
    return [{"id": id, **step} for id, step in data.items()]


def _only_by_id(data: Mapping[Any, Any]) -> list[Any]:
    """The same for one step, whose key then must be an id."""
    [(id, step)] = data.items() if len(data) == 1 else [("", None)]
    return (
        [{"id": id, **step}]
        if step is not None and is_step(step) and re.fullmatch(r"(s|step[_ ]?)\d+", str(id))
        else []
    )


def _string(text: str) -> Any:
    """What a JSON string holds; None when the text is something else."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _unwrapped(text: str) -> Any:
    """The JSON that a text holds from its first character on; None for prose."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = documents(text)
    except BrokenJsonError as error:
        raise PlanError([str(error)]) from None
    return found[0] if len(found) == 1 else found
