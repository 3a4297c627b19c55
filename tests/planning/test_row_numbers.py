"""`_row` goes along with `*`, but never makes equal rows differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.execution.runner import PlanRunner
from tests.planning.test_disclosure import run

SALES = "shop,item,units\nA,pen,3\nA,pen,3\nB,pen,4\nB,ink,5\nB,ink,5\nB,ink,5\n"


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlanRunner]:
    folder = tmp_path_factory.mktemp("sales")
    file = folder / "sales.csv"
    file.write_text(SALES, encoding="utf-8")
    profile = profile_table(open_table(file, folder))
    with PlanRunner(profile, timeout_s=20, memory_mb=512) as running:
        yield running


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT DISTINCT * FROM data", 3),
        ("FROM data SELECT DISTINCT *", 3),
        ("SELECT DISTINCT d.* FROM data d", 3),
        ("SELECT DISTINCT * EXCLUDE (units) FROM data", 3),
        ("SELECT DISTINCT * FROM (SELECT *, units * 2 AS twice FROM data)", 3),
        ("SELECT * FROM data UNION SELECT * FROM data", 3),
        ("SELECT * FROM data EXCEPT SELECT * FROM data WHERE item = 'ink'", 2),
        ("SELECT * FROM data INTERSECT SELECT * FROM data WHERE shop = 'A'", 1),
        ("SELECT *, count(*) AS copies FROM data GROUP BY ALL HAVING count(*) > 1", 2),
        ("SELECT DISTINCT * EXCLUDE (_row) FROM data", 3),
        ("SELECT * FROM data UNION ALL SELECT * FROM data", 12),
        ("PIVOT data ON item IN ('pen', 'ink') USING sum(units)", 2),
    ],
)
def test_equal_rows_are_equal(sql: str, rows: int, runner: PlanRunner) -> None:
    assert run(runner, sql).table("s1").row_count == rows


def test_distinct_over_an_earlier_step_forgets_the_number_too(runner: PlanRunner) -> None:
    evidence = run(
        runner, "SELECT *, units + 1 AS more FROM data", "SELECT count(*) AS n FROM (SELECT DISTINCT * FROM s1)"
    )
    assert evidence.table("s2").rows == ((3,),)


def test_a_pivot_sums_what_its_groups_share(runner: PlanRunner) -> None:
    rows: list[tuple[Any, ...]] = list(
        run(runner, "SELECT shop, pen, ink FROM (PIVOT data ON item IN ('pen', 'ink') USING sum(units)) ORDER BY shop")
        .table("s1")
        .rows
    )
    assert rows == [("A", 6, None), ("B", 4, 15)]


def test_rows_keep_their_number_where_nothing_compares_them(runner: PlanRunner) -> None:
    assert "_row" in run(runner, "SELECT * FROM data WHERE item = 'ink'").table("s1").columns
