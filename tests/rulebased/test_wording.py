"""The English of the rule-based analyst: small words that carry the meaning."""

from __future__ import annotations

import pytest

from analyst.rulebased.naming import name_of
from analyst.rulebased.wording import asks_number, asks_yes_no, lower, moved, sentences


@pytest.mark.parametrize("question", ["Do members pay more?", "is revenue growing", "Are there outliers in price?"])
def test_a_question_that_begins_with_its_verb_is_one_of_yes_or_no(question: str) -> None:
    assert asks_yes_no(question)


@pytest.mark.parametrize("question", ["What is it?", "Which do best?", "Is A or B better?", "How many are there?"])
def test_other_questions_are_not(question: str) -> None:
    assert not asks_yes_no(question)


def test_a_list_is_asked_for_by_its_number() -> None:
    assert asks_number("Top 5 products", 5) and asks_number("the three largest", 3)
    assert not asks_number("Which product is best?", 10) and not asks_number("Best in 2015?", 5)


def test_the_verb_of_a_move_follows_its_sign() -> None:
    assert [moved(n) for n in (2.0, -2.0, 0.0, None)] == ["rose", "fell", "did not change", "did not change"]


def test_a_sentence_goes_on_in_small_letters_unless_it_begins_with_a_name_in_capitals() -> None:
    assert [lower(t) for t in ("Revenue rose", "GDP rose", "{{s1.x}} Rose")] == [
        "revenue rose",
        "GDP rose",
        "{{s1.x}} Rose",
    ]


def test_sentences_end_before_a_capital_or_a_reference() -> None:
    assert sentences("It rose by 3.5. {{s1.x}} fell. Why?") == ["It rose by 3.5.", "{{s1.x}} fell.", "Why?"]


def test_a_result_s_column_is_called_by_the_pseudonym_that_it_is_named_after() -> None:
    assert name_of("total_person_1", "What is the total of PERSON_1?", ["region", "PERSON_1"]) == "total PERSON_1"
    assert name_of("PERSON_1", "What is the total of PERSON_1?", ["PERSON_1"]) == "PERSON_1"
    assert name_of("total_score_1", "total of score_1", ["score_1"]) == "total score 1"
