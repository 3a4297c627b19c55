"""The plan's own numbers: what its statements compare with, their quantiles and spans of time."""

from __future__ import annotations

import pytest

from analyst.planning.filtering import constants_of
from analyst.planning.sql_guard import inspect


@pytest.mark.parametrize(
    ("sql", "constants"),
    [
        ("SELECT a, count(*) FROM data GROUP BY 1 HAVING count(*) >= 100 LIMIT 5", (100,)),
        ("SELECT a FROM data WHERE d >= '2024-01-01' AND d < DATE '2024-04-01'", ("2024-01-01", "2024-04-01")),
        ("SELECT a FROM data WHERE n BETWEEN 3 AND 9 AND z IN (7, 'x') AND -5 < n", (3, 9, 7, "x", -5)),
        ("SELECT CASE WHEN p < 0.05 THEN 'yes' ELSE 'no' END AS v FROM data", (0.05,)),
        ("SELECT quantile_cont(n, 0.9) FROM data", (0.9,)),
        ("SELECT a FROM data WHERE d > (SELECT max(d) FROM data) - INTERVAL '12 months'", (12,)),
        ("SELECT a FROM data WHERE d > today() - INTERVAL 30 DAY", (30,)),
        ("SELECT 100.0 * n / 12 AS share, n + 7 AS m FROM data", ()),
    ],
)
def test_a_statements_constants_are_those_that_it_compares_with(sql: str, constants: tuple[object, ...]) -> None:
    assert constants_of(inspect(sql, ["data"]).tree) == constants
