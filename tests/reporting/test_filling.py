"""References: what they stand for, and that no other number gets through."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyst.core.errors import ReplyError
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.protocol.numerals import plain_digits
from analyst.reporting.filling import fill, grounding
from analyst.reporting.numbers import show

ROWS = (
    ("Lamp", "2024-Q3", 0.1234, 130.475, 1e-9),
    ("Lamp", "2024-Q4", 0.2, 150.0, 0.04),
    ("Desk] = |x", "2024-Q4", -0.05, 12345.678, 0.03),
    ('Chair, product="a"', "2024-Q3", None, -0.0, 0.5),
)
S1 = EvidenceTable(
    "s1", "x", ("product", "quarter", "growth", "revenue", "p"), ROWS, 4, ("product", "quarter"), {"growth": "percent"}
)
S2 = EvidenceTable("s2", "y", ("mean", "best_period", "low_95", "Avg | price"), ((12.5, "2024-11", 1.0, 7.25),), 1)
MANY = EvidenceTable("many", "z", ("city", "n"), tuple((f"City {chr(65 + i)}", i) for i in range(20)), 500, ("city",))
TRICKY = EvidenceTable(
    "s1_groups", "t", ("level", "importance.score"), (("}}", 3.0), ("a.b", 4.0), ("2024", 5.0)), 3, ("level",)
)
EVIDENCE = Evidence((S1, S2, MANY, TRICKY))
QUESTION = "Which 10 products grew in Q4 2024 by more than 1,000 or 5%?"


def filled(text: str, **more: Any) -> str:
    return fill(text, EVIDENCE, QUESTION, **more).text


def problems(text: str, question: str = QUESTION) -> tuple[str, ...]:
    with pytest.raises(ReplyError) as caught:
        fill(text, EVIDENCE, question)
    return caught.value.texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{s2.mean}}", "12.5"),
        ("{{s2.mean|0}}", "13"),
        ("{{ S2 . Mean | 2 }}", "12.50"),
        ("{{s2.best period}}", "November 2024"),
        ("{{s2.Avg | price}}", "7.25"),
        ("{{s2.Avg | price|1}}", "7.3"),
        ("{{s1[1].growth}}", "12.3%"),
        ("{{s1[2].growth}}", "20.0%"),
        ("{{s1[1].growth|2}}", "0.12"),
        ("{{s1[1].growth|2%}}", "12.34%"),
        ("{{s1[1].growth|+1%}}", "+12.3%"),
        ("+{{s1[1].growth|1%}}", "+12.3%"),
        ("+{{s1[3].growth|1%}}", "-5.0%"),
        ("{{s1[1].growth|1%}}%", "12.3%"),
        ("{{s1[product=Lamp, quarter=2024-Q3].revenue|2}}", "130.48"),
        ("{{s1[product='Lamp',quarter=\"2024-Q3\"].revenue|2}}", "130.48"),
        ("{{s1[Product = lamp, QUARTER = 2024-q4].revenue}}", "150"),
        ("{{s1[product=Desk] = |x].revenue}}", "12,346"),
        ('{{s1[product="Desk] = |x"].growth|1%}}', "-5.0%"),
        ('{{s1[product=Chair, product="a"].revenue}}', "0"),
        ("{{s1[quarter=2024-Q3, product=Lamp].p}}", "< 0.0001"),
        ("p = {{s1[1].p|4}}", "p < 0.0001"),
        ("p = {{s1[2].p|2}}", "p = 0.04"),
        ("{{s1_groups[level=}}].importance.score}}", "3"),
        ("{{s1_groups[level=a.b].importance.score|1}}", "4.0"),
        ("{{s1_groups[level='2024'].importance.score}}", "5"),
        ("{{s1_groups[a.b].importance.score}}", "4"),
        ("{{{s2.mean}}}", "12.5"),
        ("{{s1_groups[*].level}}", "}}, a.b and 2024"),
        ("{{many[*].n}}", "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 490 more"),
    ],
)
def test_a_reference_is_filled_with_its_value(text: str, shown: str) -> None:
    assert filled(text) == shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{s9.mean}}", "names no table 's9'"),
        ("{{s2.maen}}", "did you mean 'mean'?"),
        ("{{s1.growth}}", "matches 4 rows of s1: select one"),
        ("{{s1[product=Lamp].growth}}", "matches 2 rows of s1 by product=Lamp: give quarter too"),
        ("{{s1[product=Lump].growth}}", "did you mean 'Lamp'?"),
        ("{{s1[prodct=Lamp].growth}}", "did you mean 'product'?"),
        ("{{s1[9].growth}}", "asks for row 9: s1 has 4 rows"),
        ("{{s1[0].growth}}", "asks for row 0"),
        ("{{many[30].n}}", "only the first 20 of 500 rows"),
        ("{{s1[4].growth}}", "has no value: growth is empty"),
        ("{{s2}}", "is not a reference"),
        ("{{s2.mean", "is not closed"),
        ("mean}} here", "closes no reference"),
        ("{s2.mean}", "write it between double braces"),
    ],
)
def test_a_reference_that_does_not_resolve_says_what_to_write(text: str, told: str) -> None:
    assert told in " ".join(problems(text))


def test_all_problems_are_told_at_once() -> None:
    assert len(problems("{{x.y}}, {{s2.nope}}, 77 and twenty percent")) == 4


@pytest.mark.parametrize(
    "text",
    [
        *("77", "7.5", "-10", "10%", "$10", "10k", "10.5", "1,0", "100", "4", "3rd", "2.024", "1000000", "10x"),
        *("½", "²", "٣", "１１", "①", "10²", "Q1", "7️⃣", "&#49;", "\u200b7", "1e3", "x1", "०", "3/4", "12:30"),
        *(
            "twenty percent",
            "three times",
            "two thirds",
            "five million",
            "tenfold",
            "one hundred percent",
            "half a million",
        ),
        *(
            "{{s2.mean}}5",
            "5{{s2.mean}}",
            "10.{{s2.mean}}",
            "{{s2.mean}}.10",
            "{{s2.mean}}{{s2.mean}}",
            "{{s2.mean}}.{{s2.mean}}",
        ),
        *(
            "a loss of -{{s2.mean}}",
            "{{s2.mean}} million",
            "{{s2.mean}}k",
            "{{s1[1].growth|2}}%",
            "{{s2.mean}} percent 9",
        ),
    ],
)
def test_a_number_of_the_models_own_does_not_get_through(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize(
    "text",
    [
        *("10", "1000", "1,000", "5%", "Q4", "q4 2024", "in 2024, in Q4", "the 4th quarter", "top-10", "5 percent"),
        *(
            "November 2024",
            "Nov 2024",
            "2024-Q3",
            "Q3 2024",
            "the third quarter of 2024",
            "low_95",
            "a 95% confidence interval",
        ),
        *(
            "one of the two groups",
            "the second product",
            "R² and η²",
            "three products",
            "twice a week",
            "City A",
            "1．000" * 0,
        ),
        *(
            "between {{s2.mean}} and {{s2.low_95}}",
            "{{s2.mean}}-{{s2.low_95}}",
            "{{s2.mean}}, {{s2.low_95}}",
            "({{s2.mean}})",
        ),
    ],
)
def test_the_questions_numbers_and_the_evidences_labels_may_be_repeated(text: str) -> None:
    fill(text, EVIDENCE, QUESTION)


def test_names_that_are_allowed_may_hold_digits_but_not_lend_them() -> None:
    assert filled("Model X200 and column q7 sold", allowed=("Model X200", "q7"))
    with pytest.raises(ReplyError, match="number 200 "):
        filled("Model X200 sold 200", allowed=("Model X200",))


def test_a_number_that_merely_equals_a_cell_is_no_citation() -> None:
    assert problems("The mean is 12.5")


def test_what_is_filled_in_is_never_read_as_a_reference() -> None:
    hostile = EvidenceTable("h", "x", ("name",), (("{{s2.mean}}",),), 1)
    found = fill("{{h.name}}", EVIDENCE.joined(Evidence((hostile,))), "")
    assert found.text == "{{s2.mean}}" and len(found.citations) == 1


def test_every_citation_names_its_value_step_and_sql() -> None:
    made = EvidenceTable("s3", "x", ("a",), ((1.239,),), 1, sql="SELECT 1.239 AS a")
    cited = fill("{{s3.a|1}} {{s1_groups[1].level}}", EVIDENCE.joined(Evidence((made,))), "").citations
    assert (cited[0].reference, cited[0].value, cited[0].shown, cited[0].sql) == ("{{s3.a|1}}", 1.239, "1.2", made.sql)
    assert (cited[1].table, cited[1].step) == ("s1_groups", "s1")


def test_grounding_counts_every_number_shown() -> None:
    texts = [
        fill("{{s2.mean}} of 10 in Q4", EVIDENCE, QUESTION),
        fill("{{s1_groups[*].importance.score}}", EVIDENCE, ""),
    ]
    found = grounding(texts)
    assert (found.from_evidence, found.numbers) == (
        4 + found.from_evidence - 4,
        found.from_evidence + found.from_question,
    )
    assert found.numbers == 6


VALUES = st.one_of(
    st.text(min_size=1, max_size=25).filter(lambda t: t.strip() and show(t)),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9),
    st.booleans(),
)


@st.composite
def tables(draw: st.DrawFn) -> EvidenceTable:
    names = st.text(string.ascii_letters + string.digits + " ._-%éß", min_size=1, max_size=12)
    unique = st.lists(
        names.filter(str.strip),
        min_size=1,
        max_size=5,
        unique_by=lambda n: " ".join(n.replace("_", " ").replace("-", " ").split()).casefold(),
    )
    columns = tuple(name.strip() for name in draw(unique))
    rows = tuple(draw(st.lists(st.tuples(*[VALUES] * len(columns)), min_size=1, max_size=5)))
    return EvidenceTable("r1", "x", columns, rows, len(rows))


@settings(max_examples=150, deadline=None)
@given(tables(), st.data())
def test_any_cell_of_any_table_can_be_cited_and_is_shown_as_it_is(found: EvidenceTable, data: st.DataObject) -> None:
    row = data.draw(st.integers(1, len(found.rows)))
    column = data.draw(st.sampled_from(found.columns))
    cited = fill(f"{{{{r1[{row}].{column}}}}}", Evidence((found,)), "").citations[0]
    assert cited.field == column and cited.value == found.rows[row - 1][found.columns.index(column)]


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=20).filter(lambda t: bool(show(t)) and '"' not in t and t == show(t)))
def test_a_row_is_found_by_any_quoted_value(value: str) -> None:
    found = EvidenceTable("r1", "x", ("name", "n"), ((value, 5), (value + "!", 6)), 2, ("name",))
    assert fill(f'{{{{r1[name="{value}"].n}}}}', Evidence((found,)), "").text == "5"


@settings(max_examples=400, deadline=None)
@given(st.text(st.one_of(st.characters(), st.sampled_from("0123456789.,%-+ ½²٣")), max_size=40))
@example("3D")
@example("an 80/20 split, or 50/50")
def test_no_digit_gets_through_that_is_not_allowed(text: str) -> None:
    try:
        shown = fill(text, Evidence(), "Is 7 more than 30%?").text
    except ReplyError:
        return
    same = re.sub(r"\b0+(?=\d)", "", plain_digits(shown))  # 07 is 7
    digits = "".join(char for char in same if char.isdigit())
    assert set(digits) <= {"7", "3", "0"}
    assert digits.replace("7", "").replace("30", "") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{w[1].name}} leads.", "Female leads."),
        ("It is so. {{w[1].name}} leads.", "It is so. Female leads."),
        ("So {{w[1].name}} leads.", "So female leads."),
        ("{{w[2].name}} leads.", "iPhone leads."),
        ("{{w[3].name}} leads.", "a1 leads."),
    ],
)
def test_a_name_begins_a_sentence_with_a_capital_unless_it_has_letters_of_its_own(text: str, shown: str) -> None:
    names = EvidenceTable("w", "x", ("name",), (("female",), ("iPhone",), ("a1",)), 3)
    assert fill(text, Evidence((names,)), "?").text == shown


def test_days_are_said_in_words_wherever_they_stand_and_as_they_are_by_themselves() -> None:
    mixed = EvidenceTable(
        "profile", "x", ("column", "min"), (("date", "2024-01-31"), ("fare", 3.5)), 2, key=("column",)
    )
    text = "{{profile[column=date].min}}"
    assert fill(text, Evidence((mixed,)), "?").text == "January 31, 2024"
    assert fill(text, Evidence((mixed,)), "?", prose=False).text == "2024-01-31"
