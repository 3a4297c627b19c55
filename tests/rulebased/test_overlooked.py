"""Plans of statistics and of models say which rows and columns of the question they leave out."""

from __future__ import annotations

from typing import Any

import pytest

FORMAT = '\nAnswer in this format: @value[number] where "number" is rounded to two decimal places.'


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "Is revenue normally distributed (Shapiro-Wilk, alpha 0.05) among orders above the median?",
            "above the median",
        ),
        ("What is the kurtosis of revenue among customers with at least 5 orders?", "at least 5"),
        ("What is the skewness of revenue of the three most common products?", "three most common"),
        ("What is the skewness of the revenue that Mortimer brought in?", "Mortimer"),
        ("What is the skewness of 'revenue' that Mortimer and Blackwood brought in?", "Blackwood"),
    ],
)
def test_what_picks_rows_and_is_not_in_the_plan_is_told(question: str, said: str, asked: Any) -> None:
    told = asked("shop").plan(question + FORMAT).unanswered
    assert told is not None and said.casefold() in told.casefold(), told


@pytest.mark.parametrize(
    "question",
    [
        "What is the skewness of revenue? Use pandas and round to two decimals.",
        "Is revenue normally distributed? Use the Shapiro-Wilk test with a significance level (alpha) of 0.05.",
        "How many outliers has revenue by the IQR method with a factor of 1.5?",
        "What is the skewness of revenue where the status is returned?",
        "What is the skewness of what the Mortimer shops took, held in 'revenue'?",
        "For the table as it is, Compute the skewness of revenue.",
        "What is the skewness of revenue in the Mortimer data?",
    ],
)
def test_method_and_what_was_carried_out_are_no_cause_for_complaint(question: str, asked: Any) -> None:
    assert asked("shop").plan(question + FORMAT).unanswered is None
