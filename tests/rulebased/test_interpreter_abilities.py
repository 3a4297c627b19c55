"""What the interpreter learnt beside the first bank: each question is planned, bound, run, and checked against the rows."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

Rows = list[dict[str, Any]]


def groups_of(rows: Rows, *names: str) -> dict[Any, Rows]:
    found: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in names) if len(names) > 1 else row[names[0]]].append(row)
    return found


def sums(rows: Rows, name: str, column: str) -> dict[Any, float]:
    return {key: sum(r[column] for r in group) for key, group in groups_of(rows, name).items()}


def answer(asked: Any, name: str, question: str) -> list[tuple[Any, ...]]:
    evidence = asked(name).evidence(question)
    return list(next(table for table in evidence.tables if table.audience == "answer").rows)


def as_dict(rows: list[tuple[Any, ...]], value: int = 1) -> dict[str, Any]:
    return {str(row[0]): row[value] for row in rows}


def approx(expected: dict[Any, float]) -> dict[str, Any]:
    return {str(key): pytest.approx(value) for key, value in expected.items()}


def test_groups_are_kept_by_how_many_records_they_have(asked: Any, domains: Any) -> None:
    counts = Counter(r["customer_id"] for r in domains.shop())
    found = as_dict(answer(asked, "shop", "Which customers have more than 15 orders?"))
    assert found == {key: n for key, n in counts.items() if n > 15}


def test_groups_are_counted_when_the_question_asks_how_many(asked: Any, domains: Any) -> None:
    counts = Counter(r["customer_id"] for r in domains.shop())
    found = answer(asked, "shop", "How many customers ordered more than 10 times?")
    assert found[0][0] == sum(n > 10 for n in counts.values())


def test_groups_are_kept_by_an_average(asked: Any, domains: Any) -> None:
    means = {
        w: statistics.fmean(r["waiting_minutes"] for r in g) for w, g in groups_of(domains.hospital(), "ward").items()
    }
    found = as_dict(answer(asked, "hospital", "Which wards have an average waiting time above 40 minutes?"))
    assert found == approx({ward: mean for ward, mean in means.items() if mean > 40})


def test_groups_are_kept_by_a_rate(asked: Any, domains: Any) -> None:
    rates = {c: statistics.fmean(r["late"] for r in g) for c, g in groups_of(domains.logistics(), "carrier").items()}
    found = as_dict(answer(asked, "logistics", "carriers with a late rate above 20%"))
    assert found == approx({carrier: rate for carrier, rate in rates.items() if rate > 0.2})


def test_what_customers_spent_is_summed_before_it_is_bounded(asked: Any, domains: Any) -> None:
    totals = sums(domains.shop(), "customer_id", "revenue")
    found = as_dict(answer(asked, "shop", "Which customers spent more than 4000 in total?"))
    assert found == approx({key: value for key, value in totals.items() if value > 4000})


@pytest.mark.parametrize(
    ("question", "n"), [("Top 2 products per tier by revenue", 2), ("best product in each tier by revenue", 1)]
)
def test_a_ranking_is_made_within_each_group(question: str, n: int, asked: Any, domains: Any) -> None:
    expected = []
    for tier, rows in groups_of(domains.shop(), "member_tier").items():
        ranked = sorted(sums(rows, "product", "revenue").items(), key=lambda item: -item[1])
        expected += [(tier, product, pytest.approx(value)) for product, value in ranked[:n]]
    assert sorted(row[:3] for row in answer(asked, "shop", question)) == sorted(expected, key=lambda item: item[:2])


def test_single_rows_are_listed_when_they_are_ranked(asked: Any, domains: Any) -> None:
    heavy = sorted(domains.logistics(), key=lambda r: -r["weight_kg"])[:5]
    found = answer(asked, "logistics", "5 heaviest shipments")
    assert [(row[0], row[1]) for row in found] == [(r["shipment"], r["weight_kg"]) for r in heavy]


def test_the_first_rows_of_a_ranking_are_added_up(asked: Any, domains: Any) -> None:
    costs = sorted((r["shipping_cost"] for r in domains.logistics()), reverse=True)
    found = answer(asked, "logistics", "total cost of the 10 most expensive shipments")
    assert found[0][0] == pytest.approx(sum(costs[:10]))


def test_the_share_of_the_first_few_is_taken(asked: Any, domains: Any) -> None:
    totals = sorted(sums(domains.shop(), "customer_id", "revenue").values(), reverse=True)
    found = answer(asked, "shop", "What share of revenue comes from the top 10 customers?")
    assert found[0][0] == pytest.approx(sum(totals[:10]) / sum(totals))


def test_a_running_total_is_taken_by_period(asked: Any, domains: Any) -> None:
    monthly: dict[str, float] = defaultdict(float)
    for row in domains.shop():
        if row["order_date"].year == 2024:
            monthly[f"{row['order_date']:%Y-%m}"] += row["revenue"]
    total, expected = 0.0, {}
    for month in sorted(monthly):
        total += monthly[month]
        expected[month] = total
    assert as_dict(answer(asked, "shop", "running total of revenue by month in 2024"), 2) == approx(expected)


def test_a_moving_average_is_as_long_as_the_question_says(asked: Any, domains: Any) -> None:
    daily = sums(domains.adverts(), "date", "spend")
    last = max(daily)
    found = answer(asked, "adverts", "7-day moving average of spend")
    assert found[-1][2] == pytest.approx(statistics.fmean(daily[last - timedelta(days=n)] for n in range(7)))
    assert found[5][2] is None and found[6][2] is not None


def test_growth_is_taken_from_each_period_to_the_next(asked: Any, domains: Any) -> None:
    monthly = Counter(f"{r['order_date']:%Y-%m}" for r in domains.shop())
    found = answer(asked, "shop", "Month over month growth in orders in 2024")
    assert (found[0][0], found[0][1]) == ("2024-01", monthly["2024-01"])
    assert found[0][3] == pytest.approx(monthly["2024-01"] / monthly["2023-12"] - 1)
    assert len(found) == 12


def test_the_highest_group_of_each_month_is_that_with_the_most_in_all_and_not_with_the_largest_record(
    asked: Any, domains: Any
) -> None:
    sums: dict[tuple[str, str], float] = {}
    for row in domains.shop():
        key = f"{row['order_date']:%Y-%m}", row["product"]
        sums[key] = sums.get(key, 0.0) + row["revenue"]
    best = {month: max(v for (m, _), v in sums.items() if m == month) for month, _ in sums}
    found = answer(asked, "shop", "Which product has the highest revenue per month?")
    assert {str(row[0]): row[2] for row in found} == approx(best)


def test_newcomers_are_counted_by_their_first_date(asked: Any, domains: Any) -> None:
    first: dict[str, Any] = {}
    for row in domains.shop():
        first.setdefault(row["customer_id"], row["order_date"])
    expected = Counter(f"{day:%Y-%m}" for day in first.values())
    assert as_dict(answer(asked, "shop", "New customers per month")) == dict(expected)


def test_the_first_and_the_last_date_are_told(asked: Any, domains: Any) -> None:
    days = [r["order_date"] for r in domains.shop() if r["product"] == "Mirror"]
    assert answer(asked, "shop", "When was the last order of a Mirror?")[0][0] == max(days).isoformat()


def test_two_columns_are_subtracted_row_by_row(asked: Any, domains: Any) -> None:
    gaps = {c: sum(r["revenue"] - r["profit"] for r in g) for c, g in groups_of(domains.shop(), "category").items()}
    found = as_dict(answer(asked, "shop", "total revenue minus profit by category"))
    assert found == approx(gaps)


def test_two_columns_are_compared_row_by_row(asked: Any, domains: Any) -> None:
    better = sum(r["reading_score"] is not None and r["math_score"] > r["reading_score"] for r in domains.school())
    assert answer(asked, "school", "How many students have a math score above their reading score?")[0][0] == better


def test_a_bound_is_told_in_another_unit_than_the_column(asked: Any, domains: Any) -> None:
    long = sum(r["waiting_minutes"] > 45 for r in domains.hospital())
    assert answer(asked, "hospital", "How many patients waited longer than 0.75 hours?")[0][0] == long


def test_several_measures_are_each_aggregated_as_told(asked: Any, domains: Any) -> None:
    rows = groups_of(domains.shop(), "category")
    found = answer(asked, "shop", "Total profit and average quantity by category")
    for name, profit, quantity, *_ in found:
        assert profit == pytest.approx(sum(r["profit"] for r in rows[name]))
        assert quantity == pytest.approx(statistics.fmean(r["quantity"] for r in rows[name]))


def test_a_count_stands_beside_a_total(asked: Any, domains: Any) -> None:
    rows = groups_of(domains.shop(), "category")
    for name, *values in answer(asked, "shop", "number of orders and total revenue by category"):
        assert len(rows[name]) in values
        assert pytest.approx(sum(r["revenue"] for r in rows[name])) in values


def test_a_rate_per_row_is_an_average_of_counts(asked: Any, domains: Any) -> None:
    rows = domains.shop()
    found = answer(asked, "shop", "How many orders does a customer place on average?")
    assert found[0][0] == pytest.approx(len(rows) / len({r["customer_id"] for r in rows}))


def test_an_average_day_is_the_mean_of_daily_totals(asked: Any, domains: Any) -> None:
    daily = sums(domains.adverts(), "date", "clicks")
    assert answer(asked, "adverts", "Average clicks per day")[0][0] == pytest.approx(statistics.fmean(daily.values()))


def test_those_with_both_values_are_counted(asked: Any, domains: Any) -> None:
    bought = {c: {r["product"] for r in g} for c, g in groups_of(domains.shop(), "customer_id").items()}
    both = sum({"Desk", "Chair"} <= products for products in bought.values())
    assert answer(asked, "shop", "How many customers bought both desks and chairs?")[0][0] == both


def test_days_of_the_week_are_conditions(asked: Any, domains: Any) -> None:
    weekend = sum(r["energy_kwh"] for r in domains.sensors() if r["timestamp"].isoweekday() > 5)
    assert answer(asked, "sensors", "total energy on weekends")[0][0] == pytest.approx(weekend)


def test_two_keys_may_be_a_column_and_a_unit_of_time(asked: Any, domains: Any) -> None:
    expected = Counter((r["category"], r["order_date"].strftime("%A")) for r in domains.shop())
    found = answer(asked, "shop", "orders by weekday and category")
    assert {(row[0], row[1]): row[2] for row in found} == dict(expected)


def test_things_that_happened_are_counted_with_their_rate(asked: Any, domains: Any) -> None:
    rows = groups_of(domains.sensors(), "machine")
    for machine, count, rate, *_ in answer(asked, "sensors", "alarms by machine"):
        assert count == sum(r["alarm"] for r in rows[machine])
        assert rate == pytest.approx(count / len(rows[machine]))


@pytest.mark.parametrize(
    ("question", "direction"),
    [("Which ward has the longest stay?", max), ("In which ward do patients leave fastest by length of stay?", min)],
)
def test_the_fastest_has_the_lowest_of_what_takes_time(
    question: str, direction: Callable[..., Any], asked: Any, domains: Any
) -> None:
    means = {
        ward: statistics.fmean(r["length_of_stay_days"] for r in rows)
        for ward, rows in groups_of(domains.hospital(), "ward").items()
    }
    assert answer(asked, "hospital", question)[0][0] == direction(means, key=lambda ward: means[ward])


def test_a_compound_question_gets_its_reasons_too(asked: Any) -> None:
    tables = asked("shop").evidence("Which category has the highest revenue, and why?").tables
    assert [t.columns[0] for t in tables if t.id == "s1"] == ["category"]
    assert any(t.method == "drivers" for t in tables)


def test_why_a_group_is_ahead_asks_what_goes_with_the_measure_and_not_with_the_group(asked: Any) -> None:
    tables = asked("shop").evidence("Which city has the highest average order value, and why?").tables
    said = " ".join(t.what for t in tables if t.method == "drivers")
    assert "of revenue" in said and "of city" not in said


@pytest.mark.parametrize(
    "question", ["Do patients on the Cardiology ward wait longer?", "Is waiting time higher in Cardiology?"]
)
def test_some_rows_are_held_against_the_rest_where_a_comparative_names_no_others(
    question: str, asked: Any, domains: Any
) -> None:
    wards = groups_of(domains.hospital(), "ward")
    assert "Cardiology" in wards
    rest = [r["waiting_minutes"] for ward, rows in wards.items() if ward != "Cardiology" for r in rows]
    found = as_dict(answer(asked, "hospital", question))
    assert found["the rest"] == pytest.approx(statistics.fmean(rest))
    assert pytest.approx(statistics.fmean(r["waiting_minutes"] for r in wards["Cardiology"])) in found.values()
