"""`python -m money prices`: the pinned prices, and whether they still are what the gateway's map says."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timezone
from pathlib import Path

from analyst.budget.price_map import Finding, findings, installed_map, read_map
from analyst.budget.prices import Prices, Rates, load_prices
from analyst.core.aligned import aligned
from analyst.core.errors import PlatformError

_HEADINGS = ("model", "input", "output", "cached input", "cache write", "from")


def build_parser() -> argparse.ArgumentParser:
    """The arguments of `python -m money`."""
    parser = argparse.ArgumentParser(
        prog="python -m money",
        description="What models cost.",
        epilog="Exit code: 0 as pinned, 1 a price changed or a model is going away, 2 the map can't be read.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    prices = commands.add_parser("prices", help="the pinned prices, in USD per million tokens")
    prices.add_argument("--check", action="store_true", help="compare them with the gateway's installed price map")
    prices.add_argument("--map", type=Path, metavar="FILE", help="another map than the installed one")
    prices.add_argument("--json", action="store_true", help="as JSON on stdout")
    return parser


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
    verdict = "The pinned prices are those of the map." if not _wrong(found) else "Mend analyst/budget/prices.json."
    return "\n".join((f"Compared with {source}", *lines, verdict))


def _wrong(found: Sequence[Finding]) -> bool:
    return any(finding.kind != "note" for finding in found)


def run(arguments: argparse.Namespace, today: date, say: Callable[[str], object]) -> int:
    """Do what the arguments ask; the exit code."""
    prices = load_prices()
    if not arguments.check:
        as_json = {"pinned_on": prices.pinned_on, "source": prices.source, "unit": "USD per million tokens"}
        models = {model: price.model_dump(mode="json") for model, price in prices.models.items()}
        say(json.dumps(as_json | {"models": models}, indent=1) if arguments.json else price_table(prices))
        return 0
    source = arguments.map or installed_map()
    found = findings(prices, read_map(source), today)
    if arguments.json:
        told = {"map": str(source), "pinned_on": prices.pinned_on, "as_pinned": not _wrong(found)}
        say(json.dumps(told | {"findings": [asdict(finding) for finding in found]}, indent=1))
    else:
        say(_told(found, source))
    return int(_wrong(found))


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    try:
        return run(arguments, datetime.now(timezone.utc).date(), lambda text: sys.stdout.write(f"{text}\n"))
    except PlatformError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
