from __future__ import annotations

import pytest

from analyst.planning.sql_guard import inspect
from analyst.planning.sql_units import durations_of


@pytest.mark.parametrize(
    ("sql", "names", "lengths"),
    [
        ("SELECT who, avg(took) AS mean FROM data GROUP BY who", ["who", "mean"], {"mean"}),
        ("SELECT round(sum(took), 1) AS total, max(took) AS most FROM data", ["total", "most"], {"total", "most"}),
        ("SELECT avg(took) / 60 AS minutes, count(took) AS n FROM data", ["minutes", "n"], set()),
        ("SELECT took - waited AS worked, took * 2 AS twice FROM data", ["worked", "twice"], {"worked"}),
        ("SELECT avg(CASE WHEN who = 'a' THEN took END) AS a FROM data", ["a"], {"a"}),
        ("SELECT coalesce(took, 0) AS t, took::DOUBLE AS d FROM data", ["t", "d"], {"t", "d"}),
        ("SELECT sum(took) OVER (PARTITION BY who) AS running FROM data", ["running"], {"running"}),
        ("SELECT corr(took, waited) AS r, took > 60 AS long FROM data", ["r", "long"], set()),
        ("SELECT *, took / 60 AS waited FROM data", ["who", "took", "waited"], {"took"}),
        ("SELECT max(m) AS most FROM (SELECT who, avg(took) AS m FROM data GROUP BY who)", ["most"], {"most"}),
        ("WITH w AS (SELECT took / 60 AS took FROM data) SELECT avg(took) AS m FROM w", ["m"], set()),
    ],
)
def test_a_result_is_a_length_of_time_while_its_expression_keeps_the_unit(
    sql: str, names: list[str], lengths: set[str]
) -> None:
    tree = inspect(sql, ["data"]).tree
    assert durations_of(tree, names, {"took", "waited"}) == lengths


def test_without_a_column_of_durations_nothing_is_one() -> None:
    assert durations_of(inspect("SELECT avg(took) AS m FROM data", ["data"]).tree, ["m"], ()) == set()
