"""Names that say that tables are parts of one, the periods that they tell, and names that say no such thing."""

from __future__ import annotations

import pytest

from analyst.datasets.series import Series, series_groups, series_of


@pytest.mark.parametrize(
    ("names", "header", "periods"),
    [
        (["sales_2024-01", "sales_2024-02"], "month", ("2024-01", "2024-02")),
        (["takings202311", "takings202401"], "month", ("2023-11", "2024-01")),
        (["Umsatz März 2024", "Umsatz April 2024"], "month", ("2024-03", "2024-04")),
        (["dec23", "jan24"], "month", ("2023-12", "2024-01")),
        (["Jan", "Feb", "Mar"], "month", ("January", "February", "March")),
        (["stock_month_9", "stock_month_10"], "month", ("September", "October")),
        (["plan_2023", "plan_2024"], "year", ("2023", "2024")),
        (["FY23", "FY24"], "year", ("2023", "2024")),
        (["2023_q4_visits", "2024_q1_visits"], "quarter", ("2023-Q4", "2024-Q1")),
        (["Q1", "Q2"], "quarter", ("Q1", "Q2")),
        (["kw 9", "kw 10"], "week", ("9", "10")),
        (["log 2024-W09", "log 2024-W10"], "week", ("2024-W09", "2024-W10")),
        (["2024_h1", "2024_h2"], "half-year", ("2024-H1", "2024-H2")),
        (["till 2024-03-04", "till 2024-03-05"], "date", ("2024-03-04", "2024-03-05")),
        (["till 31.01.2024", "till 01.02.2024"], "", ()),
        (["Monday", "Tuesday"], "weekday", ("Monday", "Tuesday")),
    ],
)
def test_names_tell_periods(names: list[str], header: str, periods: tuple[str, ...]) -> None:
    assert series_of(names) == Series(header, periods)


@pytest.mark.parametrize(
    "names",
    [
        ["part-0001", "part-0002"],
        ["store 12", "store 15"],
        ["trips", "trips_2"],
        ["group a", "group b"],
        ["north", "south"],
        ["sales_north_2024", "sales_south_2024"],
        ["visits lisbon", "visits porto"],
        ["sales_de", "sales_fr"],
        ["Region West", "Region East"],
    ],
)
def test_numbers_and_places_are_parts_without_a_period(names: list[str]) -> None:
    assert series_of(names) == Series()


@pytest.mark.parametrize(
    "names",
    [
        ["orders", "refunds"],
        ["budget_2024", "actual_2024"],
        ["stock_in", "stock_out"],
        ["orders_v1", "orders_v2"],
        ["prices", "prices_old"],
        ["2024_income", "2024_expenses"],
        ["jan", "refunds"],
        ["export", "export"],
    ],
)
def test_names_of_different_things_and_of_one_name_are_no_series(names: list[str]) -> None:
    assert series_of(names) is None


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["jan", "feb"], [[0, 1]]),
        (["orders_jan", "orders_feb", "refunds"], [[0, 1], [2]]),
        (["refunds 2023", "orders 2023", "refunds 2024", "orders 2024"], [[0, 2], [1, 3]]),
        (["plan north", "plan south", "actual north", "actual south"], [[0, 1], [2, 3]]),
        (["orders", "refunds", "jan"], [[0], [1], [2]]),
        (["prices_v1", "prices_v2"], [[0], [1]]),
    ],
)
def test_names_of_several_series_are_told_apart(names: list[str], groups: list[list[int]]) -> None:
    assert series_groups(names) == groups
