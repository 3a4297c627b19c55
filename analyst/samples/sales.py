"""Two years of orders: two products soar in the last quarter, one collapses, the rest stay as they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import fsum
from random import Random

COLUMNS = (
    *("order_id", "order_date", "region", "branch", "product", "category", "customer_segment"),
    *("quantity", "unit_price", "discount", "revenue"),
)
FIRST, LAST = date(2023, 1, 1), date(2024, 12, 31)
LAST_QUARTER = date(2024, 10, 1)
PRODUCTS = {
    "Trail Backpack": ("Outdoor", 79.0),
    "Thermo Bottle": ("Outdoor", 44.5),
    "Camping Stove": ("Outdoor", 54.0),
    "Desk Lamp": ("Office", 84.9),
    "Office Chair": ("Office", 149.0),
    "Notebook Set": ("Office", 12.5),
    "Coffee Grinder": ("Kitchen", 64.0),
    "Cast Iron Pan": ("Kitchen", 45.0),
    "Knife Block": ("Kitchen", 89.0),
    "Wool Blanket": ("Home", 58.0),
}
PLANTED = {"Trail Backpack": 3.0, "Thermo Bottle": 2.8, "Desk Lamp": 0.15}
"""How many times as many orders a product gets in the last quarter."""
BRANCHES = {"Lyon": "South", "Marseille": "South", "Lille": "North", "Paris": "North", "Nantes": "West"}
SEGMENTS = ("Consumer", "Business", "Public sector")


def rows(count: int, random: Random) -> list[list[str]]:
    """`count` orders, oldest first, with a few gaps, spellings and bulk orders."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    slots = [(day, product) for day in days for product in PRODUCTS]
    weights = [PLANTED.get(product, 1.0) if day >= LAST_QUARTER else 1.0 for day, product in slots]
    drawn = sorted(random.choices(range(len(slots)), weights=weights, k=count))
    return [_order(place, *slots[slot], random) for place, slot in enumerate(drawn)]


def _order(place: int, day: date, product: str, random: Random) -> list[str]:
    category, price = PRODUCTS[product]
    branch = random.choices(list(BRANCHES), weights=(5, 3, 3, 6, 2))[0]
    quantity = random.choices((1, 2, 3, 4), weights=(4, 4, 2, 1))[0]
    if day < date(2023, 9, 1) and random.random() < 0.005:
        quantity *= 25
    price = round(price * random.uniform(0.97, 1.03), 2)
    discount = random.choices((0.0, 0.05, 0.1, 0.2), weights=(6, 2, 2, 1))[0]
    revenue = round(quantity * price * (1 - discount), 2)
    region = BRANCHES[branch].lower() if random.random() < 0.008 else BRANCHES[branch]
    segment = random.choices(SEGMENTS, weights=(6, 3, 1))[0] if random.random() > 0.015 else ""
    told = "" if random.random() < 0.02 else f"{discount:g}"
    return [
        *(f"SO-{100_000 + place}", day.isoformat(), region, branch, product, category, segment),
        *(str(quantity), f"{price:.2f}", told, f"{revenue:.2f}"),
    ]


def truths(table: Sequence[dict[str, str]]) -> list[dict[str, object]]:
    """What a report must say, computed from the rows alone."""
    before, earlier, after = (
        _totals(table, *span)
        for span in (("2024-07-01", "2024-09-30"), ("2023-10-01", "2023-12-31"), ("2024-10-01", "2024-12-31"))
    )
    growth = {product: after[product] / before[product] - 1 for product in PRODUCTS}
    yearly = {product: after[product] / earlier[product] - 1 for product in PRODUCTS}
    best, worst = sorted(growth, key=lambda p: -growth[p])[:2], min(growth, key=lambda p: growth[p])
    expected = {"growth_from_previous_quarter": growth, "growth_from_year_before": yearly}
    return [
        {"question": "Which products had the highest revenue growth in Q4?", "must_say": best, "expected": expected},
        {
            "question": "Which product had the largest drop in revenue in Q4?",
            "must_say": [worst],
            "expected": {"growth_from_previous_quarter": growth[worst], "growth_from_year_before": yearly[worst]},
        },
        {
            "question": "What is the total revenue by branch?",
            "must_say": ["Paris"],
            "expected": {b: fsum(float(r["revenue"]) for r in table if r["branch"] == b) for b in BRANCHES},
        },
    ]


def _totals(table: Sequence[dict[str, str]], first: str, last: str) -> dict[str, float]:
    totals = dict.fromkeys(PRODUCTS, 0.0)
    for row in table:
        if first <= row["order_date"] <= last:
            totals[row["product"]] += float(row["revenue"])
    return totals


def faults(table: Sequence[dict[str, str]]) -> list[dict[str, object]]:
    """The planted faults of the data, counted in the rows."""
    spelt = {row["region"] for row in table}
    return [
        {"issue": "missing", "column": "discount", "count": sum(not row["discount"] for row in table)},
        {"issue": "missing", "column": "customer_segment", "count": sum(not row["customer_segment"] for row in table)},
        {"issue": "near_duplicates", "column": "region", "count": len(spelt) - len({s.lower() for s in spelt})},
    ]
