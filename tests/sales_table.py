"""A made-up sales table in a real DuckDB file, its profile, and a runner for it: fixtures for the rooms of plans."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.execution.runner import PlanRunner
from analyst.protocol.table import TableProfile

REGIONS, PRODUCTS = ("North", "South", "East"), ("Ale", "Bun", "Corn Dog", "Dip")
ROWS = 240


def sales_csv() -> str:
    """240 orders: revenue is 10 + the row's number modulo 50; women's orders are 100 dearer; four weeks a month."""
    lines = ["Order ID,Region,Product,Unit Price,Revenue,diff,When,Sex,day text,Churn,Score"]
    for i in range(ROWS):
        sex = ("male", "female")[(i // 3) % 2]
        revenue = 10 + i % 50 + (100 if sex == "female" else 0)
        month, day = 1 + (i // 20) % 12, 1 + i % 28
        score = "" if i % 40 == 0 else f"{(i * 7919) % 101 / 10}"
        date = f"2024-{month:02d}-{day:02d}"
        money = '"see the invoice"' if i == 239 else f'"${1000 + i:,}"'
        churn = ("yes", "no")[i % 4 > 0]
        told = (i, REGIONS[i % 3], PRODUCTS[i % 4], 1.5 * (i % 7), revenue, money, date, sex)
        fields = (*told, f"{day:02d}/{month:02d}/2024", churn, score)
        lines.append(",".join(map(str, fields)))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> TableProfile:
    """The profile of the sales table; its database is `profile.table.database`."""
    folder: Path = tmp_path_factory.mktemp("sales")
    file = folder / "sales.csv"
    file.write_text(sales_csv(), encoding="utf-8")
    return profile_table(open_table(file, folder))


@pytest.fixture(scope="module")
def runner(profile: TableProfile) -> Iterator[PlanRunner]:
    """A runner with short limits."""
    with PlanRunner(profile, timeout_s=3, memory_mb=512) as running:
        running.start(warm=False)
        yield running
