"""Marketing campaigns by day: one channel pays back best by far, and on one day the money ran through the fingers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

COLUMNS = ("campaign", "channel", "date", "spend", "impressions", "clicks", "conversions", "revenue")
FIRST, DAYS = date(2024, 1, 1), 200
ANOMALY = date(2024, 5, 14)
RETURNS = {"Email": 6.0, "Search": 3.2, "Social": 2.1, "Display": 1.4, "Affiliate": 2.6}
"""Revenue for each unit of money spent."""
THEMES = ("Spring", "Loyalty", "Launch", "Clearance")


def rows(count: int, random: Random) -> list[list[str]]:
    """`count` campaign days, oldest first; a few rows twice, a few gaps and spellings."""
    made = sorted((_campaign(n, count, random) for n in range(count - 3)), key=lambda row: row[2])
    for place in (count // 5, count // 2, 4 * count // 5):
        made.insert(place, list(made[place]))
    return made


def _campaign(place: int, count: int, random: Random) -> list[str]:
    day = FIRST + timedelta(days=place * DAYS // count)
    channel = random.choice(list(RETURNS))
    scale = 3.0 if count < 1000 else 1.0
    spend = random.uniform(150, 450) * scale
    revenue = spend * RETURNS[channel] * random.uniform(0.8, 1.2)
    if day == ANOMALY:
        spend *= 9
    impressions = int(spend * random.uniform(40, 60))
    clicks = int(impressions * random.uniform(0.01, 0.03))
    conversions = int(clicks * random.uniform(0.02, 0.06))
    name = channel.lower() if channel == "Social" and random.random() < 0.05 else channel
    told = "" if random.random() < 0.012 else str(conversions)
    return [
        *(f"{random.choice(THEMES)} {channel}", name, day.isoformat(), f"{spend:.2f}"),
        *(str(impressions), str(clicks), told, f"{revenue:.2f}"),
    ]


def truths(table: Sequence[dict[str, str]]) -> list[dict[str, object]]:
    """What a report must say, computed from the rows alone."""
    spend: dict[str, float] = defaultdict(float)
    revenue: dict[str, float] = defaultdict(float)
    by_day: dict[str, float] = defaultdict(float)
    for row in table:
        spend[row["channel"]] += float(row["spend"])
        revenue[row["channel"]] += float(row["revenue"])
        by_day[row["date"]] += float(row["spend"])
    returns = {channel: revenue[channel] / spend[channel] for channel in spend}
    day = max(by_day, key=lambda one: by_day[one])
    return [
        {
            "question": "Which channel has the best revenue relative to spend?",
            "must_say": [max(returns, key=lambda channel: returns[channel])],
            "expected": {"revenue_per_spend": returns},
        },
        {
            "question": "On which day was spend unusual?",
            "must_say": [day],
            "expected": {"spend": by_day[day], "median_day": sorted(by_day.values())[len(by_day) // 2]},
        },
    ]


def faults(table: Sequence[dict[str, str]]) -> list[dict[str, object]]:
    """The planted faults of the data, counted in the rows."""
    spelt = {row["channel"] for row in table}
    unique = {tuple(row.values()) for row in table}
    return [
        {"issue": "missing", "column": "conversions", "count": sum(not row["conversions"] for row in table)},
        {"issue": "near_duplicates", "column": "channel", "count": len(spelt) - len({s.lower() for s in spelt})},
        {"issue": "duplicate_rows", "column": None, "count": len(table) - len(unique)},
    ]
