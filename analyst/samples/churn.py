"""Customers of a subscription: month-to-month contracts and support calls make them leave; nothing else does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

COLUMNS = (
    *("customer_id", "tenure_months", "contract", "monthly_charges", "support_calls"),
    *("payment_method", "region", "churn"),
)
CONTRACTS = ("Month-to-month", "One year", "Two years")
PAYMENTS = ("Credit card", "Bank transfer", "Direct debit")
REGIONS = ("North", "South", "East", "West")


def rows(count: int, random: Random) -> list[list[str]]:
    """`count` customers with a few gaps, codes for missing and spellings."""
    return [_customer(place, random) for place in range(count)]


def _customer(place: int, random: Random) -> list[str]:
    contract = random.choices(CONTRACTS, weights=(5, 3, 2))[0]
    calls = min(9, int(random.expovariate(0.55)))
    tenure = random.randint(1, 72)
    charges = round(random.uniform(20, 110), 2)
    if random.random() < 0.004:
        charges = round(charges * 6, 2)
    score = -2.6 + 2.0 * (contract == "Month-to-month") + 0.5 * calls
    churn = random.random() < 1 / (1 + math.exp(-score))
    payment = random.choice(PAYMENTS)
    if random.random() < 0.01:
        payment = payment.lower()
    told_tenure = "999" if random.random() < 0.005 else "" if random.random() < 0.015 else str(tenure)
    told_calls = "" if random.random() < 0.01 else str(calls)
    return [
        *(f"C{10_000 + place}", told_tenure, contract, f"{charges:.2f}", told_calls),
        *(payment, random.choice(REGIONS), "yes" if churn else "no"),
    ]


def truths(table: Sequence[dict[str, str]]) -> list[dict[str, object]]:
    """What a report must say, computed from the rows alone."""
    rates = {contract: _rate([r for r in table if r["contract"] == contract]) for contract in CONTRACTS}
    calls = {
        label: _rate([r for r in table if r["support_calls"] and low <= int(r["support_calls"]) <= high])
        for label, low, high in (("none or one", 0, 1), ("two or three", 2, 3), ("four and more", 4, 99))
    }
    return [
        {
            "question": "Which factors predict churn?",
            "must_say": ["contract", "support_calls"],
            "expected": {"rate_by_contract": rates, "rate_by_support_calls": calls, "rate": _rate(table)},
        },
        {
            "question": "What is the churn rate by contract?",
            "must_say": [max(rates, key=lambda contract: rates[contract])],
            "expected": {"rate_by_contract": rates},
        },
    ]


def _rate(table: Sequence[dict[str, str]]) -> float:
    return sum(row["churn"] == "yes" for row in table) / len(table)


def faults(table: Sequence[dict[str, str]]) -> list[dict[str, object]]:
    """The planted faults of the data, counted in the rows."""
    spelt = {row["payment_method"] for row in table}
    return [
        {"issue": "missing", "column": "tenure_months", "count": sum(not r["tenure_months"] for r in table)},
        {"issue": "missing", "column": "support_calls", "count": sum(not r["support_calls"] for r in table)},
        {"issue": "sentinel", "column": "tenure_months", "count": sum(r["tenure_months"] == "999" for r in table)},
        {
            "issue": "near_duplicates",
            "column": "payment_method",
            "count": len(spelt) - len({s.lower() for s in spelt}),
        },
    ]
