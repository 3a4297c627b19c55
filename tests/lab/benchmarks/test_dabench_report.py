"""The tables of a run: shares of all questions, and whether wrong answers say what was not carried out."""

from __future__ import annotations

from lab.benchmarks.dabench_report import HEAD, tables
from lab.benchmarks.dabench_scoring import Answer, Question

ASKED = [
    Question(id, "What is it?", "", "@n[count] where count is an integer", "t.csv", "easy", ("Counts",), {"n": "7"})
    for id in range(6)
]
CAVEAT = "Not carried out: the bound."
ANSWERS = {
    0: Answer(0, fields={"n": "7"}),
    1: Answer(1, fields={"n": "7"}, unanswered=CAVEAT),
    2: Answer(2, fields={"n": "8"}),
    3: Answer(3, fields={"n": "9"}, unanswered=CAVEAT),
    4: Answer(4, fields={"n": "10"}, unanswered=CAVEAT),
    5: Answer(5, error="no model answered"),
}


def row(name: str) -> dict[str, str]:
    lines = [line for line in tables("run", ASKED, ANSWERS).splitlines() if line.startswith(f"| {name} |")]
    return dict(zip(HEAD, (cell.strip() for cell in lines[0].strip("|").split("|")), strict=True))


def test_every_share_is_of_all_questions_and_a_failed_one_is_wrong() -> None:
    told = row("all")
    assert (told["n"], told["answered"], told["right, strict"]) == ("6", "5", "2 (33.3%)")
    assert row("easy") == told | {"questions": "easy"}


def test_wrong_answers_that_say_nothing_are_told_from_those_with_a_caveat_and_from_those_that_were_not_given() -> None:
    told = row("all")
    assert told["wrong, not said"] == "1 of 3"
    assert told["right, needless caveat"] == "1 of 2"
