"""The cases of a load test: questions over the three samples at full size, and how often each is asked.

Real use repeats itself: a few questions make up much of a day, most are asked once. Weights follow that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from analyst.samples.generate import generate

FULL = Path("samples-full")


@dataclass(frozen=True)
class Case:
    """One question over one sample. `weight`: how often it comes relative to the others; `level` easy or hard."""

    name: str
    sample: str
    question: str
    weight: int
    level: str


CASES = (
    Case("growth", "sales", "Which products had the highest revenue growth in Q4?", 5, "hard"),
    Case("total", "sales", "What was the total revenue in 2024?", 5, "easy"),
    Case("branches", "sales", "Average discount by branch", 2, "easy"),
    Case("trend", "sales", "How did monthly revenue develop?", 3, "hard"),
    Case("top", "sales", "Top 3 products by revenue in the Lyon branch", 2, "easy"),
    Case("share", "sales", "What share of revenue comes from each region?", 2, "easy"),
    Case("drivers", "churn", "Which factors predict churn?", 5, "hard"),
    Case("rate", "churn", "What is the churn rate by contract type?", 3, "easy"),
    Case("difference", "churn", "Do customers who churn pay higher monthly charges?", 2, "hard"),
    Case("median", "churn", "What is the median tenure by payment method?", 1, "easy"),
    Case("ratio", "campaigns", "Which channel has the best revenue relative to spend?", 5, "hard"),
    Case("correlation", "campaigns", "Is spend related to conversions?", 2, "hard"),
    Case("quality", "campaigns", "Are there missing values or other problems in the data?", 1, "easy"),
    Case("count", "campaigns", "How many campaigns ran in each channel?", 2, "easy"),
)
"""Every case, three samples, easy and hard."""


def mix(requests: int, seed: int, cases: Sequence[Case] = CASES) -> list[Case]:
    """`requests` cases drawn by weight, the same for the same seed; each comes at least once where there is room."""
    random = Random(f"cases-{seed}")
    sure = list(cases)[:requests]
    drawn = random.choices(cases, weights=[case.weight for case in cases], k=requests - len(sure))
    mixed = [*sure, *drawn]
    random.shuffle(mixed)
    return mixed


def arrivals(requests: int, rate: float, seed: int) -> list[float]:
    """When each request comes (seconds from the start): a Poisson process of `rate` a second; rate 0: all at once."""
    if not rate:
        return [0.0] * requests
    random, now, moments = Random(f"arrivals-{seed}"), 0.0, []
    for _ in range(requests):
        moments.append(now)
        now += random.expovariate(rate)
    return moments


def write_tables(folder: Path) -> dict[str, Path]:
    """The full-size samples in `folder`, by name."""
    return {path.stem: path for path in generate(folder, "full") if path.suffix == ".csv"}
