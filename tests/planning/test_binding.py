"""Mistakes as models make them: each is repaired, or refused with a message that names the fix. No data is read."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.core.errors import PlanError
from analyst.planning.binding import BoundPlan, bind
from analyst.planning.dialects import translate
from analyst.planning.language import MethodStep, SqlStep, parse_plan
from analyst.protocol.table import TableProfile


def sql(*texts: str) -> dict[str, Any]:
    return {"steps": [{"id": f"s{number}", "sql": text} for number, text in enumerate(texts, 1)]}


def method(name: str, **parameters: Any) -> dict[str, Any]:
    return {"steps": [{"id": "s1", "method": name} | parameters]}


def bound(raw: Any, profile: TableProfile, **more: Any) -> BoundPlan:
    return bind(parse_plan(raw), profile, **more)


def test_brackets_in_the_name_of_a_column_are_no_name_of_another_database() -> None:
    sql_ = "SELECT count(*) FROM data WHERE \"Which days? [Select all]\" = 'Friday [late]' AND [Unit Price] > 1"
    assert translate(sql_).sql == sql_.replace("[Unit Price]", '"Unit Price"')


REPAIRED_SQL = [
    ("SELECT avg(revenue) FROM data", "revenue"),
    ("SELECT avg(unit_price) FROM data", '"Unit Price"'),
    ("SELECT avg(UnitPrice) FROM data", '"Unit Price"'),
    ('SELECT avg("unit price") FROM data', '"unit price"'),
    ("SELECT avg(Unit Price) FROM data", 'avg("Unit Price")'),
    ("SELECT Unit Price FROM data", '"Unit Price"'),
    ("SELECT Region, max(Unit Price) AS m FROM data GROUP BY Region", 'max("Unit Price")'),
    ("SELECT d.unit_price FROM data d", 'd."Unit Price"'),
    ("SELECT order_id FROM data WHERE order_id < 5", '"Order ID" < 5'),
    ("SELECT month(When) AS m FROM data", 'month("When")'),
    ("SELECT count(*) FROM data WHERE Sex = 'Male'", "Sex = 'male'"),
    ("SELECT count(*) FROM data WHERE 'FEMALE' = Sex", "'female' = Sex"),
    ("SELECT count(*) FROM data WHERE Product IN ('corn dog', 'Ale')", "('Corn Dog', 'Ale')"),
    ("SELECT count(*) FROM data WHERE Region <> 'north'", "<> 'North'"),
    ("SELECT count(*) FROM data WHERE \"Region\" = 'EAST ' OR Sex = 'male'", "'East'"),
    ('SELECT count(*) FROM data WHERE Sex = "male"', "Sex = 'male'"),
    ("SELECT count(*) FROM data WHERE Region = North", "Region = 'North'"),
    ('SELECT avg((Churn = "yes")::INT) AS rate FROM data', "Churn = 'yes'"),
    ("SELECT sum(diff) FROM data", 'sum(num("diff"))'),
    ("SELECT Region, avg(diff) AS a FROM data GROUP BY 1", 'avg(num("diff"))'),
    ("SELECT diff * 2 AS d FROM data", 'num("diff") * 2'),
    ("SELECT count(*) FROM data WHERE diff > 1100", 'num("diff") > 1100'),
    ("SELECT 1 AS a;", "SELECT 1 AS a"),
    ("FROM data SELECT Sex", "FROM data"),
]


@pytest.mark.parametrize(("written", "meant"), REPAIRED_SQL, ids=[text for text, _ in REPAIRED_SQL])
def test_sql_that_is_plainly_meant_is_repaired(written: str, meant: str, profile: TableProfile) -> None:
    step = bound(sql(written), profile).steps[0].step
    assert isinstance(step, SqlStep)
    assert meant in step.sql


def test_dates_of_another_order_are_dates_already_when_plans_are_bound(profile: TableProfile) -> None:
    written = 'SELECT year("day text") AS y FROM data'
    step = bound(sql(written), profile).steps[0]
    assert isinstance(step.step, SqlStep) and step.step.sql == written


LYON = "SELECT count(*) FROM data WHERE Region = 'Lyon'"
REFUSED_SQL = [
    ("SELECT Fae FROM data", "no column 'Fae' in data"),
    ("SELECT Regon FROM data", "did you mean 'Region'"),
    ("SELECT Reveneu, Scor FROM data", "did you mean 'Score'"),
    ("SELECT d.nothing FROM data d", "no column 'nothing'"),
    ("SELECT Sex FROM data ORDER BY Revenu", "did you mean 'Revenue'"),
    ("SELECT * FROM dta", "no table 'dta': a step may read data; did you mean 'data'?"),
    ("SELECT * FROM sales", "a step may read data"),
    ("SELECT p FROM s9", "no table 's9'"),
    ("SELECT sum(Sex) FROM data", "'Sex' is text (VARCHAR, e.g."),
    ("SELECT avg(Region) FROM data", 'use num("Region")'),
    ("SELECT Sex, avg(Revenue) FROM data", "must appear in the GROUP BY clause"),
    ("SELECT count(*) FROM data WHERE Sex = 'other'", "Sex has no value 'other'; it has 'female', 'male'"),
    ("SELECT count(*) FROM data WHERE Region = 'Wset'", "Region has no value 'Wset'"),
    ("SELECT count(*) FROM data WHERE Product IN ('Ales')", "did you mean 'Ale'?"),
    ("SELECT count(*) FROM data WHERE Region = 'Lyon'", "it has 'East', 'North', 'South'"),
    ("SELECT date_format(\"When\", '%M') FROM data", "write strftime(d, '%Y-%m')"),
    ("SELECT stdev(Revenue) FROM data", "write stddev_samp(x)"),
    ("SELECT medain(Revenue) FROM data", "did you mean 'median'?"),
    ("SELECT frobnicate(Revenue) FROM data", "'frobnicate' is not allowed or unknown"),
    ("SELECT 1; SELECT 2", "2 statements: write one SELECT per step"),
    ("SELECT FROM WHERE", "does not parse"),
    ("SELECT * FROM data WHERE Revenue = ?", "write the value"),
    ("PIVOT data ON Region USING sum(Revenue)", "PIVOT needs its values"),
    ("DESCRIBE data", "use the method describe"),
    ("", "the sql is empty"),
    ("-- nothing", "contains 0 statements"),
]


@pytest.mark.parametrize(("written", "told"), REFUSED_SQL, ids=[text or "empty" for text, _ in REFUSED_SQL])
def test_sql_that_is_not_clear_is_refused_with_the_fix(written: str, told: str, profile: TableProfile) -> None:
    with pytest.raises(PlanError) as caught:
        bound(sql(written), profile)
    assert told in caught.value.message
    assert "s1" in caught.value.message


def test_a_value_that_no_row_holds_is_known_by_its_code_and_step_and_other_problems_have_none(
    profile: TableProfile,
) -> None:
    with pytest.raises(PlanError) as caught:
        bound({"steps": [{"id": "s1", "sql": LYON}, {"id": "s2", "sql": "SELECT Fae FROM data"}]}, profile)
    assert [(problem.code, problem.step) for problem in caught.value.problems] == [
        ("unknown_value", "s1"),
        ("invalid", "s2"),
    ]
    doubt = caught.value.problems[0]
    assert str(doubt) == f"s1: {doubt.text}"
    assert bound(sql(LYON), profile, accepted=[doubt.text]).warnings == (doubt.text,)


REPAIRED_METHODS = [
    (method("describe", columns=["revenue", "unit_price"]), {"columns": ["Revenue", "Unit Price"]}),
    (method("describe", columns='"Unit Price"'), {"columns": "Unit Price"}),
    (method("describe", columns="Revenue, Score"), {"columns": ["Revenue", "Score"]}),
    (method("describe", columns=["data.Revenue"]), {"columns": ["Revenue"]}),
    (method("describe", columns=["*"]), {"columns": "*"}),
    (method("describe", columns=["Revenue"], source="DATA"), {"columns": ["Revenue"], "source": "data"}),
    (
        method("compare_groups", value="REVENUE", group="sex", test="welch_t"),
        {"value": "Revenue", "group": "Sex", "test": "welch_t"},
    ),
    (method("trend", time="when", value="revenue"), {"time": "When", "value": "Revenue"}),
    (method("share", by="product", value="Revenue"), {"by": "Product", "value": "Revenue"}),
]


@pytest.mark.parametrize(("raw", "parameters"), REPAIRED_METHODS, ids=lambda given: str(given)[:60])
def test_names_in_parameters_are_repaired(raw: Any, parameters: dict[str, Any], profile: TableProfile) -> None:
    step = bound(raw, profile).steps[0].step
    assert isinstance(step, MethodStep)
    assert step.parameters == parameters


REFUSED_METHODS = [
    (method("describe", columns=["Revenu"]), "no column 'Revenu' in data; did you mean 'Revenue'?"),
    (method("describe", columns=["Altitude"]), 'it has "Order ID"'),
    (method("describe", columns=["Revenue * 2"]), "compute it first"),
    (method("describe", columns=["Revenue"], source="s7"), "no table 's7' to read"),
    (method("describe", columns=["Revenue"], by="Sexx"), "did you mean 'Sex'?"),
    (method("correlation", columns=["diff", "Revenue"]), 'num("diff")'),
    (method("compare_groups", value="Revenue", group="Product", test="welch_t"), "4"),
    (method("compare_groups", value="Product", group="Sex", test="welch_t"), "'Product'"),
    (method("outliers", column="Region", rule="iqr"), "'Region'"),
    (method("trend", time="Region", value="Revenue"), "'Region'"),
]


@pytest.mark.parametrize(("raw", "told"), REFUSED_METHODS, ids=lambda given: str(given)[:60])
def test_parameters_that_do_not_fit_are_refused_with_the_fix(raw: Any, told: str, profile: TableProfile) -> None:
    with pytest.raises(PlanError) as caught:
        bound(raw, profile)
    assert told in caught.value.message


def test_a_value_that_no_row_has_is_accepted_with_a_warning_when_told_before(profile: TableProfile) -> None:
    plan = sql("SELECT count(*) AS n FROM data WHERE Region = 'Lyon'")
    with pytest.raises(PlanError) as caught:
        bound(plan, profile)
    told = caught.value.texts[0].removeprefix("s1: ")
    assert bound(plan, profile, accepted={told}).warnings == (told,)


def test_every_step_s_problems_are_told_and_steps_that_read_a_bad_one_are_not_blamed(profile: TableProfile) -> None:
    plan = sql("SELECT Fae FROM data", "SELECT * FROM s1", "SELECT Regon FROM data")
    with pytest.raises(PlanError) as caught:
        bound(plan, profile)
    assert [problem[:3] for problem in caught.value.texts] == ["s1:", "s3:"]


def test_later_steps_are_bound_against_earlier_results(profile: TableProfile) -> None:
    steps = [
        {"id": "s1", "method": "compare_groups", "value": "Revenue", "group": "Sex", "test": "welch_t"},
        {"id": "s2", "sql": "SELECT CASE WHEN p<0.05 THEN 'yes' ELSE 'no' END AS verdict FROM s1"},
        {"id": "s3", "sql": "SELECT level, mean FROM s1_groups ORDER BY mean DESC"},
    ]
    found = bound({"steps": steps}, profile)
    assert dict(found.columns()["s2"]) == {"verdict": "VARCHAR"}
    assert found.steps[2].reads == ("s1_groups",)
    steps[1]["sql"] = "SELECT pvalue FROM s1"
    with pytest.raises(PlanError, match="no column 'pvalue' in s1"):
        bound({"steps": steps}, profile)


def test_a_step_can_not_take_the_place_of_another_step_s_table(profile: TableProfile) -> None:
    steps = [
        {"id": "s1_groups", "sql": "SELECT 1 AS a"},
        {"id": "s1", "method": "compare_groups", "value": "Revenue", "group": "Sex", "test": "welch_t"},
    ]
    with pytest.raises(PlanError, match="give the step another id"):
        bound({"steps": steps}, profile)


def test_a_result_column_that_nobody_named_gets_a_name_that_can_be_cited(profile: TableProfile) -> None:
    found = bound(sql('SELECT Region, avg("Unit Price"), count(*) FROM data GROUP BY Region'), profile)
    assert list(found.columns()["s1"]) == ["Region", "avg_unit_price", "count"]


def test_words_say_what_is_computed_and_from_which_columns(profile: TableProfile) -> None:
    text = (
        "SELECT Region, sum(Revenue) AS total FROM data WHERE Sex = 'male' GROUP BY Region ORDER BY total DESC LIMIT 2"
    )
    step = bound(sql(text), profile).steps[0]
    assert step.what == "sum of Revenue by Region where Sex is male, first 2 by total descending"
    assert step.used == ("Region", "Revenue", "Sex")


def test_a_plan_survives_the_way_to_the_worker_and_back(profile: TableProfile) -> None:
    found = bound(sql("SELECT Region FROM data", "SELECT count(*) FROM s1"), profile)
    assert BoundPlan.model_validate_json(found.model_dump_json()) == found


def test_a_plan_knows_no_table_of_the_plan_that_was_bound_before_it(profile: TableProfile) -> None:
    bound(sql("SELECT Region FROM data"), profile)
    with pytest.raises(PlanError, match="no table 's1'"):
        bound({"steps": [{"id": "s2", "sql": "SELECT * FROM s1"}]}, profile)
    given = {"s1": {"total": "DOUBLE"}}
    assert bound({"steps": [{"id": "s2", "sql": "SELECT total FROM s1"}]}, profile, earlier=given).steps[0].reads == (
        "s1",
    )
