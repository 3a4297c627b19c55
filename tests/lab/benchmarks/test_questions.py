"""The question set of the benchmark: made by its rules, and scored so that a wrong answer can't count as right."""

from __future__ import annotations

from typing import Any

import pytest

from analyst.protocol.evidence import Evidence, EvidenceTable
from lab.benchmarks.questions import expectations as e
from lab.benchmarks.questions.bank import HALVES, TRADES, compute, read
from lab.benchmarks.questions.scoring import CAUTIOUS, CONFIDENT, RIGHT, holds, key_agrees, outcome, same
from lab.benchmarks.questions.whole import tells


def evidence(columns: tuple[str, ...], *rows: tuple[Any, ...], audience: str = "answer") -> Evidence:
    return Evidence((EvidenceTable("s1", "", columns, rows, len(rows), audience=audience),))


def test_there_are_at_least_150_questions_over_12_tables_in_two_equal_halves() -> None:
    questions = read()
    assert len(questions) >= 150
    assert len({q.trade for q in questions}) >= 12
    sizes = [sum(q.half == half for q in questions) for half in HALVES]
    assert abs(sizes[0] - sizes[1]) <= 2
    assert len({q.question for q in questions}) == len(questions)


def test_every_half_holds_questions_that_can_not_be_answered() -> None:
    for half in HALVES:
        assert sum(q.expected["kind"] in ("none", "partial") for q in read() if q.half == half) >= 8


def test_the_kept_answers_are_those_that_pandas_computes_from_the_seeded_rows() -> None:
    kept = {q.id: (q.half, q.question) for q in read()}
    assert kept == {q.id: (q.half, q.question) for q in compute()}
    for old, new in zip(read(), compute(), strict=True):
        assert repr(_rounded(old.expected)) == repr(_rounded(new.expected)), old.id


def _rounded(item: Any) -> Any:
    if isinstance(item, float):
        return float(f"{item:.9g}")
    if isinstance(item, dict):
        return {key: _rounded(value) for key, value in item.items()}
    return [_rounded(one) for one in item] if isinstance(item, (list, tuple)) else item


def test_no_two_trades_write_their_tables_alike() -> None:
    headers = {name: tuple(trade.rows()[0]) for name, trade in TRADES.items()}
    assert len(set(headers.values())) == len(headers)


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("2024-10", "month:2024-10"), ("Oct 2024", "month:2024-10"), ("2024-Q4", "quarter:2024Q4"),
        ("2024-W41", "week:2024-10-07"), ("2024-10-07", "week:2024-10-07"), ("Monday", "weekday:Monday"),
        (13, "hour:13"), ("2024-10-03 00:00:00", "day:2024-10-03"), ("September", "monthname:September"),
        (True, "yes"), ("nein", "no"), (1260, "1260"), ("day", "day"), (" lyon", "Lyon"),
    ],
)  # fmt: skip
def test_a_group_is_known_however_a_result_writes_it(cell: Any, key: str) -> None:
    assert key_agrees(cell, key)


def test_a_figure_agrees_to_four_digits_and_may_be_in_percent() -> None:
    assert same(12.344, 12.3441)
    assert same(12.3, 0.123)
    assert not same(12.4, 12.3)
    assert not same(True, 1)


def test_a_long_table_that_happens_to_hold_the_figure_is_no_answer() -> None:
    expected = e.value(7)
    assert holds(expected, evidence(("n",), (7,)), "")
    assert not holds(expected, evidence(("store", "n"), ("a", 7), ("b", 9)), "")
    assert not holds(expected, evidence(("n",), (7,), audience="detail"), "")


def test_groups_must_be_just_those_asked_for() -> None:
    expected = {"kind": "groups", "rows": [[["a"], [1]], [["b"], [2]]], "more": False}
    assert holds(expected, evidence(("g", "n"), ("b", 2), ("a", 1)), "")
    assert not holds(expected, evidence(("g", "n"), ("b", 2), ("a", 1), ("c", 3)), "")
    assert not holds(expected, evidence(("g", "n"), ("b", 1), ("a", 2)), "")


def test_a_ranking_must_be_in_order_and_of_the_length_asked_for() -> None:
    expected = {"kind": "top", "rows": [[["a"], [3]], [["b"], [2]]], "exact": True}
    assert holds(expected, evidence(("g", "n"), ("a", 3), ("b", 2)), "")
    assert not holds(expected, evidence(("g", "n"), ("b", 2), ("a", 3)), "")
    assert not holds(expected, evidence(("g", "n"), ("a", 3), ("b", 2), ("c", 1)), "")


def test_a_test_must_decide_as_the_data_do() -> None:
    expected = e.tested(True, {"kind": "groups", "rows": [[["a"], [1]]], "more": False})
    tables = evidence(("g", "n"), ("a", 1)).tables
    for p, right in ((0.01, True), (0.4, False)):
        found = Evidence((*tables, EvidenceTable("s2", "", ("p",), ((p,),), 1)))
        assert holds(expected, found, "") is right


def test_what_the_table_lacks_must_be_named() -> None:
    expected = e.none("premium")
    counted = evidence(("n",), (7,))
    assert outcome(expected, counted, 'The table has nothing for "premium".') == RIGHT
    assert outcome(expected, counted, "Something is missing.") == CAUTIOUS
    assert outcome(expected, counted, None) == CONFIDENT


def test_a_wrong_answer_with_a_caveat_is_told_from_one_without() -> None:
    expected, wrong = e.value(7), evidence(("n",), (8,))
    assert outcome(expected, wrong, "Maybe not.") == CAUTIOUS
    assert outcome(expected, wrong, None) == CONFIDENT


def test_a_text_tells_a_figure_rounded_in_percent_or_in_thousands() -> None:
    assert tells(e.value(0.3417), "It is 34.2%.")
    assert tells(e.value(12_345.6), "About 12.3 thousand.")
    assert tells(e.value(12_345.6), "In all 12,345.60.")
    assert not tells(e.value(12_345.6), "In all 12,346.60.")
