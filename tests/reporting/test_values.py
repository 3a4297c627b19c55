"""Named values are for programs to read: plain digits, whole lists, truth values as asked; and parts of references."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.core.errors import ReplyError
from analyst.protocol.evidence import Evidence, EvidenceTable
from analyst.reporting.filling import Filler, fill
from analyst.reporting.numbers import as_list, as_value

ROWS = tuple((f"City {chr(65 + n)}", 1000.5 * n, n % 2 == 0) for n in range(15))
CITIES = EvidenceTable("s1", "cities", ("city", "sales", "even"), ROWS, 15, ("city",))
ONE = EvidenceTable(
    "s2",
    "one row",
    ("total", "p", "share", "normal", "day", "month", "change", "year"),
    ((1234567.891, 1.2e-9, 0.12345, True, "2024-11-05", 3, -53.25, 2009),),
    1,
    formats={"share": "percent", "p": "p_value"},
)
EMPTY = EvidenceTable("s3", "nothing", ("city",), (), 0)
CUT = EvidenceTable("s4", "the first rows", ("city",), (("A",), ("B",)), 900)
EVIDENCE = Evidence((CITIES, ONE, EMPTY, CUT))


def value(text: str, question: str = "?") -> str:
    return fill(text, EVIDENCE, question, prose=False).text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{s2.total}}", "1234567.891"),
        ("{{s2.total|2}}", "1234567.89"),
        ("{{s2.total|0}}", "1234568"),
        ("{{s2.p|4}}", "0.0000"),
        ("{{s2.p}}", "0.0000000012"),
        ("{{s2.share}}", "0.12345"),
        ("{{s2.share|2}}", "0.12"),
        ("{{s2.share|1%}}", "12.3%"),
        ("{{s2.day}}", "2024-11-05"),
        ("{{s2.day|year}}", "2024"),
        ("{{s2.change|abs|1}}", "53.3"),
        ("{{s2.year}}", "2009"),
        ("{{s1[2].city}}", "City B"),
        ("{{s1[2].even}}", "false"),
        ("{{s1[*].city}}", ", ".join(f"City {chr(65 + n)}" for n in range(15))),
        ("{{s1[*].sales|1}}", ", ".join(f"{1000.5 * n:.1f}" for n in range(15))),
        ("{{s3[*].city}}", "[]"),
    ],
)
def test_a_named_value_is_plain_and_whole(text: str, shown: str) -> None:
    assert value(text) == shown


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("@normal[True/False]", "True"),
        ("Is it normal? Answer yes or no.", "yes"),
        ('Say "Yes" or "No".', "Yes"),
        ("(NO/YES)", "YES"),
        ("normal as 0 or 1", "1"),
        ("false, true", "true"),
        ("Is it normal?", "true"),
    ],
)
def test_a_truth_value_is_said_as_the_question_asks(question: str, shown: str) -> None:
    assert value("{{s2.normal}}", question) == shown


def test_a_list_of_which_not_all_is_kept_is_no_value() -> None:
    with pytest.raises(ReplyError, match="only the first 2 are kept"):
        value("{{s4[*].city}}")


def test_an_item_with_a_comma_stands_in_quotes() -> None:
    assert as_list(["a, b", "c"]) == '"a, b", c' and as_list(["a, b"]) == "a, b"


@pytest.mark.parametrize(
    ("number", "asked", "shown"),
    [
        (0.1 + 0.2, {}, "0.3"),
        (5.0, {}, "5"),
        (-0.0, {}, "0"),
        (1e21, {}, "1000000000000000000000"),
        (-0.004, {"digits": 2}, "0.00"),
        (2.5, {"digits": 0}, "3"),
        (0.5, {"sign": True}, "+0.5"),
        (None, {}, ""),
    ],
)
def test_a_number_for_a_program_has_no_noise_and_no_separator(number: Any, asked: dict[str, Any], shown: str) -> None:
    assert as_value(number, **asked) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{s2.day|month}} {{s2.day|year}}", "November 2024"),
        ("in {{s2.month|month}}", "in March"),
        ("in {{s2.year|year}}", "in 2009"),
        ("by {{s2.change|abs}}", "by 53.25"),
        ("by {{s2.change|0|abs}}", "by 53"),
        ("{{s2.share|abs|1%}}", "12.3%"),
    ],
)
def test_a_reference_takes_a_size_a_year_and_a_month(text: str, shown: str) -> None:
    assert fill(text, EVIDENCE, "?").text == shown


@pytest.mark.parametrize("text", ["{{s2.share|month}}", "{{s2.total|year}}", "{{s1[1].city|year}}"])
def test_what_is_no_date_has_no_year_and_no_month(text: str) -> None:
    with pytest.raises(ReplyError, match="which is no date"):
        fill(text, EVIDENCE, "?")


def test_a_scale_may_be_said_where_the_column_is_counted_in_it() -> None:
    jobs = Evidence((EvidenceTable("s1", "jobs", ("jobs",), ((150.5,),), 1, source=("payroll",)),))
    text = "The city has {{s1.jobs}} thousand jobs."
    with pytest.raises(ReplyError, match="'thousand' after it would change it"):
        Filler("How many jobs?")(text, jobs)
    assert Filler("How many jobs?", units={"payroll": "thousand jobs"})(text, jobs).text.endswith(
        "150.5 thousand jobs."
    )
    with pytest.raises(ReplyError, match="'k' after it"):
        Filler("How many jobs a week?")("{{s1.jobs}}k jobs", jobs)
