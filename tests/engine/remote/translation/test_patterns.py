"""Regular expressions of RE2 in Java's words."""

from __future__ import annotations

import pytest

from analyst.engine.errors import TranslationError
from analyst.engine.remote.translation.spark.patterns import java_pattern, java_replacement


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("[a-z]+", "[a-z]+"),
        ("a.b$", r"a[^\n]b\z"),
        (r"\d+\s*", r"[0-9]+[\t\n\f\r ]*"),
        (r"[\d,]+?", "[0-9,]+?"),
        ("(?i)x|(?:y)", "(?iu)x|(?:y)"),
        (r"\(a\)", r"\(a\)"),
        ("[]a]", r"[\]a]"),
        ("[a[&]", r"[a\[\&]"),
        (r"\pL", None),
        ("a++", None),
        ("[[:digit:]]", None),
        ("(?=a)", None),
        (r"\C", None),
        ("[abc", None),
    ],
)
def test_a_pattern_means_the_same_in_java_or_is_refused(given: str, written: str | None) -> None:
    if written is None:
        with pytest.raises(TranslationError):
            java_pattern(given)
    else:
        assert java_pattern(given) == written


@pytest.mark.parametrize(("given", "written"), [(r"\1-\0", "$1-$0"), ("$5", r"\$5"), (r"a\\b", r"a\\b")])
def test_a_replacement_means_the_same_in_java(given: str, written: str) -> None:
    assert java_replacement(given) == written


def test_a_digit_behind_a_groups_number_is_refused_because_java_reads_both_as_one() -> None:
    with pytest.raises(TranslationError):
        java_replacement(r"\12")
