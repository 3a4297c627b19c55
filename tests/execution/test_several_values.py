"""Plans over cells that hold several values, by the separator on the card: each value counts by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.execution.runner import PlanRunner
from analyst.protocol.evidence import read_evidence, write_evidence

CELLS = ["Java, Go", "Go", "SQL, Go", "Java, SQL, Go", "SQL", "Java"] * 5


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlanRunner]:
    folder = tmp_path_factory.mktemp("several")
    (folder / "answers.csv").write_text("id,tools\n" + "".join(f'{n},"{cell}"\n' for n, cell in enumerate(CELLS)))
    profile = profile_table(open_table(folder / "answers.csv", folder))
    with PlanRunner(profile) as started:
        yield started


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT unnest(string_split(tools, ', ')) AS tool, count(*) AS n FROM data GROUP BY tool ORDER BY n DESC, tool",
        "SELECT tool, count(*) AS n FROM (SELECT unnest(string_split(tools, ', ')) AS tool FROM data) GROUP BY tool"
        " ORDER BY n DESC, tool",
        "SELECT part AS tool, count(*) AS n FROM (SELECT *, trim(piece) AS part FROM (SELECT *,"
        " unnest(string_split(tools, ',')) AS piece FROM data) WHERE trim(piece) <> '') GROUP BY 1 ORDER BY n DESC, tool",
        "WITH each AS (SELECT id, unnest(string_split(tools, ', ')) AS tool FROM data)"
        " SELECT tool, count(DISTINCT id) AS n FROM each GROUP BY tool ORDER BY n DESC, tool",
    ],
)
def test_each_value_of_a_cell_is_counted(sql: str, runner: PlanRunner) -> None:
    evidence = runner.execute(runner.bind({"steps": [{"id": "s1", "sql": sql}]}))
    expected = [("Go", 20), ("Java", 15), ("SQL", 15)]
    assert [tuple(row[-2:]) for row in evidence.table("s1").rows] == expected
    shown = read_evidence(write_evidence(evidence)).table("s1").rows
    assert [tuple(row[-2:]) for row in shown] == expected, "a model sees members and counts"


def test_rows_with_one_value_are_found(runner: PlanRunner) -> None:
    sql = "SELECT count(*) AS n FROM data WHERE list_contains(string_split(tools, ', '), 'SQL')"
    assert runner.execute(runner.bind({"steps": [{"id": "s1", "sql": sql}]})).table("s1").rows[0][0] == 15
