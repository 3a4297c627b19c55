"""Decisions in words, run by DuckDB over given values."""

from __future__ import annotations

import duckdb
import pytest

from analyst.rulebased.deciding import decision


def decided(options: tuple[str, ...], facts: dict[str, str], question: str, words: str = " verdict ") -> object:
    text = decision(options, words, facts, question)
    row = duckdb.execute(f"SELECT {text}").fetchone()
    return None if row is None else row[0]


@pytest.mark.parametrize(("p", "expected"), [("0.03", "no"), ("0.008", "yes")])
def test_the_level_of_significance_is_the_one_that_is_named(p: str, expected: str) -> None:
    assert decided(("yes", "no"), {"p": p}, "Use a significance level of 0.01.") == expected


@pytest.mark.parametrize(
    ("r", "p", "expected"),
    [("0.7", "0.001", "linear"), ("-0.7", "0.001", "linear"), ("0.5", "0.001", "nonlinear"), ("0.7", "0.2", "none")],
)
def test_a_line_is_told_by_the_threshold_that_is_named(r: str, p: str, expected: str) -> None:
    question = "Call it linear if the absolute value of r is at least 0.6 and p-value is less than 0.05."
    assert decided(("linear", "nonlinear", "none"), {"r": r, "p": p}, question) == expected


@pytest.mark.parametrize(("r", "expected"), [("0.9", "strong"), ("-0.5", "moderate"), ("0.1", "weak")])
def test_strength_follows_the_limits_that_are_named(r: str, expected: str) -> None:
    question = "Above 0.8 or below -0.8 it is strong; between 0.4 and 0.8 it is moderate; else weak."
    assert decided(("strong", "moderate", "weak"), {"r": r, "p": "0.01"}, question) == expected


@pytest.mark.parametrize(("r2", "expected"), [("0.65", "good fit"), ("0.55", "poor fit")])
def test_a_fit_is_good_from_the_r_squared_that_is_named(r2: str, expected: str) -> None:
    question = "If R-squared is greater than 0.6 the model is a good fit."
    assert decided(("good fit", "poor fit"), {"r2": r2}, question) == expected


def test_options_of_no_known_kind_are_not_decided() -> None:
    assert decision(("apples", "pears"), " fruit ", {"p": "0.1"}, "") is None
