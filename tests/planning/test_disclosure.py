"""What models see of a result: what was computed from several rows; a cell of the table never, whatever the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from analyst.core.errors import LimitError, PlanError
from analyst.datasets.card import build_card, card_evidence
from analyst.datasets.categories import is_category, is_listed
from analyst.datasets.privacy.pseudonyms import Pseudonyms
from analyst.execution.runner import PlanRunner
from analyst.protocol.evidence import Evidence, EvidenceTable, read_evidence, write_evidence
from analyst.protocol.table import TableProfile, write_card
from analyst.reporting.filling import fill
from tests import staff

Step = dict[str, Any]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> TableProfile:
    return staff.open_staff(tmp_path_factory.mktemp("staff"))


@pytest.fixture(scope="module")
def runner(profile: TableProfile) -> Iterator[PlanRunner]:
    with PlanRunner(profile, timeout_s=20, memory_mb=512) as running:
        yield running


@pytest.fixture(scope="module")
def secrets(profile: TableProfile) -> list[str]:
    found = staff.secrets(write_card(build_card(profile, "", {}, Pseudonyms(profile))))
    assert len(found) > 400
    return found


def run(runner: PlanRunner, *steps: str | Step) -> Evidence:
    given = [{"sql": step} if isinstance(step, str) else step for step in steps]
    return runner.execute(runner.bind({"steps": [{"id": f"s{n}"} | step for n, step in enumerate(given, 1)]}))


def seen(table: EvidenceTable) -> list[tuple[Any, ...]]:
    """The rows as a model reads them."""
    return list(read_evidence(write_evidence(Evidence((table,)))).tables[0].rows)


def holds(text: str, cell: str) -> bool:
    """Whether a cell stands in a text: a number not as digits of another."""
    return cell in text and re.search(rf"(?<![\d.]){re.escape(cell)}(?![\d])", text) is not None


ONE = "staff_id = 'E0053'"
HOSTILE: dict[str, list[str | Step]] = {
    "rows by rank": ["SELECT name, salary FROM data ORDER BY salary DESC LIMIT 5"],
    "a filter to one row": [f"SELECT * FROM data WHERE {ONE}"],
    "a filter to few rows": ["SELECT name, note, salary FROM data WHERE salary BETWEEN 450000 AND 470000"],
    "all rows": ["FROM data"],
    "the first row": ["SELECT note FROM data LIMIT 1 OFFSET 50"],
    "a sample": ["SELECT name FROM data USING SAMPLE 5"],
    "columns by pattern": ["SELECT COLUMNS('name|salary') FROM data LIMIT 3 OFFSET 40"],
    "a place": ["SELECT #2, #6 FROM data LIMIT 3 OFFSET 40"],
    "least and greatest text": ["SELECT min(name), max(note), min(staff_id) FROM data WHERE bonus > 100"],
    "picked cells": ["SELECT any_value(name) AS a, first(note) AS b, last(salary) AS c, arbitrary(name) AS d FROM data"],
    "the most frequent": ["SELECT mode(note) AS a, mode(salary) AS b FROM data"],
    "the name at the top": ["SELECT arg_max(name, salary) AS a, max_by(note, bonus) AS b, min_by(salary, name) AS c FROM data"],
    "lists": ["SELECT list(name) AS a, array_agg(salary) AS b FROM data"],
    "joined text": ["SELECT string_agg(name, ';') AS a, group_concat(note) AS b, listagg(salary::VARCHAR) AS c FROM data"],
    "a list by group": ["SELECT department, list(name) AS names FROM data GROUP BY department"],
    "a list turned into text": ["SELECT array_to_string(list_sort(list(name)), ',') AS a FROM data"],
    "a list changed": ["SELECT list_transform(list(salary), lambda x: x + 0) AS a FROM data"],
    "an element of a list": ["SELECT list(name)[40] AS a, list(salary)[41] AS b, list_extract(list(note), 42) AS c FROM data"],
    "JSON": ["SELECT json_group_array(name) AS a, to_json(list(note)) AS b FROM data"],
    "a struct": ["SELECT list({'n': name, 's': salary}) AS a FROM data"],
    "a map": ["SELECT map(list(name), list(salary)) AS a FROM data"],
    "a histogram": ["SELECT histogram(name) AS a, histogram(salary) AS b FROM data"],
    "the top k": ["SELECT approx_top_k(note, 5) AS a, max(salary, 5) AS b, min(name, 5) AS c FROM data"],
    "groups of one": ["SELECT name, sum(salary) AS s FROM data GROUP BY name"],
    "groups of one by all": ["SELECT department, city, joined, note, avg(salary) AS s FROM data GROUP BY ALL"],
    "distinct names": ["SELECT DISTINCT name FROM data", "SELECT DISTINCT ON (department) department, name FROM data"],
    "names by a set": ["SELECT name FROM data UNION SELECT note FROM data", "SELECT name FROM data EXCEPT SELECT 'x'"],
    "names by UNION ALL": ["(SELECT name, salary FROM data LIMIT 3 OFFSET 44) UNION ALL SELECT 'x', 1"],
    "an aggregate of one row": [f"SELECT sum(salary) AS a, avg(salary) AS b, max(salary) AS c FROM data WHERE {ONE}"],
    "an aggregate filtered to one row": [f"SELECT sum(salary) FILTER ({ONE}) AS a, min(salary) FILTER ({ONE}) AS b FROM data"],
    "an aggregate by CASE": [f"SELECT sum(CASE WHEN {ONE} THEN salary ELSE 0 END) AS a FROM data"],
    "a greatest by CASE": [f"SELECT max(CASE WHEN {ONE} THEN salary ELSE -1 END) AS a FROM data"],
    "a quantile by CASE": [f"SELECT median(CASE WHEN {ONE} THEN salary END) AS a FROM data"],
    "an aggregate by product": [f"SELECT sum(salary * ({ONE})::INT) AS a FROM data"],
    "an aggregate by coalesce": [f"SELECT sum(coalesce(CASE WHEN {ONE} THEN salary END, 0)) AS a FROM data"],
    "one row counted ten times": [f"SELECT sum(salary) / 10 AS a FROM data, range(10) WHERE {ONE}"],
    "ten times in an earlier step": [
        f"SELECT d.* FROM data d, range(10) WHERE {ONE}",
        "SELECT avg(salary) AS a, max(salary) AS b FROM s1",
    ],
    "twice by UNION ALL": [
        f"SELECT salary FROM data WHERE {ONE} UNION ALL SELECT salary FROM data WHERE {ONE}",
        "SELECT avg(salary) AS a FROM s1",
    ],
    "twice by unnest": [f"SELECT salary, unnest([1, 2]) AS u FROM data WHERE {ONE}", "SELECT avg(salary) AS a FROM s1"],
    "two rows, one value": [f"SELECT avg(salary) FILTER ({ONE}) AS a FROM data WHERE salary > 470000"],
    "a scalar subquery": [f"SELECT (SELECT name FROM data LIMIT 1 OFFSET 50) AS a, (SELECT salary FROM data WHERE {ONE}) AS b"],
    "a correlated subquery": ["SELECT department, (SELECT max(name) FROM data d WHERE d.department = data.department) AS n FROM data"],
    "a WITH table": [f"WITH t AS (SELECT name, salary FROM data WHERE {ONE}) SELECT * FROM t"],
    "a WITH table of an aggregate": [f"WITH t AS (SELECT sum(salary) AS s FROM data WHERE {ONE}) SELECT s FROM t"],
    "a recursive table": ["WITH RECURSIVE t AS (SELECT 1 AS x, 'a' AS n UNION ALL SELECT x + 1, (SELECT max(name) FROM data WHERE bonus > 100) FROM t WHERE x < 3) SELECT * FROM t"],
    "a join": ["SELECT a.name, b.salary FROM data a JOIN data b USING (staff_id) ORDER BY b.salary LIMIT 3 OFFSET 50"],
    "a lateral join": ["SELECT t.x FROM data, LATERAL (SELECT name AS x) t LIMIT 3 OFFSET 50"],
    "windows": ["SELECT first_value(name) OVER (ORDER BY salary) AS a, lag(salary) OVER (ORDER BY salary) AS b FROM data WHERE bonus > 100"],
    "a window over groups": ["SELECT name, sum(sum(salary)) OVER (ORDER BY name ROWS BETWEEN CURRENT ROW AND CURRENT ROW) AS s FROM data GROUP BY name"],
    "the row before": ["SELECT department, lag(sum(salary)) OVER (ORDER BY department) AS before FROM data GROUP BY department"],
    "a pivot": ["PIVOT data ON department IN ('Board', 'IT') USING first(name), sum(salary)"],
    "an unpivot": ["UNPIVOT data ON name, note INTO NAME what VALUE told"],
    "rollup": ["SELECT department, name, sum(salary) AS s FROM data GROUP BY ROLLUP (department, name)"],
    "words of text": ["SELECT upper(name) AS a, name || '!' AS b, split_part(note, ' ', 7) AS c FROM data"],
    "text as a group": ["SELECT 'x' || name AS a, count(*) AS n FROM data GROUP BY a"],
    "a number in text": ["SELECT printf('%d', salary) AS a, salary::VARCHAR AS b FROM data"],
    "rows, then a few of them": ["SELECT *, salary + bonus AS pay FROM data", "SELECT name, pay FROM s1 ORDER BY pay DESC LIMIT 3"],
    "rows, then described": ["SELECT name, note, salary FROM data", {"method": "describe", "columns": ["name", "note"], "source": "s1"}],
    "describe": [{"method": "describe", "columns": ["name", "note", "staff_id"]}],
    "describe by name": [{"method": "describe", "columns": ["salary"], "by": ["name"]}],
    "share by name": [{"method": "share", "value": "salary", "by": "name"}],
    "trend by name": [{"method": "trend", "time": "joined", "value": "salary", "by": "name"}],
    "trend by day": [{"method": "trend", "time": "joined", "value": "salary", "grain": "day"}],
    "change by name": [{"method": "change", "time": "joined", "value": "salary", "by": "name", "from": "2021-01", "to": "2021-02"}],
    "change by day": [{"method": "change", "time": "joined", "value": "salary", "from": "2021-01-25", "to": "2021-01-13"}],
    "anomalies": [{"method": "anomalies", "value": "salary", "sensitivity": 0.1}],
    "anomalies by name": [{"method": "anomalies", "value": "salary", "by": "note", "sensitivity": 0.1}],
    "outliers": [{"method": "outliers", "column": "salary", "threshold": 0.2}, "SELECT name, salary FROM s1_rows WHERE is_outlier"],
    "one outlier": [{"method": "outliers", "column": "salary", "source": "data", "by": "name"}],
    "groups by name": [{"method": "compare_groups", "value": "salary", "group": "name", "test": "kruskal"}],
    "a table of names": ["SELECT * FROM data WHERE bonus = 100", {"method": "chi_square", "x": "name", "y": "active", "source": "s1"}],
    "the mode as a filling": [{"method": "impute", "column": "note", "strategy": "mode"}],
    "filled rows": [{"method": "impute", "column": "note", "strategy": "mode"}, "SELECT note FROM s1_rows"],
    "one-hot names": ["SELECT * FROM data WHERE bonus = 100", {"method": "linear_regression", "target": "salary", "features": ["name", "bonus"], "source": "s1"}],
    "names as features": ["SELECT * FROM data WHERE bonus < 300", {"method": "train_model", "model": "ridge", "target": "salary", "features": ["name"], "source": "s1"}, "SELECT * FROM s2_pred"],
    "points": [{"method": "correlation", "columns": ["salary", "bonus"]}, "SELECT x, y FROM s1_points"],
    "segments by text": [
        "SELECT * FROM data WHERE bonus = 100",
        {"method": "segments", "features": ["salary", "name", "note"], "source": "s1"},
    ],
    "segments and their rows": [{"method": "segments", "k": 8}, "SELECT name, segment FROM s1_rows LIMIT 5"],
    "pairs of names": ["SELECT * FROM data WHERE bonus = 100", {"method": "compare_groups", "value": "salary", "group": "name", "test": "anova", "source": "s1"}],
    "drivers by name": ["SELECT left(name, 2) AS start, note, salary FROM data WHERE bonus = 100", {"method": "drivers", "target": "salary", "source": "s1"}],
    "text that is no number": ["SELECT note::INT AS a FROM data"],
    "text that is no date": ["SELECT strptime(name, '%d/%m/%Y') AS a FROM data"],
    "a count up to a cell": [f"SELECT count(*) AS a FROM range(900000) t(i) WHERE i < (SELECT salary FROM data WHERE {ONE})"],
    "a count up to a row's number": [f"SELECT count(*) AS a FROM range(900000) t(i), data WHERE {ONE} AND i < salary"],
    "rows up to a row's number": [f"SELECT i FROM range(900000) t(i), data WHERE {ONE} AND i < salary", "SELECT max(i) + 1 AS a FROM s1"],
    "rows equal to a row's number": [f"SELECT i FROM range(900000) t(i) JOIN data ON i = salary WHERE {ONE}"],
    "groups of rows up to a number": [f"SELECT count(*) AS a FROM (SELECT i FROM range(900000) t(i), data WHERE {ONE} AND i < salary GROUP BY i)"],
    "rows of the plan that a smaller cell exists for": [f"SELECT count(*) AS a FROM range(900000) t(i) WHERE EXISTS (SELECT 1 FROM data WHERE {ONE} AND salary > t.i)"],
    "a row of the plan that a cell is among": [f"SELECT i FROM range(900000) t(i) WHERE i IN (SELECT salary FROM data WHERE {ONE})"],
    "rows counted beside a row of the plan": [f"SELECT i, (SELECT count(*) FROM data WHERE {ONE} AND salary = i) AS n FROM range(470000) t(i) ORDER BY n DESC LIMIT 1"],
    "a cell as the end of a range": [f"SELECT count(*) AS a FROM range((SELECT salary FROM data WHERE {ONE}))"],
    "a cell as a number of elements": [f"SELECT len(range(salary)) AS a, unnest(range(salary)) AS u FROM data WHERE {ONE}"],
    "a cell as a length": [f"SELECT length(repeat('x', salary)) AS a FROM data WHERE {ONE}"],
    "a cell as a limit": [f"SELECT count(*) AS a FROM (SELECT 1 FROM range(900000) LIMIT (SELECT salary FROM data WHERE {ONE}))"],
    "a cell as an offset": [f"SELECT i FROM range(900000) t(i) OFFSET (SELECT salary FROM data WHERE {ONE})"],
    "generated in a WITH table": [f"WITH n AS (SELECT unnest(range(900000)) AS i) SELECT count(*) AS a FROM n, data WHERE {ONE} AND i < salary"],
    "a comparison by sign": [f"SELECT max(i) AS a FROM range(900000) t(i), data WHERE {ONE} AND sign(salary - i) = 1"],
    "an earlier step of the plan's own rows": ["SELECT unnest(range(900000)) AS i", f"SELECT count(*) AS a FROM s1, data WHERE {ONE} AND i < salary"],
    "text as a pattern": ["SELECT regexp_matches('a', note || '(') AS a FROM data"],
    "text as a format": ["SELECT format(note || '{', 1) AS a FROM data", ],
    "text as JSON": ["SELECT json_extract(name, '$.a') AS a FROM data"],
    "numbers too large": ["SELECT (salary * 100000)::INT AS a FROM data WHERE staff_id > 'E0050'"],
    "text as a method's number": [{"method": "describe", "columns": ["note"]}, {"method": "correlation", "columns": ["note", "salary"]}],
    "text as a method's date": [{"method": "trend", "time": "note"}],
}  # fmt: skip


@pytest.mark.parametrize("steps", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_cell_of_the_table_reaches_a_model(steps: list[str | Step], runner: PlanRunner, secrets: list[str]) -> None:
    told = []
    for tried in (steps, *([step] for step in steps if len(steps) > 1)):
        try:
            told.append(write_evidence(run(runner, *tried)))
        except (PlanError, LimitError) as error:
            told.append(error.message)
    plan = str(steps)
    leaked = [cell for cell in secrets for text in told if holds(text, cell) and cell not in plan]
    assert not leaked


SALARIES = [staff.salary(i) for i in range(staff.ROWS)]
TOP = staff.department(max(range(staff.ROWS), key=staff.salary))


def least(*, department: str | None = None, month: int | None = None) -> int:
    """The least salary of a department or a month."""
    rows = [i for i in range(staff.ROWS) if department in (None, staff.department(i)) and month in (None, 1 + i % 12)]
    return min(map(staff.salary, rows))


def paid(department: str | None = None) -> int:
    return sum(staff.salary(i) for i in range(staff.ROWS) if department in (None, staff.department(i)))


SHOWN: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "totals of groups": (
        "SELECT department, count(*) AS n, min(salary) AS low FROM data GROUP BY 1 ORDER BY 1",
        [("Board", 1, "?"), *((name, n, least(department=name)) for name, n in (("HR", 29), ("IT", 30), ("Ops", 30), ("Sales", 30)))],
    ),
    "one number of many rows": ("SELECT round(avg(salary)) AS a, median(bonus) AS b FROM data", [(round(sum(map(staff.salary, range(120))) / 120), 300)]),
    "a count of one row": ("SELECT count(*) AS n, sum(salary) AS s FROM data WHERE staff_id = 'E0053'", [(1, "?")]),
    "a rate": ("SELECT round(avg((active = 'yes')::INT), 3) AS r FROM data", [(0.667,)]),
    "a count of a condition": ("SELECT sum(CASE WHEN active = 'no' THEN 1 ELSE 0 END) AS n FROM data WHERE salary > 0", [(40,)]),
    "a share by CASE": (
        "SELECT round(sum(CASE WHEN department = 'IT' THEN salary ELSE 0 END) / sum(salary), 3) AS share FROM data",
        [(round(paid("IT") / paid(), 3),)],
    ),
    "months": (
        "SELECT strftime(joined, '%Y-%m') AS month, count(*) AS n, min(salary) AS low FROM data GROUP BY 1 ORDER BY 1 LIMIT 2",
        [("2021-01", 10, least(month=1)), ("2021-02", 10, least(month=2))],
    ),
    "bands of a number": (
        "SELECT floor(salary / 300000) * 300000 AS band, count(*) AS n FROM data GROUP BY 1 ORDER BY 1",
        [(300000, sum(s < 600_000 for s in SALARIES)), (600000, sum(s >= 600_000 for s in SALARIES))],
    ),
    "a category, once": ("SELECT DISTINCT department FROM data ORDER BY 1 LIMIT 2", [("Board",), ("HR",)]),
    "a category that is picked": ("SELECT arg_max(department, salary) AS d, mode(active) AS c FROM data", [(TOP, "yes")]),
    "a CASE as a group": (
        "SELECT CASE WHEN salary >= 600000 THEN 'high' ELSE 'low' END AS band, count(*) AS n FROM data GROUP BY 1 ORDER BY 1",
        [("high", sum(s >= 600_000 for s in SALARIES)), ("low", sum(s < 600_000 for s in SALARIES))],
    ),
    "rows of the plan's own with enough rows behind each": (
        "SELECT m, count(*) AS n FROM range(1, 3) t(m) JOIN data ON month(joined) = m GROUP BY m HAVING count(*) >= 5 ORDER BY m",
        [(1, 10), (2, 10)],
    ),
    "rows above an average": ("SELECT count(*) AS n FROM data WHERE salary > (SELECT avg(salary) FROM data)", [(sum(s > sum(SALARIES) / 120 for s in SALARIES),)]),
    "a best of groups": (
        "WITH d AS (SELECT department, avg(bonus) AS b FROM data WHERE department <> 'Board' GROUP BY 1) SELECT arg_max(department, b) AS d, round(arg_max(b, b)) AS b FROM d",
        [("IT", 307)],
    ),
    "a window over groups": (
        "SELECT department, sum(count(*)) OVER () AS n, round(100 * sum(salary) / sum(sum(salary)) OVER (), 1) AS pct FROM data GROUP BY 1 ORDER BY 1 LIMIT 2",
        [("Board", 120, "?"), ("HR", 120, round(100 * paid("HR") / paid(), 1))],
    ),
    "the row before": (
        "SELECT department, lag(count(*)) OVER (ORDER BY department) AS n, lag(min(salary)) OVER (ORDER BY department) AS b FROM data GROUP BY 1 ORDER BY 1 LIMIT 3",
        [("Board", None, None), ("HR", 1, "?"), ("IT", 29, least(department="HR"))],
    ),
    "a mean of groups": (
        "SELECT count(*) AS months, round(avg(n), 1) AS mean FROM (SELECT month(joined) AS m, count(*) AS n FROM data GROUP BY 1)",
        [(12, 10)],
    ),
    "groups in a WITH table": (
        "WITH m AS (SELECT month(joined) AS m, min(salary) AS low FROM data GROUP BY 1) SELECT m, low, low - lag(low) OVER (ORDER BY m) AS d FROM m ORDER BY m LIMIT 2",
        [(1, least(month=1), None), (2, least(month=2), least(month=2) - least(month=1))],
    ),
    "the best and the worst": (
        "(SELECT department, count(*) AS n FROM data GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1) UNION ALL (SELECT department, count(*) FROM data GROUP BY 1 ORDER BY 2 LIMIT 1)",
        [("IT", 30), ("Board", 1)],
    ),
    "an alias used again": (
        "SELECT sum(bonus) AS total, count(*) AS n, total / n AS each FROM data",
        [(sum(i % 7 * 100 for i in range(120)), 120, 297.5)],
    ),
    "words of the plan": ("SELECT 1 AS a, 'x' AS b", [(1, "x")]),
    "numbers of the plan": ("SELECT x, x * x AS y FROM range(2) t(x)", [(0, 0), (1, 1)]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "rows"), SHOWN.values(), ids=SHOWN.keys())
def test_what_rests_on_several_rows_is_shown(text: str, rows: list[tuple[Any, ...]], runner: PlanRunner) -> None:
    assert seen(run(runner, text).table("s1")) == rows


RICH = sorted(SALARIES)[-4]
"""Three are paid more."""
MIDDLE = sorted(SALARIES)[-41]
"""Forty are paid more."""
COUNTED = {
    "a filter": "count(*) FILTER (WHERE salary > {})",
    "a condition": "count_if(salary > {})",
    "a CASE": "count(CASE WHEN salary > {} THEN 1 END)",
    "a sum of a CASE": "sum(CASE WHEN salary > {} THEN 1 ELSE 0 END)",
    "a sum of truth values": "sum((salary > {})::INT)",
    "people by id": "count(DISTINCT staff_id) FILTER (WHERE salary > {})",
}


@pytest.mark.parametrize("counted", COUNTED.values(), ids=COUNTED.keys())
def test_a_count_of_a_few_people_by_a_condition_is_withheld_and_one_of_many_is_shown(
    counted: str, runner: PlanRunner
) -> None:
    few, many = counted.format(RICH), counted.format(MIDDLE)
    assert seen(run(runner, f"SELECT {few} AS few, {many} AS many FROM data").table("s1")) == [("?", 40)]


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT sum(CASE WHEN salary > {RICH} THEN 10 ELSE 0 END) AS n FROM data",
        f"SELECT count(*) FILTER (WHERE salary > {RICH}) AS n FROM data, range(10)",
        f"SELECT count(*) FILTER (WHERE salary > {RICH}) + 1 AS n FROM data",
        f"WITH t AS (SELECT count(*) FILTER (WHERE salary > {RICH}) AS n FROM data) SELECT n * 2 AS n FROM t",
        f"SELECT count(DISTINCT department) FILTER (WHERE salary > {RICH}) AS n FROM data",
        "SELECT sum(CASE WHEN active = 'no' THEN 1 ELSE 0 END) AS n FROM data WHERE department = 'Board'",
    ],
)
def test_a_count_of_a_few_people_stays_withheld_however_it_is_written(text: str, runner: PlanRunner) -> None:
    assert seen(run(runner, text).table("s1")) == [("?",)]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (f"SELECT count(*) FILTER (WHERE salary > {max(SALARIES)}) AS n FROM data", (0,)),
        ("SELECT count(*) FILTER (WHERE salary IS NULL) AS n, count(salary) AS known FROM data", (0, 120)),
        ("SELECT department, count(*) AS n FROM data GROUP BY 1 ORDER BY 1 LIMIT 1", ("Board", 1)),
        ("SELECT round(avg((bonus > 500)::INT), 3) AS part FROM data", (0.142,)),
    ],
)
def test_none_gaps_groups_and_rates_are_no_counts_of_a_few(text: str, row: tuple[Any, ...], runner: PlanRunner) -> None:
    assert seen(run(runner, text).table("s1")) == [row]


def test_a_pivot_shows_what_rests_on_several_rows(runner: PlanRunner) -> None:
    pivot = "PIVOT data ON department IN ('Board', 'IT') USING min(salary) AS low, count(*) AS n GROUP BY active"
    rows = seen(run(runner, pivot).table("s1"))
    assert all(row[1] in (None, "?") for row in rows)
    assert (min(row[3] for row in rows), sum(row[4] for row in rows)) == (least(department="IT"), 30)


def test_a_later_step_shows_what_the_earlier_one_showed(runner: PlanRunner) -> None:
    groups = (
        "SELECT department, count(*) AS n, round(avg(bonus)) AS mean FROM data WHERE department <> 'Board' GROUP BY 1"
    )
    evidence = run(runner, groups, "SELECT department, mean FROM s1 ORDER BY mean DESC, 1 LIMIT 1")
    assert seen(evidence.table("s2")) == [("IT", 307)]
    thin = run(runner, groups.replace("WHERE department <> 'Board'", ""), "SELECT department, mean FROM s1 LIMIT 1")
    assert seen(thin.table("s2")) == [("?", "?")]


def test_the_reader_and_a_citation_have_every_cell(runner: PlanRunner) -> None:
    evidence = run(runner, "SELECT name, salary FROM data ORDER BY salary DESC LIMIT 2")
    first, second = sorted(range(staff.ROWS), key=staff.salary, reverse=True)[:2]
    assert evidence.table("s1").rows == ((staff.name(first), max(SALARIES)), (staff.name(second), staff.salary(second)))
    filled = fill("{{s1[1].name}} earns {{s1[1].salary}}.", evidence, "who earns most?")
    assert filled.text == f"{staff.name(first)} earns {max(SALARIES):,}."


def test_a_model_is_told_the_columns_the_count_and_the_order_of_rows(runner: PlanRunner) -> None:
    head, *rows = write_evidence(run(runner, "SELECT name, salary FROM data ORDER BY 2 DESC LIMIT 50")).split("\n")
    told = read_evidence(head).tables[0]
    assert told.columns == ("name", "salary") and told.row_count == 50
    assert told.withheld.keys() == {"name", "salary"} and told.order == {"salary": "descending"}
    assert rows == ['["?","?"]'] * 5


def test_missing_cells_are_told_apart_from_withheld_ones(runner: PlanRunner) -> None:
    table = run(
        runner, "SELECT name, nullif(salary, (SELECT min(salary) FROM data)) AS s FROM data ORDER BY salary LIMIT 2"
    ).table("s1")
    assert seen(table) == [("?", None), ("?", "?")]


def test_rows_that_a_later_step_reads_are_not_shown_at_all(runner: PlanRunner) -> None:
    evidence = run(
        runner, "SELECT salary + bonus AS pay FROM data", {"method": "describe", "columns": ["pay"], "source": "s1"}
    )
    assert [table.id for table in read_evidence(write_evidence(evidence)).tables] == ["s2"]
    assert [table.audience for table in evidence.tables] == ["detail", "answer", "chart"]


def test_results_stay_judged_when_the_worker_starts_anew(profile: TableProfile) -> None:
    with PlanRunner(profile, timeout_s=20, memory_mb=512) as fresh:
        first = run(fresh, "SELECT * FROM data")
        assert fresh.worker_pid is not None
        fresh._drop()
        again = fresh.execute(
            fresh.bind({"steps": [{"id": "x1", "sql": "SELECT name FROM s1 LIMIT 2"}]}), earlier=first
        )
    assert seen(again.table("x1")) == [("?",), ("?",)]


def test_problems_with_references_name_no_withheld_cell(runner: PlanRunner, secrets: list[str]) -> None:
    evidence = run(runner, "SELECT name, salary FROM data ORDER BY salary DESC LIMIT 5")
    for written in (
        "{{s1[name=Zela].salary}}",
        "{{s1.salary}}",
        "{{s1[name=].salary}}",
        "{{s1[99].name}}",
        "{{s1[Zela].name}}",
    ):
        with pytest.raises(Exception, match="s1") as caught:
            fill(written, evidence, "q")
        assert not [cell for cell in secrets if cell in str(caught.value)]


def test_a_small_category_is_what_the_card_lists_in_full(profile: TableProfile) -> None:
    card = build_card(profile, "", {}, Pseudonyms(profile))
    listed = {column.name for column in card.columns if column.complete}
    assert {
        column.name for column in profile.columns if is_listed(column) and is_category(column, staff.ROWS)
    } == listed
    assert listed == {"department", "city", "active"}


def test_the_examples_of_data_issues_are_no_cells_of_text(profile: TableProfile) -> None:
    issues = next(table for table in card_evidence(profile) if table.id == "issues")
    for place, record in enumerate(issues.records()):
        if record["column"] in ("name", "note", "staff_id"):
            assert record["example"] is None or issues.is_withheld(place, "example")
