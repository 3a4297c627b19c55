"""Write the samples: `samples [--sizes full] [--out DIR]`. Seeded: the same files each time."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import ModuleType

from analyst.samples import campaigns, churn, sales
from analyst.samples.catalog import FOLDER

SEED = 20_250_101
MODULES: dict[str, ModuleType] = {"sales": sales, "churn": churn, "campaigns": campaigns}
SIZES = {
    "small": {"sales": 2_400, "churn": 1_200, "campaigns": 600},
    "full": {"sales": 50_000, "churn": 10_000, "campaigns": 5_000},
}
"""Rows of each sample: small ones are committed, full ones serve the load test."""


def generate(folder: Path, sizes: str = "small") -> list[Path]:
    """Write all samples of `sizes` and their truths.json to `folder`; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    truths: list[dict[str, object]] = []
    faults: list[dict[str, object]] = []
    written = []
    for name, module in MODULES.items():
        path = folder / f"{name}.csv"
        _write(path, module.COLUMNS, module.rows(SIZES[sizes][name], Random(f"{SEED}-{name}")))
        table = read_rows(path)
        truths += [{"sample": name, **truth} for truth in module.truths(table)]
        faults += [{"sample": name, **fault} for fault in module.faults(table)]
        written.append(path)
    target = folder / "truths.json"
    target.write_text(json.dumps({"truths": truths, "faults": faults}, indent=1) + "\n", encoding="utf-8")
    return [*written, target]


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a written sample, as text: truths are computed from what is in the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which sizes, and where to."""
    parser.add_argument(
        "--sizes",
        choices=sorted(SIZES),
        default="small",
        help="small: the bundled samples; full: larger tables for the load test",
    )
    parser.add_argument("--out", type=Path, help="folder (default: the bundled samples; full: generated/)")


def run(arguments: argparse.Namespace) -> int:
    """Write the samples and print their paths."""
    folder = arguments.out or (FOLDER if arguments.sizes == "small" else FOLDER / "generated")
    for path in generate(folder, arguments.sizes):
        print(path)  # noqa: T201
    return 0
