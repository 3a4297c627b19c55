"""Questions that set two sets of rows against each other or ask for a part of a whole: of shifts, enrolments, loans."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

Row = dict[str, Any]
Rows = list[Row]


def shifts() -> Rows:
    """Shifts of nurses, whose type may be "day"."""
    return [
        {
            "shift_no": f"S{n:04d}", "ward": ("Heart", "Burns", "Eye")[n % 3], "shift_date": f"2024-{n % 12 + 1:02d}-{n % 27 + 1:02d}",
            "shift_type": ("day", "evening", "night")[n // 2 % 3], "nurse_age": 22 + n * 7 % 43, "hours": (8, 10, 12)[n % 3],
            "overtime_hours": n % 9 * 0.5, "patients_seen": 5 + n % 13, "fatigue_score": n * 3 % 10 + 1,
            "agency_staff": "Y" if n % 5 == 0 else "N",
        }
        for n in range(300)
    ]  # fmt: skip


def enrolments() -> Rows:
    """Enrolments with fees, refunds and two scores, some without an age."""
    return [
        {
            "enrolment_id": 9000 + n, "course": ("Python", "Guitar", "Ethics")[n % 3], "country": ("Brazil", "Kenya")[n // 3 % 2],
            "device": ("phone", "laptop")[n // 2 % 2], "enrolled_at": f"{2023 + n // 120}-{n % 12 + 1:02d}-05 10:00",
            "learner_age": "" if n % 17 == 0 else 16 + n * 11 % 53, "fee_paid": (0, 19, 49, 99)[n * 3 % 7 % 4],
            "refund": 19 if n % 9 == 1 else 0, "lessons_finished": n % 23, "quiz_score": 40 + n * 13 % 60,
            "satisfaction": n * 3 % 5 + 1, "completed": "yes" if n % 3 == 0 or n % 5 == 0 else "no",
        }
        for n in range(240)
    ]  # fmt: skip


def exports_by_year() -> Rows:
    """The cells of a wide table: a row for each country and year, whose number has no name."""
    return [
        {"country": country, "year": year, "value": base + step * (year - 2020)}
        for country, base, step in (("Chile", 10, 4), ("Peru", 30, -2), ("Cuba", 20, 7)) for year in range(2020, 2025)
    ]  # fmt: skip


def order_lines() -> Rows:
    """Lines of orders without amounts."""
    return [
        {
            "Order ID": f"A{n // 3:03d}", "Customer ID": f"K{n // 3 % 7}", "Order Date": f"2023-{n // 3 % 12 + 1:02d}-09",
            "unit_price": 3.5 + n % 4, "quantity": n % 6 + 1,
        }
        for n in range(180)
    ]  # fmt: skip


def listings() -> Rows:
    """Homes to let, in a file that is called after nothing in it."""
    return [
        {
            "id": 100 + n, "owner_id": 7 + n * n % 31, "borough": ("East", "West")[n % 2], "price": 60 + n % 40, "minimum_nights": n % 9 + 1,
            "room_type": ("Entire home", "Private room")[n // 2 % 2],
        }
        for n in range(160)
    ]  # fmt: skip


def contracts() -> Rows:
    """Customers of whom some left."""
    return [
        {"customer_no": f"C{n:04d}", "tech_support": ("Yes", "No")[n % 2], "monthly_charge": 20.5 + n % 31, "Churn": "Yes" if n % 4 == 0 else "No"}
        for n in range(200)
    ]  # fmt: skip


TABLES: dict[str, Callable[[], Rows]] = {
    "shifts": shifts, "enrolments": enrolments, "exports_by_year": exports_by_year, "order_lines_2023": order_lines,
    "NYC_2019": listings, "contracts": contracts,
}  # fmt: skip


@pytest.fixture(scope="module")
def table(table_of: Any) -> Any:
    """A table by its name."""
    return lambda name: table_of(name, TABLES[name]())


def mean(name: str, rows: Rows, met: Callable[[Row], bool] = lambda row: True) -> float:
    return statistics.fmean(row[name] for row in rows if met(row))


def age(row: Row) -> int:
    """The age of an enrolment's learner; in the middle where it is missing."""
    return row["learner_age"] or 45


HALVES: list[tuple[str, str, Callable[[Rows], list[float]]]] = [
    ("shifts", "are nurses under 30 more tired than those over 50?",
     lambda rows: [mean("fatigue_score", rows, lambda r: r["nurse_age"] < 30), mean("fatigue_score", rows, lambda r: r["nurse_age"] > 50)]),
    ("shifts", "nurses over 60 against under 25: fatigue",
     lambda rows: [mean("fatigue_score", rows, lambda r: r["nurse_age"] > 60), mean("fatigue_score", rows, lambda r: r["nurse_age"] < 25)]),
    ("shifts", "average fatigue of nurses 30 or younger versus over 30",
     lambda rows: [mean("fatigue_score", rows, lambda r: r["nurse_age"] <= 30), mean("fatigue_score", rows, lambda r: r["nurse_age"] > 30)]),
    ("enrolments", "are learners under 30 happier than those over 60",
     lambda rows: [mean("satisfaction", rows, lambda r: age(r) < 30), mean("satisfaction", rows, lambda r: age(r) > 60)]),
    ("enrolments", "completion rate of learners 40 or younger vs over 40",
     lambda rows: [statistics.fmean(r["completed"] == "yes" for r in rows if r["learner_age"] and r["learner_age"] <= 40),
                   statistics.fmean(r["completed"] == "yes" for r in rows if r["learner_age"] and r["learner_age"] > 40)]),
    ("enrolments", "quiz score with satisfaction below 2 compared to satisfaction above 4",
     lambda rows: [mean("quiz_score", rows, lambda r: r["satisfaction"] < 2), mean("quiz_score", rows, lambda r: r["satisfaction"] > 4)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question", "values"), HALVES, ids=[question for _, question, _ in HALVES])
def test_two_ranges_of_a_number_are_compared_without_the_rows_between(
    table: Any, name: str, question: str, values: Callable[[Rows], list[float]]
) -> None:
    rows = table(name).first(question)
    assert {round(float(row[1]), 9) for row in rows} == {round(value, 9) for value in values(TABLES[name]())}


UNIONS: list[tuple[str, str, Callable[[Row], bool]]] = [
    ("shifts", "how many shifts by nurses under 25 or over 60", lambda r: r["nurse_age"] < 25 or r["nurse_age"] > 60),
    ("shifts", "how many shifts had a fatigue score of at most 2 or at least 9", lambda r: not 2 < r["fatigue_score"] < 9),
    ("shifts", "how many shifts by nurses over 30 but under 40", lambda r: 30 < r["nurse_age"] < 40),
    ("shifts", "how many shifts by nurses over 30", lambda r: r["nurse_age"] > 30),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question", "met"), UNIONS, ids=[question for _, question, _ in UNIONS])
def test_two_bounds_that_no_row_meets_together_are_either_of_them(
    table: Any, name: str, question: str, met: Callable[[Row], bool]
) -> None:
    assert table(name).first(question)[0][0] == sum(map(met, TABLES[name]()))


def share(rows: Rows, met: Callable[[Row], bool], of: Callable[[Row], float] = lambda row: 1.0) -> float:
    """The part of a total that comes from some rows."""
    return sum(of(row) for row in rows if met(row)) / sum(map(of, rows))


def done(row: Row) -> bool:
    """Whether a course was completed."""
    return bool(row["completed"] == "yes")


PARTS: list[tuple[str, str, Callable[[Rows], float]]] = [
    ("enrolments", "percent of fees from Brazil laptop enrolments",
     lambda rows: share(rows, lambda r: r["country"] == "Brazil" and r["device"] == "laptop", lambda r: r["fee_paid"])),
    ("enrolments", "what share of fees in Kenya comes from Guitar",
     lambda rows: share([r for r in rows if r["country"] == "Kenya"], lambda r: r["course"] == "Guitar", lambda r: r["fee_paid"])),
    ("enrolments", "what percent of completed enrolments were on a phone",
     lambda rows: share(list(filter(done, rows)), lambda r: r["device"] == "phone")),
    ("enrolments", "what percentage of completed enrolments came from Kenya on a laptop",
     lambda rows: share(list(filter(done, rows)), lambda r: r["country"] == "Kenya" and r["device"] == "laptop")),
    ("enrolments", "percentage of enrolments in Kenya that were completed",
     lambda rows: share([r for r in rows if r["country"] == "Kenya"], done)),
    ("shifts", "share of overtime from Burns and Eye on night shifts",
     lambda rows: share(rows, lambda r: r["ward"] != "Heart" and r["shift_type"] == "night", lambda r: r["overtime_hours"])),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question", "value"), PARTS, ids=[question for _, question, _ in PARTS])
def test_a_share_is_of_the_part_and_the_whole_that_are_meant(
    table: Any, name: str, question: str, value: Callable[[Rows], float]
) -> None:
    assert table(name).first(question)[0][0] == pytest.approx(value(TABLES[name]()))


VALUES: list[tuple[str, str, Callable[[Rows], float]]] = [
    ("enrolments", "fees minus refunds", lambda rows: sum(r["fee_paid"] - r["refund"] for r in rows)),
    ("enrolments", "average fees minus refunds", lambda rows: statistics.fmean(r["fee_paid"] - r["refund"] for r in rows)),
    ("enrolments", "how many learners paid nothing", lambda rows: sum(r["fee_paid"] == 0 for r in rows)),
    ("enrolments", "median quiz score of learners who finished", lambda rows: statistics.median(r["quiz_score"] for r in rows if done(r))),
    ("enrolments", "how many enrolments with a refund of nothing", lambda rows: sum(r["refund"] == 0 for r in rows)),
    ("exports_by_year", "total exports of Peru from 2021 to 2023",
     lambda rows: sum(r["value"] for r in rows if r["country"] == "Peru" and 2021 <= r["year"] <= 2023)),
    ("order_lines_2023", "revenue per order", lambda rows: sum(r["unit_price"] * r["quantity"] for r in rows) / 60),
    ("NYC_2019", "how many listings have a price over 80", lambda rows: sum(r["price"] > 80 for r in rows)),
    ("NYC_2019", "share of listings that are private rooms", lambda rows: share(rows, lambda r: r["room_type"] == "Private room")),
    ("contracts", "how many customers without tech support stayed",
     lambda rows: sum(r["tech_support"] == "No" and r["Churn"] == "No" for r in rows)),
    ("contracts", "average monthly charge of those who stayed", lambda rows: mean("monthly_charge", rows, lambda r: r["Churn"] == "No")),
    ("contracts", "how many customers did not stay", lambda rows: sum(r["Churn"] == "Yes" for r in rows)),
    ("shifts", "patients per hour", lambda rows: sum(r["patients_seen"] for r in rows) / sum(r["hours"] for r in rows)),
    ("shifts", "total patients on night shifts", lambda rows: sum(r["patients_seen"] for r in rows if r["shift_type"] == "night")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question", "value"), VALUES, ids=[question for _, question, _ in VALUES])
def test_a_loose_question_gives_the_value_that_is_meant(
    table: Any, name: str, question: str, value: Callable[[Rows], float]
) -> None:
    assert table(name).first(question)[0][0] == pytest.approx(value(TABLES[name]()))


def test_values_that_sound_like_a_date_are_compared_where_another_of_their_column_is_named(table: Any) -> None:
    rows = table("shifts").first("do night shifts have more overtime than day shifts?")
    assert {row[0] for row in rows} == {"night", "day"}


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("which country drops out the most?", "drops"),
        ("how many complaints did we get", "complaints"),
        ("what share of refunds was disputed", "disputed"),
        ("best month in Kenya", "best"),
    ],
)
def test_a_word_without_a_reading_is_said_to_be_open(table: Any, question: str, word: str) -> None:
    unanswered = table("enrolments").plan(question).unanswered
    assert unanswered is not None and f'"{word}"' in unanswered


def test_the_change_between_two_years_of_a_number_shows_both(table: Any) -> None:
    rows = table("exports_by_year").first("how did Chile's exports change from 2021 to 2024?")
    assert [(row[0], row[1]) for row in rows] == [(2021, 14.0), (2024, 26.0)]


def test_orders_are_counted_by_their_number_not_by_their_lines(table: Any) -> None:
    found = {row[0]: row[1] for row in table("order_lines_2023").first("orders per customer")}
    rows = order_lines()
    assert found == {k: len({r["Order ID"] for r in rows if r["Customer ID"] == k}) for k in found} and len(found) == 7


def test_the_best_month_is_the_one_of_most_revenue_where_lines_tell_it(table: Any) -> None:
    month, revenue = table("order_lines_2023").first("best month")[0][:2]
    totals: dict[str, float] = {}
    for row in order_lines():
        key = row["Order Date"][:7]
        totals[key] = totals.get(key, 0.0) + row["unit_price"] * row["quantity"]
    assert revenue == pytest.approx(max(totals.values())) and totals[month] == pytest.approx(revenue)


def test_a_noun_that_the_table_does_not_know_is_said_to_be_read_as_rows(table: Any) -> None:
    assert 'I read "listings" as rows.' in table("NYC_2019").plan("how many listings are there").reading


def test_a_price_is_divided_by_no_lower_limit(table: Any) -> None:
    plan = table("NYC_2019").plan("average price per night")
    assert plan.unanswered is not None and "minimum_nights" not in str(plan.steps)
