"""Questions as people word them, over tables of several trades: the value is right, or what is open is said first."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

Row = dict[str, Any]
Rows = list[Row]
Test = Callable[[Row], bool]


def total(rows: Rows, column: str) -> float:
    return float(sum(r[column] for r in rows if r[column] is not None))


def mean(rows: Rows, column: str) -> float:
    return statistics.fmean(r[column] for r in rows if r[column] is not None)


def rate(rows: Rows, test: Test) -> float:
    return statistics.fmean(1.0 if test(r) else 0.0 for r in rows)


def by(rows: Rows, key: str | Callable[[Row], Any], value: Callable[[Rows], Any]) -> dict[str, Any]:
    groups: dict[str, Rows] = defaultdict(list)
    for row in rows:
        groups[str(row[key] if isinstance(key, str) else key(row))].append(row)
    return {name: value(group) for name, group in groups.items()}


def top(values: dict[str, Any], n: int = 1, *, lowest: bool = False) -> dict[str, Any]:
    return dict(sorted(values.items(), key=lambda item: item[1], reverse=not lowest)[:n])


def only(rows: Rows, test: Test) -> Rows:
    return [r for r in rows if test(r)]


def with_(rows: Rows, **wanted: Any) -> Rows:
    return [r for r in rows if all(r[name] == value for name, value in wanted.items())]


def city(r: Row) -> str:
    return "Lyon" if r["city"].strip().lower() == "lyon" else str(r["city"])


def month(column: str) -> Callable[[Row], str]:
    return lambda r: f"{r[column]:%Y-%m}"


CASES: dict[str, dict[str, Callable[[Rows], Any]]] = {
    "shop": {
        "hey, can you tell me how much money we made overall?": lambda rs: total(rs, "revenue"),
        "What did gold members spend in 2023?": lambda rs: total(
            only(rs, lambda r: r["member_tier"] == "Gold" and r["order_date"].year == 2023), "revenue"
        ),
        "Give me revenue broken down by category and tier": lambda rs: {
            (c, t): total(with_(rs, category=c, member_tier=t), "revenue")
            for c in ("Office", "Home")
            for t in ("Gold", "Silver", "Basic")
        },
        "Which three products bring in the least profit?": lambda rs: top(
            by(rs, "product", lambda g: total(g, "profit")), 3, lowest=True
        ),
        "total revenue except returned and cancelled orders": lambda rs: total(
            only(rs, lambda r: r["status"] not in ("returned", "cancelled")), "revenue"
        ),
        "revenue of orders that are neither returned nor cancelled": lambda rs: total(
            only(rs, lambda r: r["status"] not in ("returned", "cancelled")), "revenue"
        ),
        "total revenue including returned orders": lambda rs: total(rs, "revenue"),
        "How many orders were not delivered?": lambda rs: len(only(rs, lambda r: r["status"] != "delivered")),
        "orders other than Desk by city": lambda rs: by(only(rs, lambda r: r["product"] != "Desk"), city, len),
        "what was our best month for revenue": lambda rs: top(
            by(rs, month("order_date"), lambda g: total(g, "revenue"))
        ),
        "number of orders each quarter of 2024": lambda rs: by(
            only(rs, lambda r: r["order_date"].year == 2024),
            lambda r: f"2024-Q{(r['order_date'].month + 2) // 3}",
            len,
        ),
        "What proportion of orders come from Paris?": lambda rs: rate(rs, lambda r: city(r) == "Paris"),
        "share of revenue from the Office category": lambda rs: (
            total(only(rs, lambda r: r["category"] == "Office"), "revenue") / total(rs, "revenue")
        ),
        "profit per unit sold by product": lambda rs: by(
            rs, "product", lambda g: total(g, "profit") / total(g, "quantity")
        ),
        "avg quantity, min revenue and max revenue for Lamps": lambda rs: [
            mean(only(rs, lambda r: r["product"] == "Lamp"), "quantity"),
            min(r["revenue"] for r in rs if r["product"] == "Lamp"),
            max(r["revenue"] for r in rs if r["product"] == "Lamp"),
        ],
        "customers with more than 15 orders": lambda rs: {
            name: n for name, n in Counter(r["customer_id"] for r in rs).items() if n > 15
        },
        "How many units of Chair did we sell in December 2024?": lambda rs: total(
            only(rs, lambda r: r["product"] == "Chair" and f"{r['order_date']:%Y-%m}" == "2024-12"), "quantity"
        ),
        "orders with revenue between 100 and 200": lambda rs: len(only(rs, lambda r: 100 <= r["revenue"] <= 200)),
        "revenue on weekends": lambda rs: total(only(rs, lambda r: r["order_date"].isoweekday() > 5), "revenue"),
        "Umsatz pro Kategorie": lambda rs: by(rs, "category", lambda g: total(g, "revenue")),
        "how many customers ordered in both Lyon and Nantes": lambda rs: len(
            {r["customer_id"] for r in rs if city(r) == "Lyon"} & {r["customer_id"] for r in rs if city(r) == "Nantes"}
        ),
        "rank the cities by number of orders": lambda rs: by(rs, city, len),
        "revenue from 2023-02-01 to 2023-02-28": lambda rs: total(
            only(rs, lambda r: f"{r['order_date']:%Y-%m}" == "2023-02"), "revenue"
        ),
        "median revenue by tier, highest first": lambda rs: by(
            rs, "member_tier", lambda g: statistics.median(r["revenue"] for r in g)
        ),
    },
    "hospital": {
        "mean age of the women": lambda rs: mean(only(rs, lambda r: r["gender"] == "F"), "age"),
        "number of patients aged 80 or older": lambda rs: len(only(rs, lambda r: (r["age"] or 0) >= 80)),
        "Who costs more on average, men or women?": lambda rs: by(rs, "gender", lambda g: mean(g, "treatment_cost")),
        "Which ward has the shortest wait?": lambda rs: top(
            by(rs, "ward", lambda g: mean(g, "waiting_minutes")), lowest=True
        ),
        "Does insurance lead to readmission?": lambda rs: by(
            rs, "insurance", lambda g: rate(g, lambda r: r["readmitted"] == "yes")
        ),
        "readmission rate excluding Oncology": lambda rs: rate(
            only(rs, lambda r: r["ward"] != "Oncology"), lambda r: r["readmitted"] == "yes"
        ),
        "How many readmitted patients were there per ward?": lambda rs: by(
            only(rs, lambda r: r["readmitted"] == "yes"), "ward", len
        ),
        "average treatment cost of patients under 18": lambda rs: mean(
            only(rs, lambda r: r["age"] is not None and r["age"] < 18), "treatment_cost"
        ),
        "total cost by ward for patients with public insurance": lambda rs: by(
            only(rs, lambda r: r["insurance"] == "public"), "ward", lambda g: total(g, "treatment_cost")
        ),
        "patients who stayed longer than 10 days": lambda rs: len(only(rs, lambda r: r["length_of_stay_days"] > 10)),
        "What percent of patients have private insurance?": lambda rs: rate(rs, lambda r: r["insurance"] == "private"),
        "the 5 most expensive treatments": lambda rs: [max(r["treatment_cost"] for r in rs)],
        "how many patients have no age": lambda rs: len(only(rs, lambda r: r["age"] is None)),
        "average waiting minutes in March and April 2024 by ward": lambda rs: by(
            only(rs, lambda r: r["admission_date"].month in (3, 4) and r["admission_date"].year == 2024),
            "ward",
            lambda g: mean(g, "waiting_minutes"),
        ),
    },
    "staff": {
        "Do people who work overtime quit more?": lambda rs: by(rs, "OverTime", lambda g: rate(g, lambda r: r["Attrition"] == 1)),
        "Does working overtime cause attrition?": lambda rs: by(rs, "OverTime", lambda g: rate(g, lambda r: r["Attrition"] == 1)),
        "what do engineers earn on average": lambda rs: mean(
            only(rs, lambda r: r["Department"] == "Engineering"), "MonthlySalary"
        ),
        "attrition rate of women in Finance": lambda rs: rate(
            only(rs, lambda r: r["Gender"] == "Female" and r["Department"] == "Finance"), lambda r: r["Attrition"] == 1
        ),
        "headcount by department and gender": lambda rs: {
            (d, g): len(with_(rs, Department=d, Gender=g))
            for d in ("Sales", "Engineering", "Support", "Finance")
            for g in ("Male", "Female")
        },
        "Which department has the highest median salary?": lambda rs: top(
            by(rs, "Department", lambda g: statistics.median(r["MonthlySalary"] for r in g))
        ),
        "employees with at least 20 years at company": lambda rs: len(only(rs, lambda r: r["YearsAtCompany"] >= 20)),
        "employees earning less than 3000": lambda rs: len(only(rs, lambda r: r["MonthlySalary"] < 3000)),
        "oldest and youngest age": lambda rs: [max(r["Age"] for r in rs), min(r["Age"] for r in rs)],
        "how many employees have satisfaction 5": lambda rs: len(only(rs, lambda r: r["JobSatisfaction"] == 5)),
        "salary gap between men and women": lambda rs: by(rs, "Gender", lambda g: mean(g, "MonthlySalary")),
        "average age by education without Finance": lambda rs: by(
            only(rs, lambda r: r["Department"] != "Finance"), "Education", lambda g: mean(g, "Age")
        ),
    },
    "sensors": {
        "When was the highest temperature?": lambda rs: [max(r["temperature_c"] for r in rs)],
        "what share of rows raised an alarm": lambda rs: rate(rs, lambda r: r["alarm"]),
        "average vibration per machine when the temperature was above 70": lambda rs: by(
            only(rs, lambda r: r["temperature_c"] > 70), "machine", lambda g: mean(g, "vibration")
        ),
        "energy by machine and month": lambda rs: {
            (m, when): value
            for m in ("M1", "M2", "M3")
            for when, value in by(with_(rs, machine=m), month("timestamp"), lambda g: total(g, "energy_kwh")).items()
        },
        "cumulative energy by month": lambda rs: {"2024-03": total(only(rs, lambda r: r["timestamp"].month == 3), "energy_kwh")},
        "standard deviation of vibration for M1": lambda rs: statistics.stdev(
            r["vibration"] for r in rs if r["machine"] == "M1"
        ),
    },
    "school": {
        "How many pupils passed?": lambda rs: len(only(rs, lambda r: r["passed"])),
        "pass rate of pupils who study more than 6 hours": lambda rs: rate(
            only(rs, lambda r: r["study_hours"] > 6), lambda r: r["passed"]
        ),
        "top 3 students by math score": lambda rs: [max(r["math_score"] for r in rs)],
        "who has the lowest attendance": lambda rs: [min(r["attendance_pct"] for r in rs)],
        "average math and reading score by school": lambda rs: {
            name: value for name, value in by(rs, "school", lambda g: mean(g, "math_score")).items()
        },
        "students in grade 9 or 10": lambda rs: len(only(rs, lambda r: r["grade_level"] in (9, 10))),
        "schools with an average attendance above 80": lambda rs: {
            s: v for s, v in by(rs, "school", lambda g: mean(g, "attendance_pct")).items() if v > 80
        },
        "lunch and passing: are they related?": lambda rs: by(rs, "lunch", lambda g: rate(g, lambda r: r["passed"])),
    },
    "bank": {
        "What is the default rate for car loans?": lambda rs: rate(
            only(rs, lambda r: r["purpose"] == "car"), lambda r: r["defaulted"] == "Y"
        ),
        "loan amount by purpose in 2021": lambda rs: by(
            only(rs, lambda r: r["year"] == 2021), "purpose", lambda g: total(g, "loan_amount")
        ),
        "loans outside Leeds": lambda rs: len(only(rs, lambda r: r["branch"] != "Leeds")),
        "biggest loan": lambda rs: [max(r["loan_amount"] for r in rs)],
        "how many loans per year": lambda rs: by(rs, "year", len),
        "average interest of loans above 15000 that defaulted": lambda rs: mean(
            only(rs, lambda r: r["loan_amount"] > 15000 and r["defaulted"] == "Y"), "interest_rate"
        ),
        "75th percentile of income": lambda rs: statistics.quantiles(
            sorted(r["income"] for r in rs), n=4, method="inclusive"
        )[2],
    },
    "logistics": {
        "late rate by carrier": lambda rs: by(rs, "carrier", lambda g: rate(g, lambda r: r["late"])),
        "late shipments by carrier": lambda rs: by(only(rs, lambda r: r["late"]), "carrier", len),
        "average delay of shipments from Berlin": lambda rs: mean(only(rs, lambda r: r["origin"] == "Berlin"), "delay_hours"),
        "cost per kg by carrier": lambda rs: by(rs, "carrier", lambda g: total(g, "shipping_cost") / total(g, "weight_kg")),
        "total weight shipped to Munich in Q1 2024": lambda rs: total(
            only(rs, lambda r: r["destination"] == "Munich" and r["ship_date"].year == 2024 and r["ship_date"].month < 4),
            "weight_kg",
        ),
        "heaviest shipment": lambda rs: [max(r["weight_kg"] for r in rs)],
        "shipments over 500 kg": lambda rs: len(only(rs, lambda r: r["weight_kg"] > 500)),
        "shipments by DHL that were not late": lambda rs: len(only(rs, lambda r: r["carrier"] == "DHL" and not r["late"])),
    },
    "adverts": {
        "cost per click by channel": lambda rs: by(rs, "channel", lambda g: total(g, "spend") / total(g, "clicks")),
        "How many clicks did Email get?": lambda rs: total(only(rs, lambda r: r["channel"] == "Email"), "clicks"),
        "How many conversions were there in May 2024?": lambda rs: total(
            only(rs, lambda r: f"{r['date']:%Y-%m}" == "2024-05"), "conversions"
        ),
        "which campaign got the most impressions": lambda rs: top(by(rs, "campaign", lambda g: total(g, "impressions"))),
        "spend and revenue by month": lambda rs: by(rs, month("date"), lambda g: total(g, "spend")),
        "what is the number of clicks per channel": lambda rs: by(rs, "channel", lambda g: total(g, "clicks")),
    },
}  # fmt: skip
OPEN: dict[str, tuple[tuple[str, str], ...]] = {
    "shop": (
        ("revenue by warehouse", "warehouse"),
        ("average discount by product", "discount"),
        ("total revenue of vegan products", "vegan"),
        ("orders by customers from Portugal", "Portugal"),
        ("revenue without shipping", "without"),
        ("sum of the order ids", "rows apart"),
        ("how many refunds were there in Lyon", "refunds"),
    ),
    "hospital": (
        ("average blood pressure by ward", "pressure"),
        ("sum of ward", "numbers"),
        ("patients per doctor", "doctor"),
    ),
    "staff": (("average bonus by department", "bonus"), ("What is our eNPS?", "NPS")),
    "school": (("math score last year", "no date column"), ("monthly attendance", "no date column")),
}
QUESTIONS = [(name, question) for name, cases in CASES.items() for question in cases]


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[f"{n}: {q}" for n, q in QUESTIONS])
def test_the_value_is_the_right_one(name: str, question: str, asked: Any, domains: Any) -> None:
    expected = CASES[name][question](domains.DOMAINS[name]())
    evidence = asked(name).evidence(question)
    answer = next(table for table in evidence.tables if table.audience == "answer")
    if isinstance(expected, dict):
        size = len(next(iter(expected))) if isinstance(next(iter(expected)), tuple) else 1
        found = {
            _key(row, size): [cell for cell in row[size:] if isinstance(cell, (int, float))] for row in answer.rows
        }
        assert set(list(found)[: len(expected)]) == set(expected)
        for key, value in expected.items():
            assert any(cell == pytest.approx(value) for cell in found[key]), (key, value, found[key])
        return
    values = [cell for cell in answer.rows[0] if isinstance(cell, (int, float))]
    for value in expected if isinstance(expected, list) else [expected]:
        assert any(cell == pytest.approx(value) for cell in values), f"{value} is not in {values}"


def _key(row: Any, size: int) -> Any:
    return tuple(str(cell) for cell in row[:size]) if size > 1 else str(row[0])


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[f"{n}: {q}" for n, q in QUESTIONS])
def test_nothing_is_said_to_be_open_that_is_answered(name: str, question: str, asked: Any) -> None:
    assert not asked(name).plan(question).unanswered


@pytest.mark.parametrize(
    ("name", "question", "said"), [(name, question, said) for name, cases in OPEN.items() for question, said in cases]
)
def test_what_the_table_has_nothing_for_is_said(name: str, question: str, said: str, asked: Any) -> None:
    assert said in (asked(name).plan(question).unanswered or "")


def test_there_are_at_least_80_questions() -> None:
    assert len(QUESTIONS) >= 80
