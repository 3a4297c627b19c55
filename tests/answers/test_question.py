"""A question is made plain once, and refused before anything is started."""

from __future__ import annotations

import pytest

from analyst.answers.question import MAX_QUESTION, Question, check_question
from analyst.core.errors import QuestionError


@pytest.mark.parametrize(
    "question", ["critical: Which sold best?", " CRITICAL :Which sold best?", "Critical:Which sold best?"]
)
def test_a_question_is_marked_by_its_first_word(question: str) -> None:
    assert check_question(question) == Question("Which sold best?", critical=True)


@pytest.mark.parametrize("question", ["Which critical: parts sold?", "Critical parts: which sold?", "critically: low?"])
def test_the_word_elsewhere_is_no_mark(question: str) -> None:
    assert check_question(question) == Question(question)


def test_control_characters_and_runs_of_spaces_are_one_space() -> None:
    assert check_question(" Which\x07 sold\n\tbest? ") == Question("Which sold best?")


@pytest.mark.parametrize("question", ["", " \n", "critical:", " Critical : \x07"])
def test_a_question_that_asks_nothing_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        check_question(question)


def test_a_question_that_is_far_too_long_is_refused_with_its_length() -> None:
    assert check_question("a" * MAX_QUESTION).text
    with pytest.raises(QuestionError, match="2,001 characters"):
        check_question("a" * (MAX_QUESTION + 1))
