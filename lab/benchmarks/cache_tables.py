"""The tables that the cache's benchmark asks about: our samples and six made by a seed, profiled by the real code."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analyst.datasets.opening import open_table
from analyst.datasets.profiling import profile_table
from analyst.protocol.table import TableProfile
from analyst.samples.catalog import SAMPLES

ROWS = 240
MADE: dict[str, tuple[str, dict[str, list[str]], list[str]]] = {
    "hospital": (
        "admission_date",
        {"ward": ["Cardiology", "Oncology", "Surgery", "Paediatrics"], "insurance": ["Public", "Private", "None"],
         "discharge_to": ["Home", "Rehab", "Other hospital"]},
        ["age", "length_of_stay", "cost"],
    ),
    "staff": (
        "hire_date",
        {"department": ["Sales", "Engineering", "Support", "Finance"], "grade": ["Junior", "Senior", "Lead"],
         "office": ["Berlin", "Oslo", "New York", "York"]},
        ["salary", "bonus", "overtime_hours"],
    ),
    "hotel": (
        "arrival",
        {"room_type": ["Single", "Double", "Suite"], "market": ["Direct", "Agency", "Corporate", "Group"],
         "meal": ["Breakfast", "Half board", "Full board"]},
        ["nights", "daily_rate", "guests"],
    ),
    "energy": (
        "read_at",
        {"site": ["Plant 1", "Plant 2", "Plant 12"], "shift": ["Day", "Night"],
         "fuel": ["Gas", "Oil", "Biogas"]},
        ["consumption", "output", "temperature"],
    ),
    "web": (
        "visited",
        {"device": ["Mobile", "Desktop", "Tablet"], "browser": ["Chrome", "Firefox", "Safari"],
         "landing": ["Home", "Pricing", "Blog", "May sale"]},
        ["sessions", "bounces", "minutes"],
    ),
    "freight": (
        "shipped",
        {"carrier": ["Swift", "Northline", "Blue Star"], "mode": ["Air", "Sea", "Road"],
         "lane": ["EU-US", "EU-Asia", "US-Asia"]},
        ["weight", "freight_cost", "days_late"],
    ),
}  # fmt: skip
"""By table: its time column, its dimensions with their values, its measures. Some values are others' parts on purpose."""


@dataclass(frozen=True)
class AskedTable:
    """What questions can be about: a profiled table's time column, dimensions with their values, and measures."""

    name: str
    profile: TableProfile
    time: str
    dimensions: dict[str, tuple[str, ...]]
    measures: tuple[str, ...]


def asked_tables(folder: Path, seed: int) -> Iterator[AskedTable]:
    """Every table, opened and profiled under `folder`."""
    for name in MADE:
        _write(name, folder / f"{name}.csv", random.Random(f"{seed} {name}"))
        yield _asked(folder / f"{name}.csv", folder / f"{name}.work")
    for name in SAMPLES:
        yield _asked(SAMPLES[name].path, folder / f"{name}.work")


def _write(name: str, path: Path, chance: random.Random) -> None:
    time, dimensions, measures = MADE[name]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([time, *dimensions, *measures])
        for row in range(ROWS):
            day = f"{2023 + row % 2}-{1 + row // 2 % 12:02}-{1 + row % 28:02}"
            picked = [chance.choice(values) for values in dimensions.values()]
            table.writerow([day, *picked, *(round(chance.lognormvariate(3, 0.6), 2) for _ in measures)])


def _asked(path: Path, workdir: Path) -> AskedTable:
    workdir.mkdir()
    profile = profile_table(open_table(path, workdir, memory_mb=512), memory_mb=512)
    columns = profile.columns
    named = [c for c in columns if c.role == "dimension" and c.kind == "text" and 2 <= len(c.values) <= 20]
    # Values that differ in case alone ("north", "North") are one value to whoever asks.
    dimensions = {c.name: tuple({str(value).casefold(): str(value) for value, _ in c.values}.values()) for c in named}
    measures = tuple(c.name for c in columns if c.role == "measure")
    time = next((c.name for c in columns if c.role == "time"), "date")
    return AskedTable(profile.table.name, profile, time, dimensions, measures)
