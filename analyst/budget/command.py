"""`prices`: the pinned prices, and whether they still are what the gateway's map says."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from analyst.budget.price_map import Finding, findings, installed_map, read_map
from analyst.budget.prices import Prices, Rates, load_prices
from analyst.core.text import aligned

_HEADINGS = ("model", "input", "output", "cached input", "cache write", "from")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to show or check."""
    parser.epilog = (
        "Exit codes: 0 no change, 1 a price changed or a model is being retired, 2 the price map can't be read."
    )
    parser.add_argument("--check", action="store_true", help="compare them with the price map that the gateway uses")
    parser.add_argument("--map", type=Path, metavar="FILE", help="compare with this price map instead")
    parser.add_argument("--json", action="store_true", help="print JSON")


def price_table(prices: Prices) -> str:
    """The pinned prices as aligned text."""
    rows: list[tuple[str, ...]] = [_HEADINGS]
    for model, price in prices.models.items():
        rows.append((model, *_figures(price), price.map_key or "see its note"))
        if (longer := price.long_context) is not None:
            rows.append((f"  above {longer.above_tokens:,} tokens", *_figures(longer), ""))
    about = f"USD per million tokens, pinned {prices.pinned_on} from {prices.source}"
    return "\n".join((about, "", *aligned(rows, left=(0, len(_HEADINGS) - 1))))


def _figures(rates: Rates) -> tuple[str, ...]:
    return tuple(f"{figure:f}" for figure in (rates.input, rates.output, rates.cached_input, rates.cache_write))


def _told(found: Sequence[Finding], source: Path) -> str:
    lines = [f"{finding.model}: {finding.kind}: {finding.text}" for finding in found]
    verdict = "The pinned prices match the price map." if not _wrong(found) else "Update analyst/budget/prices.json."
    return "\n".join((f"Compared with {source}", *lines, verdict))


def _wrong(found: Sequence[Finding]) -> bool:
    return any(finding.kind != "note" for finding in found)


def run(arguments: argparse.Namespace) -> int:
    """Show the pinned prices or check them; the exit code."""
    prices = load_prices()
    if arguments.check:
        return _check(prices, arguments)
    about = {"pinned_on": prices.pinned_on, "source": prices.source, "unit": "USD per million tokens"}
    models = {model: price.model_dump(mode="json") for model, price in prices.models.items()}
    _say(json.dumps(about | {"models": models}, indent=1) if arguments.json else price_table(prices))
    return 0


def _check(prices: Prices, arguments: argparse.Namespace) -> int:
    source = arguments.map or installed_map()
    found = findings(prices, read_map(source), datetime.now(timezone.utc).date())
    if arguments.json:
        told = {"map": str(source), "pinned_on": prices.pinned_on, "as_pinned": not _wrong(found)}
        _say(json.dumps(told | {"findings": [asdict(finding) for finding in found]}, indent=1))
    else:
        _say(_told(found, source))
    return int(_wrong(found))


def _say(text: str) -> None:
    print(text)  # noqa: T201 - a command's output
