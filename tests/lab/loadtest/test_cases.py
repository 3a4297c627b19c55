"""Which requests a load test makes, and when."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from lab.loadtest.cases import CASES, arrivals, mix, write_tables


def test_there_are_at_least_twelve_cases_over_three_samples_easy_and_hard() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 12
    assert {case.sample for case in CASES} == {"sales", "churn", "campaigns"}
    assert {case.level for case in CASES} == {"easy", "hard"}


def test_the_same_seed_draws_the_same_requests_and_every_case_comes() -> None:
    assert mix(100, 7) == mix(100, 7) != mix(100, 8)
    assert {case.name for case in mix(50, 7)} == {case.name for case in CASES}
    assert len(mix(3, 7)) == 3


def test_frequent_questions_come_more_often() -> None:
    counted = Counter(case.name for case in mix(5000, 7))
    assert counted["growth"] > 2 * counted["median"]


def test_requests_come_all_at_once_or_as_a_poisson_process_of_the_rate() -> None:
    assert arrivals(3, 0.0, 7) == [0.0, 0.0, 0.0]
    moments = arrivals(2000, 4.0, 7)
    assert moments == sorted(moments) and moments[0] == 0.0
    assert 3.6 < 2000 / moments[-1] < 4.4


def test_the_tables_have_the_sizes_of_real_use(tmp_path: Path) -> None:
    tables = write_tables(tmp_path)
    lines = {name: path.read_text(encoding="utf-8").count("\n") - 1 for name, path in tables.items()}
    assert lines == {"sales": 50_000, "churn": 10_000, "campaigns": 5_000}
