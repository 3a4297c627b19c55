"""Questions as people type them, over small tables: each reading gives the right value, or is said to be open."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

from analyst.protocol.evidence import Evidence


def lines() -> list[dict[str, Any]]:
    """Lines of orders: prices of one piece, how many, a discount; no amounts."""
    rows = []
    for n in range(240):
        order = n // 3
        rows.append({
            "orderID": 7000 + order, "customerID": f"K{order % 9:02d}", "orderDate": f"2023-{order % 12 + 1:02d}-15",
            "category": ("Tea", "Rice", "Soap")[n % 3], "unitPrice": 4.0 + n % 5, "quantity": 1 + n % 7,
            "discount": (0.0, 0.0, 0.25)[n % 3],
        })  # fmt: skip
    return rows


def amount(row: dict[str, Any]) -> float:
    return float(row["unitPrice"] * row["quantity"] * (1 - row["discount"]))


def trades() -> list[dict[str, Any]]:
    """Orders of two rows with profits and losses, and a way of shipping that sounds like a unit of time."""
    return [
        {
            "Row ID": n + 1, "Order ID": f"A-{n // 2:04d}", "Order Date": f"{2022 + n // 120}-{n % 12 + 1:02d}-01",
            "Ship Mode": "Same Day" if n // 2 % 4 == 0 else "Standard Class", "Branch": ("North", "South", "West")[n % 3],
            "Sales": 100 + n % 12 * 10, "Profit": -20.5 if n % 3 == 1 else 15.5 + n % 5, "Discount": 0.1 * (n % 3),
        }
        for n in range(240)
    ]  # fmt: skip


def subscribers() -> list[dict[str, Any]]:
    """Customers who stay or leave, a column of yes, no and "No internet", delays by depot."""
    return [
        {
            "customerID": f"{n:04d}-X", "SeniorCitizen": int(n % 4 == 0), "Backup": ("Yes", "No", "No internet service")[n % 3],
            "Contract": ("Monthly", "Two year")[n % 2], "MonthlyCharges": 20 + n % 30 + 0.5, "Depot": "ABC"[n % 3],
            "arrival_delay": (n * 7) % 40 + 10 * (n % 3), "Churn": "Yes" if n % 4 == 0 or n % 10 == 1 else "No",
        }
        for n in range(200)
    ]  # fmt: skip


def energy() -> list[dict[str, Any]]:
    """A panel: one row for each year and source."""
    return [
        {"year": f"{year}-01-01", "source": source, "net_generation": base + step * (year - 2005)}
        for year in range(2005, 2015)
        for source, base, step in (("Coal", 300, -5), ("Wind", 20, 9), ("Water", 80, 1))
    ]


def visits() -> list[dict[str, Any]]:
    """Visits with a date and a time of day, in columns of their own."""
    return [
        {"Date": f"2024-03-{n % 28 + 1:02d}", "Time": f"{9 + n % 7:02d}:{n % 60:02d}", "amount": 5 + n % 11}
        for n in range(180)
    ]


TABLES: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "order_lines": lines, "trades": trades, "subscribers": subscribers, "energy": energy, "visits": visits,
}  # fmt: skip


@pytest.fixture(scope="module")
def table(table_of: Any) -> Any:
    """A table by its name."""
    return lambda name: table_of(name, TABLES[name]())


def first(evidence: Evidence) -> list[tuple[Any, ...]]:
    return list(next(t for t in evidence.tables if t.audience == "answer").rows)


def by(rows: list[dict[str, Any]], name: str, value: Callable[[dict[str, Any]], float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in rows:
        found[str(row[name])] = found.get(str(row[name]), 0.0) + value(row)
    return found


def told(rows: list[tuple[Any, ...]], at: int = 1) -> dict[str, Any]:
    return {str(row[0]): row[at] for row in rows}


@pytest.mark.parametrize(
    ("question", "key"),
    [("revenue by category after discount", "category"), ("top 5 customers", "customerID"),
     ("total sales per category", "category")],
)  # fmt: skip
def test_revenue_is_price_times_quantity_less_discount_where_no_column_holds_it(
    table: Any, question: str, key: str
) -> None:
    expected = by(lines(), key, amount)
    found = told(first(table("order_lines").evidence(question)))
    assert found == {name: pytest.approx(expected[name]) for name in found}
    assert max(found, key=found.get) == max(expected, key=expected.get)  # type: ignore[arg-type]


def test_revenue_before_discount_leaves_the_discount_in(table: Any) -> None:
    expected = by(lines(), "category", lambda r: r["unitPrice"] * r["quantity"])
    found = told(first(table("order_lines").evidence("revenue by category before discount")))
    assert found == {name: pytest.approx(total) for name, total in expected.items()}


def test_what_sells_most_is_counted_in_pieces_not_in_revenue(table: Any) -> None:
    expected = by(lines(), "category", lambda r: r["quantity"])
    assert told(first(table("order_lines").evidence("which category do we sell most"))) == expected


def test_orders_are_counted_by_their_number_not_by_their_lines(table: Any) -> None:
    found = first(table("order_lines").evidence("how many orders do we have?"))
    assert found[0][0] == 80


@pytest.mark.parametrize("question", ["average order value", "typical order size", "what is our average basket"])
def test_an_order_value_is_the_total_by_the_number_of_orders(table: Any, question: str) -> None:
    found = first(table("order_lines").evidence(question))
    assert found[0][0] == pytest.approx(sum(map(amount, lines())) / 80)


@pytest.mark.parametrize(
    "question", ["which branch loses money?", "unprofitable branches?", "which branches are unprofitable"]
)
def test_what_loses_money_are_the_groups_whose_profits_are_below_nothing(table: Any, question: str) -> None:
    profits = by(trades(), "Branch", lambda r: r["Profit"])
    found = told(first(table("trades").evidence(question)))
    assert found == {name: pytest.approx(total) for name, total in profits.items() if total < 0}


def test_a_season_is_the_month_of_the_year(table: Any) -> None:
    found = first(table("trades").evidence("is there any seasonality in sales?"))
    assert len(found) == 12
    assert found[0][0] == "December"


def test_a_share_of_orders_is_of_different_orders_and_a_value_is_no_unit_of_time(table: Any) -> None:
    found = first(table("trades").evidence("what share of orders is shipped same day"))
    assert found[0][0] == pytest.approx(0.25)


def test_several_measures_of_a_comparison_are_all_computed(table: Any) -> None:
    plan = table("trades").plan("compare north and south on sales, profit and average discount")
    assert plan.unanswered is None
    evidence = table("trades").evidence("compare north and south on sales, profit and average discount")
    assert {row[0] for row in first(evidence)} == {"North", "South"}
    assert len(first(evidence)[0]) >= 4


def test_the_last_month_against_the_one_before_names_both(table: Any) -> None:
    plan = table("trades").plan("sales last month vs the month before")
    assert "2023-11" in plan.reading and "2023-12" in plan.reading
    assert plan.unanswered is None


def test_the_weakest_group_has_the_lowest_total_not_the_lowest_row(table: Any) -> None:
    profits = by(trades(), "Branch", lambda r: r["Profit"])
    found = first(table("trades").evidence("show me profit by branch and tell me which one is the weakest"))
    assert found[0][:2] == (min(profits, key=profits.get), pytest.approx(min(profits.values())))  # type: ignore[arg-type]


def rates(name: str) -> dict[str, float]:
    people = subscribers()
    groups = {str(r[name]) for r in people}
    return {
        g: sum(r["Churn"] == "Yes" for r in people if str(r[name]) == g) / sum(str(r[name]) == g for r in people)
        for g in groups
    }


@pytest.mark.parametrize(
    ("question", "name"),
    [("do seniors churn more?", "SeniorCitizen"), ("which depots should we worry about", "Depot"),
     ("churn by contract?", "Contract"), ("does backup reduce churn", "Backup"),
     ("which contract has the worst churn?", "Contract")],
)  # fmt: skip
def test_a_yes_no_outcome_is_shown_as_its_rate_in_each_group(table: Any, question: str, name: str) -> None:
    found = told(first(table("subscribers").evidence(question)))
    assert found == {group: pytest.approx(rate) for group, rate in rates(name).items()}


def test_those_named_are_set_against_the_rest(table: Any) -> None:
    rate = rates("Contract")
    found = first(table("subscribers").evidence("do customers on monthly contracts leave more often"))
    assert [row[1] for row in found] == [pytest.approx(r) for r in sorted(rate.values(), reverse=True)]


def test_a_column_of_yes_no_and_a_third_value_still_picks_rows(table: Any) -> None:
    found = first(table("subscribers").evidence("how many customers with backup do we have"))
    assert found[0][0] == sum(r["Backup"] == "Yes" for r in subscribers())


def test_the_worst_of_what_is_bad_is_its_highest(table: Any) -> None:
    found = first(table("subscribers").evidence("average arrival delay by depot, worst first"))
    assert [row[1] for row in found] == sorted((row[1] for row in found), reverse=True)


def test_typical_is_the_median(table: Any) -> None:
    found = first(table("subscribers").evidence("what is the typical monthly charge"))
    assert found[0][0] == statistics.median(r["MonthlyCharges"] for r in subscribers())


def test_a_question_of_risk_asks_what_the_outcome_is_linked_to(table: Any) -> None:
    steps = table("subscribers").plan("which customers are at risk of leaving?").steps
    assert any(step.get("method") == "drivers" and step.get("target") == "Churn" for step in map(dict, steps))


def test_cells_of_a_panel_are_added_not_counted(table: Any) -> None:
    last = {r["source"]: r["net_generation"] for r in energy() if r["year"].startswith("2014")}
    found = first(table("energy").evidence("what share of electricity is wind in the last year"))
    assert found[0][0] == pytest.approx(last["Wind"] / sum(last.values()))


@pytest.mark.parametrize(
    ("name", "question", "word"),
    [("subscribers", "how many customers use single sign-on", "sign-on"),
     ("trades", "total sales by warehouse keeper", "warehouse"),
     ("energy", "what will the weather be tomorrow", "weather")],
)  # fmt: skip
def test_what_no_slot_takes_up_is_said_to_be_open(table: Any, name: str, question: str, word: str) -> None:
    assert word in (table(name).plan(question).unanswered or "")


@pytest.mark.parametrize("question", ["busiest hour of the day", "number of visits per hour"])
def test_the_hour_is_read_from_the_times_of_day_not_from_the_dates(table: Any, question: str) -> None:
    counts = by(visits(), "Time", lambda row: 1)
    hours = {hour: sum(n for time, n in counts.items() if int(time[:2]) == hour) for hour in range(9, 16)}
    found = first(table("visits").evidence(question))
    assert {row[0]: row[1] for row in found} == hours


def test_dates_alone_tell_no_hour(table: Any) -> None:
    assert "hour" in (table("order_lines").plan("orders by hour of the day").unanswered or "")


def test_where_is_open_unless_a_place_is_told(table: Any) -> None:
    assert "Where" in (table("order_lines").plan("Where are the cheapest orders?").unanswered or "")
    assert not table("trades").plan("Where are sales highest, by branch?").unanswered
