"""Questions of who did most, of what has happened by a date, and of what is counted where a noun only comes near a
column."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

Rows = list[dict[str, Any]]


def desk() -> Rows:
    """Requests of which some are neither settled nor paid for."""
    return [
        {
            "request_no": f"R{n:03d}", "opened": f"2024-{n % 6 + 1:02d}-{n % 27 + 1:02d}",
            "settled_at": "" if n % 7 == 0 else f"2024-{n % 6 + 3:02d}-{n % 27 + 1:02d}",
            "paid_on": "" if n % 5 == 0 else f"2024-{n % 6 + 3:02d}-{n % 27 + 1:02d}",
            "route": ("Mail", "Desk", "Phone")[n % 3], "deadline": "Missed" if n % 4 == 1 else "Met",
            "employee": ("Ana", "Ben", "Cleo")[n * n % 7 % 3], "hours": 1 + n % 9, "handling_fee": 2.5 + n % 11 * 1.25,
            "account_owner": ("North", "South")[n % 2], "insured": "Yes" if n % 3 == 0 else "No",
        }
        for n in range(1, 121)
    ]  # fmt: skip


def gauges() -> Rows:
    """Readings whose columns name their units, and people of whom each has one time."""
    return [
        {
            "SKU": f"K{n % 9}", "Temp (degC)": 10 + n % 17, "Wind [km/h]": 3 + n % 29, "Customer Type": ("A", "B")[n % 2],
            "Movie Title": f"Film {n % 30}", "lap time": 61 + n * 7 % 40,
        }
        for n in range(60)
    ]  # fmt: skip


def contracts() -> Rows:
    """What two plans hold at the end of each month."""
    return [
        {"month": f"2024-{month:02d}", "plan": plan, "customers": base + 3 * month, "mrr": 40 * base + month,
         "churned": month % 3}
        for month in range(1, 10) for plan, base in (("Basic", 100), ("Pro", 60))
    ]  # fmt: skip


TABLES: dict[str, Callable[[], Rows]] = {"desk_requests": desk, "gauges": gauges, "plan_months": contracts}


@pytest.fixture(scope="module")
def table(table_of: Any) -> Any:
    """A table by its name."""
    return lambda name: table_of(name, TABLES[name]())


def number(met: Callable[[dict[str, Any]], bool]) -> int:
    return sum(map(met, desk()))


COUNTS: list[tuple[str, int]] = [
    ("how many requests were settled?", number(lambda r: r["settled_at"] != "")),
    ("how many requests are not settled yet?", number(lambda r: r["settled_at"] == "")),
    ("how many requests have never been paid?", number(lambda r: r["paid_on"] == "")),
    ("number of unpaid requests", number(lambda r: r["paid_on"] == "")),
    ("how many requests by mail are unsettled?", number(lambda r: r["route"] == "Mail" and r["settled_at"] == "")),
    ("how many requests are still open?", number(lambda r: r["settled_at"] == "")),
    ("how many paid requests are there?", number(lambda r: r["paid_on"] != "")),
    ("how many fees are there for the desk route?", number(lambda r: r["route"] == "Desk")),
]


@pytest.mark.parametrize(("question", "count"), COUNTS)
def test_what_has_happened_is_told_by_the_gaps_of_its_date(table: Any, question: str, count: int) -> None:
    assert table("desk_requests").first(question)[0][0] == count


def test_what_happened_in_a_month_is_told_by_its_dates(table: Any) -> None:
    found = table("desk_requests").first("how many requests were settled in May 2024?")
    assert found[0][0] == number(lambda r: r["settled_at"].startswith("2024-05"))


@pytest.mark.parametrize("question", ["requests by month settled", "when was the last request settled?"])
def test_a_date_that_only_dates_picks_no_rows(table: Any, question: str) -> None:
    assert "IS NULL" not in str(table("desk_requests").plan(question).steps)


def test_a_rate_is_not_grouped_by_the_column_of_the_rated_value(table: Any) -> None:
    found = table("desk_requests").first("what share of requests missed the deadline?")
    assert [row[0] for row in found] == [number(lambda r: r["deadline"] == "Missed") / 120]
    grouped = table("desk_requests").first("what percentage missed the deadline by route?")
    assert {row[0] for row in grouped} == {"Mail", "Desk", "Phone"}


def test_how_much_asks_for_an_amount_of_the_rows_that_say_yes(table: Any) -> None:
    step = table("desk_requests").plan("how much was paid by the insured?").steps[0]
    assert "CASE" not in step["sql"]


def hours_of(name: str) -> int:
    return sum(r["hours"] for r in desk() if r["employee"] == name)


@pytest.mark.parametrize(
    ("question", "best"), [("who worked the most hours?", max), ("who worked the fewest hours?", min)]
)
def test_who_did_most_is_asked_of_people_and_not_of_single_rows(
    table: Any, question: str, best: Callable[..., str]
) -> None:
    found = table("desk_requests").first(question)
    name = best(("Ana", "Ben", "Cleo"), key=hours_of)
    assert [found[0][1], len(found)] == [hours_of(name), 3]


@pytest.mark.parametrize("question", ["how many accounts are there?", "how many customers are there?"])
def test_what_something_belongs_to_is_not_counted_by_its_column(table: Any, question: str) -> None:
    name = "gauges" if "customers" in question else "desk_requests"
    assert "DISTINCT" not in str(table(name).plan(question).steps)


@pytest.mark.parametrize(
    ("name", "question", "count"),
    [
        ("desk_requests", "how many owners are there?", 2),
        ("desk_requests", "how many account owners are there?", 2),
        ("gauges", "how many movies are there?", 30),
        ("gauges", "how many customer types are there?", 2),
        ("gauges", "how many SKUs are there?", 9),
    ],
)
def test_what_a_column_holds_is_counted_by_it(table: Any, name: str, question: str, count: int) -> None:
    assert table(name).first(question)[0][0] == count


def test_a_column_is_named_without_the_unit_in_brackets(table: Any) -> None:
    rows = gauges()
    (found,) = table("gauges").first("average temp")
    assert found[0] == pytest.approx(statistics.fmean(r["Temp (degC)"] for r in rows))
    (found,) = table("gauges").first("how many readings had wind above 20")
    assert found[0] == sum(r["Wind [km/h]"] > 20 for r in rows)


def test_with_and_without_sets_both_beside_each_other(table: Any) -> None:
    found = {row[0]: row[1] for row in table("desk_requests").first("average handling fee with and without insured")}
    for said in ("Yes", "No"):
        mean = statistics.fmean(r["handling_fee"] for r in desk() if r["insured"] == said)
        assert found[said] == pytest.approx(mean)
    alone = table("desk_requests").first("average handling fee without insured")
    assert len(alone) == 1


@pytest.mark.parametrize(("question", "value"), [
    ("how many customers do we have?", 127 + 87),
    ("what is our current mrr?", 40 * 160 + 18),
    ("how many customers are there now on the Pro plan?", 87),
])  # fmt: skip
def test_what_is_held_is_told_of_the_last_month(table: Any, question: str, value: int) -> None:
    assert table("plan_months").first(question)[0][0] == value


def test_what_is_out_of_something_is_no_row_of_it(table: Any) -> None:
    told = table("gauges").plan("how many SKUs are out of gauges?").unanswered
    assert told is not None and '"out"' in told
