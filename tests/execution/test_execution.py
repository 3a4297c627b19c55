"""Plans in, evidence out: real results of a real table, follow-ups, limits, and workers that die."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analyst.core.errors import AnalysisCancelledError, LimitError, PlanError
from analyst.core.settings import ROOT
from analyst.execution.runner import PlanRunner
from analyst.protocol.evidence import Evidence, read_evidence, write_evidence
from analyst.protocol.facts import Facts, Filter, Measure
from analyst.protocol.table import TableProfile

REVENUE = [10 + i % 50 + (100 if (i // 3) % 2 else 0) for i in range(240)]


def run(runner: PlanRunner, *steps: dict[str, Any], earlier: Evidence | None = None) -> Evidence:
    numbered = [{"id": f"s{number}"} | step for number, step in enumerate(steps, 1)]
    return runner.execute(runner.bind({"steps": numbered}), earlier=earlier)


def sql(text: str) -> dict[str, str]:
    return {"sql": text}


def wait_until(holds: Callable[[], bool]) -> bool:
    for _ in range(300):
        if holds():
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_sql_gives_rows_with_words_key_formats_and_sources(runner: PlanRunner) -> None:
    text = "SELECT Region, sum(Revenue) AS total, count(*) AS n FROM data GROUP BY Region ORDER BY total DESC"
    table = run(runner, sql(text)).table("s1")
    by_region = {name: sum(REVENUE[place::3]) for place, name in enumerate(("North", "South", "East"))}
    assert {row[0]: row[1] for row in table.rows} == by_region
    assert table.what == "sum of Revenue, count of rows by Region, ordered by total descending"
    assert table.facts == Facts((Measure("sum", ("Revenue",)), Measure("count")), ("Region",))
    assert table.key == ("Region",)
    assert table.formats["n"] == "integer"
    assert table.source == ("Region", "Revenue")
    assert table.sql == text
    assert table.audience == "answer"


def test_a_method_that_reads_some_rows_says_which_and_what_it_measures(runner: PlanRunner) -> None:
    some = {"id": "some", "sql": "SELECT _row, Region, Revenue FROM data WHERE Sex = 'male'"}
    shares = {"id": "s1", "method": "share", "source": "some", "by": "Region", "value": "Revenue"}
    found = run(runner, {"steps": [some, shares]})
    only_men = (Filter("Sex", "is", ("male",)),)
    assert found.table("s1").facts == Facts((Measure("sum", ("Revenue",)),), ("Region",), filters=only_men)
    assert found.table("s1_total").facts.filters == only_men


def test_values_of_every_type_become_plain_ones(runner: PlanRunner) -> None:
    text = (
        "SELECT 1.50::DECIMAL(9,2) AS d, 2::DECIMAL(9,0) AS w, 12345678901234567890123::HUGEINT AS h, "
        "DATE '2024-02-29' AS day, "
        "TIMESTAMP '2024-02-29 10:30:00' AS t, TIMESTAMP '2024-02-01' AS m, INTERVAL 90 MINUTE AS i, [1, NULL] AS l, "
        "{'a': DATE '2024-01-01'} AS s, TRUE AS b, 'ab'::BLOB AS x, NULL AS n, 'inf'::FLOAT AS f, TIME '10:00' AS c"
    )
    table = run(runner, sql(text)).table("s1")
    assert table.records()[0] == {
        "d": 1.5, "w": 2, "h": 12345678901234567890123, "day": "2024-02-29", "t": "2024-02-29 10:30:00",
        "m": "2024-02-01", "i": "1:30:00", "l": "[1, null]", "s": '{"a": "2024-01-01"}', "b": True, "x": "6162",
        "n": None, "f": None, "c": "10:00:00",
    }  # fmt: skip
    assert table.formats["day"] == table.formats["t"] == "date"
    assert table.formats["l"] == "text"


def test_values_that_are_not_finite_become_missing_with_a_warning(runner: PlanRunner) -> None:
    text = "SELECT CASE WHEN x < 1 THEN 'nan'::DOUBLE ELSE x END AS l, exp(x * x * 500) AS q, x FROM (VALUES (-1), (0), (1), (3)) v(x)"
    evidence = run(runner, sql(text), sql("SELECT count(l) AS l, count(q) AS q FROM s1"))
    assert evidence.table("s2").rows == ((2, 3),)
    assert [row[0] for row in evidence.table("s1").rows[:2]] == [None, None]
    assert "s1.l: 2 values are not finite" in evidence.table("s1").warnings[0]


STARS = {
    "a star": ["SELECT * FROM data"],
    "a star and a column before it": ["SELECT Revenue * 2 AS twice, * FROM data"],
    "a star and a column after it": ["SELECT *, Revenue * 2 AS twice FROM data"],
    "FROM alone": ["FROM data"],
    "a star without a column": ["SELECT * EXCLUDE (Region) FROM data"],
    "a star with a column replaced": ["SELECT * REPLACE (upper(Region) AS Region) FROM data"],
    "a star of a star": ["SELECT * FROM data WHERE Revenue > 100", "SELECT * FROM s1", "FROM s2"],
    "a star in a WITH table": ["WITH t AS (SELECT * FROM data) SELECT * FROM t"],
    "a star of a join": ["SELECT * FROM data JOIN (SELECT Region, count(*) AS n FROM data GROUP BY 1) USING (Region)"],
    "a star of two tables": ["SELECT a.*, b.Revenue AS other FROM data a JOIN data b USING (_row)"],
}


@pytest.mark.parametrize("texts", STARS.values(), ids=STARS.keys())
def test_a_star_gives_every_column_its_own_values(texts: list[str], runner: PlanRunner, profile: TableProfile) -> None:
    """The row's number was bound last and stored first: every column once held its neighbour's values."""
    with duckdb.connect(str(profile.table.database), read_only=True) as stored:
        rows = {row[0]: row for row in stored.execute("SELECT _row, Region, Product, Revenue FROM data").fetchall()}
    for table in run(runner, *map(sql, texts)).tables:
        assert table.rows
        for record in table.records()[:50]:
            _, region, product, revenue = rows[record["_row"]]
            assert (record["Product"], record["Revenue"]) == (product, revenue)
            assert record.get("Region", region).upper() == region.upper()
            assert record.get("twice", 2 * revenue) == 2 * revenue


def test_a_method_reads_the_columns_of_a_star_by_their_names(runner: PlanRunner) -> None:
    evidence = run(runner, sql("SELECT * FROM data"), {"method": "describe", "columns": ["Revenue"], "source": "s1"})
    assert evidence.table("s2").records()[0]["mean"] == pytest.approx(statistics.fmean(REVENUE))


def test_bound_columns_stand_in_the_order_of_the_stored_ones(runner: PlanRunner, profile: TableProfile) -> None:
    with duckdb.connect(str(profile.table.database), read_only=True) as stored:
        columns = {row[0]: row[1] for row in stored.execute("DESCRIBE data").fetchall()}
    bound = runner.bind({"steps": [{"id": "s1", "sql": "SELECT * FROM data"}]})
    assert list(bound.columns()["s1"].items()) == list(columns.items())


def test_no_rows_is_told(runner: PlanRunner) -> None:
    table = run(runner, sql("SELECT * FROM data WHERE Revenue < 0")).table("s1")
    assert table.row_count == 0
    assert "has no rows" in table.warnings[0]


def test_a_long_result_is_cut_but_its_rows_are_counted(runner: PlanRunner) -> None:
    table = run(runner, sql("SELECT x, repeat('y', 5000) AS long FROM range(5000) t(x)")).table("s1")
    assert table.row_count == 5000
    assert 0 < len(table.rows) <= 1000
    assert max(len(row[1]) for row in table.rows) < 1100


def test_rows_of_the_table_itself_are_kept_from_the_models(runner: PlanRunner) -> None:
    evidence = run(runner, sql("SELECT *, Revenue * 2 AS twice FROM data"), sql("SELECT sum(twice) AS t FROM s1"))
    assert evidence.table("s1").audience == "detail"
    assert evidence.table("s1").key == ("_row",)
    assert [table.id for table in read_evidence(write_evidence(evidence)).tables] == ["s2"]
    assert evidence.table("s2").rows[0][0] == 2 * sum(REVENUE)


@pytest.mark.parametrize(
    ("expression", "format"),
    [
        ("avg((Churn = 'yes')::INT) AS churn_rate", "percent"),
        ("count(*) FILTER (WHERE Sex = 'male') / count(*) AS share_of_men", "percent"),
        ("0.5 AS revenue_growth", "percent"),
        ("avg((Churn = 'yes')::INT) * 100 AS churn_pct", "number"),
        ("100.0 * count(*) FILTER (WHERE Sex = 'male') / count(*) AS share_pct", "number"),
        ("42.5 AS exchange_rate", "number"),
        ("avg(Revenue) AS mean", "number"),
        ("0.01 AS p", "p_value"),
        ("count(*) AS churn_rate", "integer"),
        ('max("When") AS growth', "date"),
    ],
)
def test_a_column_is_a_percentage_only_when_its_values_are_fractions(
    expression: str, format: str, runner: PlanRunner
) -> None:
    table = run(runner, sql(f"SELECT {expression} FROM data")).table("s1")
    assert table.formats[table.columns[0]] == format


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("SELECT Region, Product, sum(Revenue) AS r FROM data GROUP BY ALL", ("Region", "Product")),
        ("SELECT year(\"When\") AS y, month(\"When\") AS m, count(*) AS n FROM data GROUP BY ALL", ("m",)),
        ("SELECT count(*) AS n, Region FROM data GROUP BY Region", ("Region",)),
        ("SELECT sum(Revenue) AS r FROM data", ()),
        ("SELECT Region FROM data", ()),
    ],
)  # fmt: skip
def test_the_key_is_the_fewest_columns_that_tell_rows_apart(
    text: str, key: tuple[str, ...], runner: PlanRunner
) -> None:
    assert run(runner, sql(text)).table("s1").key == key


def test_mean_and_spread_of_a_column(runner: PlanRunner) -> None:
    table = run(runner, {"method": "describe", "columns": ["Revenue"]}).table("s1")
    row = table.records()[0]
    assert row["n"] == 240
    assert row["mean"] == pytest.approx(statistics.fmean(REVENUE))
    assert row["std_pop"] == pytest.approx(statistics.pstdev(REVENUE))
    assert row["std_sample"] == pytest.approx(statistics.stdev(REVENUE))
    assert (table.method, dict(table.parameters)) == ("describe", {"columns": ["Revenue"]})


def test_a_correlation_with_a_decision(runner: PlanRunner) -> None:
    decision = (
        "SELECT CASE WHEN p>=0.05 THEN 'none' WHEN abs(r)>=0.5 THEN 'linear' ELSE 'nonlinear' END AS kind FROM s1"
    )
    evidence = run(runner, sql('SELECT Revenue AS a, Revenue * 2 + 1 AS b FROM data'),
                   {"method": "correlation", "columns": ["a", "b"], "source": "s1"},
                   sql(decision.replace("s1", "s2")))  # fmt: skip
    assert evidence.table("s2").records()[0]["r"] == pytest.approx(1.0)
    assert evidence.table("s3").rows == (("linear",),)


def test_a_group_difference_with_a_decision(runner: PlanRunner) -> None:
    evidence = run(
        runner,
        {"method": "t_test", "value": "Revenue", "group": "Sex"},
        sql("SELECT CASE WHEN p<0.05 THEN 'significant' ELSE 'no significant' END AS verdict FROM s1"),
    )
    groups = {row["level"]: row["mean"] for row in evidence.table("s1_groups").records()}
    women = [value for place, value in enumerate(REVENUE) if (place // 3) % 2]
    assert groups["female"] == pytest.approx(statistics.fmean(women))
    assert evidence.table("s2").rows == (("significant",),)


def test_outliers_removed_then_mean_and_spread(runner: PlanRunner) -> None:
    rows = "SELECT CASE WHEN _row = 0 THEN 10000 ELSE Revenue END AS v FROM data"
    evidence = run(runner, sql(rows), {"method": "outliers", "column": "v", "rule": "iqr", "source": "s1"})
    row = evidence.table("s2").records()[0]
    assert row["n_outliers"] == 1
    assert row["mean_kept"] == pytest.approx(statistics.fmean(REVENUE[1:]))
    assert row["std_sample_kept"] == pytest.approx(statistics.stdev(REVENUE[1:]))


def test_a_column_is_changed_only_when_a_test_rejects(runner: PlanRunner) -> None:
    changed = "SELECT CASE WHEN s1.p<0.05 THEN ln(Revenue) ELSE Revenue END AS v FROM data, s1"
    evidence = run(
        runner,
        {"method": "normality_test", "columns": ["Revenue"], "test": "shapiro"},
        sql(changed),
        {"method": "describe", "source": "s2", "columns": ["v"]},
    )
    assert evidence.table("s1").records()[0]["p"] < 0.05
    assert evidence.table("s3").records()[0]["max"] < 6


def test_a_further_plan_reads_earlier_results_and_takes_no_id_from_them(runner: PlanRunner) -> None:
    first = run(runner, sql("SELECT Region, sum(Revenue) AS total FROM data GROUP BY Region"))
    further = run(runner, sql("SELECT max(total) AS best FROM s1"), earlier=first)
    (table,) = further.tables
    assert table.id != "s1"
    assert table.rows[0][0] == max(row[1] for row in first.table("s1").rows)
    assert {t.id for t in first.joined(further).tables} == {"s1", table.id}


def test_a_further_plan_that_names_its_steps_anew_keeps_them_apart(runner: PlanRunner) -> None:
    first = run(runner, sql("SELECT 1 AS a"))
    further = run(runner, sql("SELECT 10 AS a"), sql("SELECT a + 1 AS b FROM s1"), earlier=first)
    assert [table.rows for table in further.tables] == [((10,),), ((11,),)]
    assert "s1" not in {table.id for table in further.tables}


def test_a_fresh_plan_forgets_the_results_before_it(runner: PlanRunner) -> None:
    run(runner, sql("SELECT 1 AS a"), sql("SELECT 2 AS b"))
    assert [table.id for table in run(runner, sql("SELECT 3 AS c")).tables] == ["s1"]
    bound = runner.bind({"steps": [{"id": "s5", "sql": "SELECT c FROM s1"}]})
    with pytest.raises(PlanError):
        runner.execute(bound)


def test_a_step_that_fails_on_the_data_is_named_and_leaves_the_runner_usable(runner: PlanRunner) -> None:
    with pytest.raises(PlanError, match="s2: Could not convert string '…' to INT32"):
        run(runner, sql("SELECT 1 AS a"), sql("SELECT Region::INT AS n FROM data"))
    assert run(runner, sql("SELECT 1 AS a"), sql("SELECT 2 AS b")).table("s2").rows == ((2,),)


def test_a_value_that_no_row_has_is_refused_once_and_then_taken_with_a_warning(profile: TableProfile) -> None:
    plan = {"steps": [{"id": "s1", "sql": "SELECT count(*) AS n FROM data WHERE Region = 'Lyon'"}]}
    with PlanRunner(profile, timeout_s=5, memory_mb=512) as fresh:
        with pytest.raises(PlanError, match="Region has no value 'Lyon'"):
            fresh.bind(plan)
        evidence = fresh.execute(fresh.bind(plan))
    assert evidence.table("s1").rows == ((0,),)
    assert any("'Lyon'" in warning for warning in evidence.warnings)


def test_a_worker_that_is_killed_while_idle_is_replaced_and_earlier_results_come_back(profile: TableProfile) -> None:
    with PlanRunner(profile, timeout_s=5, memory_mb=512) as fresh:
        first = run(fresh, sql("SELECT 41 AS a"))
        old = fresh.worker_pid
        assert old is not None
        os.kill(old, signal.SIGKILL)
        assert run(fresh, sql("SELECT a + 1 AS b FROM s1"), earlier=first).tables[0].rows == ((42,),)
        assert fresh.worker_pid != old


def test_a_worker_that_dies_at_work_is_noticed_at_once(profile: TableProfile) -> None:
    with PlanRunner(profile, timeout_s=120, memory_mb=512) as fresh:
        bound = fresh.bind({"steps": [{"id": "s1", "sql": "SELECT count(*) AS n FROM range(1000000000000)"}]})
        pid = fresh.worker_pid
        assert pid is not None
        threading.Timer(1.0, os.kill, (pid, signal.SIGKILL)).start()
        began = time.monotonic()
        with pytest.raises(LimitError, match="step s1 was stopped"):
            fresh.execute(bound)
        assert time.monotonic() - began < 60


def test_an_analysis_that_is_cancelled_stops_the_step_under_way(profile: TableProfile) -> None:
    cancelled = threading.Event()

    def check() -> None:
        if cancelled.is_set():
            raise AnalysisCancelledError("The analysis was cancelled.")

    with PlanRunner(profile, timeout_s=120, memory_mb=512, check=check) as fresh:
        bound = fresh.bind({"steps": [{"id": "s1", "sql": "SELECT count(*) AS n FROM range(1000000000000)"}]})
        pid = fresh.worker_pid
        threading.Timer(0.5, cancelled.set).start()
        began = time.monotonic()
        with pytest.raises(AnalysisCancelledError):
            fresh.execute(bound)
        assert time.monotonic() - began < 60 and fresh.worker_pid is None
        assert pid is not None and not is_running(pid)


def test_closing_ends_the_worker_and_removes_its_files(profile: TableProfile) -> None:
    fresh = PlanRunner(profile, timeout_s=5, memory_mb=512)
    fresh.start()
    pid = fresh.worker_pid
    assert pid is not None
    fresh.close()
    fresh.close()
    assert not is_running(pid)


def test_the_worker_ends_when_its_parent_is_killed_even_at_work(profile: TableProfile) -> None:
    script = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from pydantic import TypeAdapter\n"
        "from analyst.protocol.table import TableProfile\n"
        "from analyst.execution.runner import PlanRunner\n"
        "profile = TypeAdapter(TableProfile).validate_json(sys.stdin.readline())\n"
        "runner = PlanRunner(profile, timeout_s=100, memory_mb=512)\n"
        "bound = runner.bind({'steps': [{'id': 's1', 'sql': 'SELECT count(*) AS n FROM range(1000000000000)'}]})\n"
        "print(runner.worker_pid, flush=True)\n"
        "runner.execute(bound)\n"
    )
    from pydantic import TypeAdapter

    given = TypeAdapter(TableProfile).dump_json(profile).decode() + "\n"
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdin is not None and parent.stdout is not None
    parent.stdin.write(given)
    parent.stdin.flush()
    worker = int(parent.stdout.readline())
    time.sleep(0.5)
    parent.kill()
    parent.communicate()
    assert wait_until(lambda: not is_running(worker))


def test_two_threads_may_use_one_runner(runner: PlanRunner) -> None:
    found: list[Any] = []

    def work(number: int) -> None:
        found.append(run(runner, sql(f"SELECT {number} AS a")).table("s1").rows[0][0])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(6))


def test_authors_apart_see_nothing_of_each_others_plans_and_may_go_on_with_their_own(runner: PlanRunner) -> None:
    one, other = runner.apart(), runner.apart()
    first = one.execute(one.bind({"steps": [{"id": "s1", **sql("SELECT count(*) AS n FROM data")}]}))
    with pytest.raises(PlanError):
        other.bind({"steps": [{"id": "s2", **sql("SELECT n FROM s1")}]})
    other.execute(other.bind({"steps": [{"id": "s1", **sql("SELECT min(revenue) AS least FROM data")}]}))
    further = one.bind({"steps": [{"id": "s2", **sql("SELECT n + 1 AS more FROM s1")}]})
    assert one.execute(further, earlier=first).table("s2").rows == ((241,),)


def test_a_doubt_about_a_value_is_told_to_each_author(runner: PlanRunner) -> None:
    plan = {"steps": [{"id": "s1", **sql("SELECT count(*) AS n FROM data WHERE region = 'Nowhere'")}]}
    for author in (runner.apart(), runner.apart()):
        with pytest.raises(PlanError, match="has no value"):
            author.bind(plan)
        assert author.execute(author.bind(plan)).table("s1").rows == ((0,),)
