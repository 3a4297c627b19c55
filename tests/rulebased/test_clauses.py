"""How a question is cut into clauses, and what a marked clause knows."""

from __future__ import annotations

import random

import pytest

from analyst.protocol.table import ColumnCard, TableCard
from analyst.rulebased.binning import bins
from analyst.rulebased.clauses import clauses_of, mark, new_name, split_format, without_rounding
from analyst.rulebased.formulas import formula
from analyst.rulebased.interpreter import plan_for

CARD = TableCard(
    "rides.csv",
    500,
    (
        ColumnCard("ride_id", "BIGINT", "identifier", distinct=500),
        ColumnCard("fare", "DOUBLE", "measure", missing=4, distinct=300, min=2.5, max=90.0),
        ColumnCard("tip", "DOUBLE", "measure", distinct=120),
        ColumnCard("distance_km", "DOUBLE", "measure", distinct=280),
        ColumnCard("driver", "VARCHAR", "text", distinct=60),
        ColumnCard("age group", "VARCHAR", "dimension", distinct=2, values=("young", "old")),
        ColumnCard("age", "BIGINT", "measure", distinct=50),
    ),
)


@pytest.mark.parametrize(
    ("question", "clauses"),
    [
        ("Fill the gaps, then report the mean.", ["Fill the gaps", "report the mean."]),
        ("Steps: 1. Drop the rows 2. Sum the rest", ["Steps", "Drop the rows", "Sum the rest"]),
        ("After dropping the late ones, what is left?", ["After dropping the late ones", "what is left?"]),
        ("For each city, compute the mean and find the best.", ["For each city, compute the mean", "find the best."]),
        ("The mean (r - 1) of 0.5. Is it high?", ["The mean (r - 1) of 0.5", "Is it high?"]),
    ],
)
def test_a_question_is_cut_at_its_instructions(question: str, clauses: list[str]) -> None:
    assert clauses_of(question) == clauses


def test_a_longer_name_goes_before_a_part_of_it() -> None:
    assert [c.name for c in mark("the mean fare for each age group", CARD).columns] == ["fare", "age group"]


def test_names_that_share_a_word_are_each_found() -> None:
    names = ("math_score", "reading_score", "score")
    card = TableCard("x.csv", 9, tuple(ColumnCard(name, "DOUBLE", "measure") for name in names))
    assert [c.name for c in mark("math_score and reading_score", card).columns] == ["math_score", "reading_score"]


def test_small_words_are_no_columns() -> None:
    assert mark("with an 80-20 split in a row", CARD).columns == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Create a column 'tip share' as tip over fare", "tip share"),
        ("Add a new feature called speed by dividing", "speed"),
        ("Derive TipShare = tip / fare", "TipShare"),
        ("Calculate the tip rate as tip divided by fare for each ride", "tip_rate"),
        ("What is the mean fare?", None),
    ],
)
def test_a_new_column_gets_the_name_that_the_clause_gives(text: str, name: str | None) -> None:
    assert new_name(mark(text, CARD)) == name


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("the sum of fare and tip", '"fare" + "tip"'),
        ("subtract the tip from the fare", '"fare" - "tip"'),
        ("difference between fare and tip", '"fare" - "tip"'),
        ("fare divided by distance_km", 'CAST("fare" AS DOUBLE) / nullif("distance_km", 0)'),
        ("ratio of tip to fare", 'CAST("tip" AS DOUBLE) / nullif("fare", 0)'),
        ("multiply fare and tip", '"fare" * "tip"'),
        ("the average of fare and tip", '("fare" + "tip") / 2'),
        ("x = (fare + tip) / 2", '("fare" + "tip") / 2'),
        ("length of the driver", 'length("driver")'),
        ("the natural log of fare", 'ln(CASE WHEN "fare" > 0 THEN "fare" END)'),
        ("the driver and the age group", None),
    ],
)
def test_a_formula_is_read_from_words(text: str, sql: str | None) -> None:
    made = formula(mark(text, CARD))
    assert (made and made.sql.replace("( ", "(")) == sql


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("group fare into low (below 10), medium (10 to 20) and high (above 20)", ("low", "medium", "high")),
        ("'cheap' if fare <= 10, 'dear' otherwise, by fare", ("cheap", "dear")),
        ("1 if the tip is above 5 and 0 otherwise", (1, 0)),
        ("fare groups: under 10, 10-30, 30+", ("under 10", "10-30", "30+")),
        ("split fare into 3 equal-sized groups", ("group 1", "group 2", "group 3")),
        ("the fare is 10", None),
    ],
)
def test_classes_are_read_from_their_ranges(text: str, labels: tuple[object, ...] | None) -> None:
    made = bins(mark(text, CARD))
    assert (made and made.labels) == labels


def test_the_format_of_the_answer_is_cut_off() -> None:
    assert split_format("Mean fare? Answer in this format: @m[x]") == ("Mean fare? ", "Answer in this format: @m[x]")


def test_rounding_is_no_part_of_a_question() -> None:
    assert without_rounding("Report the mean to two decimal places.") == "Report the mean."


_PIECES = (
    "Fill missing", "fare", "'Mr.'", "with", "the median", "Create a new column", "called 'x'", "as", "tip / fare", "(",
    ")", "0-12", "<1>", "[0]", "{", "}", "@a[b]", "1.", "2)", "if", "else 0", "train a model", "predict", "80:20",
    "remove outliers", "normalize", "log", "k=3", "drop duplicates", "then", ", and", ".", "?", "\n", '"', "“", "its mean",
    "each group", "driver", "encode", "one-hot", "quartiles", "'low'", "9" * 30, "%", "\\", "é", "percentile", "75th",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_no_text_makes_the_analyst_stumble(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(10):
        question = " ".join(rng.choice(_PIECES) for _ in range(rng.randint(1, 25)))
        assert plan_for(question, CARD).steps
