"""What models write is read as the plan they meant, or refused with the fix."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyst.core.errors import PlanError
from analyst.planning.language import MAX_SQL, MethodStep, SqlStep, catalogue, parse_plan, planner_prompt
from analyst.protocol.blocks import read_block

ONE = {"steps": [{"id": "s1", "sql": "SELECT 1 AS a"}]}
DESCRIBE = {"id": "s1", "method": "describe", "columns": ["Revenue"]}


def problems_of(raw: Any) -> str:
    with pytest.raises(PlanError) as caught:
        parse_plan(raw)
    return " | ".join(caught.value.texts)


@pytest.mark.parametrize(
    "raw",
    [
        ONE,
        json.dumps(ONE),
        f"```json\n{json.dumps(ONE)}\n```",
        f"Here is the plan you asked for:\n```\n{json.dumps(ONE)}\n```\nIt counts.",
        f"Sure! {json.dumps(ONE)} I hope this helps.",
        '{"steps":[{"id":"s1","sql":"SELECT 1 AS a",},]}',
        "{'steps':[{'id':'s1','sql':'SELECT 1 AS a'}]}",
        '{"steps":[{"id":"s1","sql":"SELECT 1 AS a"} // one\n]}',
        '{steps:[{id:"s1",sql:"SELECT 1 AS a"}]}',
        {"plan": ONE},
        {"plan": json.dumps(ONE)},
        json.dumps(json.dumps(ONE)),
        {"steps": json.dumps(ONE["steps"])},
        ONE["steps"],
        [ONE],
        ONE["steps"][0],
        {"steps": [{"sql": "SELECT 1 AS a"}]},
        {"steps": [{"id": 1, "sql": "SELECT 1 AS a"}]},
        {"steps": [{"id": "S1", "query": "SELECT 1 AS a"}]},
        {"steps": [{"id": "s1", "type": "sql", "sql": "SELECT 1 AS a", "description": "one", "output": "a"}]},
        {"steps": [{"id": "s1", "method": "sql", "query": "SELECT 1 AS a"}]},
    ],
    ids=lambda raw: str(raw)[:50],
)
def test_a_plan_is_found_in_whatever_surrounds_it(raw: Any) -> None:
    assert parse_plan(raw).steps == (SqlStep(id="s1", sql="SELECT 1 AS a"),)


@pytest.mark.parametrize(
    ("step", "method", "parameters"),
    [
        ({"method": "Describe", "cols": ["Revenue"]}, "describe", {"columns": ["Revenue"]}),
        ({"method": "summary_statistics", "columns": "*"}, "describe", {"columns": "*"}),
        ({"method": "describe", "columns": ["a"], "group_by": "Sex"}, "describe", {"columns": ["a"], "by": "Sex"}),
        ({"method": "describe", "parameters": {"columns": ["a"]}}, "describe", {"columns": ["a"]}),
        ({"describe": {"columns": ["a"]}}, "describe", {"columns": ["a"]}),
        ({"type": "describe", "columns": ["a"]}, "describe", {"columns": ["a"]}),
        (
            {"method": "pearson_correlation", "columns": ["a", "b"]},
            "correlation",
            {"columns": ["a", "b"], "kind": "pearson"},
        ),
        (
            {"method": "spearman", "columns": ["a", "b"], "source": "data"},
            "correlation",
            {"columns": ["a", "b"], "kind": "spearman", "source": "data"},
        ),
        (
            {"method": "t-test", "value": "a", "group": "b"},
            "compare_groups",
            {"value": "a", "group": "b", "test": "welch_t"},
        ),
        (
            {"method": "one-way ANOVA", "value": "a", "group_by": "b"},
            "compare_groups",
            {"value": "a", "group": "b", "test": "anova"},
        ),
        (
            {"method": "shapiro_wilk", "columns": ["a"]},
            "normality_test",
            {"columns": ["a"], "test": "shapiro"},
        ),
        (
            {"method": "trend", "date_column": "d", "metric": "a", "granularity": "month"},
            "trend",
            {"time": "d", "value": "a", "grain": "month"},
        ),
        ({"method": "share", "by": ["a"], "value": None}, "share", {"by": ["a"]}),
    ],
    ids=lambda given: str(given)[:50],
)
def test_other_names_of_methods_and_parameters_are_taken(
    step: dict[str, Any], method: str, parameters: dict[str, Any]
) -> None:
    found = parse_plan({"steps": [{"id": "s1"} | step]}).steps[0]
    assert isinstance(found, MethodStep)
    assert (found.method, found.parameters) == (method, parameters)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("I can't answer that.", "not JSON"),
        ("", "not JSON"),
        ({"answer": 42}, 'has no "steps"'),
        ({"steps": []}, "0 steps: write 1 to 8"),
        ({"steps": [DESCRIBE | {"id": f"s{n}"} for n in range(9)]}, "9 steps: write 1 to 8"),
        ({"steps": ["SELECT 1"]}, "write an object with id and sql or method"),
        ({"steps": [{"id": "s1"}]}, 'needs "sql" or "method"'),
        ({"steps": [{"id": "s1", "sql": "  "}]}, "the sql is empty"),
        ({"steps": [{"id": "s1", "sql": "SELECT " + "1," * MAX_SQL + "1"}]}, "split it into two steps"),
        ({"steps": [{"id": "data", "sql": "SELECT 1"}]}, "'data', which is taken: use s1"),
        ({"steps": [{"id": "select", "sql": "SELECT 1"}]}, "use s1"),
        ({"steps": [{"id": "mon étape!", "sql": "SELECT 1"}]}, "'mon étape!': use s1"),
        ({"steps": [{"id": "s1; DROP TABLE data", "sql": "SELECT 1"}]}, "use s1"),
        ({"steps": [{"id": {"a": 1}, "sql": "SELECT 1"}]}, "use s1"),
        ({"steps": [DESCRIBE, DESCRIBE]}, "id 's1' is used twice: name step 2 s2"),
        ({"steps": [{"id": "s1", "method": "descripe", "columns": "*"}]}, "did you mean 'describe'?"),
        ({"steps": [{"id": "s1", "method": "python", "code": 1}]}, "use one of describe"),
        ({"steps": [{"id": "s1", "method": "describe"}]}, 'describe needs "columns"'),
        ({"steps": [DESCRIBE | {"rounding": 2}]}, "describe has no parameter 'rounding'"),
        ({"steps": [{"id": "s1", "method": "correlation", "columns": "*", "kind": "cosine"}]}, "'cosine'"),
        ("[" * 20_000, "nested too deeply"),
        ("x" * 200_000, "200000 characters long"),
    ],
    ids=lambda given: str(given)[:40],
)
def test_what_is_no_plan_is_refused_with_the_fix(raw: Any, told: str) -> None:
    assert told in problems_of(raw)


def test_all_problems_of_all_steps_are_told_at_once() -> None:
    told = problems_of({"steps": [{"id": "s1", "method": "nope"}, {"id": "s2", "sql": ""}, {"id": "data", "sql": "x"}]})
    assert "no method 'nope'" in told
    assert "s2: the sql is empty" in told
    assert "'data'" in told


def test_the_prompt_lists_every_method_and_stays_small() -> None:
    prompt = planner_prompt()
    assert [line.partition("(")[0] for line in (read_block(prompt, "methods") or "").splitlines()] == list(catalogue())
    for name, method in catalogue().items():
        assert method.signature in prompt
        assert method.signature.startswith(f"{name}("), f"the signature of {name} does not name it"
    assert len(prompt) / 4 < 1900


def test_the_fixed_part_of_the_prompt_stays_within_its_budget_of_about_1500_tokens() -> None:
    assert len(planner_prompt()) <= 4_900, "cut the signatures or the rules: every analysis pays for them"
