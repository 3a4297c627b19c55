"""Questions of sales with returns, of staff, of web traffic by day and of a plant's log: each word is carried out or said
to be open."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

Rows = list[dict[str, Any]]


def sales() -> Rows:
    """Orders with discounts and returns."""
    return [
        {
            "order_no": 500 + n, "order_date": f"{2023 + n // 120}-{n % 12 + 1:02d}-{n % 27 + 1:02d}",
            "channel": ("Online", "Store", "Partner")[n % 3], "sales_rep": ("Ana", "Ben")[n % 2],
            "discount": (0.0, 0.1, 0.0, 0.2)[n % 4], "gross_amount": 40.0 + n % 50 * 12, "net_amount": 30.0 + n % 50 * 9,
            "returned": "Yes" if n % 7 == 0 or n % 9 == 1 else "No",
        }
        for n in range(240)
    ]  # fmt: skip


def staff() -> Rows:
    """People of whom some have no bonus and some no plan."""
    return [
        {
            "employee_id": f"P{n:03d}", "Pclass": ("A", "B", "C")[n % 3], "annual_salary": 30000 + n * 137 % 40000,
            "bonus": "" if n % 5 == 0 else 500 + n, "pension_plan": ("Basic", "No", "Full")[n % 3],
            "performance_score": n % 4 + 1, "gender": ("Female", "Male")[n // 2 % 2],
            "resigned": "Yes" if n % 8 == 0 else "No", "hire_date": f"{2012 + n % 10}-05-{n % 28 + 1:02d}",
        }
        for n in range(160)
    ]  # fmt: skip


def traffic() -> Rows:
    """A row for each day and source: cells, not visits."""
    return [
        {
            "date": f"2024-{month:02d}-{day:02d}", "source": source, "sessions": base + month * 10 + day,
            "bounces": base // 2 + day, "avg_load_ms": 900 + base + day % 5, "revenue": base * 2 + month,
        }
        for month in range(1, 13) for day in range(1, 29) for source, base in (("Search", 100), ("Mail", 60), ("Ads", 80))
    ]  # fmt: skip


def log() -> Rows:
    """Readings of machines by the hour."""
    return [
        {
            "logged_at": f"2025-03-{n // 24 + 1:02d} {n % 24:02d}:00", "machine": ("Press", "Mill")[n % 2],
            "status": "Idle" if n % 6 == 0 else "Running", "temperature_c": 60 + n * 7 % 31, "units_produced": 50 + n % 9,
            "drift": n % 41 - 20,
            "defects": n % 5, "started_at": "2025-03-01 00:00", "closed_at": f"2025-03-{n // 24 + 1:02d} 00:00",
        }
        for n in range(480)
    ]  # fmt: skip


TABLES: dict[str, Callable[[], Rows]] = {"sales": sales, "staff": staff, "web_traffic": traffic, "log": log}


@pytest.fixture(scope="module")
def table(table_of: Any) -> Any:
    """A table by its name."""
    return lambda name: table_of(name, TABLES[name]())


def total(rows: Rows, name: str, keep: Callable[[dict[str, Any]], bool] = lambda row: True) -> float:
    return float(sum(row[name] for row in rows if keep(row)))


def share(rows: Rows, met: Callable[[dict[str, Any]], bool]) -> float:
    return sum(map(met, rows)) / len(rows)


VALUES: list[tuple[str, str, Callable[[Rows], float]]] = [
    ("sales", "gross amount net of returns", lambda rows: total(rows, "gross_amount", lambda r: r["returned"] == "No")),
    ("sales", "total gross amount of orders that weren't bought online",
     lambda rows: total(rows, "gross_amount", lambda r: r["channel"] != "Online")),
    ("sales", "how many orders over $500 do we have?", lambda rows: sum(r["gross_amount"] > 500 for r in rows)),
    ("sales", "how many orders above 500 were not sold in the store",
     lambda rows: sum(r["gross_amount"] > 500 and r["channel"] != "Store" for r in rows)),
    ("sales", "percent of orders with a discount above 15%", lambda rows: share(rows, lambda r: r["discount"] > 0.15)),
    ("staff", "how many people with a bonus above 600 earning less than 45000 do we have?",
     lambda rows: sum(r["bonus"] != "" and r["bonus"] > 600 and r["annual_salary"] < 45000 for r in rows)),
    ("staff", "how many employees do not have a bonus?", lambda rows: sum(r["bonus"] == "" for r in rows)),
    ("staff", "how many employees have a bonus?", lambda rows: sum(r["bonus"] != "" for r in rows)),
    ("staff", "number of employees without a pension plan", lambda rows: sum(r["pension_plan"] == "No" for r in rows)),
    ("staff", "average annual salary of those who resigned and earn over 35000",
     lambda rows: statistics.fmean(r["annual_salary"] for r in rows if r["resigned"] == "Yes" and r["annual_salary"] > 35000)),
    ("staff", "average annual salary of men earning more than 50000",
     lambda rows: statistics.fmean(r["annual_salary"] for r in rows if r["gender"] == "Male" and r["annual_salary"] > 50000)),
    ("staff", "share of employees hired before 2015", lambda rows: share(rows, lambda r: r["hire_date"] < "2015")),
    ("web_traffic", "how many days had more than 500 sessions?",
     lambda rows: sum(total(rows, "sessions", lambda r, day=day: r["date"] == day) > 500  # type: ignore[misc]
                      for day in {r["date"] for r in rows})),
    ("log", "how many readings have a drift below -5?", lambda rows: sum(r["drift"] < -5 for r in rows)),
    ("log", "number of readings with drift between -3 and 3", lambda rows: sum(-3 <= r["drift"] <= 3 for r in rows)),
    ("log", "how many readings have a drift less than or equal to -5?", lambda rows: sum(r["drift"] <= -5 for r in rows)),
    ("log", "readings with a temperature not greater than 70", lambda rows: sum(r["temperature_c"] <= 70 for r in rows)),
    ("log", "average days to close", lambda rows: statistics.fmean(int(r["closed_at"][8:10]) - 1 for r in rows)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question", "value"), VALUES, ids=[question for _, question, _ in VALUES])
def test_a_value_is_of_the_rows_that_are_meant(
    table: Any, name: str, question: str, value: Callable[[Rows], float]
) -> None:
    assert table(name).first(question)[0][0] == pytest.approx(value(TABLES[name]()))


RATES: list[tuple[str, str, str, str, str]] = [
    ("web_traffic", "bounce rate by source", "source", "bounces", "sessions"),
    ("log", "defect rate per machine", "machine", "defects", "units_produced"),
]


@pytest.mark.parametrize(("name", "question", "key", "above", "below"), RATES)
def test_a_rate_with_a_name_is_of_the_two_totals(
    table: Any, name: str, question: str, key: str, above: str, below: str
) -> None:
    rows = TABLES[name]()
    for member, found, *_ in table(name).first(question):
        kept = [r for r in rows if r[key] == member]
        assert found == pytest.approx(total(kept, above) / total(kept, below))


def test_money_that_two_columns_hold_is_told_with_the_other(table: Any) -> None:
    (other,) = table("sales").plan("revenue by channel").alternatives
    assert (other.words, other.meant, other.others) == ("revenue", "gross amount", ("net amount",))
    assert not table("sales").plan("net amount by channel").alternatives


def test_defects_per_1000_units_are_of_the_units_and_not_of_the_rows(table: Any) -> None:
    for member, found, *_ in table("log").first("defects per 1000 units by machine"):
        kept = [r for r in log() if r["machine"] == member]
        assert found == pytest.approx(1000 * total(kept, "defects") / total(kept, "units_produced"))


def test_those_with_a_discount_are_set_against_those_without(table: Any) -> None:
    rows = sales()
    found = {row[0]: row[1] for row in table("sales").first("do discounted orders get returned more?")}
    expected = {r["discount"] > 0 for r in rows}
    assert len(found) == len(expected) == 2
    assert found["the rest"] == pytest.approx(
        share([r for r in rows if not r["discount"]], lambda r: r["returned"] == "Yes")
    )


def test_quarters_of_two_years_stand_beside_each_other(table: Any) -> None:
    plan = table("sales").plan("sales per quarter in 2024 compared with the same quarter of 2023")
    assert plan.unanswered is None
    assert any(step.get("grain") == "quarter" for step in plan.steps)


@pytest.mark.parametrize("question", ["which months were above 700 in sessions?", "months with more than 700 sessions"])
def test_a_bound_after_months_is_one_on_their_totals(table: Any, question: str) -> None:
    step = table("web_traffic").plan(question).steps[0]
    assert "HAVING" in step["sql"] and "WHERE" not in step["sql"].partition("HAVING")[0].replace('WHERE "date" IS', "")


def test_when_something_passed_a_bound_lists_its_rows_with_their_time(table: Any) -> None:
    found = table("log").first("when was the temperature above 88?")
    expected = {r["temperature_c"] for r in log() if r["temperature_c"] > 88}
    assert {row[1] for row in found} == expected
    assert str(found[0][0]).startswith("2025-03")


def test_earners_are_people_ranked_by_what_they_earn(table: Any) -> None:
    left = sorted((r["annual_salary"] for r in staff() if r["resigned"] == "Yes"), reverse=True)
    found = table("staff").first("top 3 earners who resigned")
    assert [row[1] for row in found] == left[:3]


def test_the_best_days_are_days_and_not_rows(table: Any) -> None:
    assert len({row[0] for row in table("web_traffic").first("top 5 days by revenue")}) == 5


def test_a_letter_before_a_name_hides_no_column(table: Any) -> None:
    found = table("staff").first("average salary by class")
    assert {row[0] for row in found} == {"A", "B", "C"}


def test_a_link_is_asked_of_a_column_whose_name_ends_in_its_unit(table: Any) -> None:
    steps = table("web_traffic").plan("is load time related to bounces?").steps
    assert any(step.get("method") == "correlation" and "avg_load_ms" in step["columns"] for step in steps)


def test_rows_of_a_grid_are_not_counted_as_what_the_table_is_called(table: Any) -> None:
    steps = table("web_traffic").plan("did traffic grow in the second half of the year?").steps
    assert any(step.get("value") == "sessions" for step in steps)


OPEN: list[tuple[str, str, str]] = [
    ("log", "best machine", "best"),
    ("log", "who is the fastest machine", "fastest"),
    ("web_traffic", "is revenue growing faster than sessions?", "growing"),
    ("sales", "products that weren't sold online", "products"),
    ("staff", "customers who only bought bonds", "only"),
]


@pytest.mark.parametrize(("name", "question", "word"), OPEN)
def test_what_is_not_measured_is_said_to_be_open(table: Any, name: str, question: str, word: str) -> None:
    assert f'"{word}"' in (table(name).plan(question).unanswered or "")


NOT_FIRED: list[tuple[str, str, str]] = [
    ("sales", "average discount by channel", "> 0"),
    ("sales", "total gross amount of orders bought online", "IS DISTINCT FROM"),
    ("staff", "average bonus by gender", "IS NULL"),
    ("staff", "average salary of people with a bonus above 600", "IS NOT NULL"),
    ("log", "which machine has temperature above 80", "HAVING"),
]


@pytest.mark.parametrize(("name", "question", "text"), NOT_FIRED)
def test_a_reading_is_not_taken_where_its_words_are_missing(table: Any, name: str, question: str, text: str) -> None:
    rows = str(table(name).plan(question).steps[0].get("sql", ""))
    assert text not in rows.replace('"gender" IS NOT NULL', "").replace('"channel" IS NOT NULL', "")


def test_two_halves_of_a_number_are_compared_with_each_other(table: Any) -> None:
    rows, question = staff(), "Do employees with a salary over 40000 resign more than those with a salary under 40000?"
    halves = (
        [r for r in rows if r["annual_salary"] > 40000], [r for r in rows if r["annual_salary"] <= 40000],
    )  # fmt: skip
    found = sorted(row[1] for row in table("staff").first(question))
    assert found == pytest.approx(sorted(share(half, lambda r: r["resigned"] == "Yes") for half in halves))


def test_those_with_a_value_are_that_value_and_not_the_rest(table: Any) -> None:
    rows, question = staff(), "Do employees in class A resign less than those in class B?"
    found = {row[0]: row[1] for row in table("staff").first(question)}
    assert found == {
        name: pytest.approx(share([r for r in rows if r["Pclass"] == name], lambda r: r["resigned"] == "Yes"))
        for name in ("A", "B")
    }
