"""Each question is planned, bound and run, and the value compared with one computed here from the rows in plain Python."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

Row = dict[str, Any]
Rows = list[Row]
Test = Callable[[Row], bool]
Expected = Callable[[Rows], Any]


def every(_: Row) -> bool:
    return True


def total(column: str, where: Test = every) -> Expected:
    return lambda rows: sum(r[column] for r in rows if where(r) and r[column] is not None)


def mean(column: str, where: Test = every) -> Expected:
    return lambda rows: statistics.fmean(r[column] for r in rows if where(r) and r[column] is not None)


def median(column: str, where: Test = every) -> Expected:
    return lambda rows: statistics.median(r[column] for r in rows if where(r) and r[column] is not None)


def extreme(column: str, pick: Callable[..., Any], where: Test = every) -> Expected:
    return lambda rows: pick(r[column] for r in rows if where(r) and r[column] is not None)


def count(where: Test = every) -> Expected:
    return lambda rows: sum(1 for r in rows if where(r))


def rate(yes: Test, where: Test = every) -> Expected:
    return lambda rows: statistics.fmean(1.0 if yes(r) else 0.0 for r in rows if where(r))


def ratio(top: str, bottom: str, where: Test = every) -> Expected:
    return lambda rows: total(top, where)(rows) / total(bottom, where)(rows)


def distinct(column: str, where: Test = every) -> Expected:
    return lambda rows: len({r[column] for r in rows if where(r)})


def by(key: Callable[[Row], Any], value: Expected) -> Expected:
    def grouped(rows: Rows) -> dict[Any, Any]:
        groups: dict[Any, Rows] = defaultdict(list)
        for row in rows:
            groups[key(row)].append(row)
        return {name: value(group) for name, group in groups.items()}

    return grouped


def first(key: Callable[[Row], Any], value: Expected, *, lowest: bool = False, n: int = 1) -> Expected:
    """The first `n` groups of a ranking, with their values."""

    def ranked(rows: Rows) -> dict[Any, Any]:
        groups = sorted(by(key, value)(rows).items(), key=lambda item: item[1], reverse=not lowest)
        return dict(groups[:n])

    return ranked


def growth(column: str, before: Test, after: Test) -> Expected:
    def grown(rows: Rows) -> float:
        old = total(column, before)(rows)
        return float((total(column, after)(rows) - old) / old)

    return grown


def col(name: str) -> Callable[[Row], Any]:
    return lambda r: r[name]


def is_(name: str, value: Any) -> Test:
    return lambda r: bool(r[name] == value)


def both(*tests: Test) -> Test:
    return lambda r: all(test(r) for test in tests)


def years(name: str, *wanted: int) -> Test:
    return lambda r: r[name].year in wanted


def months(name: str, year: int, *wanted: int) -> Test:
    return lambda r: bool(r[name].year == year and r[name].month in wanted)


def city(r: Row) -> str:
    return "Lyon" if r["city"].strip().lower() == "lyon" else str(r["city"])


def week(name: str) -> Callable[[Row], str]:
    return lambda r: r[name].strftime("%G-W%V")


def price(r: Row) -> float:
    return float(r["price"].strip("$").replace(",", ""))


def stay_in(year: int, *wanted: int) -> Test:
    return lambda r: bool(r["check_in"].endswith(str(year)) and (not wanted or int(r["check_in"][3:5]) in wanted))


def money(where: Test = every) -> Expected:
    return lambda rows: sum(price(r) for r in rows if where(r))


LYON: Test = lambda r: city(r) == "Lyon"  # noqa: E731
CASES: dict[str, dict[str, Expected]] = {
    "shop": {
        "What is the total revenue?": total("revenue"),
        "How much revenue did we make in 2024?": total("revenue", years("order_date", 2024)),
        "average revenue": mean("revenue"),
        "What is the average order value by city?": by(city, mean("revenue")),
        "median quantity for gold members": median("quantity", is_("member_tier", "Gold")),
        "How many orders were returned?": count(is_("status", "returned")),
        "What percentage of orders were cancelled by category?": by(col("category"), rate(is_("status", "cancelled"))),
        "revenue by product excluding returned orders": by(
            col("product"), total("revenue", lambda r: r["status"] != "returned")
        ),
        "Which week had the highest revenue?": first(week("order_date"), total("revenue")),
        "On what weekday do we sell the most?": first(lambda r: r["order_date"].strftime("%A"), total("quantity")),
        "profit margin by product": by(col("product"), ratio("profit", "revenue")),
        "margin: profit relative to revenue by category": by(col("category"), ratio("profit", "revenue")),
        "top 5 customers by sales": first(col("customer_id"), total("revenue"), n=5),
        "bottom 2 products by quantity": first(col("product"), total("quantity"), lowest=True, n=2),
        "revenue 2024 vs 2023": growth("revenue", years("order_date", 2023), years("order_date", 2024)),
        "How did revenue change in Q4?": growth(
            "revenue", months("order_date", 2024, 7, 8, 9), months("order_date", 2024, 10, 11, 12)
        ),
        "year over year revenue growth": growth("revenue", years("order_date", 2023), years("order_date", 2024)),
        "How many distinct customers bought in December?": distinct("customer_id", months("order_date", 2024, 12)),
        "what is the revenue in Lyon": total("revenue", LYON),
        "Compare average revenue in Lyon vs Paris": by(
            city, lambda rows: mean("revenue")(rows) if city(rows[0]) != "Nantes" else None
        ),
        "revenue in the Paris branch last month": total(
            "revenue", both(is_("city", "Paris"), months("order_date", 2024, 12))
        ),
        "total sales in Q3 2023": total("revenue", months("order_date", 2023, 7, 8, 9)),
        "turnover in H1 2024": total("revenue", months("order_date", 2024, *range(1, 7))),
        "revenue since June 2024": total("revenue", lambda r: r["order_date"] >= date(2024, 6, 1)),
        "revenue before 2024": total("revenue", years("order_date", 2023)),
        "what share of revenue comes from gold members": lambda rows: (
            total("revenue", is_("member_tier", "Gold"))(rows) / total("revenue")(rows)
        ),
        "average revenue per customer": lambda rows: total("revenue")(rows) / distinct("customer_id")(rows),
        "revenue per order": mean("revenue"),
        "which city has the lowest profit": first(city, total("profit"), lowest=True),
        "how many orders had revenue over 200": count(lambda r: r["revenue"] > 200),
        "orders with at least 3 in quantity": count(lambda r: r["quantity"] >= 3),
        "revenu by prodct": by(col("product"), total("revenue")),
        "how many different products are there": distinct("product"),
        "most popular product": first(col("product"), count()),
        "highest revenue of a single order": first(col("order_id"), total("revenue")),
        "How many orders were placed between 2024-03-01 and 2024-03-31?": count(months("order_date", 2024, 3)),
        "total revenue from gold and silver members": total("revenue", lambda r: r["member_tier"] != "Basic"),
        "clients' total profit by tier": by(col("member_tier"), total("profit")),
    },
    "hospital": {
        "What is the readmission rate by ward?": by(col("ward"), rate(is_("readmitted", "yes"))),
        "overall readmission rate": rate(is_("readmitted", "yes")),
        "average age of patients who were readmitted": mean("age", is_("readmitted", "yes")),
        "average age of patients who were not readmitted": mean("age", is_("readmitted", "no")),
        "which ward has the longest waiting time": first(col("ward"), mean("waiting_minutes")),
        "how many patients are older than 65": count(lambda r: r["age"] is not None and r["age"] > 65),
        "average stay in Cardiology": mean("length_of_stay_days", is_("ward", "Cardiology")),
        "how many female patients were admitted in March": count(
            both(is_("gender", "F"), months("admission_date", 2024, 3))
        ),
        "what percentage of women were readmitted": rate(is_("readmitted", "yes"), is_("gender", "F")),
        "is there a difference in waiting time between men and women": by(col("gender"), mean("waiting_minutes")),
        "Does insurance affect the cost?": by(col("insurance"), mean("treatment_cost")),
        "how many ages are missing": count(is_("age", None)),
        "patients between 20 and 30 years old": count(lambda r: r["age"] is not None and 20 <= r["age"] <= 30),
        "total treatment cost for Surgery and Oncology": total(
            "treatment_cost", lambda r: r["ward"] in ("Surgery", "Oncology")
        ),
        "median waiting minutes": median("waiting_minutes"),
        "do readmitted patients stay longer": by(col("readmitted"), mean("length_of_stay_days")),
        "number of patients by ward": by(col("ward"), count()),
        "what is the longest stay": extreme("length_of_stay_days", max),
        "average cost of privately insured patients": mean("treatment_cost", is_("insurance", "private")),
        "which ward has the most patients": first(col("ward"), count()),
        "average waiting time without Pediatrics": mean("waiting_minutes", lambda r: r["ward"] != "Pediatrics"),
    },
    "staff": {
        "What is the attrition rate by department?": by(col("Department"), rate(is_("Attrition", 1))),
        "average monthly salary in engineering": mean("MonthlySalary", is_("Department", "Engineering")),
        "highest paid department": first(col("Department"), mean("MonthlySalary")),
        "do men earn more than women": by(col("Gender"), mean("MonthlySalary")),
        "How many employees work overtime?": count(is_("OverTime", "Yes")),
        "how many employees do not work overtime?": count(is_("OverTime", "No")),
        "average age of employees with a PhD": mean("Age", is_("Education", "PhD")),
        "attrition of employees with satisfaction below 3": rate(
            is_("Attrition", 1), lambda r: r["JobSatisfaction"] < 3
        ),
        "average salary by education for women": by(
            col("Education"), lambda rows: mean("MonthlySalary", is_("Gender", "Female"))(rows)
        ),
        "is attrition higher for employees with overtime": by(col("OverTime"), rate(is_("Attrition", 1))),
        "average salary per departement": by(col("Department"), mean("MonthlySalary")),
        "how many people left": count(is_("Attrition", 1)),
        "average years at company of sales staff": mean("YearsAtCompany", is_("Department", "Sales")),
        "what share of staff is female": rate(is_("Gender", "Female")),
        "min salary": extreme("MonthlySalary", min),
        "how many departments are there": distinct("Department"),
        "average salary of men in finance": mean(
            "MonthlySalary", both(is_("Gender", "Male"), is_("Department", "Finance"))
        ),
    },
    "sensors": {
        "average temperature by machine": by(col("machine"), mean("temperature_c")),
        "hottest hour of the day": first(lambda r: r["timestamp"].hour, mean("temperature_c")),
        "how often did machine M2 alarm": rate(col("alarm"), is_("machine", "M2")),
        "average vibration in March": mean("vibration", months("timestamp", 2024, 3)),
        "max temperature of M3": extreme("temperature_c", max, is_("machine", "M3")),
        "total energy since April": total("energy_kwh", months("timestamp", 2024, 4)),
        "total energy last month": total("energy_kwh", months("timestamp", 2024, 3)),
        "which machine has the most alarms": first(col("machine"), count(col("alarm"))),
        "how many alarms were there": count(col("alarm")),
        "energy used last week": total("energy_kwh", lambda r: date(2024, 4, 8) <= r["timestamp"].date()),
        "alarm rate by machine": by(col("machine"), rate(col("alarm"))),
    },
    "school": {
        "average math score by school": by(col("school"), mean("math_score")),
        "pass rate by lunch": by(col("lunch"), rate(col("passed"))),
        "how many students are in grade 10": count(is_("grade_level", 10)),
        "how many students are there in each school": by(col("school"), count()),
        "standard deviation of math score": lambda rows: statistics.stdev(r["math_score"] for r in rows),
        "median math score of West College": median("math_score", is_("school", "West College")),
        "what percentage of students passed": rate(col("passed")),
        "difference in math score between free and paid lunch": by(col("lunch"), mean("math_score")),
        "students with a math score above 90": count(lambda r: r["math_score"] > 90),
        "average reading score of students who did not pass": mean("reading_score", lambda r: not r["passed"]),
        "which school has the best attendance": first(col("school"), mean("attendance_pct")),
        "what is the correlation between study hours and math score": lambda rows: statistics.correlation(
            [r["study_hours"] for r in rows], [r["math_score"] for r in rows]
        ),
    },
    "hotel": {
        "What is the average price by room type?": by(
            col("room_type"), lambda rows: statistics.fmean(price(r) for r in rows)
        ),
        "cancellation rate by channel": by(col("channel"), rate(is_("cancelled", "Yes"))),
        "total price in 2024": money(stay_in(2024)),
        "total revenue from bookings in July 2024": money(stay_in(2024, 7)),
        "average nights for guests from Spain": mean("nights", is_("country", "Spain")),
        "price per night": lambda rows: money()(rows) / total("nights")(rows),
        "top 3 countries by total price": first(col("country"), money(), n=3),
        "how many bookings were not cancelled": count(is_("cancelled", "No")),
        "average rating of suites": mean("rating", is_("room_type", "Suite")),
        "Web vs Phone average price": by(
            col("channel"),
            lambda rows: statistics.fmean(price(r) for r in rows) if rows[0]["channel"] != "Agent" else None,
        ),
        "how many ratings are missing": count(is_("rating", None)),
        "bookings longer than 5 nights": count(lambda r: r["nights"] > 5),
    },
    "bank": {
        "default rate by purpose": by(col("purpose"), rate(is_("defaulted", "Y"))),
        "average loan amount in York": mean("loan_amount", is_("branch", "York")),
        "total loan amount by year": by(col("year"), total("loan_amount")),
        "loans over 20000": count(lambda r: r["loan_amount"] > 20000),
        "average interest rate for credit score under 500": mean("interest_rate", lambda r: r["credit_score"] < 500),
        "median income of defaulted loans": median("income", is_("defaulted", "Y")),
        "how many loans in 2022": count(is_("year", 2022)),
        "2022 vs 2023 average loan amount": by(
            col("year"), lambda rows: mean("loan_amount")(rows) if rows[0]["year"] > 2021 else None
        ),
        "loan amount relative to income by branch": by(col("branch"), ratio("loan_amount", "income")),
        "do defaulted loans have a lower credit score": by(col("defaulted"), mean("credit_score")),
        "average income excluding 2020": mean("income", lambda r: r["year"] != 2020),
        "default rate in Leeds": rate(is_("defaulted", "Y"), is_("branch", "Leeds")),
        "what percentage of car loans defaulted": rate(is_("defaulted", "Y"), is_("purpose", "car")),
    },
    "logistics": {
        "average delay by carrier": by(col("carrier"), mean("delay_hours")),
        "total shipping cost from Berlin to Munich": total(
            "shipping_cost", both(is_("origin", "Berlin"), is_("destination", "Munich"))
        ),
        "how many shipments were late": count(col("late")),
        "late rate by carrier": by(col("carrier"), rate(col("late"))),
        "shipping cost per km by carrier": by(col("carrier"), ratio("shipping_cost", "distance_km")),
        "total weight in Q2 2024": total("weight_kg", months("ship_date", 2024, 4, 5, 6)),
        "shipping cost in 2024 compared to 2023": growth(
            "shipping_cost", years("ship_date", 2023), years("ship_date", 2024)
        ),
        "which destination has the highest cost": first(col("destination"), total("shipping_cost")),
        "shipments heavier than 500 kg": count(lambda r: r["weight_kg"] > 500),
        "average distance for DHL and UPS": by(
            col("carrier"), lambda rows: mean("distance_km")(rows) if rows[0]["carrier"] != "GLS" else None
        ),
        "shipments in the first half of 2024": count(
            lambda r: r["ship_date"].year == 2024 and r["ship_date"].month < 7
        ),
        "cost between January and March 2024": total("shipping_cost", months("ship_date", 2024, 1, 2, 3)),
        "did shipping cost rise in the last quarter": lambda rows: _last_quarter_growth(rows),
    },
    "adverts": {
        "conversion rate by channel": by(col("channel"), ratio("conversions", "clicks")),
        "return on spend by channel": by(col("channel"), ratio("revenue", "spend")),
        "cost per click": ratio("spend", "clicks"),
        "ctr by channel": by(col("channel"), ratio("clicks", "impressions")),
        "which channel has the highest return on spend": first(col("channel"), ratio("revenue", "spend")),
        "total spend last month": total("spend", months("date", 2024, 9)),
        "revenue in Q3 vs Q2": growth("revenue", months("date", 2024, 4, 5, 6), months("date", 2024, 7, 8, 9)),
        "cost per conversion in Q3": ratio("spend", "conversions", months("date", 2024, 7, 8, 9)),
        "best campaign by revenue": first(col("campaign"), total("revenue")),
        "did conversions drop in September": growth("conversions", months("date", 2024, 8), months("date", 2024, 9)),
        "how many clicks did Social get": total("clicks", is_("channel", "Social")),
        "number of clicks per impression": ratio("clicks", "impressions"),
    },
}
QUESTIONS = [(name, question) for name, cases in CASES.items() for question in cases]


def _last_quarter_growth(rows: Rows) -> float:
    """The data end on 30 December 2024: the quarter counts as whole."""
    return float(
        growth("shipping_cost", months("ship_date", 2024, 7, 8, 9), months("ship_date", 2024, 10, 11, 12))(rows)
    )


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[f"{n}: {q}" for n, q in QUESTIONS])
def test_the_answer_computed_is_the_right_one(name: str, question: str, asked: Any, domains: ModuleType) -> None:
    rows = domains.DOMAINS[name]()
    expected = CASES[name][question](rows)
    evidence = asked(name).evidence(question)
    answer = next(table for table in evidence.tables if table.audience == "answer")
    if isinstance(expected, dict):
        expected = {str(key): value for key, value in expected.items() if value is not None}
        found = {str(row[0]): row[1] for row in answer.rows}
        ranked = question in RANKED or len(expected) < len(found)
        found = dict(list(found.items())[: len(expected)]) if ranked else found
        assert found == {key: pytest.approx(value) for key, value in expected.items()}
    else:
        assert answer.rows, "no row"
        values = [value for value in answer.rows[0] if isinstance(value, (int, float))]
        assert any(value == pytest.approx(expected) for value in values), f"{values} without {expected}"


RANKED = frozenset(
    question for cases in CASES.values() for question, made in cases.items() if "first" in made.__qualname__
)


def test_there_are_at_least_120_questions_over_8_tables() -> None:
    assert len(QUESTIONS) >= 120
    assert len(CASES) >= 8
