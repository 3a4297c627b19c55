"""Changes between two periods: who moved most, what it is of the whole, who went the other way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from analyst.protocol.facts import measuring

PERCENT = {"growth": "percent", "contribution": "percent"}
ROWS = [
    ("Laptop", 1000.0, 1300.0, 300.0, 0.3, 0.75),
    ("Cable", 400.0, 600.0, 200.0, 0.5, 0.5),
    ("Mouse", 500.0, 400.0, -100.0, -0.2, -0.25),
]


def changes(
    made: Callable[..., Any], rows: list[Any] = ROWS, total: Any = ("2024-Q3", "2024-Q4", 1900.0, 2300.0, 400.0, 0.2105)
) -> Any:
    more: dict[str, Any] = {"method": "change", "formats": PERCENT, "source": ("revenue", "product", "date")}
    more["what"] = "change by product of the sum of revenue, 2024-Q3 against 2024-Q4"
    return (
        made("s1", "product before after change growth contribution", rows, key=("product",), **more),
        made("s1_total", "from to before after change growth", [total], **more),
    )


def test_a_question_about_growth_names_the_fastest_grower_with_its_periods(reported: Any, made: Any) -> None:
    told = reported("Which products had the highest revenue growth in Q4?", *changes(made))
    assert told.title == "Fastest growth: Cable (+50%)"
    assert told.answer == (
        "Cable grew fastest: revenue rose from 400 in Q3 2024 to 600 in Q4 2024 (+50%). Next comes Laptop (+30%). "
        "Overall, revenue rose from 1,900 to 2,300 (+21.1%)."
    )
    assert "Only two periods are compared" in told.notes[0]


def test_the_findings_say_what_it_is_of_the_whole_and_who_fell(reported: Any, made: Any) -> None:
    told = reported("Which products had the highest revenue growth in Q4?", *changes(made))
    assert told.titles == ["How the products changed", "Mouse fell (-20%)"]
    assert told.findings[0] == "Cable makes up 50% of the overall change."
    assert told.findings[1] == "Mouse fell: its revenue fell from 500 to 400 (-20%)."


def test_a_question_about_declines_leads_with_the_loser(reported: Any, made: Any) -> None:
    told = reported("Which products fell most?", *changes(made))
    assert told.title == "Largest fall: Mouse (-20%)"
    assert told.actions[0] == "Look into the drop in Mouse: when it began and what changed at that time."


def test_what_did_not_happen_is_said_first(reported: Any, made: Any) -> None:
    rising = [row for row in ROWS if row[3] > 0]
    told = reported("Why did revenue fall in Q4?", *changes(made, rising))
    assert told.answer.startswith("Revenue did not fall; it rose from 1,900 in Q3 2024 to 2,300 in Q4 2024")
    assert "No product fell. Laptop grew the most: revenue rose from 1,000" in told.answer


@pytest.mark.parametrize(
    "question", ["Why did revenue rise in Q4?", "Which product fell most?", "What caused the gain in revenue?"]
)
def test_a_question_that_presumes_nothing_wrong_is_not_denied(question: str, reported: Any, made: Any) -> None:
    rising = [row for row in ROWS if row[3] > 0]
    assert "did not" not in reported(question, *changes(made, rising)).answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Did revenue fall in Q4?", "No: revenue rose from 1,900 in Q3 2024 to 2,300 in Q4 2024 (+21.1%)."),
        ("Did revenue grow in Q4?", "Yes: revenue rose from 1,900"),
        ("How did revenue change?", "Revenue rose from 1,900"),
    ],
)
def test_a_question_of_yes_or_no_is_answered_by_the_sign(question: str, said: str, reported: Any, made: Any) -> None:
    assert reported(question, changes(made)[1]).answer.startswith(said)


def test_a_fall_is_never_told_with_a_second_minus(reported: Any, made: Any) -> None:
    fell = ("2024-Q3", "2024-Q4", 200.0, 150.0, -50.0, -0.25)
    told = reported("How did revenue change?", changes(made, total=fell)[1])
    assert told.title == "Revenue fell (-25%)"
    assert told.answer == "Revenue fell from 200 in Q3 2024 to 150 in Q4 2024 (-25%)."


def test_shares_are_told_without_a_percentage_of_a_percentage(reported: Any, made: Any) -> None:
    total = made("s1_total", "from to before after change growth", [("2024-Q3", "2024-Q4", 0.3, 0.33, 0.03, 0.1)],
                 method="change", formats=PERCENT | {"before": "percent", "after": "percent"}, source=("churn",))  # fmt: skip
    assert reported("How did churn change?", total).answer == "Churn rose from 30% in Q3 2024 to 33% in Q4 2024."


def test_a_second_comparison_does_not_repeat_the_whole(reported: Any, made: Any) -> None:
    first, total = changes(made)
    by_region = made("s2", "region before after change growth", [("North", 900.0, 1200.0, 300.0, 0.333), ("South", 1000.0, 1100.0, 100.0, 0.1)],
                     method="change", formats=PERCENT, source=("revenue", "region", "date"), facts=measuring("sum", "revenue", groups=["region"]))  # fmt: skip
    again = made("s2_total", "from to before after change growth", [total.rows[0]], method="change", formats=PERCENT)
    told = reported("What changed?", first, total, by_region, again)
    assert told.all.count("Overall, revenue rose") == 1


def test_growth_that_is_not_known_is_never_cited(reported: Any, made: Any) -> None:
    told = reported(
        "Which product grew most?",
        *changes(made, [("New", 0.0, 50.0, 50.0, None, 1.0)], ("a", "b", 0.0, 50.0, 50.0, None)),
    )
    assert told.answer.startswith("New grew: revenue rose from 0 to 50 (+50).")


def test_no_change_anywhere_is_said_so(reported: Any, made: Any) -> None:
    told = reported(
        "Which product grew?", *changes(made, [("A", 5.0, 5.0, 0.0, 0.0, None)], ("a", "b", 5.0, 5.0, 0.0, 0.0))
    )
    assert told.answer == "No product shows any change in revenue between the two periods."


def test_growth_from_a_small_base_lowers_the_confidence(reported: Any, made: Any) -> None:
    told = reported(
        "Which product grew fastest?",
        *changes(made, [("Big", 9000.0, 9900.0, 900.0, 0.1, 0.9), ("Tiny", 2.0, 102.0, 100.0, 50.0, 0.1)]),
    )
    assert told.title.startswith("Fastest growth: Tiny") and told.levels[0] == "low"
    assert "started from a small base" in told.notes[0]


def test_withheld_changes_are_cited_without_a_direction(reported: Any, made: Any) -> None:
    hidden = changes(made, ROWS[:1])[1]
    withheld = dict.fromkeys(("before", "after", "change", "growth"))
    told = reported("How did revenue change?", replace(hidden, withheld=withheld))
    assert "Revenue went from 1,900 in Q3 2024 to 2,300 in Q4 2024" in told.answer
