"""What the embedded analyst says of what the question did not ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analyst.protocol.evidence import UNASKED
from analyst.protocol.facts import Facts, measuring

OF = measuring("mean", "amount", groups=["product"])
RANKING = ("s1", "product average_amount records", [("Ash", 120.0, 400), ("Birch", 106.0, 300)])
MORE: dict[str, Any] = {"method": UNASKED, "source": ("product", "amount"), "formats": {"levels": "integer"}}


def ranking(made: Callable[..., Any]) -> Any:
    return made(*RANKING, facts=OF, source=("product", "amount"), key=("product",))


def told(reported: Callable[..., Any], made: Callable[..., Any], *check: Any, facts: Facts = OF, **more: Any) -> Any:
    return reported("What is the average amount by product?", ranking(made), made(*check, facts=facts, **(MORE | more)))


def test_a_difference_that_turns_is_a_finding_and_an_action(reported: Any, made: Any) -> None:
    columns = "dimension first second difference within levels turned certainty"
    row = ("region", "Ash", "Birch", 14.0, -12.0, 4, 4, "high")
    report = told(reported, made, "check_reversal", columns, [row])
    (text,) = [f for f in report.findings if "reverses" in f]
    assert text.startswith("Overall, average amount is higher for Ash than for Birch, by 14,")
    assert "within the same region the difference reverses, to -12 on average" in text
    assert "It reverses in 4 of 4 regions." in text
    assert "Compare Ash and Birch within each region" in " ".join(report.actions)


def test_a_relation_that_turns_names_both_correlations(reported: Any, made: Any) -> None:
    columns = "dimension x y r within levels turned certainty"
    report = told(reported, made, "check_reversal", columns, [("region", "spend", "amount", 0.68, -0.44, 4, 4, "high")])
    assert any("have a correlation of 0.68, but within the same region it is -0.44" in f for f in report.findings)


def test_what_carries_a_difference_is_named_with_what_is_left_without_it(reported: Any, made: Any) -> None:
    columns = "dimension left_out first second difference without share certainty"
    row = ("region", "South", "Ash", "Birch", 14.0, 0.5, 0.2, "medium")
    report = told(reported, made, "check_group", columns, [row], formats={"share": "percent"})
    assert any("depends on region South: without it +0.5 is left" in f for f in report.findings)
    assert "medium" in report.levels


def test_a_lead_of_few_rows_can_be_told_though_the_number_without_them_is_withheld(reported: Any, made: Any) -> None:
    columns = "first second difference without rows_left_out certainty"
    row = ("Ash", "Birch", 14.0, -3.0, 1, "high")
    report = told(reported, made, "check_rows", columns, [row], withheld={"without": None})
    assert any("depends on one extreme row: without it, it is -3" in f for f in report.findings)


def test_a_break_is_told_with_its_period_and_both_levels(reported: Any, made: Any) -> None:
    columns = "period before after shift p certainty"
    row = ("2023-07", 100.0, 140.0, 38.0, 1e-9, "high")
    report = told(reported, made, "check_break", columns, [row], facts=measuring("sum", "amount"))
    (text,) = [f for f in report.findings if "level" in f]
    assert "July 2023" in text and "100" in text and "140" in text


def test_missing_values_that_differ_are_told_as_shares(reported: Any, made: Any) -> None:
    columns = "first second first_missing second_missing certainty"
    formats = {"first_missing": "percent", "second_missing": "percent"}
    row = ("Birch", "Ash", 0.3, 0.1, "high")
    report = told(reported, made, "check_missing", columns, [row], formats=formats)
    assert "Amount is missing in 30% of the rows of Birch, but in 10% of those of Ash." in report.findings


def test_the_answer_is_still_that_of_the_plan(reported: Any, made: Any) -> None:
    columns = "first second difference without rows_left_out certainty"
    report = told(reported, made, "check_rows", columns, [("Ash", "Birch", 14.0, -3.0, 2, "high")])
    assert "Ash" in report.answer and "depends on" not in report.answer
    assert report.title.startswith("Ash")
