"""Tables without personal data: models see numbers, dates and categories of single rows; text and identifiers never."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyst.core.errors import PlanError
from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.execution.runner import PlanRunner
from analyst.protocol.evidence import write_evidence
from analyst.protocol.table import TableProfile
from tests.planning.test_disclosure import Step, holds, run, seen

ROWS = 60
PLANTS = ("Oslo", "Turin", "Graz")


def serial(i: int) -> int:
    return 7_000_000 + (i * 7919) % 90_007 * 11


def output(i: int) -> int:
    return 300 + (i * i * 37) % 401


def first(i: int) -> int:
    return i % 50 if i != 7 else 77


def remark(i: int) -> str:
    return f"bearing number {chr(97 + i % 26)}{chr(97 + i * 5 % 26)} hums a little when the hall is cold"


def write_machines(folder: Path) -> Path:
    """One row a machine: nobody's data, but an id and free text of each."""
    lines = ["machine_id,plant,installed,output,scrap_pct,q1,q2,remark"]
    for i in range(ROWS):
        cells = (
            serial(i),
            PLANTS[i % 3],
            f"2022-{1 + i % 12:02d}-{1 + i % 27:02d}",
            output(i),
            i % 9,
            first(i),
            2 * first(i),
            remark(i),
        )
        lines.append(",".join(map(str, cells)))
    file = folder / "machines.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> TableProfile:
    folder = tmp_path_factory.mktemp("machines")
    return profile_table(open_table(write_machines(folder), folder))


@pytest.fixture(scope="module")
def runner(profile: TableProfile) -> Iterator[PlanRunner]:
    with PlanRunner(profile, timeout_s=20, memory_mb=512) as running:
        yield running


BEST = max(range(ROWS), key=output)
MEANS = {p: sum(output(i) for i in range(ROWS) if PLANTS[i % 3] == p) / 20 for p in PLANTS}
SHOWN: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "the largest row": ("SELECT plant, output FROM data ORDER BY output DESC LIMIT 1", [(PLANTS[BEST % 3], output(BEST))]),
    "a picked cell": ("SELECT arg_max(installed, output)::VARCHAR AS d, max(output) AS o FROM data", [(f"2022-{1 + BEST % 12:02d}-{1 + BEST % 27:02d}", output(BEST))]),
    "the best of groups": (
        "WITH p AS (SELECT plant, avg(output) AS o FROM data GROUP BY 1) SELECT arg_max(plant, o) AS plant, round(max(o), 2) AS o FROM p",
        [(max(PLANTS, key=lambda p: MEANS[p]), round(max(MEANS.values()), 2))],
    ),
    "a small group": ("SELECT plant, sum(output) AS s FROM data WHERE q1 = 77 GROUP BY 1", [(PLANTS[7 % 3], output(7))]),
    "columns turned into rows": (
        "SELECT quarter, sum(v) AS total FROM (UNPIVOT (SELECT q1, q2 FROM data) ON q1, q2 INTO NAME quarter VALUE v) GROUP BY 1 ORDER BY 1",
        [("q1", sum(map(first, range(ROWS)))), ("q2", 2 * sum(map(first, range(ROWS))))],
    ),
    "a union of two aggregates": (
        "SELECT 'a' AS what, sum(q1) AS v FROM data UNION ALL SELECT 'b', max(q2) FROM data ORDER BY 1",
        [("a", sum(map(first, range(ROWS)))), ("b", 154)],
    ),
    "an aggregate beside one cell": (
        "SELECT a.m, b.output FROM (SELECT round(avg(q1), 1) AS m FROM data) a, (SELECT output FROM data WHERE q1 = 77) b",
        [(round(sum(map(first, range(ROWS))) / ROWS, 1), output(7))],
    ),
    "a rate": ("SELECT round(avg((plant = 'Graz')::INT), 3) AS r FROM data", [(0.333,)]),
    "a mean of what text gives": ("SELECT round(avg(length(remark)), 1) AS l FROM data", [(round(sum(len(remark(i)) for i in range(ROWS)) / ROWS, 1),)]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "rows"), SHOWN.values(), ids=SHOWN.keys())
def test_numbers_dates_and_categories_are_shown_single_cells_too(
    text: str, rows: list[tuple[Any, ...]], runner: PlanRunner
) -> None:
    assert seen(run(runner, text).table("s1")) == rows


def test_a_pivot_is_shown_like_the_groups_that_it_is_made_of(runner: PlanRunner) -> None:
    made = "PIVOT data ON scrap_pct IN (1, 2) USING avg(output) AS mean, count(*) AS n GROUP BY plant"
    table = run(runner, f"{made} ORDER BY plant").table("s1")
    assert table.columns == ("plant", "1_mean", "1_n", "2_mean", "2_n")
    assert [(row[0], row[2], row[4]) for row in seen(table)] == [("Graz", 0, 7), ("Oslo", 0, 0), ("Turin", 7, 0)]
    inner = run(runner, f'SELECT plant, "2_n" + 1 AS n FROM ({made}) ORDER BY plant').table("s1")
    assert seen(inner) == [("Graz", 8), ("Oslo", 1), ("Turin", 1)]
    ids = run(runner, "PIVOT data ON scrap_pct IN (1, 2) USING max(machine_id) GROUP BY plant ORDER BY plant").table(
        "s1"
    )
    assert [row[1:] for row in seen(ids)] == [(None, "?"), (None, None), ("?", None)]


def test_the_most_frequent_value_is_shown_with_the_statistics(runner: PlanRunner) -> None:
    table = run(runner, {"method": "describe", "columns": ["output", "plant"]}).table("s1")
    assert not table.withheld


ONE = "q1 = 77"
HIDDEN: dict[str, list[str | Step]] = {
    "ids and text of rows": ["SELECT machine_id, remark, output FROM data ORDER BY output DESC LIMIT 4"],
    "arithmetic on an id": ["SELECT machine_id + 0 AS a, machine_id::VARCHAR AS b, -machine_id AS c FROM data LIMIT 4"],
    "parts of text": ["SELECT left(remark, 30) AS a, upper(remark) AS b FROM data LIMIT 4"],
    "the id at the top": ["SELECT arg_max(machine_id, output) AS a, max(machine_id) AS b FROM data"],
    "a mean of one id": [f"SELECT avg(machine_id) AS a, sum(machine_id) AS b, median(machine_id) AS c FROM data WHERE {ONE}"],
    "a mean of one id, later": [f"SELECT machine_id FROM data WHERE {ONE}", "SELECT avg(machine_id) AS a FROM s1"],
    "groups of ids": ["SELECT machine_id, sum(output) AS s FROM data GROUP BY 1"],
    "a count up to an id": [f"SELECT count(*) AS a FROM range(8000000) t(i), data WHERE {ONE} AND i < machine_id"],
    "a range up to an id": [f"SELECT count(*) AS a FROM range((SELECT machine_id FROM data WHERE {ONE}))"],
    "an id as a condition": [f"SELECT count(*) AS a FROM range(8000000) t(i) WHERE i < (SELECT machine_id FROM data WHERE {ONE})"],
    "a list of text": ["SELECT list(remark) AS a, string_agg(remark, ';') AS b, mode(remark) AS c FROM data"],
}  # fmt: skip


@pytest.mark.parametrize("steps", HIDDEN.values(), ids=HIDDEN.keys())
def test_no_text_and_no_identifier_is_shown(steps: list[str | Step], runner: PlanRunner) -> None:
    try:
        told = write_evidence(run(runner, *steps))
    except PlanError as error:
        told = error.message
    cells = [cell for i in range(ROWS) for cell in (str(serial(i)), remark(i), remark(i)[:30], remark(i).upper())]
    assert not [cell for cell in cells if holds(told, cell)]


def test_the_setting_never_withholds_single_cells_of_every_table(profile: TableProfile) -> None:
    closed = replace(profile, closed=True)
    with PlanRunner(closed, timeout_s=20, memory_mb=512) as running:
        rows = run(running, "SELECT plant, output FROM data ORDER BY output DESC LIMIT 1").table("s1")
        groups = run(running, "SELECT count(*) AS n, sum(output) AS s FROM data").table("s1")
    assert seen(rows) == [("?", "?")]
    assert seen(groups) == [(ROWS, sum(map(output, range(ROWS))))]
