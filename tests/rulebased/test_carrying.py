"""What a question with fields says beside its fields: what tells the reader nothing is not said to be left out."""

from __future__ import annotations

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.interpreter import plan_for

CARS = TableCard(
    "cars",
    392,
    (
        ColumnCard("mpg", "DOUBLE", "measure", distinct=127, min=9.0, max=46.6, mean=23.4),
        ColumnCard("horsepower", "DOUBLE", "measure", distinct=93, min=46, max=230, mean=104.5, missing=6),
        ColumnCard("weight", "BIGINT", "measure", distinct=346, min=1613, max=5140, mean=2977.6),
        ColumnCard("origin", "VARCHAR", "dimension", distinct=3, values=("usa", "japan", "europe")),
    ),
)
MEAN = "Answer in this format: @mean_mpg[mean]"


@pytest.mark.parametrize(
    "question",
    [
        f"What is the mean mpg of the vehicles? {MEAN}",
        f"Draw a histogram of mpg, then calculate the mean mpg. {MEAN}",
        f"What is the mean mpg? Calculate the mean of the mpg column. The mean should be a number. {MEAN}",
        "Apply a log transformation (base e) to horsepower, then calculate its mean. "
        "Answer in this format: @mean_horsepower[mean]",
        "Train a linear regression model to predict mpg from weight. Split the data with a ratio of 8:2 and a random "
        "state of 42. Answer in this format: @rmse[RMSE]",
        "Is there a correlation between mpg and weight? Create a scatter plot to visualize it. Calculate the Pearson "
        "correlation coefficient. Answer in this format: @correlation_coefficient[r]",
    ],
)
def test_what_tells_the_reader_nothing_is_not_said_to_be_left_out(question: str) -> None:
    assert plan_for(question, CARS).unanswered is None


@pytest.mark.parametrize(
    ("question", "left"),
    [
        (f"What is the mean mpg of electric vehicles? {MEAN}", "electric"),
        (f"What is the mean mpg of vehicles without turbo? {MEAN}", "turbo"),
        (f"What is the mean mpg? If two vehicles tie, report both. {MEAN}", "tie"),
        (f"What is the mean mpg of the women who drive? {MEAN}", "women"),
    ],
)
def test_what_could_change_the_answer_still_is(question: str, left: str) -> None:
    assert f'"{left}"' in str(plan_for(question, CARS).unanswered)
