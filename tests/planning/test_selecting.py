"""SQL read as menus say it: all of it, or nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from analyst.planning.selecting import ALL_ROWS, rows_of, selection_of, selection_of_trend
from analyst.planning.sql_guard import inspect
from analyst.protocol.table import TableProfile

KINDS = {"shop": "text", "price": "number", "paid": "text", "day": "date"}
PROFILE = cast(TableProfile, SimpleNamespace(columns=[SimpleNamespace(name=n, kind=k) for n, k in KINDS.items()]))


def words(sql: str) -> str | None:
    found = selection_of(inspect(sql, ["data"]), PROFILE)
    return found.words if found is not None else None


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT shop, sum(price) AS p FROM data GROUP BY shop ORDER BY p DESC LIMIT 3", "Total price by shop, the 3 highest"),
        ("SELECT shop, round(avg(price), 2) p FROM data GROUP BY ALL ORDER BY p", "Average price by shop, lowest first"),
        ("SELECT date_trunc('month', day) AS m, count(*) FROM data GROUP BY 1 ORDER BY 1", "Number of records by month"),
        ("SELECT year(day) AS y, max(num(paid)) FROM data GROUP BY 1", "Highest paid by year"),
        ("SELECT count(DISTINCT shop) FROM data WHERE price BETWEEN 1 AND 2", "Number of different shop for price at least 1 and price at most 2"),
        ("SELECT min(price), max(price) FROM data WHERE shop NOT IN ('a', 'b')", "Lowest price and highest price for shop other than a or b"),
        ("SELECT avg(price) FROM data WHERE day >= DATE '2024-03-01' AND day < DATE '2024-04-01'", "Average price in March 2024"),
        ("SELECT avg(price) FROM data WHERE day BETWEEN DATE '2024-01-01' AND DATE '2024-12-31'", "Average price in 2024"),
    ],
)  # fmt: skip
def test_a_select_of_measures_by_groups_is_read_whole(sql: str, told: str) -> None:
    assert words(sql) == told


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT shop, sum(price) FROM data GROUP BY shop HAVING count(*) > 3",
        "SELECT shop, sum(price) / count(*) FROM data GROUP BY shop",
        "SELECT sum(price) FROM data WHERE shop = 'a' OR paid = 'b'",
        "SELECT count(shop) FROM data",
        "SELECT sum(DISTINCT price) FROM data",
        "SELECT sum(price) FILTER (WHERE shop = 'a') FROM data",
        "SELECT shop, price FROM data",
        "SELECT DISTINCT shop FROM data",
        "SELECT shop, sum(price) FROM data GROUP BY shop ORDER BY 2 LIMIT 3 OFFSET 2",
        "SELECT shop, sum(price), sum(sum(price)) OVER () FROM data GROUP BY shop",
        "SELECT sum(price) FROM (SELECT * FROM data LIMIT 5)",
        "SELECT sum(a.price) FROM data a JOIN data b ON a.shop = b.shop",
        "SELECT CASE WHEN price > 3 THEN 'dear' ELSE shop END AS shop, count(*) FROM data GROUP BY 1",
        "SELECT upper(shop) AS shop, count(*) FROM data GROUP BY 1",
        "SELECT avg(price) FROM data WHERE year(day) = 2024",
        "SELECT avg(price) FROM data WHERE day > DATE '2024-01-01'",
        "SELECT quantile_cont(price, 0.9) FROM data",
        "SELECT date_trunc('hour', day) AS h, count(*) FROM data GROUP BY 1",
    ],
)
def test_what_menus_can_not_say_whole_is_not_read_in_part(sql: str) -> None:
    assert words(sql) is None


def test_the_rows_that_a_method_reads_are_known_where_they_are_only_picked() -> None:
    def picked(sql: str) -> Any:
        return rows_of(inspect(sql, ["data"]), PROFILE)

    rows, period = picked(
        "SELECT _row, price, CASE lower(trim(shop)) WHEN 'a' THEN 'A' ELSE shop END AS shop FROM data WHERE shop = 'A'"
    )
    assert [one.words for one in rows] == ["shop A"] and period is None
    assert picked("SELECT price * 2 AS price FROM data") is None
    assert picked("SELECT price AS shop FROM data") is None
    assert picked("SELECT price FROM data LIMIT 5") is None


def test_a_trend_is_read_where_it_says_its_unit_and_its_aggregate() -> None:
    given = {"time": "day", "value": "price", "agg": "mean", "grain": "month", "by": "shop"}
    found = selection_of_trend(given, ALL_ROWS, PROFILE)
    assert found is not None and found.words == "Average price by month and shop"
    for other in ({"grain": "auto"}, {"agg": None}, {"by": ("shop", "paid")}, {"value": "gone"}):
        assert selection_of_trend(given | other, ALL_ROWS, PROFILE) is None
